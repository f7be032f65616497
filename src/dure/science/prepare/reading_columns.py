"""Columns of any file format brought to the few kinds that steps and measures know."""

from typing import TYPE_CHECKING

from dure.science.prepare.reading_notes import Note
from dure.science.prepare.reading_refusals import ColumnNested
from dure.science.prepare.reading_times import timed
from dure.science.quality import kind_of

if TYPE_CHECKING:
    import polars as pl


def as_columns(frame: "pl.DataFrame", where: str) -> tuple["pl.DataFrame", list[Note], dict[str, str]]:
    """Numbers, text, times and yes/no: text that holds nothing but times becomes times, durations become seconds.

    Raises
    ------
    ColumnNested
        If a column holds lists or records.
    ZonesUndecided
        If some times of a column carry an offset from UTC and others do not.
    """
    import polars as pl

    notes: list[Note] = []
    orders: dict[str, str] = {}
    columns = [_plain(column, where, notes, orders) for column in frame.get_columns()]
    return pl.DataFrame(columns), notes, orders


def _plain(column: "pl.Series", where: str, notes: list[Note], orders: dict[str, str]) -> "pl.Series":
    import polars as pl

    kind = column.dtype
    if kind.is_nested() or kind in (pl.Binary, pl.Object):
        raise ColumnNested(where, column=column.name)
    if kind == pl.Duration:
        return (column.dt.total_nanoseconds() / 1e9).alias(column.name)
    if kind.is_decimal():
        return column.cast(pl.Float64)
    if kind in (pl.Categorical, pl.Enum, pl.Null):
        return column.cast(pl.String)
    if kind == pl.String:
        return _times_or_words(column, where, notes, orders)
    return column.dt.cast_time_unit("ns") if kind == pl.Datetime else column


def _times_or_words(
    column: "pl.Series", where: str, notes: list[Note], orders: dict[str, str]
) -> "pl.Series":
    found = timed(column, where)
    if found is None:
        return column
    notes += found[1]
    if found[2]:
        orders[column.name] = found[2]
    return found[0].alias(column.name)


def kinship(kind: "pl.DataType") -> str:
    """Columns of one kinship can be put below each other without becoming text."""
    import polars as pl

    if isinstance(kind, pl.Datetime):
        return f"time {kind.time_zone}"
    if kind in (pl.Date, pl.Time):
        return str(kind)
    return kind_of(kind)
