"""The evaluator: each tick, from the historian's feed to turns, journal and samples. It may be killed at any time.

Order of writing: transitions, journal, watches and what the historian is to hear in one transaction; then the
samples. Whatever is repeated after a kill has an identity, so that twice is once.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, Any

from dure.plant.alarms.definition import Definition, Unusable
from dure.plant.alarms.files import folder, read_definitions
from dure.plant.alarms.health import HealthWatch
from dure.plant.alarms.keeping import Happening, doubt, expire, keep, publish
from dure.plant.alarms.models import Alarm
from dure.plant.alarms.rows import Reading, reading
from dure.plant.alarms.runner import Runner
from dure.plant.alarms.states import Event
from dure.plant.alarms.telling import kinds_of, trouble
from dure.vocabulary import DureError, home

if TYPE_CHECKING:
    from dure.plant.historian import Historian

log = logging.getLogger(__name__)
EVERY = 1.0
"""Between two looks. [s]"""
REMEMBER_NS = 10_000_000_000
"""How often the place of a quiet watch is written down. [ns]"""
FILES_NS = 2_000_000_000
"""How often the files of definitions are looked at. [ns]"""


class Evaluator:
    """Follows every definition; `tick` is called by one worker, again and again."""

    def __init__(self, historian: "Historian", place: Path | None = None) -> None:
        self.historian = historian
        self.place = place or home()
        self.health = HealthWatch(historian, self.place)
        self._runners: dict[str, Runner] = {}
        self._defined: dict[str, Definition] = {}
        self._mark: Any = None
        self._looked_at = self._remembered = 0
        self._position: int | None = None

    def tick(self, now: int | None = None) -> float:
        """Look at what came since; seconds until the next look is worth it."""
        from dure.plant.historian import FeedBehind
        from dure.vocabulary import NodeProblem

        at = time_ns() if now is None else now
        self.health.look(at)
        expire(at)
        try:
            self._definitions(at)
            try:
                self._follow(at)
            except FeedBehind:  # it stood still for long: everything is read from the historian again
                self._remember(at, now_at_once=True)
                self._runners, self._position = {}, None
                self._mark = None
                self._definitions(at + FILES_NS)
                self._follow(at)
            self._remember(at)
            publish(self.historian, at)
        except NodeProblem:
            log.info("the historian is away; alarms wait for it")
        return EVERY

    # Definitions ---------------------------------------------------------------------------------------------

    def _definitions(self, now: int) -> None:
        if self._mark is not None and now - self._looked_at < FILES_NS:
            return
        self._looked_at = now
        files = sorted(folder(self.place).glob("*.toml"))
        mark = [(file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
        if mark == self._mark and not set(self._defined) - set(self._runners):
            return
        if self._position is None:
            # The position first: what is ingested in between comes twice, which harms nobody.
            self._position, _nothing = self.historian.feed(None, [], wait=0.0, as_json=True)
        if mark != self._mark:
            try:
                found = {one.id: one for one in read_definitions(folder(self.place)) if one.enabled}
            except DureError as refused:  # what was read before goes on
                trouble(self.place, {"": str(refused)})
                self._mark = mark
                return
            self._mark = mark
            self._retire(set(found), now)
            self._defined = found
        self._begin(now)

    def _begin(self, now: int) -> None:
        wrong: dict[str, str] = {}
        for one in self._defined.values():
            runner = self._runners.get(one.id)
            if runner is not None and runner.definition == one:
                continue
            try:
                self._runners[one.id] = self._start(one, now)
            except Unusable as refused:
                self._runners.pop(one.id, None)
                wrong[one.id] = str(refused.reason)
        trouble(self.place, wrong)

    def _start(self, one: Definition, now: int) -> Runner:
        kinds = kinds_of(one.signals)
        alarm, _made = Alarm.objects.update_or_create(pk=one.id, defaults=_told(one))
        if alarm.retired:
            keep([Happening(one.id, Event.RESTORE, now)], now=now)
            Alarm.objects.filter(pk=one.id).update(retired=False)
        # A watch that was forgotten begins where the alarm stands: what is active must be able to return.
        stands = {"looked": 0, "since": 0, "active": alarm.active, "suppressed": alarm.suppressed}
        return Runner.begin(one, self.historian, kinds, {**stands, **alarm.watch, "known": alarm.known})

    def _retire(self, kept: set[str], now: int) -> None:
        """An alarm whose definition is switched off or gone is out of service; what it was stays in the journal."""
        own = Alarm.objects.filter(origin=Alarm.Origin.PROCESS, retired=False).exclude(pk__in=kept)
        gone = list(own.values_list("pk", flat=True))
        for one in gone:
            self._runners.pop(one, None)
        keep([Happening(one, Event.REMOVE, now, why="definition switched off") for one in gone], now=now)
        Alarm.objects.filter(pk__in=gone).update(retired=True, watch={})

    # The feed ------------------------------------------------------------------------------------------------

    def _follow(self, now: int) -> None:
        self._take()
        happenings: list[Happening] = []
        doubts: dict[str, bool] = {}
        for id, runner in self._runners.items():  # noqa: A001 - the word everyone uses
            known = runner.known
            turns = runner.decide(now)
            facts = {"values": {name: value for name, value in runner.values.items() if value is not None}}
            happenings += [
                Happening(id, event, time, facts=facts if event is Event.ANNUNCIATE else {})
                for time, event in turns
            ]
            if runner.known is not known:
                doubts[id] = runner.known
        if happenings:
            happenings.sort(key=lambda one: one.at)
            turned = {one.alarm for one in happenings}
            keep(happenings, now=now, watches={one: self._runners[one].kept() for one in turned})
        if doubts:
            doubt(doubts, now)

    def _take(self) -> None:
        if self._position is None or not self._runners:
            return
        signals = {name for one in self._runners.values() for name in one.carry.signals}
        came: dict[str, list[Reading]] = defaultdict(list)
        while True:
            asked = sorted(signals) if len(signals) <= 5_000 else None
            self._position, table = self.historian.feed(self._position, asked, wait=0.0)
            for row in table.to_pylist():
                if row["signal"] in signals:
                    came[row["signal"]].append(reading(row))
            if not table.num_rows:
                break
        for runner in self._runners.values():
            for name in runner.carry.signals:
                runner.take(came.get(name, []))

    def _remember(self, now: int, *, now_at_once: bool = False) -> None:
        if not now_at_once and now - self._remembered < REMEMBER_NS:
            return
        self._remembered = now
        watches = {id: one.kept() for id, one in self._runners.items()}  # noqa: A001 - the word everyone uses
        for pk, kept in Alarm.objects.filter(pk__in=watches).values_list("pk", "watch"):
            if kept != watches[pk]:
                Alarm.objects.filter(pk=pk).update(watch=watches[pk])


def _told(one: Definition) -> Mapping[str, Any]:
    return {
        "origin": Alarm.Origin.PROCESS,
        "title_en": one.title.en,
        "title_ko": one.title.ko,
        "equipment": one.equipment,
        "priority": one.priority.value,
        "kind": one.kind,
        "consequence": one.consequence,
        "response": one.response,
        "response_s": one.response_s,
        "latch": one.latch,
    }
