"""Window features under tsfresh's names and definitions, hundreds of times faster, bit-equal in any batch.

Four rules say what the definitions leave open.

- *Equal values.* A window of equal values has that value as its mean, exactly: variance, skewness, kurtosis, trend and
  changes are 0, no value lies above, below or beyond, and there is no autocorrelation (NaN, as in tsfresh wherever the
  variance is at most 1e-8). tsfresh itself takes the rounding of the mean for a signal there.
- *Missing values.* A feature is that of the values which the window holds, as if the missing ones had never been
  written down; rows before the first are missing. A window without a value gives NaN.
- *Short windows.* What a definition cannot give for so few values (skewness of two, a peak with 50 values on either
  side of it among 60) is NaN.
- *Ties.* In the orders of `permutation_entropy` the earlier of equal values is the smaller; tsfresh leaves it to a sort
  that does not say. Equal numbers for all pieces of `agg_linear_trend` have no correlation (NaN). An autoregression that
  the window does not determine (a value that follows from the ten before without it) is NaN.

All of tsfresh's “efficient” features but 16 are there: no fixed points and Friedrich coefficients, no Dickey-Fuller test, no
Lempel-Ziv complexity, no peaks of a wavelet transform, no similarity to a query (which tsfresh has no query for).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dure.science.window.definitions import DEFINITIONS
from dure.science.window.windows import Windows

Floats = NDArray[np.float64]

#: Names of all features, as tsfresh writes them.
FEATURES = tuple(DEFINITIONS)
#: What says much about a signal at little cost.
USUAL_FEATURES = (
    "mean", "standard_deviation", "minimum", "maximum", "median", "mean_abs_change", "cid_ce__normalize_True", "autocorrelation__lag_1",
    'linear_trend__attr_"slope"', "longest_strike_above_mean",
)  # fmt: skip
# Values treated at a time: a dozen such blocks stay in the processor's cache.
_BLOCK = 16_384


def features(windows: Floats, names: Sequence[str] = FEATURES) -> Floats:
    """Features of windows, each by itself.

    Parameters
    ----------
    windows
        One window a row, oldest value first, NaN where missing. [N, W]
    names
        Names out of `FEATURES`.

    Returns
    -------
    One row a window; yes and no are 1 and 0. [N, len(names)]

    Examples
    --------
    >>> features(np.array([[1.0, 2.0, 4.0]]), ["mean_change", "c3__lag_1", "count_above_mean"])
    array([[1.5, 8. , 1. ]])
    """
    # adding zero makes -0.0 plain 0.0: which of the two a minimum returns is not defined
    windows = np.asarray(windows, dtype=np.float64) + 0.0
    found = np.full((len(windows), len(names)), np.nan)
    held = np.count_nonzero(~np.isnan(windows), axis=1)
    for width in np.unique(held[held > 0]).tolist():
        rows = np.flatnonzero(held == width)
        block = max(1, _BLOCK // width)
        for start in range(0, len(rows), block):
            part = rows[start : start + block]
            found[part] = _of_values(_values_of(windows[part], width), names)
    return found


def rolling_features(values: Floats, window: int, names: Sequence[str] = FEATURES) -> Floats:
    """Features of the window that ends at each row, the bits of `features` on the same window.

    Parameters
    ----------
    values
        Rows by columns, NaN where missing. [N, F]
    window
        Rows in a window, at least 1.
    names
        Names out of `FEATURES`.

    Returns
    -------
    [N, F, len(names)]

    Examples
    --------
    >>> rolling_features(np.array([[1.0], [2.0], [4.0]]), 2, ["maximum", "mean_change"])[:, 0].tolist()
    [[1.0, nan], [2.0, 1.0], [4.0, 2.0]]
    """
    values = np.asarray(values, dtype=np.float64)
    rows, columns = values.shape
    padded = np.concatenate([np.full((window - 1, columns), np.nan), values])
    found = np.empty((rows, columns, len(names)))
    block = max(1, 16 * _BLOCK // max(1, window * columns))
    for start in range(0, rows, block):
        part = padded[start : min(start + block, rows) + window - 1]
        every = np.lib.stride_tricks.sliding_window_view(part, window, axis=0)
        found[start : start + block] = features(every.reshape(-1, window), names).reshape(
            -1, columns, len(names)
        )
    return found


def _values_of(windows: Floats, width: int) -> Floats:
    """The values of windows that hold `width` each, side by side. [width, N]."""
    if width < windows.shape[1]:
        windows = windows[~np.isnan(windows)].reshape(len(windows), width)
    return np.ascontiguousarray(windows.T)


def _of_values(values: Floats, names: Sequence[str]) -> Floats:
    windows = Windows(values)
    # a feature a row: written along rows, and turned once
    found = np.empty((len(names), values.shape[1]))
    # squares beyond 1e308 become infinite, as in NumPy
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for place, name in enumerate(names):
            found[place] = DEFINITIONS[name](windows)
    return found.T
