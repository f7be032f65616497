"""Day files: the permanent, open form of a day, and the moment at which they become the truth.

A file counts from the transaction that enters it in `dayfiles` and removes its rows from `hot`. Before it is begun
its name stands in `doubtful`; what a kill leaves behind is therefore known at the next start and removed, and a
file that stands in neither list (the database was lost) is taken in.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from dure.plant.historian.block import Block, empty
from dure.plant.historian.hot import hot_day
from dure.plant.historian.layout import DAY_SCHEMA, ROLLUP_SCHEMA, Sheet, group_rows
from dure.plant.historian.rolling import COLUMNS, stacked
from dure.plant.historian.shelf import Piece, Shelf
from dure.plant.historian.store import arrow, transaction
from dure.plant.historian.writing import (
    DAY,
    DAY_LEVEL,
    DRAFT_LEVEL,
    SAMPLE_COLUMNS,
    Making,
    Pair,
    chunks,
)

_DELETE_HOT = "DELETE FROM hot WHERE time >= $low AND time < $high AND number <= $number"
_EPOCH = date(1970, 1, 1)
_FAR = 2**62
_TIERED = 8  # drafts of a day that are merged into one
_LARGE = 20_000_000  # rows of a day above which a few late samples do not write it anew
_NAMES_A_MONTH = 400  # signals whose hours of a month are held at once
_TAKE_IN_SIGNALS = """
INSERT INTO signals SELECT (SELECT count(*) FROM signals) + row_number() OVER (ORDER BY signal) - 1, signal
FROM (SELECT DISTINCT signal FROM read_parquet($files, hive_partitioning = false)) f
WHERE signal NOT IN (SELECT name FROM signals)
"""
_TAKE_IN_LAST = """
INSERT INTO last
SELECT s.id, newest.time, newest.sequence, newest.value, newest.text, newest.quality, newest.received, count, first
FROM (
    SELECT signal, count(*) AS count, min(time) AS first, arg_max(
        {time: time, sequence: sequence, value: value, text: text, quality: quality, received: RECEIVED},
        (time, sequence)) AS newest
    FROM read_parquet($files, hive_partitioning = false) GROUP BY signal
) f JOIN signals s ON s.name = f.signal
ON CONFLICT (signal) DO UPDATE SET
    count = count + excluded.count,
    first = least(first, excluded.first),
    value = CASE WHEN (excluded.time, excluded.sequence) > (time, sequence) THEN excluded.value ELSE value END,
    text = CASE WHEN (excluded.time, excluded.sequence) > (time, sequence) THEN excluded.text ELSE text END,
    quality = CASE WHEN (excluded.time, excluded.sequence) > (time, sequence) THEN excluded.quality ELSE quality END,
    received = CASE WHEN (excluded.time, excluded.sequence) > (time, sequence) THEN excluded.received ELSE received END,
    sequence = CASE WHEN (excluded.time, excluded.sequence) > (time, sequence) THEN excluded.sequence ELSE sequence END,
    time = greatest(time, excluded.time)
