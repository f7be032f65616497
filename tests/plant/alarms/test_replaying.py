"""A replay says what the live watch would have said, sample by sample."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.plant.alarms.definition import Definition, Unusable, conditions
from dure.plant.alarms.replaying import replayed, turns
from dure.plant.alarms.rows import Carry, Forms, Reading
from dure.plant.alarms.runner import GRACE, Runner
from dure.science.formula import Kind
from dure.vocabulary import Quality, Text

SECOND = 1_000_000_000
KINDS = {"m/a": Kind("number"), "m/b": Kind("number"), "m/word": Kind("text")}
TITLE = Text("x", "엑스")


def definition(condition, **more):
    return Definition("x", TITLE, condition, **more)


def frame(samples):
    """Rows (time [s], signal, value, quality) as the historian gives them."""
    schema = {"signal": pl.String, "time": pl.Int64, "sequence": pl.Int32, "value": pl.Float64, "text": pl.String,
              "quality": pl.UInt8, "received": pl.Int64}  # fmt: skip
    rows = [
        {
            "signal": signal,
            "time": round(time * SECOND),
            "sequence": 0,
            "value": float("nan") if isinstance(value, str) else float(value),
            "text": value if isinstance(value, str) else None,
            "quality": quality,
            "received": round(time * SECOND),
        }
        for time, signal, value, quality in samples
    ]
    return pl.DataFrame(rows, schema=schema)


def told(samples, condition, end=1000, **more):
    found = turns(definition(condition, **more), frame(samples), KINDS, end * SECOND)
    return [(time / SECOND, event.value) for time, event in found]


def live(one, samples, end, pieces):
    """The same samples as a worker gets them: piece by piece, each decided a little later."""
    found = conditions(one, KINDS)
    runner = Runner(one, Forms(found, one), Carry(one.signals, one.max_age))
    said = []
    for start in range(0, len(samples), pieces):
        part = samples[start : start + pieces]
        runner.take([Reading(s, t * SECOND, None if q >= 2 else v, t * SECOND) for t, s, v, q in part])
        said += runner.decide(part[-1][0] * SECOND)
    return said + runner.decide(end * SECOND + 2 * GRACE)


SAMPLE = st.tuples(
    st.integers(1, 5), st.sampled_from(["m/a", "m/b"]), st.sampled_from([0.0, 1.0, 2.0, 3.0]), st.sampled_from([0, 0, 0, 1, 2])
)  # fmt: skip
SHAPES = [
    ("=[m/a]>1", {}),
    ("=[m/a]>1", {"on_delay_s": 3.0, "off_delay_s": 4.0}),
    ("=[m/a]>1", {"deadband": 1.0}),
    ("=AND([m/a]>1, [m/b]<2)", {"on_delay_s": 2.0}),
    ("=[m/a]+[m/b]>3", {"max_age_s": 4.0, "on_delay_s": 2.0}),
    ("=[m/a]>1", {"suppress": "=[m/b]=0"}),
    ("=ROLLMEAN([m/a], 3)>1", {"clear": "=[m/b]>2"}),
    ('=ROLLMAX([m/a], "6s")>2', {"off_delay_s": 3.0}),
]


@pytest.mark.parametrize(("condition", "more"), SHAPES)
@settings(max_examples=25, deadline=None)
@given(steps=st.lists(SAMPLE, min_size=1, max_size=30), pieces=st.integers(1, 9))
def test_live_and_replay_turn_at_the_same_moments(condition, more, steps, pieces):
    samples, time = [], 0
    for step, signal, value, quality in steps:
        time += step
        samples.append((time, signal, value, quality))
    one, end = definition(condition, **more), time + 30
    assert live(one, samples, end, pieces) == list(turns(one, frame(samples), KINDS, end * SECOND))


def test_a_limit_with_a_deadband_rings_once_where_the_plain_one_chatters():
    trembling = [(t, "m/a", 80.5 if t % 2 else 79.5, 0) for t in range(1, 60)] + [(60, "m/a", 70, 0)]
    assert len(told(trembling, "=[m/a]>80")) == 60
    assert told(trembling, "=[m/a]>80", deadband=2.0) == [(1, "annunciate"), (60, "return")]
    assert told(trembling, "=[m/a]>80", clear="=[m/a]<75") == [(1, "annunciate"), (60, "return")]


def test_a_deadband_reaches_into_and_and_or():
    both = [(1, "m/a", 5, 0), (2, "m/b", 5, 0), (3, "m/a", 3.5, 0), (4, "m/b", 0, 0)]
    assert told(both, "=AND([m/a]>4, [m/b]>4)", deadband=1.0) == [(2, "annunciate"), (4, "return")]
    one = [(1, "m/a", 5, 0), (1, "m/b", 0, 0), (2, "m/a", 3.5, 0), (3, "m/a", 2, 0)]
    assert told(one, "=OR([m/a]>4, [m/b]>4)", deadband=1.0) == [(1, "annunciate"), (3, "return")]


def test_a_deadband_on_no_comparison_is_refused_at_its_field():
    with pytest.raises(Unusable) as refused:
        conditions(definition("=NOT([m/a])", deadband=1.0), KINDS)
    assert refused.value.name == "deadband"


def test_the_on_delay_lets_a_short_excursion_pass_and_stamps_a_long_one_at_its_end():
    samples = [(1, "m/a", 9, 0), (3, "m/a", 0, 0), (10, "m/a", 9, 0), (40, "m/a", 0, 0)]
    assert told(samples, "=[m/a]>5", on_delay_s=5.0) == [(15, "annunciate"), (40, "return")]


def test_a_value_that_is_not_known_holds_the_alarm_where_it_is():
    samples = [(1, "m/a", 9, 0), (5, "m/a", 0, Quality.BAD), (9, "m/a", 9, 0), (12, "m/a", 0, 0)]
    assert told(samples, "=[m/a]>5") == [(1, "annunciate"), (12, "return")]
    assert told(samples, "=[m/a]>5", on_delay_s=6.0) == []


def test_an_input_that_keeps_silent_for_too_long_is_not_known():
    samples = [(1, "m/a", 9, 0), (100, "m/a", 9, 0)]
    assert told(samples, "=[m/a]>5", on_delay_s=30.0) == [(31, "annunciate")]
    assert told(samples, "=[m/a]>5", on_delay_s=30.0, max_age_s=10.0) == []


def test_words_are_compared_too():
    samples = [(1, "m/word", "RUN", 0), (2, "m/word", "FAULT 7", 0), (3, "m/word", "RUN", 0)]
    assert told(samples, '=CONTAINS([m/word], "fault")') == [(2, "annunciate"), (3, "return")]


def test_what_is_suppressed_is_not_counted_until_the_suppression_ends():
    samples = [
        (1, "m/b", 1, 0),
        (2, "m/a", 9, 0),
        (3, "m/a", 0, 0),
        (4, "m/a", 9, 0),
        (6, "m/b", 0, 0),
        (8, "m/a", 0, 0),
    ]
    found = replayed(definition("=[m/a]>5", suppress="=[m/b]=1"), frame(samples), KINDS, 0, 604_800 * SECOND)
    assert [(one.at / SECOND, one.hidden) for one in found.rings] == [(2, True), (6, False)]
    assert (found.count, found.a_week) == (1, 1.0)
