"""Carrying the outbox: each waiting message is sent until the other side has answered for good.

A thread of the process that wrote the message sends it as soon as it is committed; the worker's sweep sends what a
crash left behind. A message is held by one courier at a time, and sent again if that one dies with it.
"""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import structlog
from django.conf import settings
from django.db import close_old_connections
from django.db.models import F, Q
from django.utils import timezone

from dure.sharing.exchange import introduced
from dure.sharing.exchange.calling import Answer, headers, packed
from dure.sharing.exchange.machine import State
from dure.sharing.exchange.messages import flaws, loaded
from dure.sharing.exchange.models import KINDS, Message
from dure.vocabulary import DureError

log = structlog.get_logger("exchange")
# A message is in one hand so long [s]; longer than a call may take.
HOLD = 30.0
# Waits between attempts double up to this [s], and end after so long [s].
LONGEST_WAIT, LIFE = 300.0, 3 * 86_400.0
# Answers that may become better by themselves (RFC 9110, clause 15.5; RFC 6585), and how often a refusal is asked again.
PASSING, REFUSALS = {401, 403, 404, 408, 409, 425, 429}, 4
AT_ONCE = 8


def deliver_due(now: datetime | None = None, most: int = 64) -> int:
    """Send what is due, one after the other; how many were sent. The worker's sweep, and the tests' courier."""
    sent = 0
    for one in claimed(now or timezone.now(), most):
        deliver(one)
        sent += 1
    return sent


def claimed(now: datetime, most: int) -> Iterator[int]:
    """Ids of messages that are due and now in our hand."""
    free = Q(held=None) | Q(held__lt=now)
    due = Message.objects.filter(free, outcome=Message.Outcomes.WAITING, due__lte=now)
    for pk in list(due.order_by("due").values_list("pk", flat=True)[:most]):
        mine = Message.objects.filter(free, pk=pk, outcome=Message.Outcomes.WAITING)
        if mine.update(held=_until(now), attempts=F("attempts") + 1):
            yield pk


def deliver(message_id: int) -> None:
    """Send one message and keep what became of it."""
    sent = Message.objects.get(pk=message_id)
    if sent.outcome != Message.Outcomes.WAITING:
        return
    process = KINDS[sent.kind].objects.get(pid=sent.pid)
    try:
        answer = _called("POST", process, _path(process, sent), packed(sent.body))
        if answer.good:
            _acknowledged(sent, process, answer)
        else:
            _not_taken(sent, process, answer)
    except DureError as silent:
        _later(sent, str(silent.message))


def _path(process: Any, sent: Message) -> str:
    step = next(one for one in process.machine.named(sent.step) if one.after == sent.after)
    first = process.stands is State.NEW
    return step.first if first else f"{quote(process.peer_pid, safe=':')}/{step.path}"


def _called(method: str, process: Any, path: str, body: bytes | None) -> Answer:
    url = f"{process.address}/{process.machine.path}/{path}"
    answer: Answer = introduced.call()(method, url, body, headers(introduced.authorization(process.peer)))
    return answer


def _acknowledged(sent: Message, process: Any, answer: Answer) -> None:
    from dure.sharing.exchange.acting import acknowledged, gave_up

    if process.peer_pid:
        acknowledged(sent, None)
        return
    told = _told(process, answer)
    if told is None:
        gave_up(sent, "its answer is not a process of the protocol")
    else:
        acknowledged(sent, told)


def _told(process: Any, answer: Answer) -> dict[str, Any] | None:
    # The answer to a first message names the process at the other side.
    with suppress(DureError):
        told = loaded(answer.body)
        ours = process.pids["consumerPid" if process.role == "consumer" else "providerPid"]
        if not flaws(told, process.machine.told_as) and ours in {told["consumerPid"], told["providerPid"]}:
            return told
    return None


