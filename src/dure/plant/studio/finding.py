"""The next shown cell that contains a text, among millions of rows, a little at a time."""

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.plant.studio.grid import Grid
from dure.plant.studio.looking import View
from dure.plant.studio.typed import kind_of

if TYPE_CHECKING:
    import polars as pl

FIRST, MOST = 20_000, 500_000
"""Rows of a stretch that is looked through at once: few at first, so that what is near is found at once."""
SECONDS = 0.8
_IN_A_NUMBER = frozenset("0123456789.-+e")


def find(  # noqa: PLR0913, PLR0917 - what is looked for, from where, which way, and how long
    grid: Grid, view: View, text: str, row: int, column: int, way: int, seconds: float = SECONDS
) -> dict[str, Any]:
    """The next shown cell that contains `text`, whatever its case, behind (`way` 1) or before (−1) a cell, round the end.

    Looks for `seconds` at most: then `looked` says how many rows were and `next` where to go on; `row` is None then, and
    where there is none at all. Numbers are compared as they are written, times as 2024-03-05 14:05:00.
    """
    names, rows, begun = view.columns, view.rows, time.monotonic()
    none = {"row": None, "column": None, "looked": rows, "next": None}
    if not rows or not text:
        return none
    at, looked, size, beside = max(0, min(row, rows - 1)), 0, FIRST, column
    while looked <= rows:
        low, high = (at, min(rows, at + size)) if way > 0 else (max(0, at + 1 - size), at + 1)
        hit = _nearest(_hits(grid, view, text, low, high), way, None if looked else beside)
        if hit is not None:
            return {"row": low + hit[0], "column": names[hit[1]], "looked": looked, "next": None}
        looked += high - low
        at = high % rows if way > 0 else (low - 1) % rows
        size = min(MOST, size * 2)
        if looked <= rows and time.monotonic() - begun > seconds:
            return {**none, "looked": looked, "next": at}
    return none


def _nearest(
    hits: "np.ndarray[Any, np.dtype[np.bool_]]", way: int, beside: int | None
) -> tuple[int, int] | None:
    """Row and column of the first hit, or the last; in the row where the search begins only those behind, or before, `beside`."""
    if beside is not None and way > 0:
        hits[0, : beside + 1] = False
    elif beside is not None:
        hits[-1, max(0, beside) :] = False
    flat = np.flatnonzero(hits.ravel())
    if not len(flat):
        return None
    found = int(flat[0] if way > 0 else flat[-1])
    return found // hits.shape[1], found % hits.shape[1]


def _hits(grid: Grid, view: View, text: str, low: int, high: int) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Which cells of a stretch of shown rows hold the text. [rows, columns]."""
    import polars as pl

    part = grid.only(view.columns)
    if view.places is None:
        part = part.slice(low, high - low)
    else:
        part = part.select(pl.all().gather(pl.Series(view.places[low:high])))
    asked = [_holds(dtype, name, text.lower()) for name, dtype in part.schema.items()]
    marks = part.lazy().select(asked).collect()
    return np.column_stack([marks.get_column(name).to_numpy() for name in marks.columns])


def _holds(dtype: "pl.DataType", name: str, low: str) -> "pl.Expr":
    import polars as pl

    column, kind = pl.col(name), kind_of(dtype)
    never = dtype.is_nested() or dtype in (pl.Binary, pl.Object, pl.Null)
    if never or (kind == "number" and not set(low) <= _IN_A_NUMBER):
        return (pl.int_range(pl.len()) < 0).alias(name)
    if dtype.is_float():
        words = column.cast(pl.String).str.strip_suffix(".0")
    elif isinstance(dtype, pl.Datetime):
        words = column.dt.strftime("%Y-%m-%d %H:%M:%S%.f")
    else:
        words = column.cast(pl.String)
    return words.str.to_lowercase().str.contains(low, literal=True).fill_null(value=False).alias(name)


def edge(grid: Grid, view: View, column: str, row: int, way: int) -> int:
    """Where Ctrl and an arrow lead from a shown row: the end of the filled cells it stands in, else the next filled one, else the end."""
    import polars as pl

    last = view.rows - 1
    end = last if way > 0 else 0
    one = grid.frame.get_column(column)
    if not one.null_count() and one.dtype != pl.String:
        return end
    if view.places is not None:
        one = one.gather(pl.Series(view.places))
    ahead = one.slice(row, None) if way > 0 else one.slice(0, row + 1).reverse()
    empty = ahead.is_null() | (ahead == "") if ahead.dtype == pl.String else ahead.is_null()
    flags = empty.fill_null(value=True).to_numpy()
    if len(flags) < 2:
        return end
    inside = not flags[0] and not flags[1]
    hits = np.flatnonzero(flags[1:] if inside else ~flags[1:])
    if not len(hits):
        return end
    steps = int(hits[0]) + (0 if inside else 1)
    return row + steps * way
