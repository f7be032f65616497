"""What is suggested is open, unlike each other, and where a model wavers; agreement is what the papers reckon."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dure.science.learn import Why, cohen_kappa, fleiss_kappa, suggest


@given(st.integers(0, 2**16), st.integers(1, 60), st.integers(1, 25), st.booleans())
def test_only_open_rows_are_suggested_each_once(seed, rows, count, has_model):
    rng = np.random.default_rng(seed)
    labelled = rng.random(rows) < 0.5
    features = rng.normal(size=(rows, 3))
    said = rng.dirichlet([1, 1, 1], rows) if has_model else None
    places = [one.place for one in suggest(features, labelled, said, count)]
    assert len(places) == len(set(places)) <= count
    assert not labelled[places].any()


def test_a_rare_part_that_nobody_looked_at_is_among_the_first():
    rng = np.random.default_rng(0)
    features = np.vstack([rng.normal(size=(500, 2)), rng.normal([12.0, 12.0], 0.1, (5, 2))])
    found = suggest(features, np.zeros(505, dtype=bool), None, 10)
    assert any(one.place >= 500 for one in found)


def test_where_the_model_wavers_comes_first_and_names_both_classes():
    features, said = np.arange(20.0)[:, None], np.tile([0.98, 0.01, 0.01], (20, 1))
    said[7] = [0.1, 0.44, 0.46]
    first = suggest(features, np.zeros(20, dtype=bool), said, 5)[0]
    assert (first.place, first.why, first.first, first.second) == (7, Why.WAVERS, 2, 1)


def test_broken_and_still_columns_do_no_harm():
    features = np.array([[np.nan, 1.0, np.inf], [np.nan, 1.0, 2.0], [np.nan, 1.0, 3.0]])
    assert len(suggest(features, np.zeros(3, dtype=bool), None, 2)) == 2
    assert suggest(features, np.ones(3, dtype=bool), None, 2) == []


def test_fleiss_kappa_is_that_of_the_published_example():
    # Fleiss 1971 by way of the textbook table: 10 items, 14 persons, 5 kinds, kappa 0.210
    table = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]  # fmt: skip
    items = [[str(kind) for kind, times in enumerate(row) for _ in range(times)] for row in table]
    assert round(fleiss_kappa(items), 3) == 0.21


def test_kappa_says_nothing_where_nothing_can_be_said():
    assert fleiss_kappa([["a"], ["b"]]) is None
    assert fleiss_kappa([["a", "a"]]) is None
    assert cohen_kappa([], []) is None
