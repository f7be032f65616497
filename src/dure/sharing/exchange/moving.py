"""Every change of a negotiation or transfer, as one transaction of its state, its message and what we send next.

A crash at any moment loses nothing and repeats nothing. A state changes when a message is acknowledged (2025-1, "State
Machine"): for one that came that is the commit before our 2xx, for one that we sent the peer's 2xx.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from dure.sharing.exchange import composing, courier, effects, introduced
from dure.sharing.exchange.machine import Machine, Step
from dure.sharing.exchange.models import KINDS, MOST_ID, Message, Negotiation, Transfer
from dure.sharing.exchange.refusals import MessageWrong, UnknownProcess, WrongState

Process = Negotiation | Transfer


@dataclass(frozen=True, slots=True)
class Move:
    """What comes next.

    `step` is a step of ours, `said` what its message says, `wait` how long it waits before it is sent. [s]
    """

    step: str
    said: Mapping[str, Any] = field(default_factory=dict)
    wait: float = 0.0


def seen(machine: Machine, pid: str, peer: Any) -> Process:
    """The process as `peer` may see it."""
    found = KINDS[machine.kind].objects.filter(pid=pid, peer=peer.did).first()
    if found is None:
        raise UnknownProcess(pid[:100])
    return found


def locked(machine: Machine, pid: str, peer: Any = None) -> Process:
    """The process, locked for this transaction; only if it is `peer`'s, where one is given."""
    rows = KINDS[machine.kind].objects.select_for_update().filter(pid=pid)
    process = (rows if peer is None else rows.filter(peer=peer.did)).first()
    if process is None:
        raise UnknownProcess(pid[:100] or machine.kind)
    return process


def send(process: Process, move: Move, now: datetime | None = None) -> Message:
    """Put the message of `move` into the outbox; call it inside a transaction that has the process locked.

    Raises
    ------
    WrongState
        If the step does not fit where the process stands, or another message of ours waits.
    """
    step = process.machine.find(move.step, process.side, process.stands)
    if step is None or waiting(process) is not None:
        raise WrongState(process.pid, state=process.state or "new", step=move.step, by=process.side.value)
    return _put(process, step, move, now or timezone.now())


def _put(process: Process, step: Step, move: Move, now: datetime) -> Message:
    said = effects.said(process, step, dict(move.said), now)
    body = composing.compose(process, step, said, introduced.address())
    due, at_once = now + timedelta(seconds=move.wait), {} if move.wait else courier.in_hand(now)
    sent = kept(process, step, body, ours=True, outcome=Message.Outcomes.WAITING, due=due, **at_once)
    transaction.on_commit(partial(courier.hand, sent.pk) if at_once else courier.kick)
    return sent


def acknowledge(process: Process, sent: Message) -> None:
    """The peer has taken `sent`: its state is reached."""
    sent.outcome, sent.held = Message.Outcomes.ACKNOWLEDGED, None
    sent.save(update_fields=["outcome", "held"])
    step = next(
        one for one in process.machine.named(sent.step) if one.after == sent.after and process.side in one.by
    )
    moved(process, step, sent.body)


def moved(process: Process, step: Step, message: Mapping[str, Any], sent: Message | None = None) -> None:
    """`step` is taken on both sides: write its state, then what follows; `sent` is what of ours waits meanwhile."""
    process.state = step.after.value
    if step.name in {"terminate", "suspend"}:
        process.reason = {"code": message.get("code", ""), "reason": message.get("reason", [])}
    written(process)
    waits = sent is not None and not _overtaken(process, sent)
    effects.reached(process, step.name, message)
    if process.over or waits or (move := introduced.decider()(process, step.name)) is None:
        return
    following = process.machine.find(move.step, process.side, process.stands)
    if following is None:
        raise WrongState(process.pid, state=process.state, step=move.step, by=process.role)
    _put(process, following, move, timezone.now())


def written(process: Process) -> None:
    """Write the process; the version that was read must still be there."""
    # Two changes at once cannot both be written.
    was, process.version, process.changed = process.version, process.version + 1, timezone.now()
    fields = {
        one.attname: getattr(process, one.attname)
        for one in process._meta.concrete_fields  # noqa: SLF001 - Django's own name for them
        if not one.primary_key
    }
    if not KINDS[process.kind].objects.filter(pid=process.pid, version=was).update(**fields):
        raise WrongState(process.pid, state=process.state, step="change", by=process.role)


def _overtaken(process: Process, sent: Message) -> bool:
    # What waits in the outbox may not fit any more: the peer was faster.
    step = process.machine.find(sent.step, process.side, process.stands)
    if step is not None and step.after == sent.after:
        return False
    sent.outcome = Message.Outcomes.OVERTAKEN
    sent.save(update_fields=["outcome"])
    return True


def waiting(process: Process) -> Message | None:
    """The message of ours that the peer has not acknowledged yet."""
    rows = Message.objects.filter(kind=process.kind, pid=process.pid, outcome=Message.Outcomes.WAITING)
    return rows.first()


def kept(
    process: Process, step: Step, body: Mapping[str, Any], *, ours: bool, outcome: str, **more: Any
) -> Message:
    """Keep a message of `process` that came or goes."""
    return Message.objects.create(
        kind=process.kind,
        pid=process.pid,
        step=step.name,
        ours=ours,
        body=dict(body),
        mark=mark(body),
        after=step.after.value,
        outcome=outcome,
        **more,
    )


def mark(message: Mapping[str, Any]) -> str:
    """SHA-256 of a message, whatever the order of its names."""
    written = json.dumps(message, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def short(value: Any, where: str) -> str:
    """A foreign id of a length that we keep."""
    written = str(value)
    if not written or len(written) > MOST_ID or written in {".", ".."}:
        raise MessageWrong(where, wrong=f"is no id, or longer than {MOST_ID} characters")
    return written
