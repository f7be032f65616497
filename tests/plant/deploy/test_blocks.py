"""Which ticks are scored, and that assets do not look into each other."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.deploy.blocks import Block, Verdict, judge, stack, take, watch_over
from dure.plant.deploy.hysteresis import Rule, Turn, Watch


@given(
    st.integers(1, 40), st.integers(0, 10), st.integers(0, 12), st.integers(1, 3), st.sampled_from([0.0, 0.1, 0.5]),
    st.integers(0, 2**31),
)  # fmt: skip
def test_a_tick_is_scored_only_with_its_own_inputs_and_a_full_enough_window(  # noqa: PLR0917 - drawn by hypothesis
    n, warm_up, h, f, allowed, seed
):
    random = np.random.default_rng(seed)
    every = random.normal(size=(h + n, f))
    every[random.random(every.shape) < 0.15] = np.nan
    verdicts = judge(every[h:], every[:h], warm_up=warm_up, max_missing=allowed)
    for at in range(n):
        end = h + at + 1
        window = every[max(0, end - warm_up - 1) : end]
        full = len(window) == warm_up + 1 and np.isnan(window).mean() <= allowed
        expected = full and not np.isnan(every[end - 1]).any()
        assert (verdicts[at] == Verdict.SCORED) == expected


def test_an_infinite_value_is_as_good_as_none():
    rows = np.array([[1.0], [np.inf], [2.0], [3.0]])
    assert judge(rows, np.empty((0, 1)), warm_up=0, max_missing=0).tolist() == [0, 1, 0, 0]


def block(asset, values, history):
    rows, before = np.array(values, dtype=float)[:, None], np.array(history, dtype=float).reshape(-1, 1)
    return Block(asset, np.arange(len(rows)), rows, before, judge(rows, before, warm_up=2, max_missing=0))


def rolled(frame):
    return frame.select(pl.col("x").rolling_mean(3).alias("score"))


def test_stacked_assets_get_what_each_gets_alone():
    blocks = [block("a", [1, 2, 3], [9, 8]), block("b", [10, 20], [5, 5, 5]), block("c", [7, 7, 7], [])]
    frame, starts = stack(blocks, ["x"])
    predicted = rolled(frame)
    for one, start in zip(blocks, starts, strict=True):
        take(one, predicted, start)
        alone, (own,) = stack([one], ["x"])
        expected = rolled(alone)["score"].slice(own).to_numpy()
        assert np.array_equal(one.outputs["score"][one.scored], expected[one.scored])
    assert blocks[2].scored.tolist() == [False, False, True]


def test_a_tick_that_waits_has_no_output():
    one = block("a", [1.0, np.nan, 3.0], [1, 1])
    frame, (start,) = stack([one], ["x"])
    take(one, frame.select(pl.repeat(5.0, pl.len()).alias("score")), start)
    assert one.outputs["score"][0] == 5.0
    assert np.isnan(one.outputs["score"][1:]).all()


def test_words_of_a_classifier_are_kept_for_scored_ticks_only():
    one = block("a", [1.0, np.nan], [1, 1])
    frame, (start,) = stack([one], ["x"])
    take(one, frame.select(pl.repeat("ok", pl.len()).alias("prediction")), start)
    assert one.labels == ["ok", None]


def test_an_alarm_walks_over_a_block():
    one = block("a", [1, 2, 3], [1, 1])
    one.outputs["score"] = np.array([2.0, 2.0, 0.1])
    rule = Rule(1.0, 0.9, raise_after=2, clear_after=1)
    assert watch_over(one, rule, Watch(), "score") == Watch()
    assert one.turns == [None, Turn.RAISED, Turn.CLEARED]
