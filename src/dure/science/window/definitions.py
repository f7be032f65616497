"""What each window feature is, under tsfresh's names: one line a feature, on windows that hold values only.

Windows stand side by side, one a column: all arithmetic runs along whole rows and is elementwise, so that a window
alone gives the bits it gives among a million. Sums add in the order in which NumPy adds a contiguous window (eight
lanes, then their pairs: Higham, "The accuracy of floating point summation", SIAM J. Sci. Comput. 14(4), 1993), so
that a value equal to the mean is equal here whenever it is in tsfresh.

References
----------
M. Christ et al., "Time series feature extraction on basis of scalable hypothesis tests (tsfresh)", Neurocomputing 307,
72-77, 2018; definitions as in tsfresh 0.21. `cid_ce`: G. Batista et al., "CID: an efficient complexity-invariant
distance for time series", Data Min. Knowl. Discov. 28, 634-669, 2014. `c3`: T. Schreiber, A. Schmitz, "Discrimination
power of measures for nonlinearity in a time series", Phys. Rev. E 55, 5443, 1997.
"""

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Below this variance tsfresh gives no autocorrelation (`numpy.isclose(variance, 0)`).
_NO_VARIANCE = 1e-8
_LANES, _LONGEST = 8, 128


def total(values: Floats) -> Floats:
    """Sum over the first axis, each column added in the order in which NumPy adds a contiguous array.

    >>> values = np.random.default_rng(0).normal(size=(300, 2))
    >>> bool((total(values)[0] == np.ascontiguousarray(values[:, 0]).sum()).all())
    True
    """
    rows = len(values)
    if rows < _LANES:
        return np.asarray(np.add.reduce(values, axis=0))
    if rows > _LONGEST:
        half = rows // 2 - rows // 2 % _LANES
        return np.asarray(total(values[:half]) + total(values[half:]))
    whole = rows - rows % _LANES
    lanes = np.add.reduce(values[:whole].reshape(-1, _LANES, *values.shape[1:]), axis=0)
    pairs = lanes[0::2] + lanes[1::2]
    fours = pairs[0::2] + pairs[1::2]
    found = fours[0] + fours[1]
    for rest in values[whole:]:
        found += rest
    return np.asarray(found)


class Windows:
    """Windows of one width side by side, oldest value first [n, N]; what several features need is reckoned once.

    A window of equal values has that value as its mean and a variance of exactly 0.
    """

    def __init__(self, values: Floats) -> None:
        self.x = values
        self.n = len(values)

    @cached_property
    def low(self) -> Floats:
        """Least value. [N]."""
        return np.asarray(self.x.min(axis=0))

    @cached_property
    def high(self) -> Floats:
        """Largest value. [N]."""
        return np.asarray(self.x.max(axis=0))

    @cached_property
    def sum(self) -> Floats:
        """Sum of the values. [N]."""
        return total(self.x)

    @cached_property
    def mean(self) -> Floats:
        """Mean; of equal values the value itself. [N]."""
        return np.where(self.low == self.high, self.low, self.sum / self.n)

    @cached_property
    def off(self) -> Floats:
        """Values less their mean. [n, N]."""
        return np.asarray(self.x - self.mean)

    @cached_property
    def squares(self) -> Floats:
        """(x − mean)². [n, N]."""
        return np.asarray(self.off * self.off)

    @cached_property
    def square(self) -> Floats:
        """Sum of (x − mean)². [N]."""
        return total(self.squares)

    @cached_property
    def variance(self) -> Floats:
        """Mean of (x − mean)². [N]."""
        return np.asarray(self.square / self.n)

    @cached_property
    def spread(self) -> Floats:
        """Standard deviation, ddof 0. [N]."""
        return np.asarray(np.sqrt(self.variance))

    @cached_property
    def ordered(self) -> Floats:
        """Values from small to large. [n, N]."""
        return np.ascontiguousarray(np.sort(np.ascontiguousarray(self.x.T), axis=1).T)

    @cached_property
    def change(self) -> Floats:
        """Each value less the one before. [n − 1, N]."""
        return np.asarray(self.x[1:] - self.x[:-1])

    @cached_property
    def changed(self) -> Floats:
        """Sum of absolute changes. [N]."""
        return total(np.abs(self.change))

    @cached_property
    def energy(self) -> Floats:
        """Sum of squares. [N]."""
        return total(self.x * self.x)

    @cached_property
    def above(self) -> Flags:
        """Which values are above the mean. [n, N]."""
        return np.greater(self.x, self.mean)

    @cached_property
    def below(self) -> Flags:
        """Which values are below the mean. [n, N]."""
        return np.less(self.x, self.mean)

    @cached_property
    def places(self) -> Floats:
        """Places of the values less their mean. [n, 1]."""
        return np.arange(self.n, dtype=np.float64)[:, None] - (self.n - 1) / 2

    @cached_property
    def place_square(self) -> float:
        """Sum of squares of `places`."""
        return self.n * (self.n * self.n - 1) / 12

    @cached_property
    def product(self) -> Floats:
        """Sum of (place − mean)(x − mean). [N]."""
        return total(self.places * self.off)

    @cached_property
    def correlation(self) -> Floats:
        """Correlation of value and place; 0 where the values are equal. [N]."""
        found = self.product / np.sqrt(self.place_square * self.square)
        return np.where(self.square == 0, 0.0, np.minimum(np.maximum(found, -1.0), 1.0))


