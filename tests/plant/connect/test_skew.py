"""The clock of a source, estimated from what arrives: one late batch is nothing, a step is named."""

from hypothesis import given
from hypothesis import strategies as some

from dure.plant.connect.skew import SkewWatch

SECOND = 10**9


def fed(watch, rows):
    """Take (received [s], newest source time [s]) rows; the jumps that were seen."""
    return [
        jump
        for received, newest in rows
        if (jump := watch.take(int(received * SECOND), int(newest * SECOND)))
    ]


@given(some.lists(some.floats(0.01, 30.0), min_size=20, max_size=80), some.floats(-3600, 3600))
def test_the_estimate_is_never_below_the_skew_nor_above_the_least_delay_of_the_while(delays, skew):
    watch = SkewWatch()
    fed(watch, [(5000 + n + 0.0, 5000 + n - skew - delay) for n, delay in enumerate(delays[:12])])
    ended = delays[:10]  # two stretches; a third that has not ended is not believed yet
    assert skew - 1e-6 <= watch.skew <= skew + min(ended) + 2.0 + 1e-6


def test_old_readings_at_the_start_are_no_jump():
    watch = SkewWatch()
    assert fed(watch, [(100 + n, 100 + n - (7200 if n < 6 else 0.1)) for n in range(40)]) == []
    assert abs(watch.skew - 0.1) < 1e-6


def test_a_clock_that_is_set_an_hour_back_is_named_once():
    watch = SkewWatch()
    rows = [(100 + n, 100 + n - (0.1 if n < 30 else 3600.1)) for n in range(80)]
    assert fed(watch, rows) == [(0.1, 3600.1)]
    assert abs(watch.skew - 3600.1) < 1e-6


def test_a_clock_that_is_set_forward_is_named_too():
    watch = SkewWatch()
    assert fed(watch, [(100 + n, 100 + n + (0 if n < 30 else 3600)) for n in range(80)]) == [(0.0, -3600.0)]


def test_what_was_queued_on_a_cut_link_and_comes_late_is_no_jump():
    watch = SkewWatch()
    live = [(100 + n, 100 + n - 0.1) for n in range(30)]
    late = [(190 + n, 130 + 4 * n) for n in range(15)]
    again = [(205 + n, 205 + n - 0.1) for n in range(30)]
    assert fed(watch, [*live, *late, *again]) == []
    assert abs(watch.skew - 0.1) < 1e-6
