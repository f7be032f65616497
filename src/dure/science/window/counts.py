"""How often values occur, and how evenly: counts, repeated values, first digits, entropies.

References
----------
C. Bandt, B. Pompe, "Permutation entropy: a natural complexity measure for time series", Phys. Rev. Lett. 88, 174102,
2002; F. Benford, "The law of anomalous numbers", Proc. Am. Philos. Soc. 78(4), 551-572, 1938.
"""

from collections.abc import Mapping

import numpy as np

from dure.science.window.windows import (
    Counts,
    Feature,
    Flags,
    Floats,
    Windows,
    at_least,
    entropy_of,
    total,
)

_MASS = (0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)
_MAXIMA = 7


def binned(values: Floats, bins: int) -> Counts:
    """The one of equal bins between least and largest value that each falls in, as `numpy.histogram` does it. [n, N]."""
    low, high = values.min(axis=0), values.max(axis=0)
    same = low == high
    low, high = np.where(same, low - 0.5, low), np.where(same, high + 0.5, high)
    edges = np.linspace(low, high, bins + 1)
    place = ((values - low) / (high - low) * bins).astype(np.int64)
    place = np.minimum(np.maximum(place, 0), bins - 1)
    place -= values < np.take_along_axis(edges, place, axis=0)
    after = np.take_along_axis(edges, np.minimum(place + 1, bins), axis=0)
    place += (values >= after) & (place != bins - 1)
    return np.asarray(place)


def binned_entropy(values: Floats, bins: int) -> Floats:
    """Entropy [nat] of the shares of the bins. [N]."""
    return entropy_of(np.sort(binned(values, bins), axis=0))


def _patterns(dimension: int) -> Feature:
    """Entropy of the orders in which neighbouring values stand; of equal values the earlier is the smaller."""

    def feature(w: Windows) -> Floats:
        count = w.n - dimension + 1
        codes = np.zeros((count, w.x.shape[1]), dtype=np.int32)
        for step in range(1, dimension):
            above = w.x[:-step] > w.x[step:]
            for first in range(dimension - step):
                codes <<= 1
                codes |= above[first : first + count]
        return entropy_of(np.sort(codes, axis=0))

    return at_least(dimension, feature)


def _different(w: Windows) -> Counts:
    return np.asarray(np.count_nonzero(w.runs[1], axis=0))


def _repeated(w: Windows) -> Flags:
    """Which values, from small to large, are the last of several equal ones. [n, N]."""
    place, ends = w.runs
    return np.asarray(ends & (place > 1))


def _repeated_share(w: Windows) -> Floats:
    return np.asarray(np.count_nonzero(w.of(_repeated), axis=0) / w.of(_different))


def _repeated_rows(w: Windows) -> Floats:
    return np.asarray(np.where(w.of(_repeated), w.runs[0], 0).sum(axis=0) / w.n)


def _repeated_sum(w: Windows) -> Floats:
    return total(np.where(w.of(_repeated), w.ordered, 0.0))


def _repeated_rows_sum(w: Windows) -> Floats:
    return total(np.where(w.of(_repeated), w.ordered * w.runs[0], 0.0))


def _first_digits() -> Floats:
    """Every d·10^e that a double can be, in order: a value's first digit is that of the last one not above it."""
    return np.array(
        [
            float(f"{digit}e{power}")
            for power in range(-323, 309)
            for digit in range(1, 10)
            if power < 308 or digit < 2
        ]
    )


def _benford(w: Windows) -> Floats:
    """Correlation of the shares of first digits with Benford's law; zero has none."""
    digit = np.searchsorted(_DIGITS, w.size, side="right")
    digit = np.where(digit == 0, 0, (digit - 1) % 9 + 1)
    shares = np.stack([np.count_nonzero(digit == one, axis=0) / w.n for one in range(1, 10)])
    law = np.log10(1 + 1 / np.arange(1, 10))[:, None]
    law, off = law - law.mean(), shares - total(shares) / 9
    whole = np.sqrt(total(law * law) * total(off * off))
    flat = (shares == shares[0]).all(axis=0)
    return np.where(flat, np.nan, total(law * off) / np.where(flat, 1.0, whole))


_DIGITS = _first_digits()


def _masses(w: Windows) -> Floats:
    return np.asarray(np.cumsum(w.size, axis=0) / total(w.size))


def _mass(share: float) -> Feature:
    def feature(w: Windows) -> Floats:
        place = (np.argmax(w.of(_masses) >= share, axis=0) + 1) / w.n
        return np.where((w.low == 0) & (w.high == 0), np.nan, place)

    return feature


def _largest(w: Windows) -> Floats:
    return np.asarray(total(np.sort(w.size, axis=0)[-_MAXIMA:]) / _MAXIMA)


def _within(low: float, high: float) -> Feature:
    return lambda w: np.count_nonzero((w.x >= low) & (w.x < high), axis=0)


def _equal(value: float) -> Feature:
    return lambda w: np.count_nonzero(w.x == value, axis=0)


COUNTS: Mapping[str, Feature] = {
    "length": lambda w: np.full(w.x.shape[1], w.n),
    "has_duplicate": lambda w: w.of(_different) != w.n,
    "percentage_of_reoccurring_values_to_all_values": _repeated_share,
    "percentage_of_reoccurring_datapoints_to_all_datapoints": _repeated_rows,
    "sum_of_reoccurring_values": _repeated_sum,
    "sum_of_reoccurring_data_points": _repeated_rows_sum,
    "ratio_value_number_to_time_series_length": lambda w: w.of(_different) / w.n,
    "benford_correlation": _benford,
    "mean_n_absolute_max__number_of_maxima_7": at_least(_MAXIMA + 1, _largest),
    "count_above__t_0": lambda w: np.count_nonzero(w.x >= 0, axis=0) / w.n,
    "count_below__t_0": lambda w: np.count_nonzero(w.x <= 0, axis=0) / w.n,
    **{f"value_count__value_{value}": _equal(value) for value in (0, 1, -1)},
    "range_count__max_1__min_-1": _within(-1, 1),
    "range_count__max_0__min_-1000000000000.0": _within(-1e12, 0),
    "range_count__max_1000000000000.0__min_0": _within(0, 1e12),
    **{f"index_mass_quantile__q_{share}": _mass(share) for share in _MASS},
    "binned_entropy__max_bins_10": lambda w: binned_entropy(w.x, 10),
    **{f"permutation_entropy__dimension_{size}__tau_1": _patterns(size) for size in (3, 4, 5, 6, 7)},
}
