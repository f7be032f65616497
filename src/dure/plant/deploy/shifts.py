"""Alarms a shift: what the model's card promised beside what was counted, shift by shift of the plant's calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dure.plant.deploy.condition import surpassed
from dure.plant.deploy.models import Alarm, Deployment
from dure.plant.events import Shifts
from dure.vocabulary import Text

HOUR_NS = 3_600_000_000_000
SHIFT_NS = 8 * HOUR_NS
#: Shifts that are shown, and how far they are looked for. [ns]
SHOWN, BACK_NS = 9, 7 * 24 * HOUR_NS
#: The card promises for a shift of so many hours.
PROMISED_HOURS = 8.0
PLAIN = Text("8 h", "8시간")

KEPT = Text(
    "{alarms} alarms in {hours} h watched; {promised} were promised for so long: as promised.",
    "감시한 {hours}시간에 알람 {alarms}건. 약속은 그동안 {promised}건이므로 약속대로입니다.",
)
BROKEN = Text(
    "{alarms} alarms in {hours} h watched; only {promised} were promised for so long: more than promised.",
    "감시한 {hours}시간에 알람 {alarms}건. 약속은 그동안 {promised}건이므로 약속보다 많습니다.",
)
UNPROMISED = Text(
    "{alarms} alarms in {hours} h watched; the model's card promises nothing, so there is no verdict.",
    "감시한 {hours}시간에 알람 {alarms}건. 모델 카드에 약속이 없어 판정하지 않습니다.",
)


@dataclass(frozen=True, slots=True)
class ShiftLine:
    """One shift: its name, ends [ns], hours watched in it, alarms raised, and what was promised for so long."""

    name: Text
    start: int
    end: int
    hours: float
    alarms: int
    promised: float | None
    most: float | None

    @property
    def broken(self) -> bool:
        """Whether there were more alarms than chance gives where at most `most` are expected."""
        return self.most is not None and surpassed(self.alarms, self.most)


def calendar(home: Path) -> Shifts:
    """The plant's calendar of shifts; without one it has none."""
    return Shifts.read(home / "events" / "shifts" / "calendar.toml")


def lines(
    deployment: Deployment, shifts: Shifts, *, machines: Sequence[str] | None = None
) -> list[ShiftLine]:
    """The newest shifts in which the deployment watched, newest first; eight-hour stretches without a calendar.

    Parameters
    ----------
    machines
        Only alarms of these assets; the promise is for all that the deployment watches together.
    """
    end = int(deployment.health.get("scored_to") or 0)
    start = max(deployment.since, end - BACK_NS)
    if end <= start:
        return []
    spans = list(shifts.between(start, end)) if shifts.shifts else _plain(start, end)
    raised = Alarm.objects.filter(deployment=deployment, raised__gt=start, raised__lte=end)
    if machines is not None:
        raised = raised.filter(asset__in=list(machines))
    times = list(raised.values_list("raised", flat=True))
    found = [_line(deployment, name, max(first, start), min(last, end), times) for name, first, last in spans]
    return found[::-1][:SHOWN]


def _plain(start: int, end: int) -> list[tuple[Text, int, int]]:
    """Stretches of eight hours back from the newest tick."""
    ends = range(end, start, -SHIFT_NS)
    return [(PLAIN, max(last - SHIFT_NS, start), last) for last in ends][::-1]


def _line(deployment: Deployment, name: Text, start: int, end: int, times: Sequence[int]) -> ShiftLine:
    hours, metric = (end - start) / HOUR_NS, deployment.model.card.get("metric") or {}
    share = hours / PROMISED_HOURS
    promised, upper = metric.get("alarms_per_shift"), metric.get("alarms_per_shift_upper")
    alarms = sum(start < time <= end for time in times)
    most = upper if upper is not None else promised
    return ShiftLine(name, start, end, hours, alarms, _part(promised, share), _part(most, share))


def _part(value: Any, share: float) -> float | None:
    return None if value is None else float(value) * share


def verdict(found: Sequence[ShiftLine]) -> Text | None:
    """All shown shifts together in one sentence; None where nothing was watched."""
    if not found:
        return None
    alarms, hours = sum(one.alarms for one in found), sum(one.hours for one in found)
    if found[0].promised is None:
        return _told(UNPROMISED, alarms, hours, 0.0)
    promised, most = sum(one.promised or 0.0 for one in found), sum(one.most or 0.0 for one in found)
    return _told(BROKEN if surpassed(alarms, most) else KEPT, alarms, hours, promised)


def _told(says: Text, alarms: int, hours: float, promised: float) -> Text:
    facts = {"alarms": alarms, "hours": f"{hours:.1f}", "promised": f"{promised:.2g}"}
    return Text(says.en.format(**facts), says.ko.format(**facts))
