"""One definition as the worker follows it: rows in order of time, turns, and where it stands when it is killed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from dure.plant.alarms.definition import Conditions, Definition, conditions
from dure.plant.alarms.rows import Carry, Forms, Reading, reading
from dure.plant.alarms.watching import Look, Turn, Watch, advance, look
from dure.science.formula import Kind

if TYPE_CHECKING:
    from dure.plant.historian import Historian

GRACE = 500_000_000
"""How long a row waits for the other inputs. [ns]"""
AWAY = 7 * 86_400 * 10**9
"""How far back a worker catches up at most. [ns]"""
SHORTEST = 60 * 10**9
PIECE = 3600 * 10**9
_time = attrgetter("time")


@dataclass(slots=True)
class Runner:
    """Follows one definition; `looked` is the time [ns] of the last row decided."""

    definition: Definition
    forms: Forms
    carry: Carry
    watch: Watch = field(default_factory=Watch)
    looked: int = 0
    known: bool = True
    newest: tuple[int, int] = (0, 0)
    waiting: list[Reading] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def begin(
        cls,
        definition: Definition,
        historian: "Historian",
        kinds: Mapping[str, Kind],
        kept: Mapping[str, Any],
    ) -> "Runner":
        """Stand where `kept` says, with the history that the formulas look back on; a new one stands at the newest sample."""
        found = conditions(definition, kinds)
        made = cls(definition, Forms(found, definition), Carry(definition.signals, definition.max_age))
        last = [reading(one) for one in historian.last(list(definition.signals))]
        newest = max((one.time for one in last), default=0)
        made.watch = Watch(bool(kept["active"]), int(kept["since"]), bool(kept["suppressed"]))
        made.known = bool(kept["known"])
        looked = int(kept["looked"])
        made.looked = max(looked, newest - AWAY) if looked else max(0, newest - 1)
        made._look_back(historian, found)
        made._catch_up(historian, newest)
        return made

    def kept(self) -> dict[str, Any]:
        """Where it stands, for the database."""
        watch = self.watch
        return {
            "looked": self.looked,
            "active": watch.active,
            "since": watch.since,
            "suppressed": watch.suppressed,
            "known": self.known,
        }

    def take(self, readings: list[Reading]) -> None:
        """Take in what the feed brought; what is older than the last row decided makes no row."""
        for one in readings:
            if one.time > self.looked:
                self.waiting.append(one)
            else:
                self.carry.take(one)

    def decide(self, now: int) -> list[Turn]:
        """Turns of all rows that can be decided at `now` [ns, our clock], and of delays that have run out."""
        turns: list[Turn] = []
        if self.waiting:
            turns += self._rows(self._decidable(now))
        if self.newest[0]:
            # The source's clock may be off or long past: time goes on from its newest sample at our pace.
            at = self.newest[0] + max(0, now - self.newest[1] - GRACE)
            if self.waiting:
                at = min(at, min(one.time for one in self.waiting) - 1)
            turns += self._fade(at + 1)
            self.watch, more = advance(self.watch, self.definition.delays, at)
            turns += more
        return turns

    def _decidable(self, now: int) -> int:
        heard = dict(self.carry.times)
        for one in self.waiting:
            heard[one.signal] = max(one.time, heard.get(one.signal, 0))
        spoken = min(heard.get(one, 0) for one in self.carry.signals)
        overdue = max((one.time for one in self.waiting if one.received + GRACE <= now), default=0)
        return max(spoken, overdue)

    def _rows(self, until: int) -> list[Turn]:
        ready = sorted((one for one in self.waiting if one.time <= until), key=_time)
        self.waiting = [one for one in self.waiting if one.time > until]
        turns: list[Turn] = []
        for time, together in groupby(ready, key=_time):
            turns += self._fade(time)
            for one in together:
                self.carry.take(one)
                self.newest = max(self.newest, (time, one.received))
            turns += self._row(time)
        return turns

    def _fade(self, until: int) -> list[Turn]:
        turns: list[Turn] = []
        for time in self.carry.faded(self.looked, until):
            turns += self._row(time)
        return turns

    def _row(self, time: int) -> list[Turn]:
        row = self._look(time)
        self.watch, turns = look(self.watch, self.definition.delays, row)
        self.looked, self.known = time, row.holds is not None
        return turns

    def _look(self, time: int) -> Look:
        values = self.carry.at(time)
        self.values = dict(zip(self.carry.signals, values, strict=True))
        return self.forms.look(time, values)

    # Coming back ---------------------------------------------------------------------------------------------

    def _look_back(self, historian: "Historian", found: Conditions) -> None:
        """Rows before the first that is decided, so that windows stand as if nobody had been away."""
        reaches = [one.formula.reach for one in (found.holds, found.over, found.suppress) if one is not None]
        rows, span = max(one.rows for one in reaches), max(one.span for one in reaches)
        back = max(span, SHORTEST)
        while True:
            before = self._read(historian, max(0, self.looked - back), self.looked + 1)
            if len({one.time for one in before}) > rows or back >= AWAY or not self.looked:
                break
            back = min(8 * back, AWAY)
        for time, together in groupby(sorted(before, key=_time), key=_time):
            for one in together:
                self.carry.take(one)
                self.newest = max(self.newest, (time, one.received))
            self._look(time)

    def _catch_up(self, historian: "Historian", newest: int) -> None:
        start = self.looked + 1
        while start <= newest:
            end = min(start + PIECE, newest + 1)
            self.waiting += self._read(historian, start, end)
            start = end

    def _read(self, historian: "Historian", start: int, end: int) -> list[Reading]:
        rows = historian.query(list(self.definition.signals), start, end).to_pylist()
        return [reading(one) for one in rows]
