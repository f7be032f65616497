"""Messages that came: whose they are, whether they fit, and that one which came before changes nothing again.

A message that the peer can only send after ours has reached it acknowledges ours as well, for an acknowledgement may be
lost or come late.
"""

import time
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from dure.sharing.exchange import effects, introduced
from dure.sharing.exchange.calling import checked
from dure.sharing.exchange.machine import TRANSFER, Machine, Role, State, Step
from dure.sharing.exchange.models import KINDS, Agreement, Message, Negotiation, Transfer
from dure.sharing.exchange.moving import Process, acknowledge, kept, locked, mark, moved, short, waiting
from dure.sharing.exchange.refusals import AgreementEnded, MessageWrong, UnknownProcess, WrongState

# How long a message that came waits for the answer to one of ours that is on its way. [s]
PATIENCE = 2.0


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
    _let_ours_land(machine, pid, name)
    with transaction.atomic():
        process = locked(machine, pid, peer)
        process.asker = peer
        _same_ids(process, message)
        if _came_before(process, mark(message)):
            return process
        if not process.peer_pid:
            process.peer_pid = _peer_pid(process, message)
        step = _fitting(process, name, waiting(process))
        return _took(process, step, message, waiting(process))


def _let_ours_land(machine: Machine, pid: str, name: str) -> None:
    # A message of ours is on its way right now. Its answer decides whether theirs, which fits as long as ours has not
    # arrived, still fits: so it is waited for, a little.
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ours = Message.objects.filter(kind=machine.kind, pid=pid, outcome=Message.Outcomes.WAITING)
        if not ours.filter(held__gt=timezone.now()).exists():
            return
        process = KINDS[machine.kind].objects.filter(pid=pid).first()
        if process is None or process.stands is State.NEW or not _possible_now(process, name):
            return
        time.sleep(0.01)


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
            process.asker = peer
            step = machine.find(name, role.other, State.NEW)
            if step is None:
                raise WrongState(theirs, state="new", step=name, by=role.other.value)
            return _took(process, step, message, None)
    except IntegrityError:  # the same message came twice at once, and the other was first
        return _again(KINDS[machine.kind].objects.get(role=role, peer=peer.did, peer_pid=theirs), message)


def _took(process: Process, step: Step, message: Mapping[str, Any], sent: Message | None) -> Process:
    effects.taken(process, step, message)
    kept(process, step, message, ours=False, outcome=Message.Outcomes.TAKEN)
    moved(process, step, message, sent)
    return process


def _begun(machine: Machine, role: Role, message: Mapping[str, Any], peer: Any, theirs: str) -> Process:
    common: dict[str, Any] = {"role": role, "peer": peer.did, "peer_pid": theirs}
    common["address"] = checked(str(message.get("callbackAddress", "")))
    if machine is TRANSFER:
        return Transfer.objects.create(
            agreement=_agreement_of(message, peer), format=short(message["format"], "format"), **common
        )
    offer = message["offer"]
    if role is Role.PROVIDER:
        _offered(offer, peer)
    return Negotiation.objects.create(
        dataset=short(offer.get("target", ""), "offer.target"), offer=offer, **common
    )


def _agreement_of(message: Mapping[str, Any], peer: Any) -> Agreement:
    found = Agreement.objects.filter(id=message["agreementId"], peer=peer.did, role=Role.PROVIDER).first()
    if found is None:
        raise UnknownProcess(str(message["agreementId"])[:100])
    if not found.in_force:
        raise AgreementEnded(found.id)
    return found


def _offered(offer: Mapping[str, Any], peer: Any) -> None:
    # A dataset that is not offered to this peer is not there for it.
    target = str(offer.get("target", ""))
    if introduced.offered(peer, target) is None:
        raise UnknownProcess(target[:100])


def _again(process: Process, message: Mapping[str, Any]) -> Process:
    first = Message.objects.filter(kind=process.kind, pid=process.pid, ours=False).first()
    if first is None or first.mark != mark(message):
        raise MessageWrong("consumerPid", wrong="was used before, and an id is never used twice")
    return process


def _came_before(process: Process, seen: str) -> bool:
    last = Message.objects.filter(kind=process.kind, pid=process.pid, ours=False).last()
    if last is None or last.mark != seen:
        return False
    # Nobody says the same twice in a negotiation; a transfer may be suspended again in the same words.
    return process.kind == "negotiation" or not _possible_now(process, last.step)


def _possible_now(process: Process, name: str) -> bool:
    return process.machine.find(name, process.side.other, process.stands) is not None


def _fitting(process: Process, name: str, sent: Message | None) -> Step:
    by = process.side.other
    # What we began and is not acknowledged yet can only be gone on with by an answer to it.
    begun = process.stands is not State.NEW
    if begun and (step := process.machine.find(name, by, process.stands)) is not None:
        return step
    if sent is not None and sent.attempts and process.machine.find(name, by, State(sent.after)) is not None:
        # They answer what we sent, so it has reached them.
        acknowledge(process, sent)
        if (step := process.machine.find(name, by, process.stands)) is not None:
            return step
    raise WrongState(process.pid, state=process.state or "new", step=name, by=by.value)


def _same_ids(process: Process, message: Mapping[str, Any]) -> None:
    for name, value in process.pids.items():
        if value and message.get(name, value) != value:
            raise MessageWrong(name, wrong="is not the id of this process")


def _peer_pid(process: Process, message: Mapping[str, Any]) -> str:
    return short(message.get("providerPid" if process.side is Role.CONSUMER else "consumerPid", ""), "pid")


def _theirs(role: Role, message: Mapping[str, Any]) -> str:
    name = "providerPid" if role is Role.CONSUMER else "consumerPid"
    return short(message.get(name, ""), name)
