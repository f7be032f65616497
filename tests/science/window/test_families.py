"""Families of window features (counts, pieces, corridors, lags, spectrum, wavelets) against tsfresh's definitions, written
out plainly with NumPy and SciPy, window by window. `benchmarks/window_features.py` holds them against tsfresh itself.
"""

from collections import Counter

import numpy as np
import pytest
from scipy import signal, stats

from dure.science.window import FEATURES, features
from dure.science.window.chunks import CHUNKS
from dure.science.window.corridors import CORRIDORS
from dure.science.window.counts import COUNTS
from dure.science.window.lags import LAGS
from dure.science.window.spectrum import SPECTRUM
from dure.science.window.wavelets import WAVELETS

LENGTHS, FOLDS, TREND = (5, 10, 50), ("max", "min", "mean", "var"), ("rvalue", "intercept", "slope", "stderr")


def entropy(counts):
    shares = np.array([one for one in counts if one]) / sum(counts)
    return -np.sum(shares * np.log(shares))


def counts(x):
    n, many = len(x), {value: count for value, count in Counter(x.tolist()).items() if count > 1}
    digits = [int(np.format_float_scientific(abs(one))[0]) for one in x]
    law = [np.log10(1 + 1 / digit) for digit in range(1, 10)]
    mass = np.cumsum(np.abs(x)) / np.abs(x).sum()
    orders = {
        size: Counter(tuple(np.argsort(x[at : at + size], kind="stable")) for at in range(n - size + 1))
        for size in range(3, 8)
    }
    return {
        "length": n, "has_duplicate": bool(many),
        "percentage_of_reoccurring_values_to_all_values": len(many) / len(set(x.tolist())),
        "percentage_of_reoccurring_datapoints_to_all_datapoints": sum(many.values()) / n,
        "sum_of_reoccurring_values": sum(many), "sum_of_reoccurring_data_points": sum(value * count for value, count in many.items()),
        "ratio_value_number_to_time_series_length": len(set(x.tolist())) / n,
        "benford_correlation": np.corrcoef(law, [digits.count(digit) / n for digit in range(1, 10)])[0, 1],
        "mean_n_absolute_max__number_of_maxima_7": np.sort(np.abs(x))[-7:].mean(),
        "count_above__t_0": (x >= 0).mean(), "count_below__t_0": (x <= 0).mean(),
        **{f"value_count__value_{value}": (x == value).sum() for value in (0, 1, -1)},
        "range_count__max_1__min_-1": ((x >= -1) & (x < 1)).sum(), "range_count__max_0__min_-1000000000000.0": (x < 0).sum(),
        "range_count__max_1000000000000.0__min_0": (x >= 0).sum(),
        **{f"index_mass_quantile__q_{q}": (np.argmax(mass >= q) + 1) / n for q in (0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)},
        "binned_entropy__max_bins_10": entropy(np.histogram(x, 10)[0]),
        **{f"permutation_entropy__dimension_{size}__tau_1": entropy(orders[size].values()) for size in orders},
    }  # fmt: skip


def trend_of(x, length, fold):
    y = [getattr(x[at : at + length], fold)() for at in range(0, len(x), length)]
    if len(y) < 2:
        return dict.fromkeys(TREND, np.nan)
    if len(set(y)) == 1:  # SciPy takes the rounding of the mean for a spread: the stated rule
        return {"rvalue": np.nan, "intercept": y[0], "slope": 0.0, "stderr": 0.0}
    line = stats.linregress(range(len(y)), y)
    return {name: getattr(line, name) for name in TREND}


def chunks(x):
    lines = {(length, fold): trend_of(x, length, fold) for length in LENGTHS for fold in FOLDS}
    return {
        f'agg_linear_trend__attr_"{name}"__chunk_len_{length}__f_agg_"{fold}"': line[name]
        for (length, fold), line in lines.items()
        for name in TREND
    } | {
        f"energy_ratio_by_chunks__num_segments_10__segment_focus_{at}": (part**2).sum() / (x**2).sum()
        for at, part in enumerate(np.array_split(x, 10))
    }


