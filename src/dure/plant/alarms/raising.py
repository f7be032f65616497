"""How other rooms raise and clear an alarm: a deployment's verdict, the plant's own health."""

from collections.abc import Mapping
from time import time_ns
from typing import Any

from dure.plant.alarms.definition import Priority
from dure.plant.alarms.keeping import Happening, keep
from dure.plant.alarms.models import Alarm, Entry
from dure.plant.alarms.states import Event
from dure.vocabulary import Text


def raise_alarm(  # noqa: PLR0913 - what an alarm must say
    id: str,  # noqa: A002 - the word everyone uses
    title: Text,
    *,
    priority: Priority = Priority.MEDIUM,
    equipment: str = "",
    at: int | None = None,
    origin: str = Alarm.Origin.DEPLOYMENT.value,
    response: Text | str = "",
    consequence: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Entry | None:
    """Let an alarm ring at `at` [ns, source time; None: now]; None if it stands already. Raised twice, it rings once.

    Parameters
    ----------
    id
        `deploy/<deployment>/<equipment>`, `plant/<what>`: stable from one time to the next.
    facts
        What was known when it rang: `{"values": {signal: value}}`, `{"link": "/line/models/3/"}`.
    """
    when = time_ns() if at is None else at
    told = {
        "title_en": title.en[:300],
        "title_ko": title.ko[:300],
        "priority": priority.value,
        "equipment": equipment,
        "origin": origin,
        "response": str(response),
        "consequence": consequence,
        "kind": origin,
    }
    _alarm, made = Alarm.objects.get_or_create(pk=id, defaults=told)
    if not made:
        Alarm.objects.filter(pk=id).update(**told)
    said = {"response": {"en": response.en, "ko": response.ko}} if isinstance(response, Text) else {}
    return next(iter(keep([Happening(id, Event.ANNUNCIATE, when, facts={**said, **(facts or {})})])), None)


def clear_alarm(id: str, *, at: int | None = None) -> Entry | None:  # noqa: A002 - the word everyone uses
    """Let an alarm return to normal at `at` [ns; None: now]; None if it did not stand."""
    if not Alarm.objects.filter(pk=id, active=True).exists():
        return None
    when = time_ns() if at is None else at
    return next(iter(keep([Happening(id, Event.RETURN, when)])), None)
