"""Rows as readings, and rows as they are."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from dure.plant.connect import Readings
from dure.plant.connect.sql.query import read_columns
from dure.plant.connect.sql.refusals import ColumnChanged, TimeOdd
from dure.plant.connect.sql.shape import Shape, kind_of
from dure.plant.connect.sql.times import nanoseconds
from dure.vocabulary import Signal

if TYPE_CHECKING:
    import pyarrow as pa

Row = Sequence[Any]
LONGEST = 65_536  # signs of a text that are kept


@dataclass(slots=True)
class Rows:
    """Turns rows of one shape into readings of the signals chosen (all, if none is chosen)."""

    source: str
    shape: Shape
    zone: tzinfo
    where: str
    chosen: frozenset[str] = frozenset()
    _names: dict[str, int] = field(default_factory=dict)
    _told: tuple[str, ...] = ()
    _places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._places = {name: place for place, name in enumerate(read_columns(self.shape))}

    def place(self, row: Row) -> Any:
        """Where a row stands in the order in which rows are read."""
        return self.cell(row, self.shape.order)

    def cell(self, row: Row, column: str) -> Any:
        """Cell of a row in a column that is read."""
        return row[self._places[column]]

    def time(self, row: Row) -> int | None:
        """Source time of a row [ns since 1970 UTC]; raises `TimeOdd`."""
        value = row[self._places[self.shape.time]]
        try:
            return nanoseconds(value, self.zone)
        except (ValueError, ArithmeticError, OverflowError) as odd:
            raise TimeOdd(self.where, table=self.shape.name, column=self.shape.time, value=value) from odd

    def signal(self, row: Row, column: str) -> str:
        """Id of the signal that a cell belongs to."""
        if not self.shape.tag:
            return signal_id(self.source, self.shape, column)
        return signal_id(self.source, self.shape, column, row[self._places[self.shape.tag]])

    def readings(self, rows: Sequence[Row], times: Sequence[int]) -> Readings:
        """Readings of rows and their times, row by row; empty cells are no readings.

        Raises
        ------
        ColumnChanged
            If a column of numbers holds something else now.
        """
        import numpy as np

        index: list[int] = []
        stamp: list[int] = []
        value: list[float] = []
        text: dict[int, str] = {}
        columns = [(name, self._places[name], self.shape.columns[name]) for name in self.shape.values]
        for row, when in zip(rows, times, strict=True):
            for name, place, kind in columns:
                cell = row[place]
                if cell is None or cell != cell:  # noqa: PLR0124 - not a number is no reading
                    continue
                signal = self.signal(row, name)
                if self.chosen and signal not in self.chosen:
                    continue
                if kind == "text":
                    text[len(index)] = str(cell)[:LONGEST]
                    value.append(float("nan"))
                else:
                    value.append(self._number(name, kind, cell))
                index.append(self._names.setdefault(signal, len(self._names)))
                stamp.append(when)
        if len(self._told) != len(self._names):
            self._told = tuple(self._names)
        return Readings(
            self._told,
            np.array(index, np.int32),
            np.array(stamp, np.int64),
            np.array(value, np.float64),
            np.zeros(len(index), np.uint8),
            time.time_ns(),
            text,
        )

    def _number(self, column: str, kind: str, cell: Any) -> float:
        now = kind_of(cell)
        if now not in ("number", "boolean"):
            raise ColumnChanged(self.where, table=self.shape.name, column=column, before=kind, now=now)
        try:
            return float(cell)
        except OverflowError:
            return math.inf if cell > 0 else -math.inf


def signal_id(source: str, shape: Shape, column: str, tag: Any = None) -> str:
    """Id of a column's signal, or of a tag's.

    >>> shape = Shape("mes.temps", {"v": "number"}, None, values=("v",), tag="name")
    >>> signal_id("plant", shape, "v", "Oven 1/T"), signal_id("plant", Shape("t", {}, None), "pressure")
    ('plant/mes.temps/Oven 1/T', 'plant/t/pressure')
    """
    path = [source, shape.name]
    if shape.tag:
        path.append(" ".join(str(tag).split())[:200].strip("/") or "-")
    if not shape.tag or len(shape.values) > 1:
        path.append(column.replace("/", "_"))
    return "/".join(path)


def signals_of(source: str, shape: Shape, tags: Sequence[Row]) -> list[Signal]:
    """Signals of a table: its value columns, or one for every tag; `tags` are rows of tag and, if known, unit."""
    told = f"time {shape.time}, key {shape.key}" if shape.key else f"time {shape.time}"
    cells: list[tuple[str, Any, str]] = [
        (column, None, shape.units.get(column, "")) for column in shape.values
    ]
    if shape.tag:
        cells = [(c, row[0], _unit(row[1:], shape.units.get(c, ""))) for row in tags for c in shape.values]
    return [
        Signal(
            id=signal_id(source, shape, column, tag),
            source=source,
            name=str(tag) if shape.tag else column,
            unit=unit,
            address=f"{shape.name}:{column}" if tag is None else f"{shape.name}:{column}={tag}",
            equipment=shape.name,
            kind=shape.columns[column],
            description=told,
        )
        for column, tag, unit in cells
    ]


def _unit(cells: Row, usual: str) -> str:
    from dure.science.quality import unit_in

    return (unit_in(f"x [{cells[0]}]") if cells and cells[0] else "") or usual


def as_arrow(names: Sequence[str], rows: Sequence[Row], kinds: Mapping[str, str], zone: tzinfo) -> "pa.Table":
    """Rows as an Arrow table, columns by kind: float64 (whole numbers int64), bool, string, timestamp in ns UTC."""
    import pyarrow as pa

    columns = {name: _column([row[place] for row in rows], kinds[name], zone) for place, name in enumerate(names)}  # fmt: skip
    return pa.table(columns)


def _column(cells: list[Any], kind: str, zone: tzinfo) -> "pa.Array":
    import pyarrow as pa

    if kind == "time":
        return pa.array([nanoseconds(cell, zone) for cell in cells], pa.timestamp("ns", "UTC"))
    if kind == "boolean":
        return pa.array([None if cell is None else bool(cell) for cell in cells], pa.bool_())
    if kind == "number":
        whole = all(cell is None or (isinstance(cell, int) and abs(cell) < 2**63) for cell in cells)
        known = [cell if cell is None or whole else float(cell) for cell in cells]
        return pa.array(known, pa.int64() if whole else pa.float64())
    return pa.array([None if cell is None else str(cell)[:LONGEST] for cell in cells], pa.string())
