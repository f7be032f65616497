"""Scores made steady: one median and one hold, the same bits in batch, in chunks and row by row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dure.science.learn.serving.steady import Steadiness

SCORES = st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=80).map(np.array)
STEADY = st.builds(
    Steadiness, rows=st.integers(1, 9), hold=st.integers(0, 12), low=st.sampled_from([0.5, 0.8, 1.0])
)


@given(SCORES, STEADY, st.integers(0, 5))
def test_row_by_row_is_bit_equal_to_the_batch(raw, steady, skip):
    scores = steady.scores(raw)
    alarms = steady.alarms(scores, 1.0, skip)
    live = steady.live(1.0, skip)
    assert [live.push(float(one)) for one in raw] == list(zip(scores, alarms, strict=True))


@given(SCORES, STEADY)
def test_no_row_depends_on_more_than_the_rows_it_looks_back_on(raw, steady):
    whole = steady.alarms(steady.scores(raw))
    for at in range(len(raw)):
        first = max(0, at - steady.look_back)
        # the rows of the chunk that have no whole median behind them say nothing, as on a line that starts there
        part = steady.alarms(steady.scores(raw[first : at + 1]), 1.0, min(first, steady.rows - 1))
        assert part[-1] == whole[at]


def test_one_strange_row_is_no_alarm_and_a_usual_one_does_not_end_it():
    steady = Steadiness(rows=3, hold=5, low=0.8)
    raw = np.array([0.5, 9.0, 0.5, 0.5, 2.0, 2.0, 0.5, 2.0, 2.0, 0.9, 0.9, 0.5, 0.5])
    alarms = steady.alarms(steady.scores(raw))
    assert not alarms[:5].any()
    assert alarms[5:12].all()
    assert not alarms[12:].any()


def test_a_card_of_before_has_no_steadiness_and_its_scores_stand():
    raw = np.array([0.5, 1.5])
    steady = Steadiness.of(None)
    assert steady.look_back == 0
    assert steady.scores(raw) is raw
    assert steady.alarms(raw).tolist() == [False, True]
    assert Steadiness.of(Steadiness(15, 20, 0.8).to_dict()) == Steadiness(15, 20, 0.8)
