"""What the historian holds, as its threads share it: the pieces on the disk, where the hot table begins, the newest.

A piece is a set of samples of one day that was written together: its Parquet file, and what is rolled up of it.
`view` is replaced as a whole at the moment a commit makes it true; who reads it once sees one moment.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dure.plant.historian.files import Files
from dure.plant.historian.newest import Newest
from dure.plant.historian.store import transaction

EARLIEST = 2**63 - 1  # no time yet
_PIECES = """
SELECT coalesce(r.piece, d.file), coalesce(d.file, ''), coalesce(r.minutes, ''), coalesce(r.hours, false),
       coalesce(d.low, r.low), coalesce(d.high, r.high), coalesce(d.rows, 0), coalesce(d.bytes, 0),
       coalesce(r.thinned, r.file <> r.piece, false)
FROM dayfiles d FULL JOIN rolled r ON r.file = d.file ORDER BY 1
"""
_RECORDS = "SELECT number, kind, file, low, high FROM corrections WHERE rows > 0 AND kind <> 'backfill' ORDER BY number DESC"


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """One piece: file of its samples ("" once retention removed them all), and what is rolled up of it.

    A corrected piece keeps its name, by which its roll-ups know it, and has another file.
    """

    low: int
    high: int
    name: str
    raw: str
    minutes: str
    hours: bool
    rows: int
    bytes: int
    thinned: bool = False

    @property
    def day(self) -> date:
        """UTC day of its samples."""
        return date.fromisoformat(self.name[4:14])

    @property
    def part(self) -> int:
        """Its number within the day."""
        return int(self.name[15:].removesuffix(".parquet"))

    @property
    def whole(self) -> bool:
        """Whether it holds all that was ever written to it."""
        return bool(self.raw) and not self.thinned


@dataclass(frozen=True, slots=True)
class Record:
    """The file in which a correction keeps what was before it, and after."""

    number: int
    kind: str
    file: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class View:
    """What there is at one moment; `months` names the file of hours of each month, `records` are newest first."""

    pieces: tuple[Piece, ...]
    months: dict[str, str]
    generation: int
    hot_low: int
    hot_rows: int
    records: tuple[Record, ...] = ()


class Shelf:
    """Everything that is shared; `turn` is held by who changes the database, for the moment of the change."""

    def __init__(self, database: duckdb.DuckDBPyConnection, archive: Path) -> None:
        self.database, self.archive = database, archive
        self.files, self.newest = Files(archive), Newest(database)
        self.turn = threading.RLock()
        self.view = View((), {}, -1, EARLIEST, 0)
        self.look(database)

    def look(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Take in what the database says now; the caller holds `turn`."""
        low, rows = _only(cursor, "SELECT coalesce(min(time), 9223372036854775807), count(*) FROM hot")
        months = dict(cursor.execute("SELECT month, file FROM months").fetchall())
        generation = int(_only(cursor, "SELECT number FROM generation")[0])
        kept = tuple(records(cursor))
        self.view = View(tuple(pieces(cursor)), months, generation, int(low), int(rows), kept)

    def lower(self, low: int, rows: int) -> None:
        """So many rows came to the hot table, the earliest of that time; the caller holds `turn`."""
        view = self.view
        self.view = replace(view, hot_low=min(view.hot_low, low), hot_rows=view.hot_rows + rows)

    def flush(self) -> int:
        """Bring the table of newest samples up to what is ingested; number of the newest sample."""
        with self.turn:
            with transaction(self.database):
                number = int(_only(self.database, "SELECT number FROM counter")[0])
                self.newest.write(self.database, number)
            self.newest.written()
        return number

    def between(self, low: int, high: int) -> list[Piece]:
        """Pieces with a file that may hold a sample with `low` ≤ time ≤ `high`."""
        return overlapping(self.view.pieces, low, high)


def pieces(cursor: duckdb.DuckDBPyConnection) -> list[Piece]:
    """All pieces, in order of time."""
    rows = cursor.execute(_PIECES).fetchall()
    return sorted(Piece(low, high, name, raw, minutes, hours, rows, size, thinned) for name, raw, minutes, hours, low, high, rows, size, thinned in rows)  # fmt: skip


def records(cursor: duckdb.DuckDBPyConnection) -> list[Record]:
    """Records of the corrections that changed a sample, newest first."""
    return [Record(*row) for row in cursor.execute(_RECORDS).fetchall()]


def overlapping(some: Sequence[Piece], low: int, high: int) -> list[Piece]:
    """Those with a file that may hold a sample with `low` ≤ time ≤ `high`."""
    return [piece for piece in some if piece.raw and piece.low <= high and piece.high >= low]


def _only(cursor: duckdb.DuckDBPyConnection, query: str) -> Any:
    return cursor.execute(query).fetchall()[0]
