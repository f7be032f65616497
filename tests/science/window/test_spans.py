"""Windows of changing length against the row kernel, to the bit where the length is the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.science.window import (
    STATISTICS,
    span_starts,
    span_statistics,
    span_sums,
    window_statistics,
    window_sums,
)


def bits(values):
    return np.where(np.isnan(values), np.nan, values).tobytes()


@pytest.mark.parametrize("window", [1, 2, 7, 60, 301])
@pytest.mark.parametrize("holes", [0.0, 0.2])
def test_equal_lengths_have_the_bits_of_the_row_kernel(window, holes):
    chance = np.random.default_rng(0)
    values = chance.normal(size=70_000)
    values[chance.random(len(values)) < holes] = np.nan
    starts = np.maximum(0, np.arange(len(values)) - window + 1)
    whole = slice(window - 1, None)
    rows = window_statistics(values[:, None], window, STATISTICS)[whole, 0]
    assert bits(span_statistics(values, starts, STATISTICS)[whole]) == bits(rows)
    for spans, sums in zip(span_sums(values, starts), window_sums(values, window), strict=True):
        assert bits(spans[whole]) == bits(sums[whole])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.floats(-10, 10)), min_size=1, max_size=60), st.integers(1, 50)
)
def test_statistics_are_those_of_the_rows_in_the_span(data, span):
    times, values = np.cumsum([gap for gap, _ in data]), np.array([value for _, value in data])
    starts = span_starts(times, span)
    found = span_statistics(values, starts, ["mean", "std", "min", "max"])
    for row, start in enumerate(starts):
        held = values[start : row + 1]
        assert (times[start : row + 1] > times[row] - span).all()
        assert start == 0 or times[start - 1] <= times[row] - span
        assert found[row] == pytest.approx(
            [held.mean(), held.std(), held.min(), held.max()], rel=1e-9, abs=1e-9
        )


def test_a_mean_alone_has_the_bits_of_a_mean_beside_others():
    values = np.random.default_rng(1).normal(size=(20_000, 2))
    values[::13] = np.nan
    for window in (1, 3, 60):
        assert bits(window_statistics(values, window, ["mean"])) == bits(
            window_statistics(values, window, ["mean", "std", "slope"])[:, :, :1]
        )
