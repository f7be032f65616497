"""Rows that follow each other: of one source, of one thing, in order of time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


def order_of(frame: "pl.DataFrame", segments: Sequence[int], group: str, time: str) -> Rows | None:
    """Places of the rows, thing by thing and in order of time within each source; None where they lie so already. [N].

    >>> import polars as pl
    >>> order_of(pl.DataFrame({"unit": ["a", "b", "a"], "t": [1, 1, 2]}), [3], "unit", "t").tolist()
    [0, 2, 1]
    """
    import polars as pl

    keys = [np.repeat(np.arange(len(segments)), segments)]
    if group in frame.columns:
        keys.append(codes(frame.get_column(group)))
    if time in frame.columns:
        at = frame.get_column(time)
        keys.append(at.to_physical().cast(pl.Float64).fill_null(float("inf")).to_numpy())
    order = np.lexsort(tuple(reversed(keys)))
    return None if (np.diff(order) == 1).all() else order


def stretch_of(frame: "pl.DataFrame", segments: Sequence[int], group: str) -> Rows:
    """Number of the stretch of each row, for rows in the order of `order_of`. [N].

    >>> import polars as pl
    >>> stretch_of(pl.DataFrame({"unit": ["a", "a", "b"]}), [2, 1], "unit").tolist()
    [0, 0, 1]
    """
    new = np.zeros(len(frame), dtype=bool)
    starts = np.cumsum([0, *segments])[:-1]
    new[starts[starts < len(frame)]] = True
    if group in frame.columns and len(frame):
        new[1:] |= np.diff(codes(frame.get_column(group))) != 0
    return np.cumsum(new) - 1


def codes(column: "pl.Series") -> Rows:
    """Each value as a number, in order of appearance. [N]."""
    import polars as pl

    _, first, place = np.unique(
        column.cast(pl.String).fill_null("").to_numpy().astype(str), return_index=True, return_inverse=True
    )
    return np.argsort(np.argsort(first))[place]


def later(values: Floats, rows: int, stretch: Rows) -> Floats:
    """For each row the value `rows` rows later (earlier if below 0) of its stretch; NaN where there is none. [N].

    >>> later(np.array([1.0, 2.0, 3.0]), 1, np.array([0, 0, 1])).tolist()
    [2.0, nan, nan]
    >>> later(np.array([1.0, 2.0, 3.0]), -1, np.array([0, 0, 0])).tolist()
    [nan, 1.0, 2.0]
    """
    found = np.full(len(values), np.nan)
    if abs(rows) >= len(values):
        return found
    here, there = (
        (slice(0, len(values) - rows), slice(rows, None))
        if rows >= 0
        else (slice(-rows, None), slice(0, rows))
    )
    same = stretch[here] == stretch[there]
    found[here] = np.where(same, values[there], np.nan)
    return found


def lengths(stretch: Rows) -> list[int]:
    """Rows of each stretch, in order.

    >>> lengths(np.array([0, 0, 1]))
    [2, 1]
    """
    return [int(one) for one in np.bincount(stretch)] if len(stretch) else []
