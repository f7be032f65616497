"""What people do with alarms, each in their name: acknowledge, reset, shelve, take out of service, and back.

Shelving after IEC 62682:2022 / ANSI/ISA-18.2-2016, clause 11: it has an end, a reason and a name, and ends by itself.
An acknowledgement cannot be taken back; a shelf and an alarm out of service can.
"""

from collections.abc import Sequence
from time import time_ns
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.dispatch import Signal

from dure.foundation.ledger import record
from dure.plant.alarms.keeping import Happening, keep
from dure.plant.alarms.models import Alarm, Entry
from dure.plant.alarms.refusals import ReasonMissing, RoleTooNarrow, ShelfRefused
from dure.plant.alarms.states import UNANSWERED, Event
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person

HOUR = 3600 * 10**9
LONGEST_SHELF = {"worker": 8, "engineer": 168, "owner": 168}
"""How long each role may shelve an alarm. [h]"""
MOST_AT_ONCE = 500
"""Alarms acknowledged by one press."""
acknowledged = Signal()
"""Sent with `ids`, `by` and `note` when a person has acknowledged alarms: who raised one may want to know."""


def acknowledge(ids: Sequence[str], by: "Person", note: str = "", *, now: int | None = None) -> list[Entry]:
    """Acknowledge alarms; those that nobody needs to acknowledge are left as they are, one alone is refused.

    Raises
    ------
    RoleTooNarrow, AlarmUnknown
    ActRefused
        If one alarm is named, and it does not wait for anybody.
    """
    _require(by, "worker", Text("Acknowledging", "확인"))
    asked = list(dict.fromkeys(ids))[:MOST_AT_ONCE]
    if len(asked) > 1:
        waiting = Alarm.objects.filter(pk__in=asked, state__in=UNANSWERED).values_list("pk", flat=True)
        asked = [one for one in asked if one in set(waiting)]
    entries = _act(asked, Event.ACKNOWLEDGE, by, note, "alarm.acknowledged", now=now)
    acknowledged.send(sender=Alarm, ids=[one.alarm_id for one in entries], by=by, note=note)
    return entries


def answer(ids: Sequence[str], by: "Person", note: str = "", *, now: int | None = None) -> list[Entry]:
    """Acknowledge alarms as part of a room's own act, which tells the ledger itself. Raises as `acknowledge`."""
    _require(by, "worker", Text("Acknowledging", "확인"))
    at = time_ns() if now is None else now
    return keep([Happening(one, Event.ACKNOWLEDGE, at, by, note.strip()[:1000]) for one in ids], now=at)


def reset(id: str, by: "Person", note: str = "", *, now: int | None = None) -> Entry:  # noqa: A002 - the word everyone uses
    """Let a latched alarm go whose condition is over. Raises `RoleTooNarrow`, `AlarmUnknown`, `ActRefused`."""
    _require(by, "worker", Text("Resetting", "래치 해제"))
    return _act([id], Event.RESET, by, note, "alarm.reset", now=now)[0]


def shelve(id: str, by: "Person", hours: float, reason: str, *, now: int | None = None) -> Entry:  # noqa: A002 - the word everyone uses
    """Put an alarm on the shelf for so many hours.

    Raises
    ------
    ShelfRefused
        Without a reason, without an end, or for longer than the person's role may.
    RoleTooNarrow, AlarmUnknown, ActRefused
    """
    _require(by, "worker", Text("Shelving", "보류"))
    most = max(hours_ for role, hours_ in LONGEST_SHELF.items() if by.has_role(role))
    limits = {"worker_h": LONGEST_SHELF["worker"], "engineer_h": LONGEST_SHELF["engineer"]}
    if not reason.strip():
        raise ShelfRefused(id, reason=Text("there is no reason.", "사유가 없습니다."), **limits)
    if not 0 < hours <= most:
        words = Text(
            f"{hours:g} h is not above 0 and at most {most} h.",
            f"{hours:g}시간은 0 초과 {most}시간 이하가 아닙니다.",
        )
        raise ShelfRefused(id, reason=words, **limits)
    at = time_ns() if now is None else now
    return _act([id], Event.SHELVE, by, reason, "alarm.shelved", now=at, until=at + round(hours * HOUR))[0]


def unshelve(id: str, by: "Person", reason: str = "", *, now: int | None = None) -> Entry:  # noqa: A002 - the word everyone uses
    """Take an alarm from the shelf before its time. Raises `RoleTooNarrow`, `AlarmUnknown`, `ActRefused`."""
    _require(by, "worker", Text("Taking from the shelf", "보류 해제"))
    return _act([id], Event.UNSHELVE, by, reason, "alarm.unshelved", now=now)[0]


def take_out(id: str, by: "Person", reason: str, *, now: int | None = None) -> Entry:  # noqa: A002 - the word everyone uses
    """Take an alarm out of service, until somebody puts it back. Raises `ReasonMissing`, and as `unshelve`."""
    _require(by, "engineer", Text("Taking out of service", "사용 중지"))
    if not reason.strip():
        raise ReasonMissing(id)
    return _act([id], Event.REMOVE, by, reason, "alarm.removed", now=now)[0]


def put_back(id: str, by: "Person", reason: str = "", *, now: int | None = None) -> Entry:  # noqa: A002 - the word everyone uses
    """Put an alarm back in service. Raises `RoleTooNarrow`, `AlarmUnknown`, `ActRefused`."""
    _require(by, "engineer", Text("Putting back in service", "사용 재개"))
    return _act([id], Event.RESTORE, by, reason, "alarm.restored", now=now)[0]


def _act(  # noqa: PLR0913 - the parts of one act
    ids: Sequence[str],
    event: Event,
    by: "Person",
    why: str,
    key: str,
    *,
    now: int | None,
    until: int | None = None,
) -> list[Entry]:
    at = time_ns() if now is None else now
    with transaction.atomic():
        entries = keep([Happening(one, event, at, by, why.strip()[:1000], until) for one in ids], now=at)
        if entries:
            facts: dict[str, Any] = {
                "alarms": [one.alarm_id for one in entries],
                "reason": why.strip()[:1000],
            }
            if until is not None:
                facts["until"] = until
            what = entries[0].alarm_id if len(entries) == 1 else f"{len(entries)} alarms"
            record(f"person:{by.pk}", key, f"alarm:{what}", facts)
    return entries


def _require(by: "Person", role: str, what: Text) -> None:
    if not by.has_role(role):
        raise RoleTooNarrow(str(what), role=role)