def _not_taken(sent: Message, process: Any, answer: Answer) -> None:
    from dure.sharing.exchange.acting import acknowledged, gave_up

    if answer.status >= 500:
        _later(sent, f"HTTP {answer.status}")
        return
    # Perhaps it was taken and only its acknowledgement lost: the other side's state tells.
    there = _state_there(process) if process.peer_pid else None
    if there == sent.after:
        acknowledged(sent, None)
    elif answer.status in PASSING and sent.attempts < REFUSALS:
        _later(sent, f"HTTP {answer.status}")
    else:
        gave_up(sent, f"HTTP {answer.status}: {_reason(answer)}")


def _state_there(process: Any) -> str | None:
    answer = _called("GET", process, quote(process.peer_pid, safe=":"), None)
    with suppress(DureError):
        told = loaded(answer.body)
        if answer.good and not flaws(told, process.machine.told_as):
            return str(told["state"])
    return None


def _reason(answer: Answer) -> str:
    with suppress(DureError):
        return json.dumps(loaded(answer.body).get("reason", ""), ensure_ascii=False)[:200]
    return ""


def _later(sent: Message, why: str) -> None:
    from dure.sharing.exchange.acting import gave_up

    now = timezone.now()
    if now - sent.at > timedelta(seconds=LIFE):
        gave_up(sent, f"no answer: {why}")
        return
    wait = min(2.0 ** min(sent.attempts - 1, 16), LONGEST_WAIT)
    log.info("exchange.postponed", step=sent.step, process=sent.pid, attempts=sent.attempts, why=why)
    waiting = Message.objects.filter(pk=sent.pk, outcome=Message.Outcomes.WAITING)
    waiting.update(held=None, due=now + timedelta(seconds=wait), why=why[:300])


class _Courier:
    """A thread that sleeps until the next message is due or somebody kicks it, and a few hands that send."""

    def __init__(self) -> None:
        self._kicked = threading.Event()
        self._hands = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="courier")
        threading.Thread(target=self._live, daemon=True, name="courier").start()

    def kick(self) -> None:
        self._kicked.set()

    def hand(self, message_id: int) -> None:
        self._hands.submit(self._carry, message_id)

    def _live(self) -> None:
        wait: float | None = 0.0
        while True:
            self._kicked.wait(wait)
            self._kicked.clear()
            try:
                wait = self._round()
            except Exception:  # the database may be away for a moment; the messages wait
                log.exception("exchange.courier")
                wait = 1.0

    def _round(self) -> float | None:
        close_old_connections()
        now = timezone.now()
        for one in claimed(now, 64):
            self.hand(one)
        waiting = Message.objects.filter(outcome=Message.Outcomes.WAITING, due__gt=now)
        next_due = waiting.order_by("due").values_list("due", flat=True).first()
        return None if next_due is None else max(0.0, (next_due - timezone.now()).total_seconds())

    def _carry(self, message_id: int) -> None:
        try:
            close_old_connections()
            deliver(message_id)
        except Exception:  # held until HOLD has passed, then tried again
            log.exception("exchange.deliver", message=message_id)
        finally:
            self.kick()


_one: list[_Courier] = []
_making = threading.Lock()


def _courier() -> _Courier | None:
    # Off where the setting says so: in tests, which carry themselves, and in commands, which end before a thread has sent.
    if not getattr(settings, "DURE_DSP_COURIER", True):
        return None
    with _making:
        if not _one:
            _one.append(_Courier())
    return _one[0]


def in_hand(now: datetime) -> dict[str, Any]:
    """Fields of a message that our own courier takes in hand as it is written: a commit less than to claim it later."""
    return {} if _courier() is None else {"held": _until(now), "attempts": 1}


def hand(message_id: int) -> None:
    """Send this message now; it is in our hand already."""
    if (courier := _courier()) is not None:
        courier.hand(message_id)


def kick() -> None:
    """Something is, or will be, due in the outbox."""
    if (courier := _courier()) is not None:
        courier.kick()


def _until(now: datetime) -> datetime:
    return now + timedelta(seconds=getattr(settings, "DURE_DSP_HOLD", HOLD))
