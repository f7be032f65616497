"""Settlements: a period's statement issued, confirmed by the other side's own reckoning, and paid in time."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from dure.foundation.ledger import record
from dure.foundation.procedure import Calendar
from dure.sharing.trade.disputing import open_dispute, stopped
from dure.sharing.trade.metering import statement
from dure.sharing.trade.models import Settlement
from dure.sharing.trade.period import Period
from dure.sharing.trade.refusals import InDispute, SettledOtherwise, SettlementOpen

CALENDAR = Calendar("KR")


def settle(agreement: str, period: Period, *, by: str = "node", now: datetime | None = None) -> Settlement:
    """Issue the settlement of a period that is over; the same again gives the one that was issued.

    Raises
    ------
    SettlementOpen
        If the period is not over.
    SettledOtherwise
        If it was issued with other figures: something was written down since.
    """
    now = now or timezone.now()
    if not period.is_over(now):
        raise SettlementOpen(str(period), after=period.after.isoformat())
    found = statement(agreement, period)
    with transaction.atomic():
        made, new = Settlement.objects.get_or_create(
            agreement=agreement,
            period=str(period),
            defaults={"figures": found.figures(), "sha256": found.sha256, "amount": found.due, "issued": now},
        )
        if not new and made.sha256 != found.sha256:
            raise SettledOtherwise(str(made), ours=f"{found.due:,}", theirs=f"{made.amount:,}")
        if new:
            record(
                by,
                "trade.settled",
                f"settlement:{made.pk}",
                {"sha256": found.sha256, "due": f"{found.due:f}"},
            )
    return made


def confirm(one: Settlement, theirs: str, their_due: int, *, by: str = "node") -> Settlement:
    """The other side's fingerprint and sum, reckoned from its own ledger.

    Raises
    ------
    SettledOtherwise
        If it is not the same.
    """
    if theirs != one.sha256:
        raise SettledOtherwise(str(one), ours=f"{one.amount:,}", theirs=f"{their_due:,}")
    with transaction.atomic():
        moved = Settlement.objects.filter(pk=one.pk, state=Settlement.State.ISSUED).update(state=Settlement.State.CONFIRMED)  # fmt: skip
        if moved:
            record(by, "trade.confirmed", f"settlement:{one.pk}", {"sha256": theirs})
    one.refresh_from_db()
    return one


def pay(one: Settlement, *, by: str = "node", now: datetime | None = None) -> Settlement:
    """Write down that it is paid; raises `InDispute` while a dispute about it is open."""
    with transaction.atomic():
        held = Settlement.objects.select_for_update().get(pk=one.pk)
        dispute = open_dispute(held)
        if dispute is not None:
            raise InDispute(str(held), state=dispute.state)
        if held.state != Settlement.State.PAID:
            held.state, held.paid = Settlement.State.PAID, now or timezone.now()
            held.save(update_fields=["state", "paid"])
            record(by, "trade.paid", f"settlement:{held.pk}", {"amount": f"{held.amount:f}"})
    return held


def pay_by(one: Settlement, now: datetime) -> datetime:
    """Until when it is to be paid: the price's working days, longer by those for which a dispute stopped the clock."""
    within = int(one.figures["pay_within"])
    return CALENDAR.deadline(one.issued, within, _working(stopped(one, now)))


def days_left(one: Settlement, now: datetime) -> int:
    """Working days left to pay; below 0 once it is late."""
    return CALENDAR.left(pay_by(one, now), now)


def _working(spans: list[tuple[date, date]]) -> int:
    """Working days in spans, each day once."""
    days, last = 0, date.min
    for begin, end in sorted(spans):
        days += CALENDAR.between(max(begin, last), end)
        last = max(last, end)
    return days
