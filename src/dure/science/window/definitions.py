"""What each window feature is, under tsfresh's names: one line a feature, on windows that hold values only.

References
----------
M. Christ et al., "Time series feature extraction on basis of scalable hypothesis tests (tsfresh)", Neurocomputing 307,
72-77, 2018; definitions as in tsfresh 0.21. `cid_ce`: G. Batista et al., "CID: an efficient complexity-invariant
distance for time series", Data Min. Knowl. Discov. 28, 634-669, 2014. `c3`: T. Schreiber, A. Schmitz, "Discrimination
power of measures for nonlinearity in a time series", Phys. Rev. E 55, 5443, 1997.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from dure.science.window.chunks import CHUNKS
from dure.science.window.corridors import CORRIDORS, quantile
from dure.science.window.counts import COUNTS
from dure.science.window.lags import LAGS
from dure.science.window.spectrum import SPECTRUM
from dure.science.window.wavelets import WAVELETS
from dure.science.window.windows import Feature, Flags, Floats, Windows, at_least, nothing, total

# Below this variance tsfresh gives no autocorrelation (`numpy.isclose(variance, 0)`).
_NO_VARIANCE = 1e-8


def _skewness(w: Windows) -> Floats:
    cubes = total(w.squares * w.off)
    whole = np.where(w.square == 0, 1.0, w.square * np.sqrt(w.square))
    return np.where(w.square == 0, 0.0, w.n * np.sqrt(w.n - 1.0) / (w.n - 2) * cubes / whole)


def _kurtosis(w: Windows) -> Floats:
    n, fourth = w.n, total(w.squares * w.squares)
    whole = np.where(w.square == 0, 1.0, w.square * w.square) * ((n - 2) * (n - 3))
    found = n * (n + 1) * (n - 1) * fourth / whole - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    return np.where(w.square == 0, 0.0, found)


def _quantile(share: float) -> Feature:
    return lambda w: quantile(w, share)


def _median(w: Windows) -> Floats:
    middle = w.n // 2
    if w.n % 2:
        return np.asarray(w.ordered[middle])
    return np.asarray((w.ordered[middle - 1] + w.ordered[middle]) / 2)


def _complexity(w: Windows) -> Floats:
    standard = w.off / np.where(w.spread == 0, 1.0, w.spread)
    steps = standard[1:] - standard[:-1]
    return np.asarray(np.sqrt(total(steps * steps)))


def _strike(flags: Callable[[Windows], Flags]) -> Feature:
    def feature(w: Windows) -> NDArray[np.int64]:
        at = np.arange(1, w.n + 1, dtype=np.int32)[:, None]
        broken = np.maximum.accumulate(np.where(flags(w), np.int32(0), at), axis=0)
        return np.asarray((at - broken).max(axis=0), dtype=np.int64)

    return feature


def _last(places: Callable[[Floats], NDArray[np.int64]]) -> Feature:
    return lambda w: 1.0 - places(w.x[::-1]) / w.n


def _first_largest(x: Floats) -> NDArray[np.int64]:
    return np.asarray(np.argmax(x, axis=0))


def _first_least(x: Floats) -> NDArray[np.int64]:
    return np.asarray(np.argmin(x, axis=0))


def _autocorrelation(lag: int) -> Feature:
    def feature(w: Windows) -> Floats:
        if w.n <= lag:
            return nothing(w)
        flat = w.variance <= _NO_VARIANCE
        whole = (w.n - lag) * np.where(flat, 1.0, w.variance)
        return np.where(flat, np.nan, total(w.off[: w.n - lag] * w.off[lag:]) / whole)

    return feature


def _c3(lag: int) -> Feature:
    def feature(w: Windows) -> Floats:
        left = w.n - 2 * lag
        if left <= 0:
            return np.zeros(w.x.shape[1])
        return np.asarray(total(w.x[2 * lag :] * w.x[lag:-lag] * w.x[:left]) / left)

    return feature


def _reversal(lag: int) -> Feature:
    def feature(w: Windows) -> Floats:
        left = w.n - 2 * lag
        if left <= 0:
            return np.zeros(w.x.shape[1])
        later, middle, first = w.x[2 * lag :], w.x[lag:-lag], w.x[:left]
        return np.asarray(total(later * later * middle - middle * first * first) / left)

    return feature


def _standard_error(w: Windows) -> Floats:
    r = w.correlation
    return np.asarray(np.sqrt((1 - r * r) * w.square / w.place_square / (w.n - 2)))


def _probability(w: Windows) -> Floats:
    """Two-sided, by Student's t with n - 2 degrees of freedom."""
    from scipy.special import stdtr

    r, free = w.correlation, w.n - 2
    return np.asarray(2 * stdtr(free, -np.abs(r * np.sqrt(free / ((1 - r + 1e-20) * (1 + r + 1e-20))))))


def _variation(w: Windows) -> Floats:
    return np.where(w.mean == 0, np.nan, w.spread / np.where(w.mean == 0, 1.0, w.mean))


