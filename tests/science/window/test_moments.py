"""The window kernel against NumPy on whole windows, its rule for constants, and its speed's shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.science.window import STATISTICS, window_matrix, window_statistics


def by_definition(windows):
    """Statistics of whole windows by NumPy, for windows along the last axis."""
    width = windows.shape[-1]
    at = np.arange(width) - (width - 1) / 2
    off = windows - windows.mean(-1, keepdims=True)
    slope = (off * at).sum(-1) / max((at * at).sum(), 1e-300)
    return np.stack([windows.mean(-1), windows.std(-1), windows.min(-1), windows.max(-1), slope], -1)


@pytest.mark.parametrize("window", [1, 2, 3, 7, 10, 60, 128, 301])
def test_statistics_are_those_of_the_windows(window):
    values = 3600 + np.random.default_rng(0).normal(size=(700, 3))
    found = window_statistics(values, window)[window - 1 :]
    np.testing.assert_allclose(
        found, by_definition(window_matrix(values, window)[window - 1 :]), rtol=1e-9, atol=1e-10
    )


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.one_of(st.just(np.nan), st.just(5.5), st.floats(-1e6, 1e6)), min_size=1, max_size=80),
    window=st.integers(1, 40),
)
def test_windows_with_holes_are_reduced_over_the_values_they_have(values, window):
    column = np.array(values)[:, None]
    found = window_statistics(column, window)
    for row in range(len(values)):
        there = column[max(0, row - window + 1) : row + 1, 0]
        there = there[~np.isnan(there)]
        if not len(there):
            assert np.isnan(found[row]).all()
        else:
            assert found[row, 0, 2:4].tolist() == [there.min(), there.max()]
            assert found[row, 0, 0] == pytest.approx(there.mean(), rel=1e-9, abs=1e-6)
            assert found[row, 0, 1] == pytest.approx(there.std(), rel=1e-6, abs=1e-6)


def test_a_slope_over_holes_is_the_line_through_the_values_there_are():
    values = np.array([1.0, np.nan, 5.0, np.nan, 9.0])[:, None]
    assert window_statistics(values, 5, ["slope"])[-1, 0, 0] == pytest.approx(2.0, rel=1e-15)


@pytest.mark.parametrize("value", [0.1, -3600.7, 1e300])
def test_a_constant_window_has_no_spread_and_no_slope_at_all(value):
    found = window_statistics(np.full((50, 1), value), 30)
    assert (found[:, 0, :] == [value, 0.0, value, value, 0.0]).all()


@settings(max_examples=40, deadline=None)
@given(
    data=st.lists(
        st.one_of(st.just(np.nan), st.sampled_from([0.0, -0.0, 1.5]), st.floats(-1e9, 1e9)),
        min_size=2,
        max_size=90,
    ),
    window=st.integers(1, 33),
    cut=st.integers(0, 89),
)
def test_a_row_has_the_same_bits_whatever_else_is_asked_for(data, window, cut):
    values = np.array(data)[:, None] * [1.0, 3.0]
    row = cut % len(values)
    alone = window_statistics(values[max(0, row - window + 1) : row + 1], window)[-1]
    whole = window_statistics(values, window)[row]
    assert alone.tobytes() == whole.tobytes()


def test_blocks_do_not_show(monkeypatch):
    from dure.science.window import moments as window

    values = np.random.default_rng(1).normal(size=(3_000, 4))
    values[::91] = np.nan
    whole = window_statistics(values, 12)
    monkeypatch.setattr(window, "_BLOCK", 200)
    assert window_statistics(values, 12).tobytes() == whole.tobytes()


def test_only_what_is_asked_for_is_given_in_the_order_asked():
    values = np.arange(12.0).reshape(6, 2)
    every = window_statistics(values, 3)
    some = window_statistics(values, 3, ["max", "mean"])
    assert (some == every[:, :, [STATISTICS.index("max"), STATISTICS.index("mean")]]).all()


def test_no_rows_give_no_statistics():
    assert window_statistics(np.empty((0, 4)), 10).shape == (0, 4, 5)
