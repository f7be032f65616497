"""What a step means beside the state: the offer on the table, the agreement that is kept, the data address, the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from dure.foundation.ledger import record
from dure.sharing.exchange import composing, introduced
from dure.sharing.exchange.machine import Role, State, Step
from dure.sharing.exchange.models import MOST_ID, Agreement, Negotiation, Transfer, new_id
from dure.sharing.exchange.refusals import MessageWrong

Process = Negotiation | Transfer
# Transitions that the ledger keeps, as `room.verb`.
WRITTEN = {
    ("negotiation", "finalize"): "agreement.concluded",
    ("negotiation", "terminate"): "negotiation.terminated",
    ("transfer", "start"): "transfer.started",
    ("transfer", "complete"): "transfer.completed",
    ("transfer", "terminate"): "transfer.terminated",
}


def taken(process: Process, step: Step, message: Mapping[str, Any]) -> None:
    """A message that came, before its state is written: what it says must fit the process.

    Raises
    ------
    MessageWrong
        If it is about another dataset, other parties, or an agreement that is already known.
    """
    if isinstance(process, Transfer):
        if step.name == "start" and "dataAddress" in message:
            process.data_address = message["dataAddress"]
    elif step.name in {"request", "offer"}:
        if message["offer"].get("target", process.dataset) != process.dataset:
            raise MessageWrong("offer.target", wrong="is not the dataset of this negotiation")
        process.offer = message["offer"]
    elif step.name == "agree":
        _fits(process, message["agreement"])


def said(process: Process, step: Step, given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What a message of ours says: as `given`, and what follows from the process."""
    if isinstance(process, Transfer):
        if step.name == "start" and process.side is Role.PROVIDER and "dataAddress" not in given:
            given["dataAddress"] = introduced.data_for(process)
    elif step.name in {"request", "offer"}:
        given["offer"] = {
            **(given.get("offer") or process.offer),
            "@type": "Offer",
            "target": process.dataset,
        }
        Negotiation.objects.filter(pid=process.pid).update(offer=given["offer"])
        process.offer = given["offer"]
    elif step.name == "agree":
        given["agreement"] = composing.agreement(
            process.offer, id=new_id(), assigner=introduced.own(), assignee=process.peer, now=now
        )
        # Kept as it is signed, before anybody else can know its id.
        _keep_agreement(process, given["agreement"], now)
    return given


def reached(process: Process, step: str, message: Mapping[str, Any]) -> None:
    """A step that both sides have now taken."""
    now = timezone.now()
    if isinstance(process, Negotiation):
        if step == "agree" and process.side is Role.CONSUMER:
            _keep_agreement(process, message["agreement"], now)
        elif step == "finalize":
            Agreement.objects.filter(negotiation=process).update(final=now)
        elif step == "terminate":
            Agreement.objects.filter(negotiation=process, ended=None).update(
                ended=now, end_reason="terminated"
            )
    if (what := WRITTEN.get((process.kind, step))) is not None:
        record(process.peer, what, f"{process.kind}:{process.pid}", _facts(process))


def end(agreement: Agreement, reason: str, now: datetime) -> None:
    """End an agreement: its running transfers are terminated, and nothing begins under it any more."""
    from dure.sharing.exchange.models import Message
    from dure.sharing.exchange.moving import Move, send

    Agreement.objects.filter(pk=agreement.pk, ended=None).update(ended=now, end_reason=reason[:500])
    running = Transfer.objects.select_for_update().filter(agreement=agreement)
    for one in running.exclude(state__in=[state.value for state in Transfer().machine.final]):
        Message.objects.filter(kind=one.kind, pid=one.pid, outcome=Message.Outcomes.WAITING).update(
            outcome=Message.Outcomes.OVERTAKEN
        )
        if one.stands is not State.NEW:
            send(one, Move("terminate", {"code": "agreement-ended", "reason": [reason[:300]]}), now)
    record("node", "agreement.ended", f"agreement:{agreement.id}", {"reason": reason[:500]})


def _fits(process: Negotiation, agreement: Mapping[str, Any]) -> None:
    wanted = {"target": process.dataset, "assigner": process.peer, "assignee": introduced.own()}
    for name, value in wanted.items():
        if agreement[name] != value:
            raise MessageWrong(f"agreement.{name}", wrong="is not that of this negotiation")
    if len(agreement["@id"]) > MOST_ID or Agreement.objects.filter(id=agreement["@id"]).exists():
        raise MessageWrong("agreement.@id", wrong="is too long or was used before")


def _keep_agreement(process: Negotiation, agreement: Mapping[str, Any], now: datetime) -> None:
    frozen = introduced.facts_of(process.dataset) if process.side is Role.PROVIDER else {}
    Agreement.objects.create(
        id=agreement["@id"],
        negotiation=process,
        role=process.role,
        peer=process.peer,
        dataset=process.dataset,
        policy=dict(agreement),
        frozen=frozen,
        agreed=now,
    )


def _facts(process: Process) -> dict[str, Any]:
    facts = {**process.pids, "role": process.role}
    if isinstance(process, Transfer):
        return {**facts, "agreement": process.agreement_id, "format": process.format}
    kept = Agreement.objects.filter(negotiation=process).first()
    return {**facts, "dataset": process.dataset, "agreement": kept.id if kept else ""}