"""


class DayFiles:
    """Writes days from the hot table to `archive/day=YYYY-MM-DD/<n>.parquet`; one at a time."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf, self._archive, self._database = shelf, shelf.archive, shelf.database.cursor()
        self._guard = threading.Lock()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def due(self, now_ns: int, close_after: float) -> list[date]:
        """Days with samples in the hot table, or in several pieces, that ended `close_after` [s] ago or earlier."""
        border = (now_ns - int(close_after * 1e9)) // DAY * DAY
        query = "SELECT DISTINCT time // 86400000000000 AS day FROM hot WHERE time < $border ORDER BY day"
        hot = self._database.execute(query, {"border": border}).fetchall()
        drafts = {piece.day for piece in self._shelf.view.pieces if piece.raw and not piece.hours}
        return sorted(
            {_EPOCH + timedelta(days=day) for (day,) in hot} | {day for day in drafts if _low(day) < border}
        )

    def piece(self, name: str) -> Piece:
        """The piece of that name as it is now."""
        return next(piece for piece in self._shelf.view.pieces if piece.name == name)

    def compact(self, day: date) -> dict[str, Any]:
        """Write all rows of `day` (UTC), hot and filed, to one new piece or two; rows and bytes of it."""
        with self._guard:
            return self._compact(day)

    def close_day(self, day: date) -> dict[str, Any]:
        """As `compact`; but a few late samples of a day that is large are written beside it."""
        with self._guard:
            old = self._of(day)
            settled = [piece for piece in old if piece.hours]
            if len(settled) < _TIERED and sum(piece.rows for piece in settled) > _LARGE:
                return self._merge(day, [piece for piece in old if not piece.hours], hours=True)
            return self._compact(day)

    def spill(self, most: int) -> int:
        """Move the older half of a hot table of more than `most` rows to drafts of their days; how many rows."""
        if self._shelf.view.hot_rows <= most:
            return 0
        with self._guard:
            number = self._shelf.flush() - most // 2
            query = "SELECT DISTINCT time // 86400000000000 FROM hot WHERE number <= $number"
            days = [_EPOCH + timedelta(days=day) for (day,) in self._database.execute(query, {"number": number}).fetchall()]  # fmt: skip
            return sum(self._spill(day, number) for day in sorted(days))

    def roll_up_missing(self, most: int = 4) -> int:
        """Roll up pieces of closed days that have none yet (files of an earlier release); how many are left."""
        with self._guard:
            missing = sorted(
                {piece.day for piece in self._shelf.view.pieces if piece.whole and not piece.hours}
            )
            closed = [day for day in missing if len(self._of(day)) and not self._hot_since(day)]
            for day in closed[:most]:
                self._merge(day, self._of(day), hours=True)
            return max(0, len(closed) - most)

    def thin(self, piece: Piece, names: Collection[str]) -> int:
        """Remove the samples of `names` from a piece, keep what is rolled up of them; bytes won."""
        with self._guard:
            sheet = self._thinned(piece, sorted(set(self._shelf.newest.names) - set(names)))
            name = "" if sheet is None else self._name(sheet.file)
            with self._changing() as cursor:
                cursor.execute("DELETE FROM dayfiles WHERE file = ?", [piece.raw])
                if sheet is not None:
                    self._enter(name, sheet)
                self._note(replace(piece, raw=name))
                self._certain([name])
                self._uncertain([piece.raw])
            self._remove_doubtful()
            return piece.bytes - (0 if sheet is None else sheet.bytes)

    def _thinned(self, piece: Piece, kept: list[str]) -> Sheet | None:
        """The samples of `kept` of a piece in a new file."""
        name = f"day={piece.day.isoformat()}/{self._next(piece.day)}.parquet"
        self._doubt([name])
        split = self._shelf.files.split(piece.raw)
        sheet = Sheet(
            self._archive / name, DAY_SCHEMA, level=DAY_LEVEL, group=group_rows(piece.rows), split=split
        )
        for block in (
            chunks(self._shelf.files, [piece], empty(kept, SAMPLE_COLUMNS), kept, _low(piece.day))
            if kept
            else ()
        ):
            sheet.add(block)
        if sheet.finish().rows:
            return sheet
        sheet.file.unlink()
        return None

    def thin_minutes(self, piece: Piece, names: Collection[str]) -> int:
        """Remove the minutes of `names` from what is rolled up of a piece; bytes won."""
        with self._guard:
            before = (self._archive / piece.minutes).stat().st_size
            kept = sorted(set(self._shelf.newest.names) - set(names))
            rows = self._shelf.files.read(piece.minutes, kept, 0, _FAR, COLUMNS) if kept else ()
            name, size = "", 0
            if isinstance(rows, Block) and len(rows):
                name = f"minute/day={piece.day.isoformat()}/{self._next(piece.day)}.parquet"
                self._doubt([name])
                sheet = Sheet(self._archive / name, ROLLUP_SCHEMA, level=DAY_LEVEL, group=group_rows(0))
                sheet.add(rows)
                size = sheet.finish().bytes
            with self._changing():
                self._note(replace(piece, minutes=name))
                self._certain([name])
                self._uncertain([piece.minutes])
            self._remove_doubtful()
            return before - size

    def thin_hours(self, month: str, names: Collection[str], before: int) -> int:
        """Remove the hours of `names` earlier than `before` [ns] from the file of a month; bytes won."""
        with self._guard:
            size = (self._archive / self._shelf.view.months[month]).stat().st_size
            gone = set(names)
            file, made = self._write_month(
                month, [], lambda rows: ~(_is(rows, gone) & (rows["time"] < before))
            )
            with self._changing():
                self._enter_month(month, file, made)
            self._remove_doubtful()
            return size - made

    def _compact(self, day: date) -> dict[str, Any]:
        return self._merge(day, self._of(day), hours=True)

    def _of(self, day: date) -> list[Piece]:
        """Pieces of a day that may be merged: those that retention has thinned stay as they are."""
        return [piece for piece in self._shelf.view.pieces if piece.whole and piece.day == day]

    def _hot_since(self, day: date) -> bool:
        return self._shelf.view.hot_low < _low(day) + DAY

    def _spill(self, day: date, number: int) -> int:
        drafts = [piece for piece in self._of(day) if not piece.hours]
        merged = drafts if len(drafts) >= _TIERED else []
        merged = [piece for piece in merged if piece.rows < _LARGE]
        facts = self._merge(day, merged, hours=False, number=number)
        return int(facts["hot"])

    def _merge(
        self, day: date, old: Sequence[Piece], *, hours: bool, number: int | None = None
    ) -> dict[str, Any]:
        """Hot rows of the day and the pieces `old` become new pieces; without `hours` a draft."""
        number = self._shelf.flush() if number is None else number
        low, names = _low(day), sorted(self._shelf.newest.names)
        hot = hot_day(self._database, self._shelf.newest, names, low, number)
        if not len(hot) and (not old or (len(old) < 2 and all(piece.hours for piece in old))):
            return {"day": day.isoformat(), "rows": 0, "bytes": 0, "hot": 0}
        rows = len(hot) + sum(piece.rows for piece in old)
        pair = Pair(
            self._archive,
            f"day={day.isoformat()}",
            self._next(day),
            rows,
            DAY_LEVEL if hours else DRAFT_LEVEL,
        )
        made = self._write(pair, chunks(self._shelf.files, old, hot, names, low))
        self._commit(day, made, old, hours=hours, number=number)
        return {
            "day": day.isoformat(),
            "rows": sum(one.sheet.rows for one in made),
            "bytes": sum(one.sheet.bytes for one in made),
            "hot": len(hot),
        }

    def _write(self, pair: Pair, blocks: Iterable[Block], *, minutes: bool = True) -> list[Making]:
        names = [f"{pair.folder}/{pair.number + n}.parquet" for n in (0, 1)]
        self._doubt([*names, *(f"minute/{name}" for name in names if minutes)])
        try:
            for block in blocks:
                pair.add(block)
            return [one.finish() for one in pair.made.values()]
        except BaseException:
            for one in pair.made.values():
                one.give_up()
            raise

    def _commit(
        self, day: date, made: list[Making], old: Sequence[Piece], *, hours: bool, number: int
    ) -> None:
        month = day.isoformat()[:7]
        parts = {piece.part for piece in old}
        low = _low(day)
        if hours:
            new = [block for one in made for block in one.hours]
            file, size = self._write_month(month, new, lambda rows: ~_replaced(rows, low, parts))
        span = {"low": low, "high": low + DAY, "number": number}
        with self._changing():
            for one in made:
                self._enter(one.name, one.sheet)
                minutes = one.minutes_name if one.minutes is not None else ""
                self._note(Piece(one.sheet.low, one.sheet.high, one.name, one.name, minutes, hours, 0, 0))
            self._database.execute(_DELETE_HOT, span)
            for piece in old:
                self._remove(piece)
            if hours:
                self._enter_month(month, file, size)
            self._certain([name for one in made for name in (one.name, one.minutes_name)])
        self._remove_doubtful()

    @contextmanager
    def _changing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction that changes what counts, and the moment at which everybody sees it."""
        with self._shelf.turn:
            with transaction(self._database) as cursor:
                yield cursor
                cursor.execute("UPDATE generation SET number = number + 1")
            self._shelf.look(self._database)

    def _write_month(
        self, month: str, new: Sequence[Block], keeps: Callable[[Block], Any]
    ) -> tuple[str, int]:
        """The hours of a month anew: those that stay of the file so far, and `new`."""
        old = self._shelf.view.months.get(month, "")
        file = f"hour/month={month}/{_next_number(self._archive / 'hour' / f'month={month}')}.parquet"
        self._doubt([file])
        names = sorted(self._shelf.newest.names)
        sheet = Sheet(self._archive / file, ROLLUP_SCHEMA, level=DAY_LEVEL, group=group_rows(0))
        try:
            for start in range(0, len(names), _NAMES_A_MONTH):
                some = names[start : start + _NAMES_A_MONTH]
                parts = [_among(block, some) for block in new]
                if old:
                    rows = self._shelf.files.read(old, some, 0, _FAR, COLUMNS)
                    parts.append(rows.take(keeps(rows)))
                if any(len(part) for part in parts):
                    sheet.add(_by_time(stacked([part for part in parts if len(part)])))
            return file, sheet.finish().bytes
        except BaseException:
            sheet.give_up()
            raise

    def _enter(self, name: str, sheet: Sheet) -> None:
        row = [name, name[4:14], sheet.low, sheet.high, sheet.rows, sheet.bytes]
        self._database.execute("INSERT INTO dayfiles VALUES (?, ?, ?, ?, ?, ?)", row)

    def _note(self, piece: Piece) -> None:
        row = [piece.name, piece.raw, piece.minutes, piece.hours, piece.low, piece.high]
        self._database.execute("INSERT OR REPLACE INTO rolled VALUES (?, ?, ?, ?, ?, ?)", row)

    def _enter_month(self, month: str, file: str, size: int) -> None:
        old = self._shelf.view.months.get(month, "")
        self._database.execute("INSERT OR REPLACE INTO months VALUES (?, ?, ?)", [month, file, size])
        self._certain([file])
        self._uncertain([old])

    def _remove(self, piece: Piece) -> None:
        """A piece no longer counts."""
        self._database.execute("DELETE FROM dayfiles WHERE file = ?", [piece.raw])
        self._database.execute("DELETE FROM rolled WHERE piece = ?", [piece.name])
        self._uncertain([piece.raw, piece.minutes])

    def _uncertain(self, names: Iterable[str]) -> None:
        """Files that count no longer once this transaction is committed."""
        self._doubt(name for name in names if name)

    def _doubt(self, names: Iterable[str]) -> None:
        for name in names:
            self._database.execute("INSERT OR IGNORE INTO doubtful VALUES (?)", [name])

    def _certain(self, names: Iterable[str]) -> None:
        for name in names:
            self._database.execute("DELETE FROM doubtful WHERE file = ?", [name])

    def _next(self, day: date) -> int:
        """The next number of a day; a piece whose samples are gone keeps its own."""
        known = [piece.part for piece in self._shelf.view.pieces if piece.day == day]
        folders = [self._archive / kind / f"day={day.isoformat()}" for kind in (".", "minute")]
        return max([*map(_next_number, folders), *(part + 1 for part in known)])

    def settle(self) -> list[str]:
        """At the start: remove what a kill left half done, take in files the database does not know. Those taken."""
        with self._guard, self._shelf.turn:
            for unfinished in self._archive.rglob("*.tmp"):
                unfinished.unlink()
            self._remove_doubtful()
            taken = self._take_in()
            self._remove_unknown()
            self._shelf.look(self._database)
            if taken:
                self._shelf.newest.load(self._database)
            return taken

    def _remove_doubtful(self) -> None:
        for (name,) in self._database.execute("SELECT file FROM doubtful").fetchall():
            (self._archive / name).unlink(missing_ok=True)
            with suppress(OSError):  # the day has other files
                (self._archive / name).parent.rmdir()
            self._database.execute("DELETE FROM doubtful WHERE file = ?", [name])

    def _remove_unknown(self) -> None:
        """Roll-ups that the database does not know are made anew, not trusted."""
        known = {
            name for row in self._database.execute("SELECT minutes FROM rolled").fetchall() for name in row
        }
        known |= {
            name for row in self._database.execute("SELECT file FROM months").fetchall() for name in row
        }
        for file in [
            *self._archive.glob("minute/day=*/*.parquet"),
            *self._archive.glob("hour/month=*/*.parquet"),
        ]:
            if self._name(file) not in known:
                file.unlink()

    def _take_in(self) -> list[str]:
        known = {name for (name,) in self._database.execute("SELECT file FROM dayfiles").fetchall()}
        strange = sorted(
            file for file in self._archive.glob("day=*/*.parquet") if self._name(file) not in known
        )
        with transaction(self._database):
            for file in strange:
                self._take_in_one(file)
        return [self._name(file) for file in strange]

    def _take_in_one(self, file: Path) -> None:
        facts = {"files": [str(file)]}
        query = "SELECT min(time) AS low, max(time) AS high, count(*) AS rows FROM read_parquet($files, hive_partitioning = false)"
        low, high, rows = arrow(self._database, query, facts).to_pylist()[0].values()
        row = [self._name(file), file.parent.name.removeprefix("day="), low, high, rows, file.stat().st_size]
        self._database.execute("INSERT INTO dayfiles VALUES (?, ?, ?, ?, ?, ?)", row)
        self._database.execute(_TAKE_IN_SIGNALS, facts)
        delayed = "delay" in self._shelf.files.index(self._name(file)).names
        query = _TAKE_IN_LAST.replace("RECEIVED", "time + delay" if delayed else "received")
        self._database.execute(query, facts)

    def _name(self, file: Path) -> str:
        return file.relative_to(self._archive).as_posix()


def day_of(time_ns: int) -> date:
    """UTC day of a time.

    >>> day_of(1_700_000_000_000_000_000).isoformat()
    '2023-11-14'
    """
    return datetime.fromtimestamp(time_ns // 1_000_000_000, tz=UTC).date()


def _low(day: date) -> int:
    return (day - _EPOCH).days * DAY


def _next_number(folder: Path) -> int:
    return 1 + max((int(file.stem) for file in folder.glob("*.parquet") if file.stem.isdecimal()), default=0)


def _replaced(rows: Block, low: int, parts: set[int]) -> Any:
    import numpy as np

    time = rows["time"]
    return (time >= low) & (time < low + DAY) & np.isin(rows["part"], list(parts))


def _is(rows: Block, names: set[str]) -> Any:
    import numpy as np

    return np.array([name in names for name in rows.names], bool)[rows["code"]]


def _among(block: Block, names: Sequence[str]) -> Block:
    """The rows of some of a block's signals, over those names."""
    import numpy as np

    places = {name: place for place, name in enumerate(names)}
    moved = np.array([places.get(name, -1) for name in block.names], np.int32)[block["code"]]
    kept = moved >= 0
    return Block(names, {**block.take(kept).columns, "code": moved[kept]})


def _by_time(block: Block) -> Block:
    import numpy as np

    return block.take(np.lexsort([block["part"], block["time"], block["code"]]))
