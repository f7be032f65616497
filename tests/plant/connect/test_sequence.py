"""Identity of a sample: (signal, source time, sequence)."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect import Readings
from dure.plant.connect.sequence import RECALL, Sequencer

NAMES = ("a", "b", "c")
row = st.tuples(
    st.integers(0, 2), st.integers(0, 4), st.sampled_from([0.0, -0.0, 1.0, float("nan")]), st.integers(0, 2)
)


def readings(rows, names=NAMES, text=None):
    index, time, value, quality = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Readings(
        names,
        np.array(index, np.int32),
        np.array(time, np.int64),
        np.array(value, np.float64),
        np.array(quality, np.uint8),
        0,
        text or {},
    )


def plain(batches):
    """The rule, row by row, with an unbounded memory."""
    seen, numbered = {}, []
    for rows in batches:
        for index, time, value, quality in rows:
            fact = (np.float64(value).view(np.int64), quality)
            at = seen.setdefault((index, time), {})
            numbered.append(at.setdefault(fact, len(at)))
    return numbered


@given(st.lists(st.lists(row, max_size=30), max_size=8))
def test_numbering_many_at_once_equals_the_rule_row_by_row(batches):
    sequencer = Sequencer()
    numbered = [n for rows in batches for n in sequencer.number(readings(rows)).tolist()]
    assert numbered == plain(batches)
    assert sequencer.beyond == 0


@given(st.lists(row, min_size=1, max_size=12), st.integers(RECALL + 1, 300))
def test_values_of_one_time_that_lie_far_apart_are_told_apart(rows, between):
    """A table whose rows go back in time again and again: each distinct value of a time has a number of its own."""
    others = [(0, 1000 + n, 7.0, 0) for n in range(between)]
    batches = [[one] for one in rows] + [others] + [[one] for one in rows] + [others]
    sequencer = Sequencer()
    numbered = [n for part in batches for n in sequencer.number(readings(part)).tolist()]
    assert numbered == plain(batches)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(0, 3)), max_size=120))
def test_unless_it_counts_one_beyond_its_memory_no_two_values_share_an_identity(rows):
    sequencer, held = Sequencer(memory=16), {}
    for name, time, value in rows:
        [number] = sequencer.number(readings([(name, time, float(value), 0)])).tolist()
        if sequencer.beyond:
            return
        assert held.setdefault((name, time, number), value) == value


def test_a_reading_beyond_its_memory_is_taken_for_the_first_of_its_time_and_counted():
    sequencer = Sequencer(memory=16)
    sequencer.number(readings([(0, n, 1.0, 0) for n in range(40)]))
    assert sequencer.number(readings([(0, 3, 1.0, 0), (0, 38, 1.0, 0)])).tolist() == [0, 0]
    assert sequencer.beyond == 1


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30, unique=True))
def test_what_is_sent_again_is_the_same_identity(times):
    rows = [(0, time, float(time), 0) for time in sorted(times)]
    sequencer = Sequencer()
    first = sequencer.number(readings(rows)).tolist()
    again = sequencer.number(readings(rows[-RECALL:])).tolist()
    assert first == [0] * len(rows)
    assert again == [0] * len(rows[-RECALL:])


def test_words_tell_readings_apart():
    rows = [(0, 5, float("nan"), 0)] * 3
    assert Sequencer().number(readings(rows, text={0: "run", 1: "stop", 2: "run"})).tolist() == [0, 1, 0]


def test_names_may_change_between_batches():
    sequencer = Sequencer()
    assert sequencer.number(readings([(0, 1, 1.0, 0)], names=("x",))).tolist() == [0]
    assert sequencer.number(readings([(1, 1, 2.0, 0)], names=("y", "x"))).tolist() == [1]


def test_a_thousand_signals_are_numbered():
    names = tuple(map(str, range(1000)))
    rows = [(n, 1, 1.0, 0) for n in range(1000)]
    sequencer = Sequencer()
    assert not sequencer.number(readings(rows, names=names)).any()
    assert (sequencer.number(readings([(n, 1, 2.0, 0) for n in range(1000)], names=names)) == 1).all()
