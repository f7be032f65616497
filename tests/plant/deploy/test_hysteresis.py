"""When an alarm is raised and cleared."""

from math import nan

from hypothesis import given
from hypothesis import strategies as st

from dure.plant.deploy.hysteresis import Rule, Turn, Watch, look

scores = st.lists(st.one_of(st.floats(0, 3), st.just(nan)), max_size=200)
rules = st.builds(Rule.of, threshold=st.floats(0.5, 2), raise_after=st.integers(1, 5), clear_after=st.integers(1, 8), clear_share=st.floats(0.5, 1))  # fmt: skip


def walk(rule, values):
    watch, turns, states = Watch(), [], []
    for time, score in enumerate(values):
        watch, turn = look(rule, watch, time, score)
        turns.append(turn)
        states.append(watch)
    return turns, states


@given(rules, scores)
def test_turns_alternate_and_begin_with_a_raise(rule, values):
    turns = [turn for turn in walk(rule, values)[0] if turn]
    assert turns[::2] == [Turn.RAISED] * len(turns[::2])
    assert turns[1::2] == [Turn.CLEARED] * len(turns[1::2])


@given(rules, scores)
def test_an_alarm_is_raised_exactly_after_its_ticks_in_a_row(rule, values):
    turns, _states = walk(rule, values)
    heard = [(time, score) for time, score in enumerate(values) if score == score]  # noqa: PLR0124 - not NaN
    for at, (time, _score) in enumerate(heard):
        if turns[time] is Turn.RAISED:
            before = [score for _time, score in heard[at - rule.raise_after + 1 : at + 1]]
            assert len(before) == rule.raise_after
            assert min(before) > rule.threshold
        if turns[time] is Turn.CLEARED:
            before = [score for _time, score in heard[at - rule.clear_after + 1 : at + 1]]
            assert len(before) == rule.clear_after
            assert max(before) <= rule.clear_level


@given(rules, scores, st.integers(0, 200))
def test_killed_anywhere_the_next_one_goes_on_from_the_state_kept(rule, values, cut):
    whole, _states = walk(rule, values)
    first, states = walk(rule, values[:cut])
    watch, rest = (states[-1] if states else Watch()), []
    for time, score in enumerate(values[cut:], start=cut):
        watch, turn = look(rule, watch, time, score)
        rest.append(turn)
    assert first + rest == whole


@given(rules, st.integers(0, 50))
def test_ticks_without_a_score_change_nothing(rule, count):
    assert walk(rule, [nan] * count)[1] == [Watch()] * count


def test_a_score_that_trembles_at_the_threshold_raises_one_alarm():
    rule = Rule.of(threshold=1.0, raise_after=3, clear_after=10, clear_share=0.9)
    turns, states = walk(rule, [1.01, 1.02, 1.05, 0.95, 1.01, 0.98] * 20)
    assert [turn for turn in turns if turn] == [Turn.RAISED]
    assert states[-1].began == 0


def test_the_alarm_began_at_the_first_tick_of_its_row():
    rule = Rule.of(threshold=1.0, raise_after=3, clear_after=2, clear_share=0.9)
    turns, states = walk(rule, [0, 2, 0, 2, nan, 2, 2])
    assert turns[6] is Turn.RAISED
    assert states[6].began == 3
