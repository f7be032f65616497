"""An alarm as something to ask about: how it stood and what was measured when it rang."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.urls import reverse

from dure.plant.alarms.models import Alarm
from dure.plant.threads import Kind, Pointer, Seen, facts
from dure.vocabulary import Text


def _see(pointer: Pointer) -> Seen | None:
    alarm = Alarm.objects.filter(pk=pointer.key).first()
    if alarm is None:
        return None
    rang = datetime.fromtimestamp(alarm.rang / 1e9, UTC).isoformat(timespec="seconds") if alarm.rang else "–"
    told = [
        (Text("Rang", "울린 시각"), rang),
        (Text("Priority", "우선순위"), str(alarm.priority)),
        (Text("Equipment", "설비"), alarm.equipment or "–"),
        *((Text(name, name), f"{value:.6g}" if isinstance(value, float) else str(value)) for name, value in (alarm.facts.get("values") or {}).items()),
    ]  # fmt: skip
    also = (("equipment", alarm.equipment),) if alarm.equipment else ()
    return Seen(alarm.title, reverse("alarms:alarm", args=[alarm.pk]), facts(told), also)


def _of_page(named: Mapping[str, str], _query: Mapping[str, list[str]]) -> Pointer:
    return Pointer("alarm", (named.get("pk", ""),))


ALARM = Kind("alarm", Text("alarm", "알람"), _see, {"alarms:alarm": _of_page})
