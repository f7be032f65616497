"""Gap ledger entries and events as they travel in a log."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.transport import Attempts, Backoff, Event, Gap

number = st.integers(-(2**63), 2**63 - 1)


@given(st.builds(Gap, st.text(), number, number, number, number, st.text(), st.text()))
def test_a_gap_comes_back_as_it_was(gap):
    assert Gap.from_bytes(gap.to_bytes()) == gap


@given(st.binary())
def test_other_bytes_are_no_gap(content):
    with contextlib.suppress(ValueError, TypeError):
        assert isinstance(Gap.from_bytes(content), Gap)
        pytest.fail(f"{content!r} passed for a gap")


@pytest.mark.parametrize(
    "change",
    [{"start": "1"}, {"start": 1.5}, {"end": 2**63}, {"cause": None}, {"first_sequence": True}, {"more": 1}],
)
def test_a_gap_with_a_wrong_field_is_refused(change):
    facts = {**json.loads(Gap("line1", 1, 2).to_bytes()), **change}
    with pytest.raises((ValueError, TypeError)):
        Gap.from_bytes(json.dumps(facts).encode())


def test_an_event_keeps_its_facts():
    assert Event.from_bytes(Event("a", 1, "lost", {"x": [1]}).to_bytes()) == Event("a", 1, "lost", {"x": [1]})


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_a_wait_stays_between_half_and_the_whole_of_its_step(attempt, spread):
    backoff = Backoff(first=0.25, ceiling=20)
    longest = min(20, 0.25 * 2.0 ** min(attempt, 32))
    assert longest / 2 <= backoff.wait(attempt, lambda: spread) <= longest


def test_a_server_that_accepts_and_drops_at_once_is_not_hammered():
    tries, now, waits = Attempts(Backoff(first=1, ceiling=8), spread=lambda: 1.0), 0.0, []
    for _ in range(6):
        tries.connected(now)
        waits.append(tries.failed(now + 0.1))
        now += waits[-1]
    assert waits == [1, 2, 4, 8, 8, 8]