def _beyond(r: float) -> Feature:
    return lambda w: np.count_nonzero(np.abs(w.off) > r * w.spread, axis=0) / w.n


def _wide(r: float) -> Feature:
    return lambda w: np.greater(w.spread, r * (w.high - w.low))


def _even(r: float) -> Feature:
    return lambda w: np.less(np.abs(w.mean - _median(w)), r * (w.high - w.low))


def _peaks(reach: int) -> Feature:
    def feature(w: Windows) -> NDArray[np.int64]:
        inner = w.x[reach:-reach]
        found = np.ones(inner.shape, dtype=bool)
        for step in range(1, reach + 1):
            found &= (inner > w.x[reach - step : w.n - reach - step]) & (
                inner > w.x[reach + step : w.n - reach + step]
            )
        return np.asarray(np.count_nonzero(found, axis=0))

    return at_least(2 * reach + 1, feature)


def _crossings(level: float) -> Feature:
    def feature(w: Windows) -> NDArray[np.int64]:
        positive = w.x > level
        return np.asarray(np.count_nonzero(positive[1:] != positive[:-1], axis=0))

    return feature


DEFINITIONS: Mapping[str, Feature] = {
    "mean": lambda w: w.mean,
    "median": _median,
    "minimum": lambda w: w.low,
    "maximum": lambda w: w.high,
    "standard_deviation": lambda w: w.spread,
    "variance": lambda w: w.variance,
    "skewness": at_least(3, _skewness),
    "kurtosis": at_least(4, _kurtosis),
    **{f"quantile__q_{share}": _quantile(share) for share in (0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)},
    "sum_values": lambda w: w.sum,
    "abs_energy": lambda w: w.energy,
    "root_mean_square": lambda w: np.sqrt(w.energy / w.n),
    "absolute_maximum": lambda w: np.maximum(np.abs(w.low), np.abs(w.high)),
    "mean_abs_change": at_least(2, lambda w: w.changed / (w.n - 1)),
    "mean_change": at_least(2, lambda w: (w.x[-1] - w.x[0]) / (w.n - 1)),
    "absolute_sum_of_changes": lambda w: w.changed,
    "mean_second_derivative_central": at_least(
        3, lambda w: (w.x[-1] - w.x[-2] - w.x[1] + w.x[0]) / (2 * (w.n - 2))
    ),
    "cid_ce__normalize_False": lambda w: np.sqrt(total(w.change * w.change)),
    "cid_ce__normalize_True": _complexity,
    "count_above_mean": lambda w: np.count_nonzero(w.above, axis=0),
    "count_below_mean": lambda w: np.count_nonzero(w.below, axis=0),
    "longest_strike_above_mean": _strike(lambda w: w.above),
    "longest_strike_below_mean": _strike(lambda w: w.below),
    "first_location_of_maximum": lambda w: _first_largest(w.x) / w.n,
    "first_location_of_minimum": lambda w: _first_least(w.x) / w.n,
    "last_location_of_maximum": _last(_first_largest),
    "last_location_of_minimum": _last(_first_least),
    **{f"number_crossing_m__m_{level}": _crossings(float(level)) for level in (0, -1, 1)},
    **{f"autocorrelation__lag_{lag}": _autocorrelation(lag) for lag in range(10)},
    **{f"c3__lag_{lag}": _c3(lag) for lag in (1, 2, 3)},
    **{f"time_reversal_asymmetry_statistic__lag_{lag}": _reversal(lag) for lag in (1, 2, 3)},
    'linear_trend__attr_"slope"': at_least(2, lambda w: w.product / w.place_square),
    'linear_trend__attr_"intercept"': at_least(
        2, lambda w: w.mean - w.product / w.place_square * ((w.n - 1) / 2)
    ),
    'linear_trend__attr_"rvalue"': at_least(2, lambda w: w.correlation),
    'linear_trend__attr_"pvalue"': at_least(3, _probability),
    'linear_trend__attr_"stderr"': at_least(3, _standard_error),
    "variation_coefficient": _variation,
    **{f"ratio_beyond_r_sigma__r_{r:g}": _beyond(r) for r in (0.5, 1, 1.5, 2, 2.5, 3, 5, 6, 7, 10)},
    **{f"large_standard_deviation__r_{r * 0.05}": _wide(r * 0.05) for r in range(1, 20)},
    **{f"symmetry_looking__r_{r * 0.05}": _even(r * 0.05) for r in range(20)},
    "variance_larger_than_standard_deviation": lambda w: w.variance > w.spread,
    "has_duplicate_max": lambda w: np.count_nonzero(w.x == w.high, axis=0) >= 2,
    "has_duplicate_min": lambda w: np.count_nonzero(w.x == w.low, axis=0) >= 2,
    **{f"number_peaks__n_{reach}": _peaks(reach) for reach in (1, 3, 5, 10, 50)},
    **COUNTS,
    **CHUNKS,
    **CORRIDORS,
    **LAGS,
    **SPECTRUM,
    **WAVELETS,
}
