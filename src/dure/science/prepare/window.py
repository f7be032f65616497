"""The one window kernel: statistics of the last rows, the same bits in batch, in chunks and row by row.

A window is copied into a contiguous buffer and reduced along its last axis, so the order of summation depends
on the window alone and not on how many rows were asked for at once. Rows before the first are missing values;
a window that holds missing values is reduced over those it has.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

STATISTICS = ("mean", "std", "min", "max", "slope")
# Windows copied at a time: 2 MB of float64 stay in the processor's cache.
_BUFFER = 262_144

Floats = NDArray[np.float64]


def window_matrix(values: Floats, window: int) -> Floats:
    """Windows ending at each row.

    Parameters
    ----------
    values
        Rows by columns, NaN where missing. [N, F]
    window
        Rows in a window, at least 1.

    Returns
    -------
    One window a row and column, oldest value first, contiguous; NaN before the first row. [N, F, window]

    Examples
    --------
    >>> window_matrix(np.array([[1.0], [2.0], [3.0]]), 2)[:, 0, :]
    array([[nan,  1.],
           [ 1.,  2.],
           [ 2.,  3.]])
    """
    padding = np.full((window - 1, values.shape[1]), np.nan)
    padded = np.concatenate([padding, np.asarray(values, dtype=np.float64)])
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(padded, window, axis=0))


def window_statistics(values: Floats, window: int, statistics: Sequence[str] = STATISTICS) -> Floats:
    """Statistics of the window ending at each row.

    `std` divides by the number of values (ddof 0); `slope` is the least-squares line's change per row; a
    window of equal values has `std` and `slope` of exactly 0; a window without a value gives NaN, one with a
    single value a `slope` of 0.

    Parameters
    ----------
    values
        Rows by columns, NaN where missing. [N, F]
    window
        Rows in a window, at least 1.
    statistics
        Names out of `STATISTICS`.

    Returns
    -------
    [N, F, len(statistics)]

    Examples
    --------
    >>> window_statistics(np.array([[1.0], [2.0], [4.0]]), 3, ["mean", "std", "slope"])[:, 0].round(3)
    array([[1.   , 0.   , 0.   ],
           [1.5  , 0.5  , 1.   ],
           [2.333, 1.247, 1.5  ]])
    """
    rows, columns = values.shape
    found = np.empty((rows, columns, len(statistics)))
    step = max(1, _BUFFER // max(1, columns * window))
    for start in range(0, rows, step):
        first = max(0, start - window + 1)
        block = window_matrix(values[first : start + step], window)[start - first :]
        found[start : start + step] = _reduce(block.reshape(-1, window), statistics).reshape(
            len(block), columns, -1
        )
    return found


def _reduce(windows: Floats, statistics: Sequence[str]) -> Floats:
    """Whole windows by plain sums, windows with missing values by masked ones: the content decides the path."""
    missing = np.isnan(windows).any(axis=-1)
    found = np.empty((len(windows), len(statistics)))
    if not missing.any():
        return _whole(windows, statistics, found)
    found[~missing] = _whole(
        windows[~missing], statistics, np.empty((int((~missing).sum()), len(statistics)))
    )
    found[missing] = _holed(windows[missing], statistics)
    return found


def _whole(windows: Floats, statistics: Sequence[str], found: Floats) -> Floats:
    width = windows.shape[-1]
    low, high = windows.min(axis=-1), windows.max(axis=-1)
    constant = low == high
    mean = np.where(constant, low, windows.sum(axis=-1) / width)
    for place, name in enumerate(statistics):
        if name == "mean":
            found[:, place] = mean
        elif name == "min":
            found[:, place] = low
        elif name == "max":
            found[:, place] = high
        elif name == "std":
            off = windows - mean[:, None]
            found[:, place] = np.sqrt((off * off).sum(axis=-1) / width)
        else:
            at = np.arange(width, dtype=np.float64) - (width - 1) / 2
            spread = (at * at).sum()
            off = windows - mean[:, None]
            found[:, place] = (off * at).sum(axis=-1) / spread if spread else 0.0
    return found


def _holed(windows: Floats, statistics: Sequence[str]) -> Floats:
    there = ~np.isnan(windows)
    count = there.sum(axis=-1)
    empty = count == 0
    share = np.maximum(count, 1)
    low = np.where(there, windows, np.inf).min(axis=-1)
    high = np.where(there, windows, -np.inf).max(axis=-1)
    mean = np.where(low == high, low, np.where(there, windows, 0.0).sum(axis=-1) / share)
    off = np.where(there, windows - mean[:, None], 0.0)
    named = {"mean": mean, "min": low, "max": high}
    if "std" in statistics:
        named["std"] = np.sqrt((off * off).sum(axis=-1) / share)
    if "slope" in statistics:
        at = np.broadcast_to(np.arange(windows.shape[-1], dtype=np.float64), windows.shape)
        middle = np.where(there, at, 0.0).sum(axis=-1) / share
        at = np.where(there, at - middle[:, None], 0.0)
        spread = (at * at).sum(axis=-1)
        named["slope"] = (off * at).sum(axis=-1) / np.where(spread == 0, 1.0, spread)
    return np.stack([np.where(empty, np.nan, named[name]) for name in statistics], axis=-1)
