"""Every change of a negotiation or transfer: a message that came, a message to send, an acknowledgement.

Each is one transaction that holds the state, the message and what we send next, so that a crash at any moment loses
nothing and repeats nothing. A state changes when a message is acknowledged (2025-1, "State Machine"): for one that came
that is the commit before our 2xx, for one that we sent the peer's 2xx. A message that the peer can only send after ours
has reached it acknowledges ours as well, for an acknowledgement may be lost or come late.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from dure.sharing.exchange import composing, courier, effects, introduced
from dure.sharing.exchange.calling import checked
from dure.sharing.exchange.machine import NEGOTIATION, TRANSFER, Machine, Role, State, Step
from dure.sharing.exchange.models import KINDS, MOST_ID, Agreement, Message, Negotiation, Transfer, new_id
from dure.sharing.exchange.refusals import AgreementEnded, MessageWrong, OfferUnknown, UnknownProcess, WrongState

Process = Negotiation | Transfer


@dataclass(frozen=True, slots=True)
class Move:
    """What comes next: a step of ours, what its message says, and how long it waits before it is sent. [s]"""

    step: str
    said: Mapping[str, Any] = field(default_factory=dict)
    wait: float = 0.0


# Messages that came ---------------------------------------------------------------------------------------------


def take(machine: Machine, pid: str, name: str, message: Mapping[str, Any], peer: Any) -> Process:
    """Take a message about a process that we have; the process as it stands then.

    Raises
    ------
    UnknownProcess
        If there is none of this id, or it is another peer's.
    MessageWrong
        If its ids are not those of the process.
    WrongState
        If it does not fit where the process stands.
    """
    with transaction.atomic():
        process = locked(machine, pid, peer)
        _same_ids(process, message)
        if _came_before(process, mark(message)):
            return process
        step = _fitting(process, name)
        if not process.peer_pid:
            process.peer_pid = _peer_pid(process, message)
        return _took(process, step, message)


def take_first(machine: Machine, name: str, message: Mapping[str, Any], peer: Any) -> Process:
    """Take a message that begins a process; one that came before finds the process it made."""
    role = Role.CONSUMER if name == "offer" else Role.PROVIDER
    theirs = _theirs(role, message)
    try:
        with transaction.atomic():
            before = KINDS[machine.kind].objects.filter(role=role, peer=peer.did, peer_pid=theirs).first()
            if before is not None:
                return _again(before, message)
            process = _begun(machine, role, message, peer, theirs)
            step = machine.find(name, role.other, State.NEW)
            if step is None:
                raise WrongState(theirs, state="new", step=name, by=role.other.value)
            return _took(process, step, message)
    except IntegrityError:  # the same message came twice at once, and the other was first
        return _again(KINDS[machine.kind].objects.get(role=role, peer=peer.did, peer_pid=theirs), message)


def locked(machine: Machine, pid: str, peer: Any = None) -> Process:
    """The process, locked for this transaction; only if it is `peer`'s, where one is given."""
    rows = KINDS[machine.kind].objects.select_for_update().filter(pid=pid)
    process = (rows if peer is None else rows.filter(peer=peer.did)).first()
    if process is None:
        raise UnknownProcess(pid[:100] or machine.kind)
    return process


