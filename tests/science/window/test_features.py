"""Window features against tsfresh's published definitions, written out plainly here window by window."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dure.science.window import FEATURES, USUAL_FEATURES, features, rolling_features
from dure.science.window.chunks import CHUNKS
from dure.science.window.corridors import CORRIDORS
from dure.science.window.counts import COUNTS
from dure.science.window.lags import LAGS
from dure.science.window.spectrum import SPECTRUM
from dure.science.window.wavelets import WAVELETS

FAMILIES = (COUNTS, CHUNKS, CORRIDORS, LAGS, SPECTRUM, WAVELETS)
# those of the families are in test_families.py
PLAIN = [name for name in FEATURES if not any(name in family for family in FAMILIES)]
# bits are asked of a few Fourier coefficients and wavelets: there are 460, and each is reckoned as its neighbours are
FEW = [name for name in FEATURES if not name.startswith(("fft_coefficient", "cwt")) or "coeff_3" in name]
PERCENT = [f"quantile__q_{share}" for share in (0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)]


def longest(flags):
    return max((len(list(group)) for on, group in itertools.groupby(flags) if on), default=0)


def crossings(x, level):
    return np.count_nonzero(np.diff(x > level))


def peaks(x, reach):
    inner = range(reach, len(x) - reach)
    return sum(
        all(x[at] > x[at - step] and x[at] > x[at + step] for step in range(1, reach + 1)) for at in inner
    )


def shifted(x, lag):
    """Values 2·lag later, lag later, and now."""
    return x[2 * lag :], x[lag : len(x) - lag], x[: len(x) - 2 * lag]


def autocorrelation(x, lag):
    if np.isclose(x.var(), 0):
        return np.nan
    off = x - x.mean()
    return (off[: len(x) - lag] * off[lag:]).sum() / ((len(x) - lag) * x.var())


def by_definition(x):
    """Every feature of one window of different values, as tsfresh's documentation defines it."""
    n, mean, std = len(x), np.mean(x), np.std(x)
    line = stats.linregress(np.arange(n), x)
    standard = np.diff((x - mean) / std)
    return {
        "mean": mean, "median": np.median(x), "minimum": x.min(), "maximum": x.max(), "standard_deviation": std,
        "variance": np.var(x), "skewness": stats.skew(x, bias=False), "kurtosis": stats.kurtosis(x, bias=False),
        **{name: np.quantile(x, float(name.rpartition("_")[2])) for name in PERCENT},
        "sum_values": x.sum(), "abs_energy": (x * x).sum(), "root_mean_square": np.sqrt((x * x).mean()),
        "absolute_maximum": np.abs(x).max(), "mean_abs_change": np.abs(np.diff(x)).mean(), "mean_change": np.diff(x).mean(),
        "absolute_sum_of_changes": np.abs(np.diff(x)).sum(),
        "mean_second_derivative_central": np.mean([(x[i + 2] - 2 * x[i + 1] + x[i]) / 2 for i in range(n - 2)]),
        "cid_ce__normalize_False": np.sqrt((np.diff(x) ** 2).sum()), "cid_ce__normalize_True": np.sqrt((standard**2).sum()),
        "count_above_mean": (x > mean).sum(), "count_below_mean": (x < mean).sum(),
        "longest_strike_above_mean": longest(x > mean), "longest_strike_below_mean": longest(x < mean),
        "first_location_of_maximum": list(x).index(x.max()) / n, "first_location_of_minimum": list(x).index(x.min()) / n,
        "last_location_of_maximum": 1 - list(x[::-1]).index(x.max()) / n,
        "last_location_of_minimum": 1 - list(x[::-1]).index(x.min()) / n,
        **{f"number_crossing_m__m_{level}": crossings(x, level) for level in (0, -1, 1)},
        **{f"autocorrelation__lag_{lag}": autocorrelation(x, lag) for lag in range(10)},
        **{f"c3__lag_{lag}": np.mean(np.prod(shifted(x, lag), axis=0)) for lag in (1, 2, 3)},
        **{
            f"time_reversal_asymmetry_statistic__lag_{lag}": np.mean([c * c * b - b * a * a for c, b, a in zip(*shifted(x, lag), strict=True)])
            for lag in (1, 2, 3)
        },
        'linear_trend__attr_"slope"': line.slope, 'linear_trend__attr_"intercept"': line.intercept,
        'linear_trend__attr_"rvalue"': line.rvalue, 'linear_trend__attr_"stderr"': line.stderr,
        'linear_trend__attr_"pvalue"': line.pvalue,
        "variation_coefficient": std / mean if mean else np.nan,
        **{f"ratio_beyond_r_sigma__r_{r:g}": (np.abs(x - mean) > r * std).mean() for r in (0.5, 1, 1.5, 2, 2.5, 3, 5, 6, 7, 10)},
        **{f"large_standard_deviation__r_{r * 0.05}": std > r * 0.05 * np.ptp(x) for r in range(1, 20)},
        **{f"symmetry_looking__r_{r * 0.05}": abs(mean - np.median(x)) < r * 0.05 * np.ptp(x) for r in range(20)},
        "variance_larger_than_standard_deviation": np.var(x) > std,
        "has_duplicate_max": (x == x.max()).sum() >= 2, "has_duplicate_min": (x == x.min()).sum() >= 2,
        **{f"number_peaks__n_{reach}": peaks(x, reach) if len(x) > 2 * reach else np.nan for reach in (1, 3, 5, 10, 50)},
    }  # fmt: skip


