"""Rows that come late: waited for, dropped and counted, or corrected, to the bits of the batch in order of time."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.science.prepare import FittedRecipe, Recipe
from dure.science.prepare.recipe import RecipeUnreadable
from dure.vocabulary import Permit

STEPS = [
    {"step": "series.window_statistics", "columns": ["bar"], "rows": 4, "statistics": ["mean", "std"]},
    {"step": "series.lag", "columns": ["bar"], "rows": 2},
]
SECOND = 1_000_000_000


def fitted(late, watermark=3.0):
    recipe = Recipe.from_dict({"version": 1, "watermark_s": watermark, "late": late, "steps": STEPS})
    return recipe.fit(pl.DataFrame({"bar": [1.0, 2.0]}), Permit.own(["rows"]))


def rows(count):
    values = np.random.default_rng(0).normal(size=count).cumsum()
    return pl.DataFrame({"bar": values}), np.arange(count, dtype=np.int64) * SECOND


def jumbled(count, seed, reach=3):
    """An order in which no row comes more than `reach` places late."""
    return np.argsort(np.arange(count) + np.random.default_rng(seed).uniform(0, reach, count), kind="stable")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), size=st.integers(1, 7))
def test_rows_within_the_watermark_are_given_once_and_in_order(seed, size):
    frame, times = rows(40)
    live, order = fitted("drop").late_rows(), jumbled(40, seed)
    parts = [
        live.push(frame[order[at : at + size]], times[order[at : at + size]]) for at in range(0, 40, size)
    ]
    parts.append(live.finish())
    assert np.concatenate([at for _, at in parts]).tolist() == times.tolist()
    assert pl.concat([part for part, _ in parts]).equals(fitted("drop").transform(frame))
    assert live.dropped == 0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), size=st.integers(1, 7))
def test_what_a_late_row_changes_is_given_again(seed, size):
    frame, times = rows(40)
    live, order, said = fitted("correct").late_rows(), jumbled(40, seed), {}
    for at in range(0, 40, size):
        part, when = live.push(frame[order[at : at + size]], times[order[at : at + size]])
        said |= dict(zip(when.tolist(), part.rows(), strict=True))
    assert [said[time] for time in times.tolist()] == fitted("correct").transform(frame).rows()


@pytest.mark.parametrize("late", ["drop", "correct"])
def test_a_row_behind_the_watermark_is_dropped_and_counted(late):
    frame, times = rows(20)
    live = fitted(late).late_rows()
    live.push(frame[:15], times[:15])
    live.push(frame[3:5], times[3:5])
    live.push(frame[15:], times[15:])
    assert live.dropped == 2


def test_the_policy_travels_with_the_recipe():
    recipe = fitted("correct", 0.5).recipe
    assert Recipe.from_toml(recipe.to_toml()) == recipe
    again = FittedRecipe.from_dict(fitted("correct", 0.5).to_dict())
    assert (again.recipe.watermark_s, again.recipe.late) == (0.5, "correct")
    plain = Recipe(recipe.steps)
    assert "watermark_s" not in plain.to_dict()
    assert plain.fingerprint != recipe.fingerprint


@pytest.mark.parametrize(
    "policy", [{"watermark_s": -1}, {"watermark_s": "soon"}, {"late": "keep"}, {"late": None}]
)
def test_a_policy_that_is_none_is_refused(policy):
    with pytest.raises(RecipeUnreadable, match=next(iter(policy))):
        Recipe.from_dict({"version": 1, "steps": [], **policy})
