"""Ledoit and Wolf's covariance beside another implementation, and the whitening that rests on it."""

import numpy as np
import pytest

from dure.science.learn.forms.covariance import ledoit_wolf, whitening


@pytest.mark.parametrize(("rows", "columns"), [(400, 8), (60, 40), (30, 60)])
def test_it_is_the_estimate_that_scikit_learn_gives(rows, columns):
    from sklearn.covariance import LedoitWolf

    rng = np.random.default_rng(rows)
    z = rng.normal(size=(rows, columns)) @ rng.normal(size=(columns, columns))
    shrunk, how_much = ledoit_wolf(z)
    theirs = LedoitWolf().fit(z)
    assert np.allclose(shrunk, theirs.covariance_, rtol=1e-10, atol=1e-10)
    assert how_much == pytest.approx(theirs.shrinkage_, rel=1e-10)


def test_a_step_against_the_usual_relation_is_longer_than_one_along_it():
    rng = np.random.default_rng(0)
    one = rng.normal(size=1000)
    z = np.stack([one, one + 0.1 * rng.normal(size=1000)], axis=1)
    axes = whitening((z - z.mean(axis=0)) / z.std(axis=0))
    along, against = (np.linalg.norm(np.array(step) @ axes) for step in ([1.0, 1.0], [1.0, -1.0]))
    assert against > 10 * along


def test_columns_that_never_change_are_met():
    z = np.stack([np.zeros(50), np.random.default_rng(0).normal(size=50)], axis=1)
    assert np.isfinite(whitening(z)).all()
    assert ledoit_wolf(np.zeros((50, 2)))[1] == 1.0
