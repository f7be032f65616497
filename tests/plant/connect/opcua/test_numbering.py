"""Sequence numbers that wrap, are missing, come twice."""

from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect.opcua.numbering import LAST, after, distance, missing, to_ask_again

number = st.integers(1, LAST)
near = st.integers(0, 5000)


@given(number, near)
def test_distance_undoes_after(start, steps):
    assert distance(start, after(start, steps)) == steps
    assert distance(after(start, steps), start) == -steps
    assert 1 <= after(start, steps) <= LAST


@given(number, st.sets(st.integers(0, 60)), st.integers(1, 60))
def test_received_and_missing_together_are_all_that_was_sent(start, lost, count):
    expected, got, asked = start, [], []
    for step in range(count + 61):
        if step in lost and step < count + 60:
            continue
        arrived = after(start, step)
        asked += missing(expected, arrived)
        got.append(arrived)
        expected = after(arrived)
    sent = {after(start, step) for step in range(count + 61)}
    assert set(got) | set(asked) == sent
    assert not set(got) & set(asked)


@given(number, st.lists(st.integers(-20, 20), max_size=10))
def test_after_a_loss_everything_due_is_asked_for(expected, steps):
    available = [after(expected, step % LAST) for step in steps]
    asked = to_ask_again(expected, available)
    assert {n for n in available if distance(expected, n) >= 0} <= set(asked)
    assert all(distance(expected, n) >= 0 for n in asked)