def bits(values):
    return np.where(np.isnan(values), np.nan, values).view(np.uint64)


def require_definitions(windows):
    found = features(windows, PLAIN)
    for row, window in zip(found, windows, strict=True):
        wanted = by_definition(window)
        assert set(wanted) == set(PLAIN)
        expected = np.array([float(wanted[name]) for name in PLAIN])
        np.testing.assert_allclose(row, expected, rtol=1e-9, atol=1e-12 * np.abs(window).max() ** 3)


@pytest.mark.parametrize("width", [12, 60, 129, 300])
def test_features_are_those_of_the_definitions(width):
    rng = np.random.default_rng(width)
    require_definitions(rng.normal(size=(12, width)).cumsum(axis=1))
    require_definitions(rng.integers(-3, 4, size=(12, width)).astype(float) / 10)


def test_features_of_recorded_windows_are_those_of_the_definitions(recorded):
    values = np.loadtxt(recorded / "tennessee-eastman" / "d01_te.dat.gz")
    whole = values[:960].T.reshape(52 * 16, 60)
    changing = whole[np.ptp(whole, axis=1) > 0]
    assert len(changing) > 700
    require_definitions(changing[::4])


def test_a_window_of_equal_values_follows_the_stated_rule():
    # the mean of sixty times 0.1 is not 0.1 where it is added up: a naive count says all lie above it
    found = dict(zip(FEATURES, features(np.full((1, 60), 0.1))[0].tolist(), strict=True))
    nothing = [
        "standard_deviation", "variance", "skewness", "kurtosis", "mean_abs_change", "cid_ce__normalize_True", "count_above_mean",
        "count_below_mean", "longest_strike_above_mean", "longest_strike_below_mean", "variation_coefficient",
        'linear_trend__attr_"slope"', 'linear_trend__attr_"rvalue"', 'linear_trend__attr_"stderr"', "ratio_beyond_r_sigma__r_0.5",
        "large_standard_deviation__r_0.05", "symmetry_looking__r_0.05",
    ]  # fmt: skip
    assert {name: found[name] for name in nothing} == dict.fromkeys(nothing, 0.0)
    assert (found["mean"], found["median"], found['linear_trend__attr_"intercept"']) == (0.1, 0.1, 0.1)
    assert all(np.isnan(found[f"autocorrelation__lag_{lag}"]) for lag in range(10))


def test_missing_values_are_as_if_never_written():
    rng = np.random.default_rng(0)
    windows = rng.normal(size=(200, 30))
    windows[rng.random(windows.shape) < 0.2] = np.nan
    windows[7] = np.nan
    found = features(windows)
    for row, window in zip(found, windows, strict=True):
        there = window[~np.isnan(window)]
        wanted = features(there[None])[0] if len(there) else np.full(len(FEATURES), np.nan)
        assert (bits(row) == bits(wanted)).all()
    assert np.isnan(found[7]).all()


def test_what_a_short_window_cannot_give_is_missing():
    one = dict(zip(FEATURES, features(np.array([[3.0]]))[0].tolist(), strict=True))
    assert np.isnan(
        [one[name] for name in ("skewness", "mean_change", "autocorrelation__lag_1", "number_peaks__n_50")]
    ).all()
    assert (one["mean"], one["variance"], one["c3__lag_1"]) == (3.0, 0.0, 0.0)


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(
        st.one_of(st.just(np.nan), st.sampled_from([0.0, -0.0, 5.5, -1.0]), st.floats(-1e9, 1e9)),
        min_size=1,
        max_size=70,
    ),
    window=st.integers(1, 40),
    cut=st.integers(0, 70),
)
def test_batch_chunks_and_single_windows_give_the_same_bits(values, window, cut):
    column = np.array(values)[:, None]
    whole = rolling_features(column, window, FEW)[:, 0]
    padded = np.concatenate([np.full(window - 1, np.nan), column[:, 0]])
    single = np.stack([features(padded[at : at + window][None], FEW)[0] for at in range(len(column))])
    assert (bits(whole) == bits(single)).all()
    start = min(cut, len(column) - 1)
    rest = rolling_features(column[max(0, start - window + 1) :], window, FEW)[min(start, window - 1) :, 0]
    assert (bits(whole[start:]) == bits(rest)).all()


def test_windows_side_by_side_and_rolling_are_one_kernel():
    values = np.random.default_rng(0).normal(size=(1200, 4)).cumsum(axis=0)
    rolled = rolling_features(values, 60, USUAL_FEATURES)[59::60].transpose(1, 0, 2).reshape(80, -1)
    tumbled = features(values.T.reshape(80, 60), USUAL_FEATURES)
    assert (bits(rolled) == bits(tumbled)).all()
