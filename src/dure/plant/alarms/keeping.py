"""Transitions kept: state, journal and what the historian is to hear, in one transaction; twice is once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import time_ns
from typing import TYPE_CHECKING, Any

from django.db import transaction

from dure.plant.alarms.models import Alarm, Entry, Unpublished
from dure.plant.alarms.refusals import ActRefused, AlarmUnknown
from dure.plant.alarms.states import Event, Standing, State, after
from dure.plant.alarms.words import ACTS, STATES
from dure.vocabulary import Quality

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.plant.historian import Historian

AT_ONCE = 500
"""Transitions of one transaction, and samples of one message to the historian."""
SOURCE = "alarms"
_KEPT = (
    "state",
    "active",
    "suppressed",
    "known",
    "rang",
    "changed",
    "stamp",
    "until",
    "why",
    "by",
    "facts",
    "watch",
)


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of an alarm at a time [ns]; `by` a person, or None where the plant itself says so."""

    alarm: str
    event: Event
    at: int
    by: "Person | None" = None
    why: str = ""
    until: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def signal(alarm: str) -> str:
    """Signal in the historian that carries an alarm's state."""
    return f"alarms/{alarm}"


def keep(
    happenings: Sequence[Happening], *, now: int | None = None, watches: Mapping[str, Any] | None = None
) -> list[Entry]:
    """Let events happen in the order given; entries of those that did.

    What a formula or another room found twice happens once; what a person asks for and the state does not allow is
    refused. `watches` are where the watches of the alarms stand after them, kept in the same transaction.

    Raises
    ------
    ActRefused, AlarmUnknown
    """
    told, entries = time_ns() if now is None else now, []
    for start in range(0, len(happenings), AT_ONCE):
        part = happenings[start : start + AT_ONCE]
        last = start + AT_ONCE >= len(happenings)
        # Watches go with the last part: a kill in between finds the rest again.
        entries += _keep(part, told, watches or {} if last else {})
    return entries


def _keep(happenings: Sequence[Happening], told: int, watches: Mapping[str, Any]) -> list[Entry]:
    ids = {one.alarm for one in happenings} | set(watches)
    with transaction.atomic():
        alarms = {one.pk: one for one in Alarm.objects.select_for_update().filter(pk__in=ids)}
        known = _known(happenings)
        entries, heard = [], []
        for one in happenings:
            if one.alarm not in alarms:
                raise AlarmUnknown(one.alarm)
            if one.by is None and (one.alarm, one.event.value, one.at) in known:
                continue
            if entry := _happen(alarms[one.alarm], one, told):
                entries.append(entry)
                known.add((one.alarm, one.event.value, one.at))
                heard.append(_heard(alarms[one.alarm]))
        for alarm, watch in watches.items():
            alarms[alarm].watch = watch
        Entry.objects.bulk_create(entries)
        Unpublished.objects.bulk_create(heard)
        _write(alarms.values())
    return entries


def _write(alarms: Iterable[Alarm]) -> None:
    # An upsert of rows that are there and locked: ten times as fast as a CASE for each field.
    Alarm.objects.bulk_create(alarms, update_conflicts=True, unique_fields=["id"], update_fields=_KEPT)


def _known(happenings: Iterable[Happening]) -> set[tuple[str, str, int]]:
    own = [one for one in happenings if one.by is None]
    found = Entry.objects.filter(by=None, alarm__in={o.alarm for o in own}, at__in={o.at for o in own})
    return set(found.values_list("alarm_id", "event", "at")) if own else set()


def _happen(alarm: Alarm, one: Happening, told: int) -> Entry | None:
    before = alarm.standing
    now = after(before, one.event, latch=alarm.latch)
    if now is None:
        if one.by is None:
            return None
        raise ActRefused(alarm.pk, state=STATES[before.state], act=ACTS[one.event])
    _stand(alarm, one, now)
    return Entry(
        alarm=alarm,
        event=one.event.value,
        before=before.state.value,
        after=now.state.value,
        priority=alarm.priority,
        at=one.at,
        told=told,
        by=one.by,
        why=one.why,
        facts=dict(one.facts),
    )


def _stand(alarm: Alarm, one: Happening, now: Standing) -> None:
    if now.state.value != alarm.state:
        alarm.until, alarm.why, alarm.by = one.until, one.why, one.by
        alarm.changed = one.at
    if one.event is Event.ANNUNCIATE:
        alarm.rang, alarm.facts = one.at, dict(one.facts)
    elif now.state is State.UNACKNOWLEDGED and now.state.value != alarm.state:
        alarm.rang = one.at
    alarm.state, alarm.active, alarm.suppressed = now.state.value, now.active, now.suppressed
    alarm.stamp = max(one.at, alarm.stamp + 1)


def _heard(alarm: Alarm) -> Unpublished:
    quality = Quality.GOOD if alarm.known else Quality.UNCERTAIN
    return Unpublished(alarm=alarm.pk, stamp=alarm.stamp, state=alarm.state, quality=quality)


def doubt(changes: Mapping[str, bool], at: int) -> None:
    """Note which conditions are known and which are not; the state stays, its sample says uncertain."""
    with transaction.atomic():
        alarms = list(Alarm.objects.select_for_update().filter(pk__in=changes))
        for alarm in alarms:
            alarm.known = changes[alarm.pk]
            alarm.stamp = max(at, alarm.stamp + 1)
        _write(alarms)
        Unpublished.objects.bulk_create([_heard(alarm) for alarm in alarms])


def expire(now: int) -> list[Entry]:
    """Take from the shelf whatever its time is over for; the worker does so each tick, every list before it is shown."""
    over = Alarm.objects.filter(state=State.SHELVED, until__lte=now).values_list("pk", "until")
    return keep([Happening(pk, Event.EXPIRE, int(until or now)) for pk, until in over], now=now)


def publish(historian: "Historian", now: int) -> int:
    """Append to the historian what it has not heard yet; how many samples. Killed in between, they are sent again."""
    from dure.vocabulary import Sample

    sent = 0
    while rows := list(Unpublished.objects.order_by("pk")[:AT_ONCE]):
        historian.append(
            SOURCE,
            [
                Sample(
                    signal(one.alarm),
                    time=one.stamp,
                    value=float(one.state),
                    quality=Quality(one.quality),
                    received=now,
                )
                for one in rows
            ],
        )
        Unpublished.objects.filter(pk__in=[one.pk for one in rows]).delete()
        sent += len(rows)
    return sent
