"""The sample sequence: what tells apart readings of one signal that bear the same source time.

A reading's identity is (signal, source time, sequence). The first reading with a time has 0, another *value*
with the same time 1, and so on; the same reading sent again is the same identity, so that what a server
repeats after a lost link is stored once.

Memory is bounded: the last `RECALL` readings of every signal, and the last `MEMORY` of the whole source. Within it the
rule holds exactly. A reading that lies further back (`Sequencer.beyond` counts them) is taken for the first of its
time, so that a file read anew is stored once; two *different* values of one signal and time with more than that between
them would be kept as one, which is why the collector says so.
"""

import numpy as np
from numpy.typing import NDArray

from dure.plant.connect.promise import Readings

RECALL = 8  # readings remembered for each signal
MEMORY = 65_536  # readings remembered of the whole source, 1.6 MB
# Odd constants of splitmix64 (Steele, Lea, Flood 2014) mix the three facts of a reading into one.
_MIX = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)


class Sequencer:
    """Numbers readings; remembers the last `RECALL` of every signal and the last `MEMORY` of all.

    >>> import numpy as np
    >>> def read(*rows):
    ...     times, values = zip(*rows)
    ...     good = np.zeros(len(rows), np.uint8)
    ...     return Readings(("a",), np.zeros(len(rows), np.int32), np.array(times), np.array(values, float), good, 0)
    >>> sequencer = Sequencer()
    >>> sequencer.number(read((10, 1.0), (10, 2.0), (11, 2.0))).tolist()
    [0, 1, 0]
    >>> sequencer.number(read((10, 2.0), (10, 3.0))).tolist()
    [1, 2]
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self.beyond = 0
        self._trail = Trail(memory)
        self._slots: dict[str, int] = {}
        self._known: tuple[object, NDArray[np.int64]] = ((), np.zeros(0, np.int64))
        self._grow(64)
        self._newest = np.full(64, np.iinfo(np.int64).min)
        self._next = np.zeros(64, np.int64)
        self._row = np.zeros(64, np.int64)

    def number(self, readings: Readings) -> NDArray[np.int32]:
        """Sequence of every row, in the order of the rows, N of them."""
        slots, facts = self._places(readings), _facts(readings)
        sequence = np.zeros(len(readings), np.int32)
        if self._all_new(slots, readings.time, facts):
            return sequence
        order = np.argsort(slots, kind="stable")
        slot, time = slots[order], readings.time[order]
        before = self._newest[slot]
        same = slot[1:] == slot[:-1]
        before[1:][same] = time[:-1][same]
        stale = np.zeros(len(self._newest), bool)
        stale[slot[time <= before]] = True
        rows = order[~stale[slot]]
        self._keep(slots, readings.time, facts, sequence, rows)
        for row in order[stale[slot]]:
            self._compare(slots, readings.time, facts, sequence, row)
        return sequence

    def _all_new(self, slots: NDArray[np.int64], time: NDArray[np.int64], facts: NDArray[np.int64]) -> bool:
        """Remember the rows if each is of another signal and newer than all before: the ordinary message."""
        if (time <= self._newest[slots]).any():
            return False
        rows = np.arange(len(slots))
        self._row[slots] = rows
        if (self._row[slots] != rows).any():
            return False
        place = self._next[slots] % RECALL
        self._time[slots, place], self._facts[slots, place], self._sequence[slots, place] = time, facts, 0
        self._newest[slots] = time
        self._next[slots] += 1
        self._trail.add(slots, time, facts, np.zeros(len(slots), np.int32))
        return True

    def recall(self, readings: Readings, sequence: NDArray[np.int32]) -> None:
        """Remember rows that were numbered before (the tail of a log at the start of a collector)."""
        slots, facts = self._places(readings), _facts(readings)
        self._keep(slots, readings.time, facts, sequence, np.argsort(slots, kind="stable"))
        self._trail.whole = False  # what lies before the tail of the log is not known

    def _keep(
        self,
        slots: NDArray[np.int64],
        time: NDArray[np.int64],
        facts: NDArray[np.int64],
        sequence: NDArray[np.int32],
        rows: NDArray[np.int64],
    ) -> None:
        """Remember rows that are grouped by signal: of each signal the last `RECALL`."""
        slot = slots[rows]
        self._trail.add(slot, time[rows], facts[rows], sequence[rows])
        ends = np.flatnonzero(np.append(slot[1:] != slot[:-1], len(slot) > 0))
        counts = np.diff(ends, prepend=-1)
        from_end = np.repeat(ends, counts) - np.arange(len(slot))
        rows, slot, counts = rows[from_end < RECALL], slot[from_end < RECALL], np.minimum(counts, RECALL)
        rank = np.arange(len(slot)) - np.repeat(np.cumsum(counts) - counts, counts)
        place = (self._next[slot] + rank) % RECALL
        self._time[slot, place] = time[rows]
        self._facts[slot, place] = facts[rows]
        self._sequence[slot, place] = sequence[rows]
        np.maximum.at(self._newest, slot, time[rows])
        np.add.at(self._next, slot, 1)

    def _compare(
        self,
        slots: NDArray[np.int64],
        time: NDArray[np.int64],
        facts: NDArray[np.int64],
        sequence: NDArray[np.int32],
        row: np.int64,
    ) -> None:
        """Number one row of a signal whose rows are not each newer than the one before."""
        slot = slots[row]
        if time[row] <= self._newest[slot]:
            known, sequence[row] = self._found(slot, time[row], facts[row])
            if known:
                return
        self._keep(slots, time, facts, sequence, np.array([row]))

    def _found(self, slot: np.int64, time: np.int64, facts: NDArray[np.int64]) -> tuple[bool, int]:
        """Whether this reading is remembered, and its sequence; else the next free one of its time."""
        (places,) = np.nonzero(self._time[slot] == time)
        numbers = self._sequence[slot, places]
        equal = (self._facts[slot, places] == facts).all(axis=1)
        if (
            not equal.any() and self._next[slot] >= RECALL
        ):  # some of this signal are in the longer memory only
            older, alike = self._trail.of(slot, time, facts)
            numbers, equal = np.append(numbers, older), np.append(equal, alike)
            self.beyond += not len(numbers) and not self._trail.whole
        if equal.any():
            return True, int(numbers[equal][0])
        return False, int(numbers.max()) + 1 if len(numbers) else 0

    def _places(self, readings: Readings) -> NDArray[np.int64]:
        names, slots = self._known
        if names is not readings.names:
            slots = np.array([self._slots.setdefault(n, len(self._slots)) for n in readings.names], np.int64)
            self._known = (readings.names, slots)
            self._grow(len(self._slots))
        return slots[readings.index]

    def _grow(self, size: int) -> None:
        """Make room for `size` signals."""
        if not hasattr(self, "_time"):
            self._time = np.full((size, RECALL), np.iinfo(np.int64).min)
            self._facts = np.zeros((size, RECALL, 3), np.int64)
            self._sequence = np.zeros((size, RECALL), np.int32)
            return
        more = max(0, 2 * size - len(self._time)) if size > len(self._time) else 0
        if more:
            empty = np.iinfo(np.int64).min
            self._time = np.concatenate([self._time, np.full((more, RECALL), empty)])
            self._facts = np.concatenate([self._facts, np.zeros((more, RECALL, 3), np.int64)])
            self._sequence = np.concatenate([self._sequence, np.zeros((more, RECALL), np.int32)])
            self._newest = np.concatenate([self._newest, np.full(more, empty)])
            self._next = np.concatenate([self._next, np.zeros(more, np.int64)])
            self._row = np.zeros(len(self._time), np.int64)


def _facts(readings: Readings) -> NDArray[np.int64]:
    """What makes two readings of one time differ: the bits of the value, the quality, the words; shape (N, 3)."""
    facts = np.zeros((len(readings), 3), np.int64)
    facts[:, 0] = np.ascontiguousarray(readings.value, np.float64).view(np.int64)
    facts[:, 1] = readings.quality
    for row, words in readings.text.items():
        facts[row, 2] = hash(words)
    return facts


class Trail:
    """The newest readings of a source, whatever their signal, as a ring; `whole` until one was forgotten."""

    def __init__(self, size: int) -> None:
        self.whole = True
        self._at = 0
        self._slot = np.full(size, -1, np.int64)
        self._time, self._fact = np.zeros(size, np.int64), np.zeros(size, np.uint64)
        self._sequence = np.zeros(size, np.int32)

    def add(
        self,
        slot: NDArray[np.int64],
        time: NDArray[np.int64],
        facts: NDArray[np.int64],
        sequence: NDArray[np.int32],
    ) -> None:
        """Remember rows; of more than the ring holds the last."""
        size = len(self._slot)
        self.whole &= self._at + len(slot) <= size
        slot, time, facts, sequence = slot[-size:], time[-size:], facts[-size:], sequence[-size:]
        places = (self._at + np.arange(len(slot))) % size
        self._slot[places], self._time[places] = slot, time
        self._fact[places], self._sequence[places] = _mixed(facts), sequence
        self._at += len(slot)

    def of(
        self, slot: np.int64, time: np.int64, facts: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Sequences that a signal has at a time, and which of them are this very reading."""
        places = np.flatnonzero(self._time == time)
        places = places[self._slot[places] == slot]
        return self._sequence[places], self._fact[places] == _mixed(facts[None])[0]


def _mixed(facts: NDArray[np.int64]) -> NDArray[np.uint64]:
    mixed = facts.view(np.uint64) * _MIX
    mixed ^= mixed >> np.uint64(31)
    whole: NDArray[np.uint64] = np.bitwise_xor.reduce(mixed * _MIX[::-1], axis=1)
    return whole
