"""The one window kernel: statistics of the last rows, the same bits in batch, in chunks and row by row.

A window is summed along a fixed tree that depends on its length alone: neighbours are merged in pairs, pairs in
fours, and so on (Chan, Golub & LeVeque, "Updating formulae and a pairwise algorithm for computing sample
variances", Stanford STAN-CS-79-773, 1979). Every merge is elementwise arithmetic, which IEEE 754 defines to the
bit, so it does not matter how many rows are asked for at once; and a window of 300 rows costs 11 merges, not 300
additions. Rows before the first are missing values; a window that holds missing values is merged from those it
has.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STATISTICS = ("mean", "std", "min", "max", "slope")
# Values treated at a time: a few such blocks of float64 stay in the processor's second cache.
_BLOCK = 16_384

Floats = NDArray[np.float64]
# A scalar stands for an array of equal values: same arithmetic, same bits, less of it.
Part = Floats | np.float64


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
    padded = _padded(np.asarray(values, dtype=np.float64), window)
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
    # adding zero makes -0.0 plain 0.0: which of the two a minimum returns is not defined
    values = np.ascontiguousarray(values, dtype=np.float64) + 0.0
    rows, columns = values.shape
    found = np.empty((rows, columns, len(statistics)))
    head = min(window - 1, rows)
    if head:
        found[:head] = of_block(_padded(values[:head], window), window, statistics)
    block = max(4 * window, _BLOCK // max(1, columns))
    for start in range(head, rows, block):
        stop = min(start + block, rows)
        found[start:stop] = of_block(values[start - window + 1 : stop], window, statistics)
    return found


def _padded(values: Floats, window: int) -> Floats:
    return np.concatenate([np.full((window - 1, values.shape[1]), np.nan), values])


def of_block(block: Floats, window: int, statistics: Sequence[str]) -> Floats:
    """Statistics [len(block) - window + 1, F, S] of each whole window within `block`."""
    named: dict[str, Part] = {}
    if "min" in statistics:
        named["min"] = _extreme(block, window, np.fmin)
    if "max" in statistics:
        named["max"] = _extreme(block, window, np.fmax)
    if set(statistics) & {"mean", "std", "slope"}:
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # squares beyond 1e308 become infinite, as in NumPy
            spread_asked = bool(set(statistics) & {"std", "slope"})
            moments = _merged(_single(block), window, len(block), _merge if spread_asked else _merge_means)
        share = np.maximum(moments.held, 1.0)
        empty = moments.held == 0
        named["mean"] = np.where(empty, np.nan, moments.mean)
        if spread_asked:
            named["std"] = np.where(empty, np.nan, np.sqrt(moments.square / share))
            spread = np.where(moments.time_square == 0, 1.0, moments.time_square)
            named["slope"] = np.where(empty, np.nan, moments.product / spread)
    return np.stack([named[name] for name in statistics], axis=-1)


class _Moments(NamedTuple):
    """Of each window of a width: number of values, their mean and mean place, and centred sums of products.

    Places count rows from the newest of the window, which is 0; `square`, `time_square` and `product` are the
    sums of (x − mean)², (t − time)² and (x − mean)(t − time).
    """

    held: Part
    mean: Part
    square: Part
    time: Part
    time_square: Part
    product: Part

    def part(self, start: int, length: int) -> "_Moments":
        """The windows from `start` on; scalars stand for any."""
        return _Moments(
            *[
                one[start : start + length] if isinstance(one, np.ndarray) and one.ndim else one
                for one in self
            ]
        )


def _single(block: Floats) -> _Moments:
    """Windows of one row."""
    zeros, nothing = np.zeros_like(block), np.float64(0)
    there = ~np.isnan(block)
    if there.all():
        return _Moments(np.float64(1), block, zeros, nothing, nothing, zeros)
    return _Moments(there.astype(np.float64), np.where(there, block, 0.0), zeros, zeros, zeros, zeros)


def _merge(older: _Moments, newer: _Moments, newer_rows: int) -> _Moments:
    """Windows made of an older part and the `newer_rows` rows right after it."""
    held = older.held + newer.held
    share = newer.held / np.maximum(held, 1.0)
    weight = older.held * share
    apart, mean = _joined(older, newer, older.mean, newer.mean, share)
    time_apart, time = _joined(older, newer, older.time - newer_rows, newer.time, share)
    return _Moments(
        held,
        mean,
        older.square + newer.square + apart * apart * weight,
        time,
        older.time_square + newer.time_square + time_apart * time_apart * weight,
        older.product + newer.product + apart * (time_apart * weight),
    )


def _merge_means(older: _Moments, newer: _Moments, newer_rows: int) -> _Moments:
    """Number and mean alone, to the same bits, where nothing else is asked for."""
    del newer_rows
    held = older.held + newer.held
    share = newer.held / np.maximum(held, 1.0)
    return older._replace(held=held, mean=_joined(older, newer, older.mean, newer.mean, share)[1])


def _joined(older: _Moments, newer: _Moments, first: Part, second: Part, share: Part) -> tuple[Part, Part]:
    """How far two means are apart, and the mean of both; where one part is empty the other's passes unchanged."""
    apart = second - first
    if not older.held.ndim:
        return apart, first + apart * share
    apart = np.where((older.held == 0) | (newer.held == 0), 0.0, apart)
    return apart, np.where(older.held == 0, second, first + apart * share)


Merge = Callable[[_Moments, _Moments, int], _Moments]


def _merged(one: _Moments, window: int, rows: int, merge: Merge = _merge) -> _Moments:
    """Windows of `window` rows by doubling: 60 = 32 + 16 + 8 + 4, the longer the older."""
    width, merged, wide = 1, None, 0
    while True:
        if window & width:
            wide += width
            length = rows - wide + 1
            merged = (
                one
                if merged is None
                else merge(one.part(0, length), merged.part(width, length), wide - width)
            )
        if 2 * width > window:
            return one if merged is None else merged
        length = rows - 2 * width + 1
        one = merge(one.part(0, length), one.part(width, length), width)
        width *= 2


def _extreme(block: Floats, window: int, least: np.ufunc) -> Floats:
    """Smallest or largest value of each window by doubling; the order cannot change it."""
    width, found = 1, block
    while 2 * width <= window:
        found = least(found[:-width], found[width:])
        width *= 2
    rest = window - width
    return np.asarray(least(found[: len(found) - rest], found[rest:]) if rest else found)
