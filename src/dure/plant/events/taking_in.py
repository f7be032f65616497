"""Rows of a table become frames, lots and uses; read twice they are the same ones, and a wrong row is named."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import transaction

from dure.plant.events.definition import Definition
from dure.plant.events.models import Frame, Lot, Use
from dure.plant.events.moments import moments_in
from dure.vocabulary import TableProblem, Text

if TYPE_CHECKING:
    import polars as pl

AT_ONCE = 500
WRONG_KEPT = 100
LONGEST = 500
_BRACED = re.compile(r"\{([^{}]+)\}")


class ColumnAbsent(TableProblem):
    """A definition names a column that the table does not have."""

    key = "event-column-absent"
    says = Text("The table of {where} has no column “{column}”.", "{where}의 표에 “{column}” 열이 없습니다.")
    remedy = Text("Its columns are: {known}.", "있는 열: {known}.")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that was left out: its number from 1, and why."""

    row: int
    why: Text


@dataclass(slots=True)
class Taken:
    """What came of a table; `wrong` keeps the first hundred of `left_out` rows."""

    rows: int = 0
    frames: int = 0
    lots: int = 0
    uses: int = 0
    left_out: int = 0
    wrong: list[Wrong] = field(default_factory=list)

    def leave_out(self, row: int, why: Text) -> None:
        """Name a row that is not taken."""
        self.left_out += 1
        if len(self.wrong) < WRONG_KEPT:
            self.wrong.append(Wrong(row, why))


def take_in(table: "pl.DataFrame", definition: Definition) -> Taken:
    """Keep a table's rows as the definition says, all in one transaction.

    Raises
    ------
    ColumnAbsent
        If it lacks a column that is named.
    """
    for column in definition.columns:
        if column not in table.columns:
            raise ColumnAbsent(definition.id, column=column, known=", ".join(table.columns[:40]))
    harvest = _Harvest(definition, Taken(rows=table.height))
    for number, row in enumerate(table.iter_rows(named=True), 1):
        harvest.take(number, row)
    with transaction.atomic():
        harvest.keep()
    return harvest.taken


