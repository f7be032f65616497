"""What we begin and do ourselves, and what becomes of a message that we sent."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction

from dure.sharing.exchange import effects
from dure.sharing.exchange.calling import checked
from dure.sharing.exchange.machine import MACHINES, Machine, Role, State
from dure.sharing.exchange.models import Agreement, Message, Negotiation, Transfer
from dure.sharing.exchange.moving import Move, Process, acknowledge, locked, send, short, written
from dure.sharing.exchange.refusals import AgreementEnded

P = TypeVar("P", Negotiation, Transfer)


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
    agreement: Agreement | str,
    format: str,  # noqa: A002 - its name on the wire
    *,
    provider_url: str = "",
    data_address: Any = None,
) -> Transfer:
    """Ask for the data of an agreement in `format`; where it was negotiated, unless `provider_url` says otherwise."""
    found = Agreement.objects.get(id=agreement) if isinstance(agreement, str) else agreement
    if not found.in_force:
        raise AgreementEnded(found.id)
    where = provider_url or (found.negotiation.address if found.negotiation else "")
    said = {"agreementId": found.id, "format": format, "dataAddress": data_address}
    return _asked(Transfer(agreement=found, format=format), where, found.peer, said)


def _asked(process: P, where: str, peer: str, said: Mapping[str, Any]) -> P:
    process.role, process.peer, process.address = Role.CONSUMER.value, peer, checked(where)
    with transaction.atomic():
        process.save(force_insert=True)
        send(process, Move("request", said))
    return process


def acknowledged(sent: Message, told: Mapping[str, Any] | None) -> Process | None:
    """The peer has taken a message of ours, and `told` is the process in its words; None if that was known already."""
    with transaction.atomic():
        process = locked(MACHINES[sent.kind], sent.pid)
        sent.refresh_from_db(fields=["outcome"])
        if sent.outcome != Message.Outcomes.WAITING:
            return None
        if not process.peer_pid and told is not None:
            process.peer_pid = short(
                told.get("providerPid" if process.side is Role.CONSUMER else "consumerPid", ""), "pid"
            )
        acknowledge(process, sent)
    return process


def gave_up(sent: Message, reason: str) -> Process | None:
    """The peer refuses a message of ours for good: states differ, so the process is over (2025-1, "State Machine")."""
    with transaction.atomic():
        process = locked(MACHINES[sent.kind], sent.pid)
        sent.refresh_from_db(fields=["outcome"])
        if sent.outcome != Message.Outcomes.WAITING:
            return None
        sent.outcome, sent.why = Message.Outcomes.REFUSED, reason[:300]
        sent.save(update_fields=["outcome", "why"])
        process.reason = {"code": "refused", "step": sent.step, "reason": [reason[:300]]}
        may_say = bool(process.peer_pid) and sent.step != "terminate"
        if may_say and process.machine.find("terminate", process.side, process.stands) is not None:
            written(process)
            send(process, Move("terminate", {"code": "refused", "reason": [f"{sent.step} was refused"]}))
        elif not process.over:
            process.state = State.TERMINATED
            written(process)
            effects.reached(process, "terminate", {})
    return process
