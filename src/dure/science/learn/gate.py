"""The gate in front of every prediction: a table must carry what the model was trained on.

A renamed column, even by a space, silently becomes missing values in many systems and costs a model its worth; here
it is one sentence.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dure.science.learn.refusals import ColumnEmpty, ColumnNotNumbers, ColumnsUnlike, ShapeUnlike, nearest

if TYPE_CHECKING:
    import polars as pl


_UNNAMED = re.compile(r"column_\d+")


def require_fit(
    frame: "pl.DataFrame", inputs: Sequence[Mapping[str, Any]], where: str, unnamed: int = 0
) -> None:
    """Refuse a table whose columns are not those of the training.

    Parameters
    ----------
    unnamed
        How many columns without a name the table of the training had: of these only the number tells whether
        another file is like it, or turned on its side.

    Raises
    ------
    ColumnsUnlike
        If columns are absent; the nearest name is said.
    ShapeUnlike
        If columns have no names and are not as many.
    ColumnNotNumbers
        If words stand where numbers stood.
    ColumnEmpty
        If a column has no values at all in two rows or more.
    """
    found = unnamed_columns(frame)
    if unnamed and found and found != unnamed:
        raise ShapeUnlike(where, found=found, known=unnamed)
    absent = [one["name"] for one in inputs if one["name"] not in frame.columns]
    if absent:
        known = {one["name"] for one in inputs}
        spare = [name for name in frame.columns if name not in known]
        shown = ", ".join(f"“{name}”" for name in absent[:3]) + (
            f" (+{len(absent) - 3})" if len(absent) > 3 else ""
        )
        raise ColumnsUnlike(where, columns=shown, **nearest(absent[0], spare))
    for one in inputs:
        _require_kind(frame.get_column(one["name"]), str(one["kind"]), where)


def unnamed_columns(frame: "pl.DataFrame") -> int:
    """How many columns have no name of their own, only the number that the reader gave them."""
    return sum(1 for name in frame.columns if _UNNAMED.fullmatch(name))


def _require_kind(column: "pl.Series", kind: str, where: str) -> None:
    import polars as pl

    # A single row may lack a value; a whole column without one is a signal that is gone.
    if len(column) > 1 and column.null_count() == len(column):
        raise ColumnEmpty(where, column=column.name)
    if kind != "number" or column.dtype.is_numeric() or column.dtype in (pl.Null, pl.Boolean):
        return
    text = column.cast(pl.String).str.strip_chars()
    odd = text.filter((text != "") & text.cast(pl.Float64, strict=False).is_null())
    if len(odd):
        raise ColumnNotNumbers(where, column=column.name, value=str(odd[0])[:40])


def out_of_range(frame: "pl.DataFrame", inputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Columns with rows outside of the range learnt from, widened by a tenth: `column`, `share`, `low`, `high`."""
    found = []
    for one in inputs:
        low, high = one.get("low"), one.get("high")
        column = frame.get_column(one["name"])
        if low is None or high is None or not column.dtype.is_numeric():
            continue
        margin = 0.1 * (high - low)
        outside = ((column < low - margin) | (column > high + margin)).mean()
        if outside:
            found.append({"column": one["name"], "share": float(outside), "low": low, "high": high})
    return found
