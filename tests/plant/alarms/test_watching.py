"""Delays, deadband and the unknown: the watch says what a plain look at every moment says."""

from hypothesis import given
from hypothesis import strategies as st

from dure.plant.alarms.states import Event
from dure.plant.alarms.watching import Delays, Look, Watch, advance, look

ROW = st.tuples(st.integers(1, 6), st.sampled_from([True, False, None]))


def walked(rows, delays, end):
    watch, turns = Watch(), []
    for row in rows:
        watch, found = look(watch, delays, row)
        turns += found
    return turns + advance(watch, delays, end)[1]


def moment_by_moment(rows, delays, end):
    """The same by brute force: what is known at each whole moment, counted."""
    known, active, count, turns = None, False, None, []
    by_time = {row.time: row for row in rows}
    for time in range(end + 1):
        for now in (known, by_time.get(time, known)):  # a delay that ends at a row's time ends before it
            turning = now is not None and (now.over if active else now.holds) is True
            if now is by_time.get(time):
                if not turning:
                    count = None
                elif count is None:
                    count = time
            limit = delays.off if active else delays.on
            if count is not None and time - count >= limit:
                turns.append((time, Event.RETURN if active else Event.ANNUNCIATE))
                active, count = not active, None
        known = by_time.get(time, known)
    return turns


@given(st.lists(ROW, max_size=40), st.integers(1, 7), st.integers(1, 7))
def test_the_watch_agrees_with_a_look_at_every_moment(steps, on, off):
    rows, time = [], 0
    for step, holds in steps:
        time += step
        rows.append(Look(time, holds, None if holds is None else not holds))
    delays = Delays(on, off)
    assert walked(rows, delays, time + 20) == moment_by_moment(rows, delays, time + 20)


@given(st.lists(ROW, max_size=40), st.integers(0, 7), st.integers(0, 7), st.integers(1, 30))
def test_asking_in_between_changes_nothing(steps, on, off, cut):
    rows, time = [], 0
    for step, holds in steps:
        time += step
        rows.append(Look(time, holds, None if holds is None else not holds))
    delays, watch, turns = Delays(on, off), Watch(), []
    for row in rows:
        watch, more = advance(watch, delays, row.time - 1 - row.time % min(cut, 3))
        turns += more
        watch, more = look(watch, delays, row)
        turns += more
    assert turns + advance(watch, delays, time + 20)[1] == walked(rows, delays, time + 20)


def test_what_is_not_known_neither_raises_nor_clears():
    delays = Delays(on=5, off=5)
    rows = [
        Look(1, True, False),
        Look(4, None, None),
        Look(20, True, False),
        Look(26, None, None),
        Look(60, None, None),
    ]
    assert walked(rows, delays, 100) == [(25, Event.ANNUNCIATE)]


def test_alarms_come_and_go_in_turn():
    rows = [Look(t, t % 4 < 2, t % 4 >= 2) for t in range(1, 40)]
    events = [event for _, event in walked(rows, Delays(), 50)]
    assert events[::2] == [Event.ANNUNCIATE] * len(events[::2])
    assert events[1::2] == [Event.RETURN] * len(events[1::2])


def test_suppression_is_told_once_each_way():
    rows = [
        Look(1, False, True, True),
        Look(2, True, False, True),
        Look(3, True, False, None),
        Look(4, True, False, False),
    ]
    assert walked(rows, Delays(), 9) == [(1, Event.SUPPRESS), (2, Event.ANNUNCIATE), (4, Event.UNSUPPRESS)]
