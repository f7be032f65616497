"""Windows of changing length: durations, and sums; the same bits as the row kernel where the length is the same.

A window of n rows is merged along the tree of its length, as in `moments`: pieces of 1, 2, 4, … rows, the longer the
older. The piece that a row needs is picked by its place, so rows with windows of other lengths, and rows that are
asked for together, change nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dure.science.window.moments import Floats, _merge, _Moments

Indices = NDArray[np.int64]
_BLOCK = 65_536


def span_starts(times: Indices, span: int, most: int | None = None) -> Indices:
    """First row of the window (t − span, t] of each row, rows after it left out.

    Parameters
    ----------
    times
        Times that never go back [ns]. [N]
    span
        Length of the window [ns], above 0.
    most
        Rows that a window may hold at most; the oldest beyond are left out.

    Returns
    -------
    [N]

    Examples
    --------
    >>> span_starts(np.array([0, 10, 20, 20, 60]), 20)
    array([0, 0, 1, 1, 4])
    """
    times = np.asarray(times, dtype=np.int64)
    starts = np.searchsorted(times, times - span, side="right").astype(np.int64)
    if most is not None:
        starts = np.maximum(starts, np.arange(len(times)) - most + 1)
    return starts


def span_sums(values: Floats, starts: Indices) -> tuple[Floats, Floats]:
    """Sum of the values there are in each window from `starts` to its row, and how many there are.

    >>> span_sums(np.array([1.0, np.nan, 4.0]), np.array([0, 0, 1]))
    (array([1., 1., 4.]), array([1., 1., 1.]))
    """
    there = ~np.isnan(values)
    counted = np.concatenate([[0], np.cumsum(there)])
    held = (counted[1:] - counted[starts]).astype(np.float64)
    found = np.empty(len(values))
    filled = np.where(there, values, 0.0)
    for rows, before in _blocks(starts):
        lengths = np.arange(rows.start, rows.stop) - starts[rows] + 1
        found[rows] = _sums(filled[before : rows.stop], lengths)
    return found, held


def window_sums(values: Floats, window: int) -> tuple[Floats, Floats]:
    """Sum of the values there are in the window that ends at each row, and how many there are.

    >>> window_sums(np.array([1.0, np.nan, 4.0]), 2)
    (array([1., 1., 4.]), array([1., 1., 1.]))
    """
    there = ~np.isnan(values)
    counted = np.concatenate([np.zeros(window, np.int64), np.cumsum(there)])
    held = (counted[window:] - counted[: len(values)]).astype(np.float64)
    filled = np.concatenate([np.zeros(window - 1), np.where(there, values, 0.0)])
    found = np.empty(len(values))
    block = max(4 * window, 16_384)
    for start in range(0, len(values), block):
        stop = min(start + block, len(values))
        found[start:stop] = _row_sums(filled[start : stop + window - 1], window)
    return found, held


def _row_sums(filled: Floats, window: int) -> Floats:
    width, one, found, wide = 1, filled, None, 0
    while True:
        if window & width:
            wide += width
            length = len(filled) - wide + 1
            found = one if found is None else one[:length] + found[width : width + length]
        if 2 * width > window:
            return one if found is None else found
        one = one[:-width] + one[width:]
        width *= 2


def _sums(filled: Floats, lengths: Indices) -> Floats:
    """Sums of the last `lengths` values at each of the last rows of `filled`."""
    rows = np.arange(len(filled) - len(lengths), len(filled))
    found, one, width = np.zeros(len(lengths)), filled, 1
    longest = int(lengths.max(initial=0))
    while width <= longest:
        asked = np.flatnonzero(lengths & width)
        found[asked] += one[rows[asked] - (lengths[asked] & (width - 1))]
        one = np.concatenate([one[:width], one[:-width] + one[width:]])
        width *= 2
    return found


def span_statistics(values: Floats, starts: Indices, statistics: Sequence[str]) -> Floats:
    """Statistics of the window of each row from `starts` on; named, and defined, as `window_statistics`.

    Parameters
    ----------
    values
        NaN where missing. [N]
    starts
        First row of the window that ends at each row. [N]
    statistics
        Names out of `STATISTICS`.

    Returns
    -------
    [N, len(statistics)]

    Examples
    --------
    >>> span_statistics(np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1]), ["mean", "max"])
    array([[1. , 1. ],
           [1.5, 2. ],
           [3. , 4. ]])
    """
    values = np.asarray(values, dtype=np.float64) + 0.0
    found = np.empty((len(values), len(statistics)))
    for rows, before in _blocks(starts):
        block = values[before : rows.stop]
        lengths = np.arange(rows.start, rows.stop) - starts[rows] + 1
        found[rows] = _statistics(block, lengths, statistics)
    return found


def _blocks(starts: Indices) -> list[tuple[slice, int]]:
    """Stretches of rows, each with the first row that a window of it reaches."""
    edges = range(0, len(starts), _BLOCK)
    return [(slice(a, min(a + _BLOCK, len(starts))), int(starts[a : a + _BLOCK].min())) for a in edges]


def _statistics(block: Floats, lengths: Indices, statistics: Sequence[str]) -> Floats:
    named: dict[str, Floats] = {}
    for name, least in (("min", np.fmin), ("max", np.fmax)):
        if name in statistics:
            named[name] = _extreme(block, lengths, least)
    if set(statistics) & {"mean", "std", "slope"}:
        with np.errstate(over="ignore", invalid="ignore"):
            held, mean, square, _, time_square, product = _moments(block, lengths)
        empty = held == 0
        named["mean"] = np.where(empty, np.nan, mean)
        named["std"] = np.where(empty, np.nan, np.sqrt(square / np.maximum(held, 1.0)))
        named["slope"] = np.where(empty, np.nan, product / np.where(time_square == 0, 1.0, time_square))
    return np.stack([named[name] for name in statistics], axis=-1)


def _extreme(block: Floats, lengths: Indices, least: np.ufunc) -> Floats:
    """Two overlapping pieces of the largest power of two that fits cover a window."""
    rows = np.arange(len(block) - len(lengths), len(block))
    found, one, width = np.empty(len(lengths)), block, 1
    while True:
        asked = np.flatnonzero((lengths >= width) & (lengths < 2 * width))
        at = rows[asked]
        found[asked] = least(one[at], one[at - lengths[asked] + width])
        width *= 2
        if width > int(lengths.max(initial=0)):
            return found
        half = width // 2
        one = np.concatenate([one[:half], least(one[:-half], one[half:])])


def _moments(block: Floats, lengths: Indices) -> _Moments:
    rows = np.arange(len(block) - len(lengths), len(block))
    there = ~np.isnan(block)
    zeros = np.zeros(len(block))
    one = _Moments(there.astype(np.float64), np.where(there, block, 0.0), zeros, zeros, zeros, zeros)
    found = _Moments(*(np.zeros(len(lengths)) for _ in range(6)))
    width, longest = 1, int(lengths.max(initial=0))
    while width <= longest:
        asked = np.flatnonzero(lengths & width)
        behind = lengths[asked] & (width - 1)
        merged = _merge(_picked(one, rows[asked] - behind), _picked(found, asked), behind)  # type: ignore[arg-type]  # here each window has a width of its own
        for whole, part in zip(found, merged, strict=True):
            whole[asked] = part  # type: ignore[index]  # all six are arrays here, none a scalar
        one = _doubled(one, width)
        width *= 2
    return found


def _arrays(moments: _Moments) -> list[Floats]:
    return [np.asarray(one) for one in moments]


def _picked(moments: _Moments, places: Indices) -> _Moments:
    return _Moments(*(one[places] for one in _arrays(moments)))


def _doubled(one: _Moments, width: int) -> _Moments:
    """Windows of twice the width; the first rows, whose windows would begin before the block, are not asked for."""
    older = _Moments(*(part[:-width] for part in _arrays(one)))
    newer = _Moments(*(part[width:] for part in _arrays(one)))
    merged = _merge(older, newer, width)
    return _Moments(
        *(np.concatenate([part[:width], wide]) for part, wide in zip(_arrays(one), merged, strict=True))
    )
