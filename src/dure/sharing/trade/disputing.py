"""Disputes about a settlement: a procedure as data, during which the clock of payment stands still."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet

from dure.foundation.ledger import record
from dure.foundation.procedure import Case, Made, reckoned, start
from dure.sharing.trade.metering import credited, statement
from dure.sharing.trade.models import Settlement
from dure.sharing.trade.period import SEOUL, Period
from dure.sharing.trade.refusals import InDispute, UseWrong
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.foundation.parties import Person
    from dure.foundation.procedure import Effect, Flow

FLOW, RAISE = "trade_dispute", "raise"
#: Ends after which the same settlement is not disputed again.
DECIDED = ("upheld", "rejected")


def dispute(one: Settlement, by: "Person", why: str, claim: int | str, now: datetime | None = None) -> Case:
    """Open a dispute as a draft; the clock of payment stops when it is raised (the flow's move), not before.

    Parameters
    ----------
    claim
        What should come off the settlement. [won]

    Raises
    ------
    InDispute
        If one about it is open, or was decided.
    """
    with transaction.atomic():
        held = Settlement.objects.select_for_update().get(pk=one.pk)
        before = _about(held).filter(closed=None).first() or _about(held).filter(state__in=DECIDED).first()
        if before is not None or held.state == Settlement.State.PAID:
            raise InDispute(str(held), state=before.state if before else held.get_state_display())
        return start(
            FLOW, by, f"{held.agreement} {held.period}", {"why": why, "claim": claim}, about=f"settlement:{held.pk}",
            facts={"settlement.amount": float(held.amount)}, now=now,
        )  # fmt: skip


def open_dispute(one: Settlement) -> Case | None:
    """The dispute about a settlement that was raised and has not ended."""
    return next((case for case in _about(one).filter(closed=None) if _raised(case)), None)


def stopped(one: Settlement, now: datetime) -> list[tuple[date, date]]:
    """Days, in Seoul, from which to which disputes have stopped the clock."""
    spans = ((_raised(case), case.closed or now) for case in _about(one))
    return [(begin.astimezone(SEOUL).date(), end.astimezone(SEOUL).date()) for begin, end in spans if begin]


def pay_order(case: Case, flow: "Flow", effect: "Effect", by: "Person | None", now: datetime) -> None:
    """The effect `pay_order` of the flow: what the ruling grants is credited, in the settlement's own period."""
    settlement = Settlement.objects.get(pk=case.about.removeprefix("settlement:"))
    asked: Any = effect.settings
    amount, claim = (float(str(reckoned(case, flow, formula))) for formula in (asked["amount"], "=[claim]"))
    if not amount.is_integer() or not 0 <= amount <= claim:
        raise UseWrong(str(settlement), fault=Text("what comes off is no sum from nothing to the claim.", "감액은 0부터 요구 금액까지의 원 단위 금액이어야 합니다."))  # fmt: skip
    first = Period.of(settlement.period).first
    when = datetime(first.year, first.month, 1, 12, tzinfo=SEOUL)
    if amount:
        credited(
            settlement.agreement,
            int(amount),
            reference=f"case:{case.pk}",
            when=when,
            by=f"person:{by.pk}" if by else "clock",
        )
    _reissue(settlement, now)


def _reissue(one: Settlement, now: datetime) -> None:
    """The settlement with what was credited; its clock goes on where it stood."""
    found = statement(one.agreement, Period.of(one.period))
    one.figures, one.sha256, one.amount, one.state = (
        found.figures(),
        found.sha256,
        found.due,
        Settlement.State.ISSUED,
    )
    one.save(update_fields=["figures", "sha256", "amount", "state"])
    record(
        "node",
        "trade.settled",
        f"settlement:{one.pk}",
        {"sha256": one.sha256, "due": f"{one.amount:f}"},
        now=now,
    )


def _about(one: Settlement) -> QuerySet[Case]:
    return Case.objects.filter(about=f"settlement:{one.pk}", flow__name=FLOW)


def _raised(case: Case) -> datetime | None:
    made = Made.objects.filter(case=case, move=RAISE).order_by("number").first()
    return made.at if made else None
