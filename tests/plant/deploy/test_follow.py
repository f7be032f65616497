"""What follows the feed answers as the historian itself would."""

from math import isnan, nan

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dure.plant.deploy.follow import Follower
from dure.plant.transport import batch
from dure.vocabulary import Quality, Sample
from machines.historian_process import SECOND, historian_process, leave_behind, play
from running_node import until

START = 1_700_000_000 * SECOND
PARTS = iter(range(1_000_000))

readings = st.lists(
    st.tuples(
        st.sampled_from(["x", "y"]),
        st.integers(0, 120),
        st.integers(0, 2),
        st.one_of(st.floats(-5, 5), st.just(nan)),
        st.sampled_from([Quality.GOOD] * 4 + [Quality.UNCERTAIN, Quality.BAD]),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda row: row[:3],
)


@pytest.fixture(scope="module")
def historian(tmp_path_factory):
    with historian_process(tmp_path_factory.mktemp("follow") / "home") as client:
        yield client


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings, st.integers(0, 60), st.integers(1, 40))
def test_values_at_ticks_are_those_of_query_every(historian, rows, known, max_age):
    own = f"f{next(PARTS)}"
    signals = [f"{own}/x", f"{own}/y"]
    made = [
        Sample(f"{own}/{name}", START + time * SECOND // 2, value, sequence, quality)
        for name, time, sequence, value, quality in rows
    ]

    def ingest(part, count):
        """Until all is in: `play` waits for the newest alone, and these come in any order."""
        if part:
            play(historian, "follow", [batch(part)])
        until(lambda: sum(one["count"] for one in historian.signals() if one["signal"] in signals) == count)

    ingest(made[:known], len(made[:known]))
    follower = Follower.begin(historian, signals, max_age * SECOND, START, START + 60 * SECOND)
    ingest(made[known:], len(made))
    follower.take_in(historian)
    ticks = range(START, START + 70 * SECOND, SECOND)
    table = historian.query_every(signals, ticks.start, ticks.stop, SECOND, max_age * SECOND)
    for signal in signals:
        ours, theirs = follower.values(signal, ticks), table[signal].to_pylist()
        assert [None if isnan(value) else value for value in ours] == theirs


def test_what_no_tick_can_need_is_let_go(historian):
    rows = [Sample("trim/x", START + n * SECOND, float(n)) for n in range(100)]
    play(historian, "trim", [batch(rows)])
    follower = Follower.begin(historian, ["trim/x"], 10 * SECOND, START, START + 100 * SECOND)
    follower.forget(START + 60 * SECOND)
    assert len(follower.good["trim/x"]) == 50
    assert follower.values("trim/x", [START + 60 * SECOND]) == [60.0]
    assert not follower.covers(START + 59 * SECOND, START + 61 * SECOND)


def test_a_recording_that_reaches_into_the_future_is_covered_only_as_far_as_it_was_read(historian):
    play(historian, "ahead", [batch([Sample("ahead/x", START + 3600 * SECOND, 1.0)])])
    follower = Follower.begin(historian, ["ahead/x"], 10 * SECOND, START, START)
    assert follower.covers(START, START + 60 * SECOND)
    assert not follower.covers(START, START + 3600 * SECOND)


def test_what_has_left_the_feed_is_read_by_a_query_and_the_feed_goes_on(historian):
    def reading(second, value):
        return batch([Sample("behind/x", START + second * SECOND, value)])

    play(historian, "behind", [reading(0, 1.0)])
    follower = Follower.begin(historian, ["behind/x"], 10 * SECOND, START, START)
    play(historian, "behind", [reading(1, 2.0), reading(3, 4.0)])
    leave_behind(historian, START)
    follower.take_in(historian)
    assert follower.newest["behind/x"]["time"] == START + 3 * SECOND
    play(historian, "behind", [reading(4, 5.0)])
    follower.take_in(historian)
    ticks = range(START, START + 5 * SECOND, SECOND)
    assert follower.values("behind/x", ticks) == [1.0, 2.0, 2.0, 4.0, 5.0]
