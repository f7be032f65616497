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


@given(st.lists(st.lists(row, max_size=6), max_size=6))
def test_numbering_many_at_once_equals_the_rule_row_by_row(batches):
    # five times, four values and three qualities at most: one signal needs more memory than RECALL only when
    # more than RECALL of its readings lie between, which `few` leaves out
    few = [[r for r in rows if r[0] < 3] for rows in batches]
    per_signal = [sum(r[0] == n for rows in few for r in rows) for n in range(3)]
    if max(per_signal, default=0) > RECALL:
        return
    sequencer = Sequencer()
    numbered = [n for rows in few for n in sequencer.number(readings(rows)).tolist()]
    assert numbered == plain(few)


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
