"""Corrections: readings changed, taken away or brought in later, each with a record of who, when, why and what before.

A record is a file of its own, `archive/correction/<n>.parquet`, that is never changed: every sample concerned with its
reading before and after, and in its footer who made it, when and why. The record, the new day files, roll-ups, hot
rows and newest samples become true in one transaction.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import duckdb
import numpy as np

from dure.plant.historian.block import Block
from dure.plant.historian.correcting import blank, reverted
from dure.plant.historian.errors import CorrectionUnknown
from dure.plant.historian.ingesting import Ingest
from dure.plant.historian.layout import CORRECTION_SCHEMA, FORMAT, Sheet, group_rows
from dure.plant.historian.matching import BEFORE, KEY, READING
from dure.plant.historian.reading import Reader
from dure.plant.historian.register import FAR, Register
from dure.plant.historian.remaking import Remade, remade
from dure.plant.historian.shelf import overlapping
from dure.plant.historian.store import arrow
from dure.plant.historian.writing import DAY_LEVEL
from dure.plant.transport import Event

Facts = dict[str, Any]
_NAMES_AT_ONCE = 200
_CHANGE_HOT = """
UPDATE hot SET value = c.value, text = c.text, quality = c.quality
FROM read_parquet($file) c JOIN signals s ON s.name = c.signal
WHERE hot.signal = s.id AND hot.time = c.time AND hot.sequence = c.sequence
"""
_AMENDED = """
SELECT l.signal, c.value, c.text, c.quality FROM read_parquet($file) c JOIN signals s ON s.name = c.signal
JOIN last l ON l.signal = s.id AND l.time = c.time AND l.sequence = c.sequence
"""
_CHANGE_LAST = """
UPDATE last SET value = c.value, text = c.text, quality = c.quality
FROM read_parquet($file) c JOIN signals s ON s.name = c.signal
WHERE last.signal = s.id AND last.time = c.time AND last.sequence = c.sequence
"""
_LISTED = """
SELECT number, kind, made, who AS "by", why AS reason, rows, signals, low AS first, high AS last, undoes, facts, file
FROM corrections ORDER BY number DESC LIMIT 10000
"""
_ENTER = "INSERT INTO corrections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Note:
    """Who made a correction, when [ns] and why; `undoes` is the number of the one it takes back, or 0."""

    kind: str
    by: str
    reason: str
    made: int
    undoes: int = 0
    facts: Facts = field(default_factory=dict)


class Corrections:
    """Makes corrections; one at a time, while ingest and questions go on."""

    def __init__(self, register: Register, ingest: Ingest) -> None:
        self._register, self._shelf, self._ingest = register, register.shelf, ingest

    def correct(self, note: Note, blocks: Iterable[Block], *, dry_run: bool = False) -> Facts:
        """Change the samples of `blocks`, sorted and as `correcting.changed` makes them; number, rows, first, last.

        The blocks are read while this holds the files, so that what is kept as before is what is there.
        """
        register = self._register
        with register.guard:
            number = self._next()
            register.doubt([_file(number)])
            sheet = self._written(note, number, blocks)
            if dry_run or not sheet.rows:
                register.remove_doubtful()
                return {**_told(number, sheet), "number": None}
            self._apply(note, number, sheet)
            return _told(number, sheet)

    def undo(self, note: Note, number: int) -> Facts:
        """Give the samples of a correction their reading of before; a correction itself.

        Raises
        ------
        CorrectionUnknown
            If there is none of that number, or it is undone already.
        LaterCorrection
            If a later one changed some of the samples again.
        """
        listed = self.listed()
        found = next((row for row in listed if row["number"] == number), None)
        if found is None or not stands(listed, number):
            raise CorrectionUnknown(str(number))
        return self.correct(replace(note, kind="undo", undoes=number), self._back(found["file"], number))

    def backfill(self, note: Note, table: Any) -> Facts:
        """Take in samples that are not there yet, of any time; those that are there are counted and left."""
        with self._register.guard:
            number = self._next()
            self._register.doubt([_file(number)])  # before the transaction that strikes it
            made: list[Sheet] = []

            def record(fresh: Block | None) -> None:
                if fresh is not None:
                    made.append(self._written(note, number, [blank(fresh)]))
                    self._enter(self._shelf.database, note, number, made[0])

            fresh = self._ingest.put(table, record)
            self._register.remove_doubtful()
        if fresh is None:
            return {"number": None, "rows": 0, "refused": table.num_rows, "signals": 0, "first": None, "last": None}  # fmt: skip
        return {**_told(number, made[0]), "refused": table.num_rows - len(fresh)}

    def listed(self) -> list[Facts]:
        """All corrections, newest first, and by which number each was undone."""
        with self._shelf.database.cursor() as cursor:
            rows: list[Facts] = arrow(cursor, _LISTED).to_pylist()
        undone = {row["undoes"]: row["number"] for row in reversed(rows) if row["undoes"]}
        return [
            {**row, "facts": json.loads(row["facts"]), "undone_by": undone.get(row["number"])} for row in rows
        ]

    def _next(self) -> int:
        folder = self._register.archive / "correction"
        known = [int(file.stem) for file in folder.glob("*.parquet") if file.stem.isdecimal()]
        return 1 + max([0, *known, *(int(row["number"]) for row in self.listed()[:1])])

    def _written(self, note: Note, number: int, blocks: Iterable[Block]) -> Sheet:
        """The file of a record; in doubt until it is entered."""
        footer = {b"dure.correction": json.dumps(asdict(note), ensure_ascii=False).encode()}
        schema = CORRECTION_SCHEMA.with_metadata({**FORMAT, **footer})
        sheet = Sheet(self._register.archive / _file(number), schema, level=DAY_LEVEL, group=group_rows(0))
        try:
            for block in blocks:
                sheet.add(block)
            return sheet.finish()
        except BaseException:
            sheet.give_up()
            self._register.remove_doubtful()
            raise

    def _apply(self, note: Note, number: int, sheet: Sheet) -> None:
        register, record = self._register, self._register.name(sheet.file)
        concerned = overlapping(self._shelf.view.pieces, sheet.low, sheet.high)
        made = [one for piece in concerned if (one := remade(register, piece, record)) is not None]
        months = {month: self._month(month, made) for month in {one.month for one in made if one.hours}}
        facts = {"file": str(sheet.file)}
        with self._shelf.turn:
            self._shelf.flush()  # so that the table of newest samples and those in memory are the same
            with register.changing() as cursor:
                for one in made:
                    self._supersede(one)
                for month, file in months.items():
                    register.enter_month(month, file)
                cursor.execute(_CHANGE_HOT, facts)
                amended = arrow(cursor, _AMENDED, facts)
                cursor.execute(_CHANGE_LAST, facts)
                self._enter(cursor, note, number, sheet)
            self._shelf.newest.amend(amended)
        register.remove_doubtful()

    def _month(self, month: str, made: list[Remade]) -> Sheet:
        mine = [one for one in made if one.month == month]

        def keeps(rows: Block) -> Any:
            return np.logical_and.reduce([one.keeps(rows) for one in mine])

        return self._register.write_month(month, [block for one in mine for block in one.hours], keeps)

    def _supersede(self, one: Remade) -> None:
        name = one.minutes_name(self._register)
        self._register.supersede(one.piece, one.sheet, minutes=name)
        self._register.certain([name])
        self._register.uncertain([one.piece.minutes])

    def _enter(self, cursor: duckdb.DuckDBPyConnection, note: Note, number: int, sheet: Sheet) -> None:
        """The record counts; inside the caller's transaction, and an event tells of it."""
        name = self._register.name(sheet.file)
        row = [
            number, note.kind, note.made, note.by, note.reason, name, sheet.rows, len(sheet.signals), sheet.low,
            sheet.high, note.undoes, json.dumps(note.facts, ensure_ascii=False),
        ]  # fmt: skip
        cursor.execute(_ENTER, row)
        cursor.execute("DELETE FROM doubtful WHERE file = ?", [name])
        facts = {"number": number, "rows": sheet.rows, "by": note.by, "reason": note.reason}
        event = Event("historian", note.made, f"correction.{note.kind}", facts)
        told = [event.source, event.time, event.what, event.to_bytes().decode()]
        cursor.execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)", told)

    def _back(self, file: str, number: int) -> Iterator[Block]:
        """Samples of a record as they are now, and as they were before it."""
        names = sorted(self._shelf.newest.names)
        with self._shelf.database.cursor() as cursor:
            reader = Reader(cursor, self._shelf, self._ingest.settings)
            try:
                for start in range(0, len(names), _NAMES_AT_ONCE):
                    some = names[start : start + _NAMES_AT_ONCE]
                    rows = self._shelf.files.read(file, some, 0, FAR, (*KEY, *READING, *BEFORE))
                    yield from reverted(reader, rows, number)
            finally:
                reader.leave()


def stands(listed: list[Facts], number: int) -> bool:
    """Whether a correction counts: it was not undone, or its undoing was.

    >>> rows = [{"number": n, "undone_by": by} for n, by in ((1, 2), (2, 3), (3, None))]
    >>> [stands(rows, n) for n in (1, 2, 3)]
    [True, False, True]
    """
    by = next(row["undone_by"] for row in listed if row["number"] == number)
    return by is None or not stands(listed, by)


def _file(number: int) -> str:
    return f"correction/{number}.parquet"


def _told(number: int, sheet: Sheet) -> Facts:
    """What a correction says of itself."""
    span = {"first": sheet.low, "last": sheet.high} if sheet.rows else {"first": None, "last": None}
    return {"number": number, "rows": sheet.rows, "signals": len(sheet.signals), **span}
