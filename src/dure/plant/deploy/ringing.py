"""A deployment's alarms as alarms of the plant: they ring, return and are acknowledged with all others.

What a deployment finds in shadow rings nobody.
"""

from collections.abc import Sequence
from time import time_ns
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone

from dure.plant.alarms import Alarm as PlantAlarm
from dure.plant.alarms import Priority, clear_alarm, raise_alarm
from dure.plant.deploy.models import Alarm, Deployment
from dure.plant.deploy.standing import Standing
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

SIGNALS = 4
"""Signals of its reasons that an alarm keeps."""


def id_of(deployment: Deployment, asset: str) -> str:
    """Id of the plant's alarm for one asset of a deployment."""
    return f"deploy/{deployment.pk}/{asset}"[:400]


def ring(alarm: Alarm, deployment: Deployment) -> None:
    """Let it ring on the plant's list, unless it is in shadow; twice is once."""
    if deployment.shadow:
        return
    name = alarm.asset.rpartition("/")[2]
    reasons = alarm.reasons.get("raised") or []
    values = {one["signal"]: one.get("value") for one in reasons[:SIGNALS] if one.get("signal")}
    raise_alarm(
        id_of(deployment, alarm.asset),
        Text(f"{name} is not as usual ({deployment.name})", f"{name} 평소와 다름 ({deployment.name})"),
        priority=Priority.MEDIUM if deployment.state == Standing.ON else Priority.LOW,
        equipment=alarm.asset,
        at=alarm.raised,
        facts={"values": values, "link": reverse("deploy:deployment", args=[deployment.pk])},
    )


def hush(deployment: Deployment, asset: str, at: int | None = None) -> None:
    """Let it return to normal at `at` [ns; None: now]."""
    clear_alarm(id_of(deployment, asset), at=at)


def carry(deployment: Deployment) -> None:
    """Alarms that stand move with their deployment: onto the plant's list, or off it."""
    for alarm in Alarm.objects.filter(deployment=deployment, ended=None):
        if deployment.shadow or deployment.state == Standing.STOPPED:
            hush(deployment, alarm.asset, time_ns())
        else:
            ring(alarm, deployment)


def answered(ids: Sequence[str], by: "Person", note: str, **_: Any) -> None:
    """What was acknowledged on the plant's list is acknowledged on the line too."""
    for one in ids:
        kind, _slash, rest = one.partition("/")
        number, _slash, asset = rest.partition("/")
        if kind == "deploy" and number.isdecimal():
            standing = Alarm.objects.filter(
                deployment=int(number), asset=asset, ended=None, acknowledged_by=None
            )
            standing.update(acknowledged_by=by, acknowledged_at=timezone.now(), note=note)


def waits(deployment: Deployment, asset: str) -> bool:
    """Whether the plant's alarm waits for somebody."""
    found = PlantAlarm.objects.filter(pk=id_of(deployment, asset)).first()
    return found is not None and found.unanswered