def corridors(x):
    found = {}
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        for high in (0.2, 0.4, 0.6, 0.8, 1.0):
            inside = (x >= np.quantile(x, low)) & (x <= np.quantile(x, high))
            steps = np.diff(x)[inside[1:] & inside[:-1]]
            for size in (False, True):
                kept = np.abs(steps) if size else steps
                for fold in ("mean", "var") if low < high else ():
                    name = f'change_quantiles__f_agg_"{fold}"__isabs_{size}__qh_{high}__ql_{low}'
                    found[name] = getattr(np, fold)(kept) if len(kept) else 0.0
    return found


def lags(x):
    n, off = len(x), x - x.mean()
    s = np.array([(off[: n - lag] * off[lag:]).mean() for lag in range(min(41, n))])
    later = s[1:] / s[0]
    table = np.column_stack([np.ones(n - 10), *(x[10 - lag : n - lag] for lag in range(1, 11))])
    weights = np.linalg.lstsq(table, x[10:], rcond=None)[0]
    partial = [1.0] + [
        # the last weight of an autoregression of that order, from the autocovariances
        np.linalg.solve([[s[abs(a - b)] for a in range(lag)] for b in range(lag)], s[1 : lag + 1])[-1]
        for lag in range(1, 10)
    ]
    return {
        **{f'agg_autocorrelation__f_agg_"{fold}"__maxlag_40': getattr(np, fold)(later) for fold in ("mean", "median", "var")},
        **{f"partial_autocorrelation__lag_{lag}": one for lag, one in enumerate(partial)},
        **{f"ar_coefficient__coeff_{at}__k_10": one for at, one in enumerate(weights)},
    }  # fmt: skip


def spectrum(x):
    c = np.fft.rfft(x)
    parts = {"real": c.real, "imag": c.imag, "abs": np.abs(c), "angle": np.angle(c, deg=True)}
    m = [np.abs(c) @ np.arange(len(c), dtype=float) ** power / np.abs(c).sum() for power in range(5)]
    v = m[2] - m[1] ** 2
    power = signal.welch(x, nperseg=min(len(x), 256))[1]
    return {
        **{
            f'fft_coefficient__attr_"{name}"__coeff_{at}': values[at] if at < len(c) else np.nan
            for name, values in parts.items()
            for at in range(100)
        },
        'fft_aggregated__aggtype_"centroid"': m[1], 'fft_aggregated__aggtype_"variance"': v,
        'fft_aggregated__aggtype_"skew"': (m[3] - 3 * m[1] * v - m[1] ** 3) / v**1.5,
        'fft_aggregated__aggtype_"kurtosis"': (m[4] - 4 * m[1] * m[3] + 6 * m[2] * m[1] ** 2 - 3 * m[1]) / v**2,
        **{f"spkt_welch_density__coeff_{at}": power[at] if at < len(power) else np.nan for at in (2, 5, 8)},
        **{f"fourier_entropy__bins_{bins}": entropy(np.histogram(power / power.max(), bins)[0]) for bins in (2, 3, 5, 10, 100)},
    }  # fmt: skip


def wavelets(x):
    at = np.linspace(-8, 8, 4096)
    below = np.cumsum((1 - at**2) * np.exp(-(at**2) / 2) * 2 / (np.sqrt(3) * np.pi**0.25)) * (at[1] - at[0])
    found = {}
    for width in (2, 5, 10, 20):
        mask = below[(np.arange(16 * width + 1) / (width * (at[1] - at[0]))).astype(int)][::-1]
        whole = -np.sqrt(width) * np.diff(np.convolve(x, mask))
        start = (len(whole) - len(x)) // 2
        for place in range(15):
            value = whole[start + place] if place < len(x) else np.nan
            found[f"cwt_coefficients__coeff_{place}__w_{width}__widths_(2, 5, 10, 20)"] = value
    return found


