"""A table's columns as formulas see them: four types, and the forms that files give them brought to these."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dure.science.formula.kinds import Kind
from dure.science.formula.refusals import ArgumentWrong, ColumnUnknown, TimesGoBack
from dure.science.formula.rules import NAMES
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.formula.formula import Formula


def schema_of(frame: "pl.DataFrame", units: Mapping[str, str] | None = None) -> dict[str, Kind]:
    """Kind of each column; lists and the like have none and are left out.

    >>> import polars as pl
    >>> schema_of(pl.DataFrame({"t": [20.5], "state": ["on"]}), {"t": "Cel"})
    {'t': Kind(type='number', unit='Cel', bare=False), 'state': Kind(type='text', unit=None, bare=False)}
    """
    units = units or {}
    types = {name: _type(dtype) for name, dtype in frame.schema.items()}
    return {name: _kind(found, units.get(name), frame.schema[name]) for name, found in types.items() if found}


def _kind(found: str, unit: str | None, dtype: "pl.DataType") -> Kind:
    import polars as pl

    if dtype == pl.Duration:
        return Kind("number", "s")
    return Kind(found, (unit or None) if found == "number" else None)


def _type(dtype: "pl.DataType") -> str | None:
    import polars as pl

    if dtype.is_numeric() or dtype in (pl.Null, pl.Duration):
        return "number"
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return "text"
    if dtype == pl.Boolean:
        return "yes-no"
    return "time" if dtype in (pl.Date, pl.Datetime, pl.Time) else None


def ready(
    frame: "pl.DataFrame",
    formula: "Formula",
    schema: Mapping[str, Kind],
    time: str | None,
    segments: Sequence[int],
) -> "pl.DataFrame":
    """The table with the columns of a formula in the forms that its expression reads; refuses what it cannot."""
    found = schema_of(frame)
    for name in formula.columns:
        if name not in found:
            raise ColumnUnknown(name, at=_place(formula, name), formula=formula.text, near=Text(".", "."))
        if not _fits(found[name].type, schema[name].type, frame.schema[name]):
            way = Text("Give a table with the same columns.", "같은 열을 가진 표를 주세요.")
            facts = {"wanted": NAMES[schema[name].type], "given": NAMES[found[name].type], "way": way}
            raise ArgumentWrong(name, at=_place(formula, name), formula=formula.text, **facts)
    if formula.reach.span and time is not None:
        require_order(frame, time, segments)
    forms = {name: form for name in formula.columns if (form := _form(frame.get_column(name))) is not None}
    return frame.with_columns(**forms) if forms else frame


def _fits(found: str, wanted: str, dtype: "pl.DataType") -> bool:
    import polars as pl

    return found == wanted or dtype == pl.Null or (found, wanted) == ("yes-no", "number")


def _place(formula: "Formula", name: str) -> int:
    from dure.science.formula.tree import Column, walk

    return next(node.at for node, _ in walk(formula.tree) if isinstance(node, Column) and node.name == name)


def _form(column: "pl.Series") -> "pl.Series | None":
    """A column in its plain form; None where it has that already."""
    import polars as pl

    if column.dtype in (pl.Categorical, pl.Enum):
        return column.cast(pl.String)
    if column.dtype == pl.Date:
        return column.cast(pl.Datetime("us"))
    if column.dtype == pl.Time:
        return (column.cast(pl.Int64)).cast(pl.Datetime("ns"))
    if column.dtype == pl.Duration:
        return pl.Series(
            column.name, column.dt.total_nanoseconds().cast(pl.Float64).to_numpy() / 1e9, nan_to_null=True
        )
    return None


def require_order(frame: "pl.DataFrame", time: str, segments: Sequence[int] = ()) -> None:
    """Refuse times that go back within a run, and a time column that is absent or holds no times.

    Raises
    ------
    ColumnUnknown, ArgumentWrong, TimesGoBack
        With the row, from 1.
    """
    from dure.science.formula.functions.windows import nanoseconds, runs

    kinds = schema_of(frame)
    if time not in kinds:
        raise ColumnUnknown(time, near=Text(".", "."))
    if kinds[time].type not in ("time", "number"):
        way = Text("Read it as a time first.", "먼저 시각으로 읽어 주세요.")
        raise ArgumentWrong(time, wanted=NAMES["time"], given=NAMES[kinds[time].type], way=way)
    whole = nanoseconds(frame.get_column(time))
    for run in runs(len(whole), segments):
        back = np.flatnonzero(np.diff(whole[run]) < 0)
        if len(back):
            raise TimesGoBack(time, row=run.start + int(back[0]) + 2)
