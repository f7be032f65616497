"""Vouchers: issued to an organisation, spent on an agreement, settled on the evidence of a delivery or given back.

At any moment `amount = balance + what is spent or settled`. The balance is changed by one conditional statement of the database,
so that two who spend at once cannot take more than there is.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from dure.foundation.ledger import record
from dure.sharing.trade.metering import paid_by_voucher
from dure.sharing.trade.models import Spending, Voucher
from dure.sharing.trade.pricing import MOST_WON
from dure.sharing.trade.refusals import SpendingDecided, UseWrong, VoucherOver, VoucherShort
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.foundation.parties import Organisation


def issue(  # noqa: PLR0913 - what a voucher says
    holder: "Organisation",
    programme: str,
    amount: int,
    until: datetime,
    *,
    by: str = "node",
    now: datetime | None = None,
) -> Voucher:
    """Give an organisation a voucher of so many won; raises `UseWrong` if that is no sum."""
    if not 0 < amount <= MOST_WON:
        raise UseWrong(programme, fault=_NO_SUM)
    with transaction.atomic():
        made = Voucher.objects.create(
            holder=holder, programme=programme[:200], amount=amount, balance=amount, until=until, issued=now or timezone.now()
        )  # fmt: skip
        record(
            by,
            "voucher.issued",
            f"voucher:{made.pk}",
            {"holder": f"organisation:{holder.pk}", "amount": amount},
        )
    return made


def spend(  # noqa: PLR0913 - a payment
    voucher: Voucher,
    amount: int,
    agreement: str,
    reference: str,
    *,
    by: str = "node",
    now: datetime | None = None,
) -> Spending:
    """Pay from a voucher. The same reference pays once, however often it is asked.

    Raises
    ------
    VoucherShort, VoucherOver
        If there is less on it, or its time is over.
    SpendingDecided
        If the reference stands for another payment.
    UseWrong
        If the amount is no sum.
    """
    if not 0 < amount <= MOST_WON:
        raise UseWrong(reference[:60], fault=_NO_SUM)
    try:
        with transaction.atomic():
            return _same(voucher, amount, agreement, reference) or _spent(voucher, amount, agreement, reference, by, now or timezone.now())  # fmt: skip
    except IntegrityError:  # somebody else wrote the reference between our look and our word
        found = _same(voucher, amount, agreement, reference)
        if found is None:
            raise
        return found


def redeem(one: Spending, evidence: str, *, by: str = "node", now: datetime | None = None) -> Spending:
    """Settle a payment with the provider on the root of the delivery's receipt; it is then a payment in the statement.

    Raises
    ------
    SpendingDecided
        If it was given back, or settled on other evidence.
    """
    with transaction.atomic():
        moved = Spending.objects.filter(pk=one.pk, state=Spending.State.SPENT).update(state=Spending.State.SETTLED, evidence=evidence[:200])  # fmt: skip
        one.refresh_from_db()
        if not moved:
            _require_state(one, Spending.State.SETTLED, evidence[:200])
            return one
        facts = {"reference": one.reference, "amount": one.amount, "evidence": one.evidence}
        record(by, "voucher.settled", f"voucher:{one.voucher_id}", facts)
        paid_by_voucher(one.agreement, one.amount, reference=f"voucher:{one.voucher_id}:{one.reference}", when=now or timezone.now(), by=by)  # fmt: skip
    return one


def release(one: Spending, *, by: str = "node") -> Spending:
    """Give a payment back to its voucher, as when the delivery failed; raises `SpendingDecided` if it was settled."""
    with transaction.atomic():
        moved = Spending.objects.filter(pk=one.pk, state=Spending.State.SPENT).update(
            state=Spending.State.RELEASED
        )
        one.refresh_from_db()
        if not moved:
            _require_state(one, Spending.State.RELEASED, "")
            return one
        Voucher.objects.filter(pk=one.voucher_id).update(balance=F("balance") + one.amount)
        record(
            by,
            "voucher.released",
            f"voucher:{one.voucher_id}",
            {"reference": one.reference, "amount": one.amount},
        )
    return one


def _spent(voucher: Voucher, amount: int, agreement: str, reference: str, by: str, now: datetime) -> Spending:  # noqa: PLR0913, PLR0917 - a payment
    held = Voucher.objects.filter(pk=voucher.pk, until__gt=now, balance__gte=amount)
    if not held.update(balance=F("balance") - amount):
        voucher.refresh_from_db()
        if voucher.until <= now:
            raise VoucherOver(voucher.pk, until=f"{voucher.until:%Y-%m-%d}")
        raise VoucherShort(voucher.pk, left=f"{voucher.balance:,}", asked=f"{amount:,}")
    made = Spending.objects.create(
        voucher=voucher, reference=reference[:200], agreement=agreement, amount=amount, at=now
    )
    record(by, "voucher.spent", f"voucher:{voucher.pk}", {"reference": made.reference, "amount": amount})
    return made


def _same(voucher: Voucher, amount: int, agreement: str, reference: str) -> Spending | None:
    found = Spending.objects.filter(voucher=voucher, reference=reference[:200]).first()
    if found is not None and (found.amount, found.agreement) != (amount, agreement):
        raise SpendingDecided(reference[:60], state=found.get_state_display())
    return found


def _require_state(one: Spending, state: str, evidence: str) -> None:
    if (one.state, one.evidence) != (state, evidence):
        raise SpendingDecided(one.reference, state=one.get_state_display())


_NO_SUM = Text("the amount is no sum of won above 0.", "금액이 0보다 큰 원 단위 금액이 아닙니다.")