WRITTEN_OUT = {
    "counts": (COUNTS, counts), "chunks": (CHUNKS, chunks), "corridors": (CORRIDORS, corridors), "lags": (LAGS, lags),
    "spectrum": (SPECTRUM, spectrum), "wavelets": (WAVELETS, wavelets),
}  # fmt: skip


def require(family, plainly, windows):
    names = list(family)
    for row, window in zip(features(windows, names), windows, strict=True):
        wanted = plainly(window)
        assert set(wanted) == set(names)
        expected = np.array([float(wanted[name]) for name in names])
        np.testing.assert_allclose(row, expected, rtol=1e-9, atol=1e-11 * max(1, np.abs(window).max() ** 2))


@pytest.mark.parametrize("width", [31, 60, 300])
@pytest.mark.parametrize("family", WRITTEN_OUT)
def test_a_family_is_that_of_the_definitions(family, width):
    rng = np.random.default_rng(width)
    require(*WRITTEN_OUT[family], rng.normal(size=(6, width)).cumsum(axis=1))
    require(*WRITTEN_OUT[family], rng.integers(-9, 10, size=(6, width)) / 10 + 0.05)


@pytest.mark.parametrize("family", WRITTEN_OUT)
def test_a_family_of_recorded_windows_is_that_of_the_definitions(family, recorded):
    values = np.loadtxt(recorded / "tennessee-eastman" / "d01_te.dat.gz")
    whole = values[:960].T.reshape(52 * 16, 60)
    # as many different values as an autoregression needs
    changing = np.array([one for one in whole if len(set(one.tolist())) > 50])
    assert len(changing) > 400
    standard = (changing - changing.mean(axis=1)[:, None]) / changing.std(axis=1)[:, None]
    require(*WRITTEN_OUT[family], standard[::40])


def test_a_window_of_equal_values_has_no_trend_of_pieces_no_spectrum_and_no_autoregression():
    found = dict(zip(FEATURES, features(np.full((1, 60), 0.1))[0].tolist(), strict=True))
    assert found['agg_linear_trend__attr_"slope"__chunk_len_10__f_agg_"mean"'] == 0
    assert found['change_quantiles__f_agg_"var"__isabs_True__qh_1.0__ql_0.0'] == 0
    assert found["spkt_welch_density__coeff_2"] == 0
    assert found["binned_entropy__max_bins_10"] == 0
    assert found['agg_autocorrelation__f_agg_"mean"__maxlag_40'] == 0
    missing = [
        'agg_linear_trend__attr_"rvalue"__chunk_len_10__f_agg_"mean"', "ar_coefficient__coeff_1__k_10",
        "fourier_entropy__bins_10", "partial_autocorrelation__lag_1",
    ]  # fmt: skip
    assert all(np.isnan(found[name]) for name in missing)


def test_first_digits_are_those_that_a_number_is_written_with():
    # the double next below 0.3 is written 0.29999999999999993
    below = np.nextafter(0.3, 0)
    values = np.array([[0.3] * 30 + [1.0] * 10, [below] * 30 + [1.0] * 10])
    one, other = features(values, ["benford_correlation"])[:, 0]
    law = [np.log10(1 + 1 / digit) for digit in range(1, 10)]
    assert one == pytest.approx(np.corrcoef(law, [0.25, 0, 0.75, 0, 0, 0, 0, 0, 0])[0, 1], rel=1e-12)
    assert other == pytest.approx(np.corrcoef(law, [0.25, 0.75, 0, 0, 0, 0, 0, 0, 0])[0, 1], rel=1e-12)


def test_more_than_two_hundred_features_have_a_value_in_a_window_of_sixty_rows():
    found = features(np.random.default_rng(0).normal(size=(1, 60)).cumsum(axis=1))
    assert np.isfinite(found).sum() > 450