class _Harvest:
    """What one pass over the rows gathers before anything is written."""

    def __init__(self, definition: Definition, taken: Taken) -> None:
        self.taken, self._given = taken, definition
        self._read = moments_in(ZoneInfo(definition.time_zone))
        self._frames: dict[str, Frame] = {}
        self._lots: dict[str, Lot] = {}
        self._uses: dict[tuple[str, str], float | None] = {}

    def take(self, number: int, row: Mapping[str, Any]) -> None:
        """Gather one row, or name what is wrong with it."""
        try:
            frame = self._frame(row) if self._given.timed else None
        except _RowWrong as wrong:
            self.taken.leave_out(number, wrong.why)
            return
        lot = self._lot(row, frame)
        if frame is not None:
            frame.lot_id = lot
            self._frames[frame.key] = frame
        elif lot is None:
            self.taken.leave_out(number, Text("the lot is empty", "로트가 비어 있습니다"))
        if lot is not None:
            self._use(lot, row)

    def _frame(self, row: Mapping[str, Any]) -> Frame:
        given = self._given
        start, end = self._moment(row, given.start), self._moment(row, given.end) if given.end else None
        key = _text(row[given.key])
        if not key:
            raise _RowWrong(Text("the key is empty", "키가 비어 있습니다"))
        if start is None:
            raise _RowWrong(Text("the start is empty", "시작 시각이 비어 있습니다"))
        if end is not None and end < start:
            raise _RowWrong(Text("it ends before it starts", "끝이 시작보다 이릅니다"))
        title = _text(row[given.title]) if given.title else key
        return Frame(
            origin=given.id, key=key[:200], kind=given.kind, title=title[:300], start=start, end=end,
            equipment=self._place(row)[:300], facts=self._facts(row),
        )  # fmt: skip

    def _moment(self, row: Mapping[str, Any], column: str) -> int | None:
        try:
            return self._read(row[column])
        except (ValueError, OverflowError):
            shown = _text(row[column])[:60]
            raise _RowWrong(Text(f"“{shown}” is no time", f"“{shown}”은(는) 시각이 아닙니다")) from None

    def _place(self, row: Mapping[str, Any]) -> str:
        for column in _BRACED.findall(self._given.equipment):
            if not _text(row[column]):
                raise _RowWrong(Text(f"“{column}” is empty", f"“{column}” 값이 비어 있습니다"))
        place = _BRACED.sub(lambda name: _text(row[name[1]]), self._given.equipment)
        return self._given.equipments.get(place, place)

    def _facts(self, row: Mapping[str, Any]) -> dict[str, Any]:
        named = {self._given.key, self._given.start, self._given.end, self._given.title}
        wanted = self._given.facts or [name for name in row if name not in named]
        return {name: _plain(row[name]) for name in wanted if row[name] is not None}

    def _lot(self, row: Mapping[str, Any], frame: Frame | None) -> str | None:
        given = self._given
        id_ = _text(row[given.lot])[:200] if given.lot else ""
        if not id_:
            return None
        lot = self._lots.setdefault(id_, Lot(id=id_, origin=given.id))
        if given.kind == "genealogy":
            return id_
        lot.material = (_text(row[given.material]) if given.material else "")[:200]
        lot.quantity = _number(row[given.quantity]) if given.quantity else None
        lot.unit = (_text(row[given.unit]) if given.unit in row else given.unit)[:40]
        lot.made = (frame.end or frame.start) if frame else None
        lot.facts = {} if frame else self._facts(row)
        return id_

    def _use(self, lot: str, row: Mapping[str, Any]) -> None:
        given = self._given
        parent = _text(row[given.uses])[:200] if given.uses else ""
        if not parent or parent == lot:
            return
        material = _text(row[given.material])[:200] if given.material and given.kind == "genealogy" else ""
        found = self._lots.setdefault(parent, Lot(id=parent, origin=given.id))
        found.material = material or found.material
        quantity = _number(row[given.used_quantity]) if given.used_quantity else None
        before = self._uses.get((lot, parent))
        self._uses[lot, parent] = quantity if before is None or quantity is None else before + quantity

    def keep(self) -> None:
        """Write all; what is there already is brought up to date, and nothing known is made unknown."""
        given = self._given
        known = (
            [name for name in ("material", "quantity", "unit") if getattr(given, name)] if given.lot else []
        )
        known += ["made"] if given.timed else ["facts"] if given.kind == "lots" else []
        told = [lot for lot in self._lots.values() if lot.material or lot.made or lot.facts or lot.quantity]
        _write(Lot, (lot for lot in self._lots.values() if lot not in told), (), ())
        _write(Lot, told, ["id"], known)
        _write(Frame, self._frames.values(), ["origin", "key"], _WRITTEN)
        uses = (Use(child_id=c, parent_id=p, quantity=q, origin=given.id) for (c, p), q in self._uses.items())
        _write(Use, uses, ["child", "parent"], ["quantity", "origin"])
        self.taken.frames, self.taken.lots = len(self._frames), len(self._lots)
        self.taken.uses = len(self._uses)


_WRITTEN = ["kind", "title", "start", "end", "equipment", "facts", "lot"]


class _RowWrong(Exception):
    def __init__(self, why: Text) -> None:
        super().__init__(why)
        self.why = why


def _write(model: Any, rows: Iterable[Any], identity: Iterable[str], fields: Iterable[str]) -> None:
    fields = list(fields)
    how: dict[str, Any] = (
        {"update_conflicts": True, "unique_fields": list(identity), "update_fields": fields}
        if fields
        else {"ignore_conflicts": True}
    )
    model.objects.bulk_create(list(rows), batch_size=AT_ONCE, **how)


def _text(cell: Any) -> str:
    """A cell as text; a whole number that a spreadsheet keeps as a fraction loses its point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()


def _number(cell: Any) -> float | None:
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _plain(cell: Any) -> Any:
    """A cell as JSON can hold it."""
    if isinstance(cell, (datetime, date)):
        return cell.isoformat()
    if isinstance(cell, bool | int):
        return cell
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    return str(cell)[:LONGEST]