Feature = Callable[[Windows], Floats | Flags | NDArray[np.int64]]


def _nothing(w: Windows) -> Floats:
    return np.full(w.x.shape[1], np.nan)


def _at_least(rows: int, feature: Feature) -> Feature:
    """A feature that shorter windows do not have: NaN."""
    return lambda w: feature(w) if w.n >= rows else _nothing(w)


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
    def feature(w: Windows) -> Floats:
        place = (w.n - 1) * share
        lower = int(place)
        upper, part = min(lower + 1, w.n - 1), place - lower
        apart = w.ordered[upper] - w.ordered[lower]
        # NumPy's interpolation, from the nearer end
        if part >= 0.5:
            return np.asarray(w.ordered[upper] - apart * (1 - part))
        return np.asarray(w.ordered[lower] + apart * part)

    return feature


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
            return _nothing(w)
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

    return _at_least(2 * reach + 1, feature)


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
    "skewness": _at_least(3, _skewness),
    "kurtosis": _at_least(4, _kurtosis),
    **{f"quantile__q_{share}": _quantile(share) for share in (0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)},
    "sum_values": lambda w: w.sum,
    "abs_energy": lambda w: w.energy,
    "root_mean_square": lambda w: np.sqrt(w.energy / w.n),
    "absolute_maximum": lambda w: np.maximum(np.abs(w.low), np.abs(w.high)),
    "mean_abs_change": _at_least(2, lambda w: w.changed / (w.n - 1)),
    "mean_change": _at_least(2, lambda w: (w.x[-1] - w.x[0]) / (w.n - 1)),
    "absolute_sum_of_changes": lambda w: w.changed,
    "mean_second_derivative_central": _at_least(
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
    "number_crossing_m__m_0": _crossings(0.0),
    **{f"autocorrelation__lag_{lag}": _autocorrelation(lag) for lag in (1, 2, 3, 5, 9)},
    **{f"c3__lag_{lag}": _c3(lag) for lag in (1, 2, 3)},
    **{f"time_reversal_asymmetry_statistic__lag_{lag}": _reversal(lag) for lag in (1, 2, 3)},
    'linear_trend__attr_"slope"': _at_least(2, lambda w: w.product / w.place_square),
    'linear_trend__attr_"intercept"': _at_least(
        2, lambda w: w.mean - w.product / w.place_square * ((w.n - 1) / 2)
    ),
    'linear_trend__attr_"rvalue"': _at_least(2, lambda w: w.correlation),
    'linear_trend__attr_"stderr"': _at_least(3, _standard_error),
    "variation_coefficient": _variation,
    **{f"ratio_beyond_r_sigma__r_{r:g}": _beyond(r) for r in (0.5, 1, 1.5, 2, 2.5, 3)},
    **{f"large_standard_deviation__r_{r}": _wide(r) for r in (0.05, 0.1, 0.2, 0.25)},
    **{f"symmetry_looking__r_{r}": _even(r) for r in (0.05, 0.1, 0.25)},
    "variance_larger_than_standard_deviation": lambda w: w.variance > w.spread,
    "has_duplicate_max": lambda w: np.count_nonzero(w.x == w.high, axis=0) >= 2,
    "has_duplicate_min": lambda w: np.count_nonzero(w.x == w.low, axis=0) >= 2,
    **{f"number_peaks__n_{reach}": _peaks(reach) for reach in (1, 3, 5)},
}
