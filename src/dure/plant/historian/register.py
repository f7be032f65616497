"""Which files count: the lists of the database, and the moment at which a change of them becomes the truth.

A file counts from the transaction that enters it in `dayfiles`, `rolled`, `months` or `corrections`. Before it is
begun its name stands in `doubtful`; what a kill leaves behind is therefore known at the next start and removed.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from dure.plant.historian.block import Block
from dure.plant.historian.layout import ROLLUP_SCHEMA, Sheet, group_rows
from dure.plant.historian.rolling import COLUMNS, stacked
from dure.plant.historian.shelf import Piece, Shelf
from dure.plant.historian.store import transaction
from dure.plant.historian.writing import DAY, DAY_LEVEL

FAR = 2**62
_EPOCH = date(1970, 1, 1)
_NAMES_AT_ONCE = 400  # signals whose roll-ups of a file are held at once
Keeps = Callable[[Block], Any]


class Register:
    """Enters and strikes files; `guard` is held by the one who writes them, from the first to the commit."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf, self.archive, self.database = shelf, shelf.archive, shelf.database.cursor()
        self.guard = threading.Lock()

    @contextmanager
    def changing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction that changes what counts, and the moment at which everybody sees it."""
        with self.shelf.turn:
            with transaction(self.database) as cursor:
                yield cursor
                cursor.execute("UPDATE generation SET number = number + 1")
            self.shelf.look(self.database)

    def piece(self, name: str) -> Piece:
        """The piece of that name as it is now."""
        return next(piece for piece in self.shelf.view.pieces if piece.name == name)

    def enter(self, name: str, sheet: Sheet) -> None:
        """A file of samples counts."""
        row = [name, name[4:14], sheet.low, sheet.high, sheet.rows, sheet.bytes]
        self.database.execute("INSERT INTO dayfiles VALUES (?, ?, ?, ?, ?, ?)", row)

    def note(self, piece: Piece) -> None:
        """What is rolled up of a piece."""
        row = [piece.name, piece.raw, piece.minutes, piece.hours, piece.low, piece.high, piece.thinned]
        self.database.execute("INSERT OR REPLACE INTO rolled VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def enter_month(self, month: str, sheet: Sheet) -> None:
        """The hours of a month are in this file."""
        old, name = self.shelf.view.months.get(month, ""), self.name(sheet.file)
        self.database.execute("INSERT OR REPLACE INTO months VALUES (?, ?, ?)", [month, name, sheet.bytes])
        self.certain([name])
        self.uncertain([old])

    def remove(self, piece: Piece) -> None:
        """A piece no longer counts."""
        self.database.execute("DELETE FROM dayfiles WHERE file = ?", [piece.raw])
        self.database.execute("DELETE FROM rolled WHERE piece = ?", [piece.name])
        self.uncertain([piece.raw, piece.minutes])

    def supersede(self, piece: Piece, sheet: Sheet | None, **changes: Any) -> None:
        """Another file, or none, holds the samples of a piece."""
        name = "" if sheet is None else self.name(sheet.file)
        self.database.execute("DELETE FROM dayfiles WHERE file = ?", [piece.raw])
        if sheet is not None:
            self.enter(name, sheet)
        self.note(replace(piece, raw=name, **changes))
        self.certain([name])
        self.uncertain([piece.raw])

    def doubt(self, names: Iterable[str]) -> None:
        """Files that are about to be begun, or that count no longer once the transaction is committed."""
        for name in names:
            self.database.execute("INSERT OR IGNORE INTO doubtful VALUES (?)", [name])

    def uncertain(self, names: Iterable[str]) -> None:
        """The same of those that have a name at all."""
        self.doubt(name for name in names if name)

    def certain(self, names: Iterable[str]) -> None:
        """Files that are whole and count."""
        for name in names:
            self.database.execute("DELETE FROM doubtful WHERE file = ?", [name])

    def remove_doubtful(self) -> None:
        """Remove the files that do not count."""
        for (name,) in self.database.execute("SELECT file FROM doubtful").fetchall():
            (self.archive / name).unlink(missing_ok=True)
            self.shelf.files.forget(name)
            with suppress(OSError):  # the day has other files
                (self.archive / name).parent.rmdir()
            self.database.execute("DELETE FROM doubtful WHERE file = ?", [name])

    def next_of(self, day: date) -> int:
        """The next number of a day; a piece whose samples are gone keeps its own."""
        known = [piece.part for piece in self.shelf.view.pieces if piece.day == day]
        folders = [self.archive / kind / f"day={day.isoformat()}" for kind in (".", "minute")]
        return max([*map(next_number, folders), *(part + 1 for part in known)])

    def write_month(self, month: str, new: Sequence[Block], keeps: Keeps) -> Sheet:
        """The hours of a month anew: those of the file so far that `keeps` leaves, and `new`."""
        file = f"hour/month={month}/{next_number(self.archive / 'hour' / f'month={month}')}.parquet"
        return self.write_rollups(file, self.shelf.view.months.get(month, ""), new, keeps)

    def write_rollups(self, file: str, old: str, new: Sequence[Block], keeps: Keeps) -> Sheet:
        """A file of roll-ups: those of `old` that `keeps` leaves, and `new`; some signals at a time."""
        self.doubt([file])
        names = sorted(self.shelf.newest.names)
        sheet = Sheet(self.archive / file, ROLLUP_SCHEMA, level=DAY_LEVEL, group=group_rows(0))
        try:
            for start in range(0, len(names), _NAMES_AT_ONCE):
                some = names[start : start + _NAMES_AT_ONCE]
                parts = [among(block, some) for block in new]
                if old:
                    rows = self.shelf.files.read(old, some, 0, FAR, COLUMNS)
                    parts.append(rows.take(keeps(rows)))
                if any(len(part) for part in parts):
                    sheet.add(_by_time(stacked([part for part in parts if len(part)])))
            return sheet.finish()
        except BaseException:
            sheet.give_up()
            raise

    def name(self, file: Path) -> str:
        """A file as the lists name it."""
        return file.relative_to(self.archive).as_posix()


def low_of(day: date) -> int:
    """Begin of a UTC day [ns since 1970].

    >>> low_of(date(2023, 11, 14))
    1699920000000000000
    """
    return (day - _EPOCH).days * DAY


def next_number(folder: Path) -> int:
    """One more than the largest number of a Parquet file in a folder; 1 in an empty one."""
    return 1 + max((int(file.stem) for file in folder.glob("*.parquet") if file.stem.isdecimal()), default=0)


def are(rows: Block, names: set[str]) -> Any:
    """Mask of the rows of these signals."""
    return np.array([name in names for name in rows.names], bool)[rows["code"]]


def among(block: Block, names: Sequence[str]) -> Block:
    """The rows of some of a block's signals, over those names."""
    places = {name: place for place, name in enumerate(names)}
    moved = np.array([places.get(name, -1) for name in block.names], np.int32)[block["code"]]
    kept = moved >= 0
    return Block(names, {**block.take(kept).columns, "code": moved[kept]})


def _by_time(block: Block) -> Block:
    return block.take(np.lexsort([block["part"], block["time"], block["code"]]))
