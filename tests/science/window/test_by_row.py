"""The window kernel row by row against the same kernel on whole columns, to the bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.science.window import STATISTICS, WindowByRow, window_statistics


def bits(values):
    return np.ascontiguousarray(values).view(np.uint64)


def by_row(values, window, statistics=STATISTICS):
    lately = WindowByRow(window, values.shape[1], statistics)
    return np.stack([lately.push(row) for row in values])


@pytest.mark.parametrize("window", [1, 2, 3, 7, 10, 31, 60, 64, 100])
def test_row_by_row_gives_the_bits_of_the_batch(window):
    values = 3600 + np.random.default_rng(window).normal(size=(400, 5)).cumsum(axis=0)
    values[50:120, 2] = 7.7
    values[np.random.default_rng(1).random(values.shape) < 0.01] = np.nan
    assert (bits(by_row(values, window)) == bits(window_statistics(values, window))).all()


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(
        st.one_of(st.just(np.nan), st.sampled_from([0.0, -0.0, 5.5]), st.floats(-1e12, 1e12)),
        min_size=1,
        max_size=150,
    ),
    window=st.integers(1, 70),
    statistics=st.sets(st.sampled_from(STATISTICS), min_size=1),
)
def test_any_values_give_the_bits_of_the_batch(values, window, statistics):
    column, asked = np.array(values)[:, None], sorted(statistics)
    assert (bits(by_row(column, window, asked)) == bits(window_statistics(column, window, asked))).all()
