"""The life of an alarm holds to the standard's diagram whatever happens, and a shelf always ends."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dure.plant.alarms.states import HIDDEN, OPEN, UNANSWERED, Event, Standing, State, after

N, B, C, D, E, F, G, H, I = State  # the letters of the diagram; N is its A  # noqa: E741
# Every transition of the diagram, by hand: from, event, to; first for plain alarms, then for those that latch.
PLAIN = {
    (N, Event.ANNUNCIATE): {B}, (B, Event.ACKNOWLEDGE): {C}, (B, Event.RETURN): {D}, (C, Event.RETURN): {N},
    (D, Event.ACKNOWLEDGE): {N}, (D, Event.ANNUNCIATE): {B},
    **{(s, Event.SHELVE): {G} for s in (N, B, C, D)}, **{(s, Event.SUPPRESS): {H} for s in (N, B, C, D)},
    **{(s, Event.REMOVE): {I} for s in (N, B, C, D, G, H)},
    **{(G, e): {N, B, H} for e in (Event.UNSHELVE, Event.EXPIRE)}, (I, Event.RESTORE): {N, B, H}, (H, Event.UNSUPPRESS): {N, B},
    **{(s, e): {s} for s in (G, H, I) for e in (Event.ANNUNCIATE, Event.RETURN)},
    **{(s, e): {s} for s in (G, I) for e in (Event.SUPPRESS, Event.UNSUPPRESS)},
}  # fmt: skip
LATCHING = {
    **PLAIN, (B, Event.RETURN): {E}, (C, Event.RETURN): {F}, (E, Event.ACKNOWLEDGE): {F}, (E, Event.RESET): {D},
    (E, Event.ANNUNCIATE): {B}, (F, Event.RESET): {N}, (F, Event.ANNUNCIATE): {B},
    **{(s, Event.SHELVE): {G} for s in (E, F)}, **{(s, Event.SUPPRESS): {H} for s in (E, F)}, **{(s, Event.REMOVE): {I} for s in (E, F)},
}  # fmt: skip
BY_CONDITION = {Event.ANNUNCIATE, Event.RETURN, Event.SUPPRESS, Event.UNSUPPRESS}


def reachable(latch):
    seen, ahead = {Standing()}, [Standing()]
    while ahead:
        for event in Event:
            now = after(ahead[0], event, latch=latch)
            if now is not None and now not in seen:
                seen.add(now)
                ahead.append(now)
        ahead.pop(0)
    return seen


@pytest.mark.parametrize(("latch", "diagram"), [(False, PLAIN), (True, LATCHING)])
def test_exactly_the_transitions_of_the_diagram_exist(latch, diagram):
    found = {}
    for standing in reachable(latch):
        for event in Event:
            if now := after(standing, event, latch=latch):
                found.setdefault((standing.state, event), set()).add(now.state)
    assert found == diagram


def test_an_alarm_without_latch_never_latches():
    assert not {one.state for one in reachable(False)} & {E, F}
    assert {one.state for one in reachable(True)} == set(State)


@pytest.mark.parametrize("latch", [False, True])
def test_what_is_seen_agrees_with_the_condition(latch):
    for one in reachable(latch):
        if one.state in {B, C}:
            assert one.active
        if one.state in {N, D, E, F}:
            assert not one.active
        assert one.suppressed or one.state is not H
        assert not one.suppressed or one.state in HIDDEN
    assert OPEN | HIDDEN | {N} == set(State)
    assert UNANSWERED <= OPEN


@given(st.lists(st.sampled_from(list(Event)), max_size=40), st.booleans())
def test_whatever_hid_an_alarm_an_active_one_asks_again_when_it_is_shown(events, latch):
    standing = Standing()
    for event in events:
        now = after(standing, event, latch=latch)
        if now is None:
            continue
        if standing.state in HIDDEN and now.state not in HIDDEN:
            assert now.state is (B if now.active else N)
        standing = now


class Life(RuleBasedStateMachine):
    """A person, a condition, a plant's state and a clock do what they like."""

    def __init__(self):
        super().__init__()
        self.now, self.until, self.standing = 0, None, Standing()
        self.condition = self.stands_still = False

    def happen(self, event):
        found = after(self.standing, event, latch=True)
        if found is None:
            return False
        assert found.state in LATCHING[self.standing.state, event]
        self.standing = found
        if found.state is not G:
            self.until = None
        return True

    @rule(hours=st.integers(1, 8))
    @precondition(lambda self: self.standing.state not in HIDDEN)
    def shelve(self, hours):
        assert self.happen(Event.SHELVE)
        self.until = self.now + hours

    @rule(
        event=st.sampled_from(
            [one for one in Event if one not in BY_CONDITION | {Event.SHELVE, Event.EXPIRE}]
        )
    )
    def act(self, event):
        self.happen(event)

    @rule()
    def turn(self):
        self.condition = not self.condition
        assert self.happen(Event.ANNUNCIATE if self.condition else Event.RETURN)

    @rule()
    def stop_or_start(self):
        self.stands_still = not self.stands_still
        assert self.happen(Event.SUPPRESS if self.stands_still else Event.UNSUPPRESS)

    @rule(hours=st.integers(1, 9))
    def time_passes(self, hours):
        self.now += hours
        if self.until is not None and self.until <= self.now:
            assert self.happen(Event.EXPIRE)

    @invariant()
    def a_shelf_has_an_end_and_is_never_overdue(self):
        assert (self.until is not None) == (self.standing.state is G)
        assert self.until is None or self.until > self.now

    @invariant()
    def condition_and_suppression_are_never_forgotten(self):
        assert self.standing.active is self.condition
        assert self.standing.suppressed is self.stands_still


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
