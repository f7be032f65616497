"""The plant's own health as alarms: a source lost, a gap named, a clock off, a disk filling, the historian failing."""

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.alarms.definition import Priority
from dure.plant.alarms.models import Alarm
from dure.plant.alarms.raising import clear_alarm, raise_alarm
from dure.plant.connect import sources
from dure.plant.inventory import Signal
from dure.vocabulary import NodeProblem, Text

if TYPE_CHECKING:
    from dure.plant.historian import Historian

EVERY_NS = 5_000_000_000
"""How often health is looked at. [ns]"""
SILENT = 10.0
"""A collector that has not written its status for so long is not there. [s]"""
PATIENCE_NS = 15_000_000_000
"""How long something must be wrong before its alarm rings; start and restart take a moment. [ns]"""
GAP_NS = 3600 * 10**9
"""How long a gap that nobody filled is an alarm. [ns]"""
FREE_SHARE, FREE_BYTES = 0.05, 2 * 10**9
"""Less free than this share or these bytes of the disk is an alarm."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something of the plant that is not well: the alarm's id, its words, and what is to be done."""

    id: str
    title: Text
    priority: Priority
    response: Text
    facts: Mapping[str, Any] = field(default_factory=dict)


def lost(source: str) -> Trouble:
    """A source that does not answer."""
    return Trouble(
        f"plant/source/{source}",
        Text(f"Source {source} is lost", f"데이터 소스 {source} 연결 끊김"),
        Priority.HIGH,
        Text(
            "Look at the machine's network and at the source's page.",
            "설비 네트워크와 소스 화면을 확인하세요.",
        ),
    )


def gap(source: str, count: int) -> Trouble:
    """Samples that are missing and were not filled."""
    return Trouble(
        f"plant/gap/{source}",
        Text(f"{source}: {count} gaps not filled", f"{source}: 메워지지 않은 누락 구간 {count}개"),
        Priority.MEDIUM,
        Text(
            "The gap ledger names them and whether the source can fill them.",
            "누락 기록에서 구간과 복구 여부를 확인하세요.",
        ),
        {"values": {"gaps": count}},
    )


def clock(equipment: str, skew: float) -> Trouble:
    """A clock that is off."""
    return Trouble(
        f"plant/clock/{equipment}"[:400],
        Text(f"Clock of {equipment} is off by {skew:.0f} s", f"{equipment} 시계가 {skew:.0f}초 어긋남"),
        Priority.LOW,
        Text("Set the clock, or let it follow a time server.", "시계를 맞추거나 시간 서버를 따르게 하세요."),
        {"values": {"skew_s": skew}},
    )


def disk(free: int, total: int) -> Trouble:
    """A disk that fills up."""
    share = 100 * free / total
    return Trouble(
        "plant/disk",
        Text(f"Disk nearly full: {share:.1f} % free", f"디스크 부족: {share:.1f}% 남음"),
        Priority.HIGH,
        Text(
            "Free space, or samples will wait in the collectors.",
            "공간을 비우세요. 그렇지 않으면 측정값이 수집기에 쌓입니다.",
        ),
        {"values": {"free_bytes": free}},
    )


def failing(reason: str) -> Trouble:
    """The historian does not answer, or cannot keep what comes."""
    return Trouble(
        "plant/historian",
        Text("The historian is failing", "히스토리안 장애"),
        Priority.CRITICAL,
        Text(
            "Look at its log in the home folder; the collectors keep everything meanwhile.",
            "홈 폴더의 로그를 확인하세요. 그동안 수집기가 모두 보관합니다.",
        ),
        {"reason": reason[:300]},
    )


def source_troubles(told: Mapping[str, Mapping[str, Any]], now: float) -> list[Trouble]:
    """Sources that are switched on and lost, by the status their collectors wrote; `now` in s since 1970.

    >>> [one.id for one in source_troubles({"line1": {"state": "collecting", "told": 90.0}, "cnc": {"state": "lost", "told": 99.0}}, 100.0)]
    ['plant/source/cnc']
    """
    over, well = {"finished", "stopped"}, {"collecting", "connecting", "starting", "reading"}
    return [
        lost(source)
        for source, status in told.items()
        if status.get("state") not in over
        and (status.get("state") not in well or now - float(status.get("told", 0.0)) > SILENT)
    ]


def gap_troubles(gaps: Iterable[Mapping[str, Any]], now: int) -> list[Trouble]:
    """Sources with a gap of the last hour that nothing has filled."""
    count: dict[str, int] = {}
    for one in gaps:
        if not one.get("filled_by") and one["end"] > now - GAP_NS:
            count[one["source"]] = count.get(one["source"], 0) + 1
    return [gap(source, many) for source, many in count.items()]


class HealthWatch:
    """Looks at the plant's health every few seconds; what is wrong for long enough rings, what is well again returns."""

    def __init__(self, historian: "Historian", home: Path) -> None:
        self._historian, self._home = historian, home
        self._looked = 0
        self._since: dict[str, int] = {}

    def look(self, now: int) -> None:
        """Raise and clear whatever health says at `now` [ns]."""
        if now - self._looked < EVERY_NS:
            return
        self._looked = now
        found = {one.id: one for one in self.found(now)}
        self._since = {one: self._since.get(one, now) for one in found}
        standing = set(
            Alarm.objects.filter(origin=Alarm.Origin.PLANT, active=True).values_list("pk", flat=True)
        )
        for id, one in found.items():  # noqa: A001 - the word everyone uses
            if id not in standing and now - self._since[id] >= PATIENCE_NS:
                raise_alarm(
                    id,
                    one.title,
                    priority=one.priority,
                    at=self._since[id],
                    origin=Alarm.Origin.PLANT.value,
                    response=one.response,
                    facts=one.facts,
                )
        for id in standing - set(found):  # noqa: A001 - the same
            clear_alarm(id, at=now)

    def found(self, now: int) -> list[Trouble]:
        """Everything that is not well at `now` [ns]."""
        usage = shutil.disk_usage(self._home if self._home.exists() else Path.cwd())
        full = usage.free < max(FREE_BYTES, 0) or usage.free < FREE_SHARE * usage.total
        wrong = [disk(usage.free, usage.total)] if full else []
        return [*wrong, *self._of_historian(now), *source_troubles(self._told(), now / 1e9), *_clocks()]

    def _of_historian(self, now: int) -> list[Trouble]:
        try:
            health = self._historian.health()
            gaps = self._historian.gaps()
        except NodeProblem as away:
            return [failing(str(away))]
        failed = [failing(str(health.get("error")))] if health["state"] == "failing" else []
        return [*failed, *gap_troubles(gaps, now)]

    def _told(self) -> dict[str, Mapping[str, Any]]:
        told: dict[str, Mapping[str, Any]] = {}
        for one in sources(self._home):
            if one.enabled and (status := _status(self._home / "run" / f"collector-{one.id}.json")):
                told[one.id] = status
        return told


def _status(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found


def _clocks() -> list[Trouble]:
    """Equipment whose clock the inventory finds off."""
    off: dict[str, float] = {}
    for findings in Signal.objects.exclude(findings=[]).values_list("findings", flat=True):
        for one in findings:
            if one.get("key") == "clock-skew":
                facts = one.get("facts", {})
                off[str(facts.get("equipment", ""))] = abs(float(facts.get("skew_s", 0.0)))
    return [clock(equipment, skew) for equipment, skew in off.items() if equipment]
