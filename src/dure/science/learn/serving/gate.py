"""The gate in front of every prediction: a table must carry what the model was trained on.

A renamed column, even by a space, silently becomes missing values in many systems and costs a model its worth; here
it is mended where the name leaves no doubt, and one sentence where it does. So is a column in another unit.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.refusals import (
    ColumnEmpty,
    ColumnNotNumbers,
    ColumnsBesideAbsent,
    ColumnsUnlike,
    ShapeUnlike,
    UnitsSeemUnlike,
    UnitsUnlike,
    nearest,
)
from dure.science.learn.serving.other_unit import looks_like, same_unit
from dure.science.paper import unit_name
from dure.science.quality import unit_in, unit_written

if TYPE_CHECKING:
    import polars as pl


_UNNAMED = re.compile(r"column_\d+")


def mended(there: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Columns that bear the name of an absent one but for blanks around it or the spelling of its unit.

    >>> mended(["AT", "AFDP ", "temp(℃)"], ["AT", "AFDP", "temp [C]"])
    {'AFDP ': 'AFDP', 'temp(℃)': 'temp [C]'}
    >>> mended(["AFDP ", " AFDP"], ["AFDP"])
    {}
    """
    known = set(wanted)
    absent = known.difference(there)
    if not absent:
        return {}
    found: dict[str, str] = {}
    for name in (name for name in wanted if name in absent):
        alike = [one for one in there if one not in known and _plain(one) == _plain(name)]
        if len(alike) == 1:
            found[alike[0]] = name
    return found


def _plain(name: str) -> tuple[str, str]:
    """A header without blanks around it, and the unit that it carries."""
    base, unit = _base(name), unit_in(name.strip())
    return (base, unit) if unit else (name.strip(), "")


def _base(name: str) -> str:
    written = unit_written(name)
    return (
        name.strip().removesuffix(f"[{written}]").removesuffix(f"({written})").strip()
        if written
        else name.strip()
    )


def widened(inputs: Sequence[Mapping[str, Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest value of each input that is no surprise: the range learnt from and a tenth of it. [F] each."""
    low, high = np.full(len(inputs), -np.inf), np.full(len(inputs), np.inf)
    for at, one in enumerate(inputs):
        if one.get("low") is not None and one.get("high") is not None:
            margin = 0.1 * (one["high"] - one["low"])
            low[at], high[at] = one["low"] - margin, one["high"] + margin
    return low, high


def require_fit(  # noqa: PLR0913 - what a table may be refused for, each named
    frame: "pl.DataFrame",
    inputs: Sequence[Mapping[str, Any]],
    where: str,
    unnamed: int = 0,
    units: Mapping[str, str] | None = None,
    *,
    strict: bool = True,
) -> None:
    """Refuse a table whose columns are not those of the training.

    Parameters
    ----------
    units
        UCUM codes by column that the table carries beside its headers.
    strict
        Whether values that look like another unit are refused where header and card agree on one; a detector is for
        values that surprise, so there they are only flagged.
    unnamed
        How many columns without a name the table of the training had: of these only the number tells whether
        another file is like it, or turned on its side.

    Raises
    ------
    ColumnsUnlike, ColumnsBesideAbsent
        If columns are absent; the nearest name is said, or where what stands beside sounds and pictures is to be written.
    ShapeUnlike
        If columns have no names and are not as many.
    ColumnNotNumbers
        If words stand where numbers stood.
    ColumnEmpty
        If a column has no values at all in two rows or more.
    UnitsUnlike, UnitsSeemUnlike
        If a column is in another unit than it was learnt in.
    """
    found = unnamed_columns(frame)
    if unnamed and found and found != unnamed:
        raise ShapeUnlike(where, found=found, known=unnamed)
    absent = [one["name"] for one in inputs if one["name"] not in frame.columns]
    if absent:
        known = {one["name"] for one in inputs}
        spare = [name for name in frame.columns if name not in known]
        _require_units_of(absent, spare, where)
        shown = ", ".join(f"“{name}”" for name in absent[:3]) + (
            f" (+{len(absent) - 3})" if len(absent) > 3 else ""
        )
        kind = ColumnsBesideAbsent if _holds_contents(frame, known) else ColumnsUnlike
        raise kind(where, columns=shown, **nearest(absent[0], spare))
    for one in inputs:
        _require_kind(frame.get_column(one["name"]), str(one["kind"]), where)
    for one in inputs:
        _require_unit(
            frame.get_column(one["name"]), one, where, (units or {}).get(one["name"], ""), strict=strict
        )


def _holds_contents(frame: "pl.DataFrame", inputs: Collection[str]) -> bool:
    """Whether an input is a column of sounds or pictures."""
    from dure.science.prepare import is_reference

    first = (
        frame.get_column(name).drop_nulls().head(1).to_list() for name in inputs if name in frame.columns
    )
    return any(cells and is_reference(cells[0]) for cells in first)


def _require_units_of(absent: Sequence[str], spare: Sequence[str], where: str) -> None:
    """Refuse a column that is there in another unit, with a better word than that it is absent."""
    for name in absent:
        for other in spare:
            known, found = unit_in(name), unit_in(other.strip())
            # beside a temperature F is no farad
            found = "[degF]" if found == "F" and known in {"Cel", "K"} else found
            if known and found and _base(other) == _base(name) and not same_unit(known, found):
                raise UnitsUnlike(where, column=other, found=unit_name(found), known=unit_name(known))


def _require_unit(
    column: "pl.Series", one: Mapping[str, Any], where: str, carried: str, *, strict: bool
) -> None:
    known, own = str(one.get("unit") or ""), unit_in(column.name)
    if known and carried and not same_unit(known, carried):
        raise UnitsUnlike(where, column=column.name, found=unit_name(carried), known=unit_name(known))
    if not (strict and known and own):
        return
    seems = looks_like(column, one)
    if seems:
        raise UnitsSeemUnlike(
            where,
            column=column.name,
            found=seems,
            known=unit_name(known),
            low=f"{one['low']:.4g}",
            high=f"{one['high']:.4g}",
        )


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
    """Columns with rows outside of the range learnt from, widened by a tenth: `column`, `share`, `low`, `high`.

    Where the values as a whole would fit if they were in another unit, `looks_like` names it.
    """
    found = []
    for one, least, most in zip(inputs, *widened(inputs), strict=True):
        column = frame.get_column(one["name"])
        if not np.isfinite(least) or not column.dtype.is_numeric():
            continue
        outside = ((column < least) | (column > most)).mean()
        if outside:
            seems = looks_like(column, one)
            flag = {"column": one["name"], "share": float(outside), "low": one["low"], "high": one["high"]}
            found.append(flag | ({"looks_like": seems} if seems else {}))
    return found
