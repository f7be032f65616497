"""What may be done with data that came under an agreement, and why somebody would not get what they ask for.

A stranger on the wire sees only 404; `why_not` is for our own people, who try as partner X before anybody does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from dure.sharing import policies
from dure.sharing.exchange import introduced
from dure.sharing.exchange.machine import Role
from dure.sharing.exchange.models import Agreement
from dure.sharing.exchange.refusals import AgreementEnded
from dure.vocabulary import Action, Permit, Text

STEPS = ("catalog", "negotiate", "transfer")
NOT_SHOWN = Text("The dataset is not offered to {party}.", "이 데이터셋은 {party}에게 제공되지 않습니다.")
SHOW = Text(
    "Publish it with an offer, or add the partner to those who may see it.",
    "오퍼와 함께 게시하거나, 볼 수 있는 상대에 추가하세요.",
)
NO_AGREEMENT = Text(
    "There is no agreement in force with {party} on this dataset.",
    "이 데이터셋에 대해 {party}와(과) 맺은 유효한 계약이 없습니다.",
)
NEGOTIATE = Text("Negotiate one first.", "먼저 계약을 협상하세요.")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason: where it stands (an offer and its clause), what is missing, and what would mend it."""

    where: str
    missing: Text
    fix: Text


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether `party` would get through `step` for `dataset`, and if not, each reason."""

    party: str
    dataset: str
    step: str
    would: bool
    obstacles: tuple[Obstacle, ...] = ()


def permit(
    agreement: Agreement | str, action: Action, facts: Mapping[str, Any], now: datetime | None = None
) -> Permit:
    """What the agreement lets us do with its data at this moment; it covers `action`.

    Raises
    ------
    AgreementEnded
        If it is not in force.
    ActionRefused
        If its policy does not allow `action`.
    """
    found = Agreement.objects.get(id=agreement) if isinstance(agreement, str) else agreement
    if not found.in_force:
        raise AgreementEnded(found.id)
    us = introduced.own() if found.role == Role.CONSUMER else found.peer
    known = {"agreed": found.agreed, **facts}
    asked = policies.Request(policies.term_of(action), found.dataset, us, now or timezone.now(), known)
    granted = policies.permit(policies.Policy.from_odrl(found.policy), asked)
    granted.require(action)
    return granted


def why_not(
    party: str, dataset: str, step: str, facts: Mapping[str, Any] | None = None, now: datetime | None = None
) -> Explanation:
    """Try as `party`, without a trace, whether they would see, negotiate or fetch `dataset`; and what stands against it.

    Parameters
    ----------
    step
        One of `STEPS`.
    facts
        What they would present, by the policy's left operands.
    """
    at, known = now or timezone.now(), dict(facts or {})
    shown = introduced.offered(introduced.Peer(party), dataset)
    if step == "transfer":
        found = _transfer(party, dataset, known, at)
    elif shown is None:
        found = [Obstacle("catalog", _of(NOT_SHOWN, party), SHOW)]
    else:
        found = [] if step == "catalog" else _offers(shown, party, known, at)
    return Explanation(party, dataset, step, would=not found, obstacles=tuple(found))


def _offers(shown: Mapping[str, Any], party: str, facts: Mapping[str, Any], at: datetime) -> list[Obstacle]:
    # One offer that holds is enough; otherwise what each lacks.
    found: list[Obstacle] = []
    for offer in shown.get("hasPolicy", ()):
        lacking = _lacking(offer, shown["@id"], party, facts, at)
        if not lacking:
            return []
        found += lacking
    return found


def _transfer(party: str, dataset: str, facts: Mapping[str, Any], at: datetime) -> list[Obstacle]:
    theirs = Agreement.objects.filter(peer=party, dataset=dataset, role=Role.PROVIDER, ended=None)
    agreement = theirs.exclude(final=None).first()
    if agreement is None:
        return [Obstacle("agreement", _of(NO_AGREEMENT, party), NEGOTIATE)]
    return _lacking(agreement.policy, dataset, party, {"agreed": agreement.agreed, **facts}, at)


def _lacking(
    policy: Mapping[str, Any], dataset: str, party: str, facts: Mapping[str, Any], at: datetime
) -> list[Obstacle]:
    asked = policies.Request("use", dataset, party, at, facts)
    decision = policies.evaluate(policies.Policy.from_odrl(policy), asked)
    where = str(policy.get("@id", ""))
    return (
        []
        if decision.allowed
        else [Obstacle(f"{where} {one.clause}".strip(), one.missing, one.fix) for one in decision.reasons]
    )


def _of(text: Text, party: str) -> Text:
    return Text(text.en.format(party=party), text.ko.format(party=party))
