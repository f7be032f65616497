"""A table brought to the columns that a recipe was fitted on, and numbers brought to one form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dure.science.prepare.step import NotNumbers, NotTimes, require_columns

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class InputColumn:
    """A column that a fitted recipe expects: its name, kind (`number`, `text`, `time`, `yes-no`) and unit [UCUM]."""

    name: str
    kind: str
    unit: str = ""


def inputs(frame: "pl.DataFrame", aside: Sequence[str]) -> tuple[InputColumn, ...]:
    """What a recipe fitted on `frame` expects of later tables: all columns but those carried along."""
    from dure.science.quality import kind_of, unit_in

    return tuple(
        InputColumn(name, kind_of(dtype), unit_in(name))
        for name, dtype in frame.schema.items()
        if name not in aside
    )


def conform(frame: "pl.DataFrame", columns: Sequence[InputColumn]) -> "pl.DataFrame":
    """The expected columns in the expected order; numbers and yes/no as float64, null for NaN and infinity.

    Raises
    ------
    ColumnAbsent, NotNumbers, NotTimes
        If a column is not there or cannot be read as its kind.
    """
    import polars as pl

    require_columns([column.name for column in columns], frame.columns)
    known = pl.DataFrame([_as_kind(frame.get_column(column.name), column.kind) for column in columns])
    numbers = [column.name for column in columns if column.kind == "number"]
    if not numbers:
        return known
    number = pl.col(numbers).cast(pl.Float64)
    return known.with_columns(pl.when(number.is_finite()).then(number).name.keep())


def _as_kind(found: "pl.Series", kind: str) -> "pl.Series":
    import polars as pl

    if kind in ("number", "yes-no") and found.dtype == pl.String:
        found = _numbers_in(found)
    if kind == "text" and found.dtype != pl.String:
        return as_words(found)
    if kind == "time":
        return _as_instants(found)
    if kind == "yes-no":
        there = found.is_finite() if found.dtype.is_float() else found.is_not_null()
        return found.set(~there, None).cast(pl.Boolean).cast(pl.Float64)
    return found


def _numbers_in(words: "pl.Series") -> "pl.Series":
    """Numbers that a short file gave as text; `true` and `false` count as 1 and 0."""
    import polars as pl

    plain = words.str.strip_chars().str.replace("(?i)^true$", "1").str.replace("(?i)^false$", "0")
    numbers = plain.cast(pl.Float64, strict=False)
    lost = words.filter(words.is_not_null() & numbers.is_null() & (plain != ""))
    if len(lost):
        raise NotNumbers(words.name, value=str(lost[0])[:40])
    return numbers


def _as_instants(found: "pl.Series") -> "pl.Series":
    """Times in nanoseconds, whichever resolution a file gave them; a time of day stays one."""
    import polars as pl

    from dure.science.quality import as_times

    if found.dtype == pl.String and not found.is_null().all():
        times = as_times(found)
        if times is None:
            raise NotTimes(found.name, value=str(found.drop_nulls()[0])[:40])
        found = times
    if found.dtype.is_numeric():
        raise NotTimes(found.name, value=str(found.drop_nulls().head(1).to_list()))
    if found.dtype in (pl.Time, pl.Duration):
        return found
    return found.dt.cast_time_unit("ns") if found.dtype == pl.Datetime else found.cast(pl.Datetime("ns"))


def as_words(found: "pl.Series") -> "pl.Series":
    """Values as text, whole numbers without a decimal point: the same word whichever type a file gave it.

    >>> import polars as pl
    >>> as_words(pl.Series("mould", [8412.0, None])).to_list()
    ['8412', None]
    """
    import polars as pl

    if not found.dtype.is_float():
        return found.cast(pl.String)
    # value by value, so that a row alone and the same row in a table become the same word
    whole = pl.first().is_finite() & (pl.first() % 1 == 0) & (pl.first().abs() < 2**63)
    words = (
        pl.when(whole)
        .then(pl.first().cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(pl.first().cast(pl.String))
    )
    return found.to_frame().select(words).to_series()


def matrix(frame: "pl.DataFrame", columns: Sequence[str]) -> NDArray[np.float64]:
    """Columns of numbers as one array [rows, columns], NaN where missing.

    A query of Polars costs a stream ten times what copying a row costs, so floats are copied without one.
    """
    import polars as pl

    wanted = pl.DataFrame([frame.get_column(name) for name in columns])
    if any(kind != pl.Float64 for kind in wanted.dtypes):
        wanted = wanted.select(pl.all().cast(pl.Float64))
    values: NDArray[np.float64] = wanted.to_numpy()
    return values


def floats(frame: "pl.DataFrame") -> "pl.DataFrame":
    """Numbers and yes/no as float64, null where missing; times and text as they are."""
    import polars as pl

    names = [name for name, kind in frame.schema.items() if kind.is_numeric() or kind == pl.Boolean]
    if not names:
        return frame
    # adding zero makes -0.0 plain 0.0: which of the two a difference gives depends on Polars' path for one row
    values = matrix(frame, names) + 0.0
    made = pl.from_numpy(np.asfortranarray(values), schema=names, orient="row").fill_nan(None)
    return made if len(names) == frame.width else frame.with_columns(made.get_columns())
