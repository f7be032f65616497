"""The newest samples of a deployment's inputs, kept up by the historian's feed.

While a deployment is up to date it need not ask the historian for each tick: what was ingested since comes by the
feed, and the value at a tick is looked up here, by the rule of `Historian.query_every` (the last good sample at or
before it; of one time, the later sequence). Whatever this does not cover is asked from the historian.
"""

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Any, Self

from dure.plant.historian import FeedBehind
from dure.vocabulary import Quality

if TYPE_CHECKING:
    import pyarrow as pa

    from dure.plant.historian import Historian

# A source's clock may be ahead; samples further in the future are a recording that was played in beforehand.
AHEAD_NS = 120_000_000_000
LONGEST_AGE_NS = 300_000_000_000
END_OF_TIME_NS = 2**62 - 1  # the latest moment that the historian takes


@dataclass(slots=True)
class Follower:
    """Good samples of some signals, by signal as (time, sequence, value) in order; `newest` of any quality.

    Exact for ticks from `first` to before `until`, as long as `take_in` is called before each look.
    """

    signals: frozenset[str]
    max_age: int
    first: int
    until: float
    position: int
    newest: dict[str, dict[str, Any]] = field(default_factory=dict)
    good: dict[str, list[tuple[int, int, float]]] = field(default_factory=dict)

    @classmethod
    def begin(
        cls, historian: "Historian", signals: Sequence[str], max_age: int, first: int, now: int
    ) -> Self:
        """Follow `signals` from tick `first` [ns] on; `max_age` [ns] as in `query_every`."""
        # The position first: what is ingested in between comes twice, and counts once.
        position, _nothing = historian.feed(None, [], wait=0.0)
        newest = {one["signal"]: one for one in historian.last(signals)}
        end = max(now, first) + AHEAD_NS
        until = inf if all(one["time"] < end for one in newest.values()) else end
        made = cls(frozenset(signals), max_age, first, until, position, newest)
        made.add(historian.query(signals, first - max_age, end))
        return made

    @classmethod
    def at_newest(
        cls, historian: "Historian", signals: Sequence[str], max_age: int, first: int, _now: int
    ) -> Self:
        """Know the newest sample of each signal and nothing else; covers no tick."""
        newest = {one["signal"]: one for one in historian.last(signals)}
        return cls(frozenset(), max_age, first, first, 0, newest)

    def take_in(self, historian: "Historian") -> None:
        """Take in what was ingested since, by the feed or, where it no longer reaches back, by a query."""
        if not self.signals:
            return
        names = sorted(self.signals)
        while True:
            try:
                position, table = historian.feed(self.position, names, wait=0.0)
            except FeedBehind:
                position, table = self._missed(historian, names)
            self.add(table)
            if position == self.position:
                return
            self.position = position

    def _missed(self, historian: "Historian", names: Sequence[str]) -> "tuple[int, pa.Table]":
        """From where the feed goes on, and all that ticks not yet decided can need; most of it is known already."""
        position, _nothing = historian.feed(None, [], wait=0.0)
        self.newest |= {one["signal"]: one for one in historian.last(names)}
        end = END_OF_TIME_NS if self.until == inf else int(self.until)
        return position, historian.query(names, self.first - self.max_age, end)

    def add(self, table: "pa.Table") -> None:
        """Add samples of `transport.SAMPLE_SCHEMA`; one that is known already changes nothing."""
        columns = (table[name].to_pylist() for name in ("signal", "time", "sequence", "value", "quality"))
        for signal, time, sequence, value, quality in zip(*columns, strict=True):
            known = self.newest.get(signal)
            if known is None or (time, sequence) >= (known["time"], known.get("sequence", 0)):
                self.newest[signal] = {
                    "signal": signal,
                    "time": time,
                    "sequence": sequence,
                    "quality": quality,
                }
            if quality == Quality.GOOD and not isnan(value):
                self._keep(self.good.setdefault(signal, []), (time, sequence, value))

    @staticmethod
    def _keep(held: list[tuple[int, int, float]], sample: tuple[int, int, float]) -> None:
        if not held or held[-1][:2] < sample[:2]:
            held.append(sample)
            return
        at = bisect_right(held, sample[:2], key=lambda one: one[:2])
        if held[at - 1][:2] != sample[:2] or at == 0:
            insort(held, sample, key=lambda one: one[:2])

    def covers(self, start: int, end: int) -> bool:
        """Whether ticks from `start` to before `end` [ns] can be answered here."""
        return self.first <= start and end <= self.until

    def values(self, signal: str, ticks: Sequence[int]) -> list[float]:
        """Value at each tick [ns]; NaN where there is none, or none young enough.

        >>> follower = Follower(frozenset({"a"}), max_age=5, first=0, until=inf, position=0)
        >>> follower.good["a"] = [(2, 0, 1.5), (4, 0, 2.5)]
        >>> follower.values("a", [1, 2, 3, 4, 9, 10])
        [nan, 1.5, 1.5, 2.5, 2.5, nan]
        """
        held = self.good.get(signal, [])
        found = []
        for tick in ticks:
            at = bisect_right(held, tick, key=lambda one: one[0])
            time, _sequence, value = held[at - 1] if at else (0, 0, nan)
            found.append(value if at and tick - time <= self.max_age else nan)
        return found

    def forget(self, before: int) -> None:
        """Let go of what no tick at or after `before` [ns] can need."""
        self.first = max(self.first, before)
        for held in self.good.values():
            needless = bisect_right(held, before - self.max_age - 1, key=lambda one: one[0])
            del held[:needless]