def mark(message: Mapping[str, Any]) -> str:
    """SHA-256 of a message, whatever the order of its names."""
    written = json.dumps(message, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _took(process: Process, step: Step, message: Mapping[str, Any]) -> Process:
    effects.taken(process, step, message)
    _kept(process, step, message, ours=False, outcome=Message.Outcomes.TAKEN)
    _moved(process, step, message)
    return process


def _begun(machine: Machine, role: Role, message: Mapping[str, Any], peer: Any, theirs: str) -> Process:
    common: dict[str, Any] = {"role": role, "peer": peer.did, "peer_pid": theirs}
    common["address"] = checked(str(message.get("callbackAddress", "")))
    if machine is TRANSFER:
        return Transfer.objects.create(
            agreement=_agreement_of(message, peer), format=_short(message["format"], "format"), **common
        )
    offer = message["offer"]
    if role is Role.PROVIDER:
        _offered(offer, peer)
    return Negotiation.objects.create(dataset=_short(offer.get("target", ""), "offer.target"), offer=offer, **common)


def _agreement_of(message: Mapping[str, Any], peer: Any) -> Agreement:
    found = Agreement.objects.filter(id=message["agreementId"], peer=peer.did, role=Role.PROVIDER).first()
    if found is None:
        raise UnknownProcess(str(message["agreementId"])[:100])
    if not found.in_force:
        raise AgreementEnded(found.id)
    return found


def _offered(offer: Mapping[str, Any], peer: Any) -> None:
    # A dataset that is not offered to this peer is not there for it.
    target = offer.get("target")
    if not any(one.get("@id") == target for one in introduced.offered_to(peer)):
        raise UnknownProcess(str(target)[:100])


def _again(process: Process, message: Mapping[str, Any]) -> Process:
    first = Message.objects.filter(kind=process.kind, pid=process.pid, ours=False).first()
    if first is None or first.mark != mark(message):
        raise MessageWrong("consumerPid", wrong="was used before, and an id is never used twice")
    return process


def _came_before(process: Process, seen: str) -> bool:
    last = Message.objects.filter(kind=process.kind, pid=process.pid, ours=False).last()
    return last is not None and last.mark == seen and not _possible_now(process, last.step)


def _possible_now(process: Process, name: str) -> bool:
    return process.machine.find(name, process.side.other, process.stands) is not None


def _fitting(process: Process, name: str) -> Step:
    by = process.side.other
    if (step := process.machine.find(name, by, process.stands)) is not None:
        return step
    sent = _waiting(process)
    if sent is not None and sent.attempts and process.machine.find(name, by, State(sent.after)) is not None:
        # They answer what we sent, so it has reached them.
        _acknowledge(process, sent)
        if (step := process.machine.find(name, by, process.stands)) is not None:
            return step
    raise WrongState(process.pid, state=process.state or "new", step=name, by=by.value)


def _same_ids(process: Process, message: Mapping[str, Any]) -> None:
    for name, value in process.pids.items():
        if value and message.get(name, value) != value:
            raise MessageWrong(name, wrong="is not the id of this process")


def _peer_pid(process: Process, message: Mapping[str, Any]) -> str:
    return _short(message.get("providerPid" if process.side is Role.CONSUMER else "consumerPid", ""), "pid")


def _theirs(role: Role, message: Mapping[str, Any]) -> str:
    name = "providerPid" if role is Role.CONSUMER else "consumerPid"
    return _short(message.get(name, ""), name)


def _short(value: Any, where: str) -> str:
    written = str(value)
    if not written or len(written) > MOST_ID:
        raise MessageWrong(where, wrong=f"is empty or longer than {MOST_ID} characters")
    return written


# Messages that we send ------------------------------------------------------------------------------------------


def send(process: Process, move: Move, now: datetime | None = None) -> Message:
    """Put the message of `move` into the outbox; call it inside a transaction that has the process locked.

    Raises
    ------
    WrongState
        If the step does not fit where the process stands, or another message of ours waits.
    """
    step = process.machine.find(move.step, process.side, process.stands)
    if step is None or _waiting(process) is not None:
        raise WrongState(process.pid, state=process.state or "new", step=move.step, by=process.side.value)
    said = effects.said(process, step, dict(move.said), now or timezone.now())
    body = composing.compose(process, step, said, introduced.address())
    due = (now or timezone.now()) + timedelta(seconds=move.wait)
    sent = _kept(process, step, body, ours=True, outcome=Message.Outcomes.WAITING, due=due)
    transaction.on_commit(courier.kick)
    return sent


def act(machine: Machine, pid: str, step: str, **said: Any) -> Process:
    """Take a step of ours in a process, as a person or another room decides it."""
    with transaction.atomic():
        process = locked(machine, pid)
        send(process, Move(step, said))
    return process


def negotiate(provider_url: str, dataset: str, offer: Mapping[str, Any], *, provider: str) -> Negotiation:
    """Ask `provider` (its id) at `provider_url` for `dataset` under `offer`; the request is in the outbox.

    Parameters
    ----------
    offer
        As the provider's catalogue has it below the dataset: `@id` and rules.
    """
    wanted = {**offer, "@type": "Offer", "target": dataset}
    return _asked(Negotiation(dataset=dataset, offer=wanted), provider_url, provider, {"offer": wanted})


def transfer(
    agreement: Agreement | str, format: str, *, provider_url: str = "", data_address: Any = None  # noqa: A002 - its name on the wire
) -> Transfer:
    """Ask for the data of an agreement in `format`; where it was negotiated, unless `provider_url` says otherwise."""
    found = Agreement.objects.get(id=agreement) if isinstance(agreement, str) else agreement
    if not found.in_force:
        raise AgreementEnded(found.id)
    where = provider_url or (found.negotiation.address if found.negotiation else "")
    said = {"agreementId": found.id, "format": format, "dataAddress": data_address}
    return _asked(Transfer(agreement=found, format=format), where, found.peer, said)


def _asked[P: (Negotiation, Transfer)](process: P, where: str, peer: str, said: Mapping[str, Any]) -> P:
    process.role, process.peer, process.address = Role.CONSUMER.value, peer, checked(where)
    with transaction.atomic():
        process.save(force_insert=True)
        send(process, Move("request", said))
    return process


# Acknowledgements -----------------------------------------------------------------------------------------------


def acknowledged(message_id: int, told: Mapping[str, Any] | None) -> Process | None:
    """The peer has taken a message of ours, and `told` is the process in its words; None if that was known already."""
    with transaction.atomic():
        sent = Message.objects.get(pk=message_id)
        process = locked(KINDS[sent.kind]().machine, sent.pid)
        sent.refresh_from_db()
        if sent.outcome != Message.Outcomes.WAITING:
            return None
        if not process.peer_pid and told is not None:
            process.peer_pid = _peer_pid(process, told)
        _acknowledge(process, sent)
    return process


def gave_up(message_id: int, reason: str) -> Process | None:
    """The peer refuses a message of ours for good: states differ, so the process is over (2025-1, "State Machine")."""
    with transaction.atomic():
        sent = Message.objects.get(pk=message_id)
        process = locked(KINDS[sent.kind]().machine, sent.pid)
        sent.refresh_from_db()
        if sent.outcome != Message.Outcomes.WAITING:
            return None
        sent.outcome, sent.why = Message.Outcomes.REFUSED, reason[:300]
        sent.save(update_fields=["outcome", "why"])
        process.reason = {"code": "refused", "step": sent.step, "reason": [reason[:300]]}
        may_say = bool(process.peer_pid) and sent.step != "terminate"
        if may_say and process.machine.find("terminate", process.side, process.stands) is not None:
            _written(process)
            send(process, Move("terminate", {"code": "refused", "reason": [f"{sent.step} was refused"]}))
        elif not process.over:
            process.state = State.TERMINATED
            _written(process)
            effects.reached(process, "terminate")
    return process


def _acknowledge(process: Process, sent: Message) -> None:
    sent.outcome, sent.held = Message.Outcomes.ACKNOWLEDGED, None
    sent.save(update_fields=["outcome", "held"])
    step = next(
        one for one in process.machine.named(sent.step) if one.after == sent.after and process.side in one.by
    )
    _moved(process, step, sent.body)


def _moved(process: Process, step: Step, message: Mapping[str, Any]) -> None:
    process.state = step.after.value
    if step.name in {"terminate", "suspend"}:
        process.reason = {"code": message.get("code", ""), "reason": message.get("reason", [])}
    _written(process)
    _overtake(process)
    effects.reached(process, step.name)
    if process.over or _waiting(process) is not None:
        return
    from dure.sharing.exchange.deciding import decider

    if (move := decider()(process, step.name)) is not None:
        send(process, move)


def _written(process: Process) -> None:
    # The version that was read must still be there: two changes at once cannot both be written.
    was, process.version, process.changed = process.version, process.version + 1, timezone.now()
    fields = {
        one.attname: getattr(process, one.attname) for one in process._meta.concrete_fields if not one.primary_key
    }
    if not KINDS[process.kind].objects.filter(pid=process.pid, version=was).update(**fields):
        raise WrongState(process.pid, state=process.state, step="change", by=process.role)


def _overtake(process: Process) -> None:
    # What waits in the outbox may not fit any more: the peer was faster.
    sent = _waiting(process)
    if sent is None:
        return
    step = process.machine.find(sent.step, process.side, process.stands)
    if step is None or step.after != sent.after:
        sent.outcome = Message.Outcomes.OVERTAKEN
        sent.save(update_fields=["outcome"])


def _waiting(process: Process) -> Message | None:
    rows = Message.objects.filter(kind=process.kind, pid=process.pid, outcome=Message.Outcomes.WAITING)
    return rows.first()


def _kept(process: Process, step: Step, body: Mapping[str, Any], *, ours: bool, outcome: str, **more: Any) -> Message:
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


__all__ = ["NEGOTIATION", "TRANSFER", "Move", "OfferUnknown", "act", "negotiate", "new_id", "take", "take_first", "transfer"]
