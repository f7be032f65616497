"""What was agreed, used, earned and credited, as entries of the ledger; and the statement reckoned from them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from dure.foundation.ledger import Entry, record
from dure.sharing.contracts import Price
from dure.sharing.trade.period import Period
from dure.sharing.trade.pricing import PAY_WITHIN, TAX, facts_of
from dure.sharing.trade.reckoning import AGREED, CREDITED, EARNED, KINDS, PAID, USED, Fact, Statement, reckon
from dure.sharing.trade.refusals import NotPriced, UseWrong
from dure.vocabulary import Text

MOST = 10**15
UNITS = ("rows", "runs")
_REFERENCE = re.compile(r"[\w:.\-/#]{1,200}", re.ASCII)


def agreed(  # noqa: PLR0913 - what a price is agreed for
    agreement: str,
    price: Price,
    provider: str,
    consumer: str,
    *,
    since: datetime,
    until: date | None = None,
    tax: Decimal = TAX,
    pay_within: int = PAY_WITHIN,
    by: str = "node",
) -> bool:
    """Write down what an agreement costs; False if that is written already. Both sides do so when it is final.

    Parameters
    ----------
    tax
        Share of the sum; 0 where the supply bears none.
    pay_within
        Working days from the settlement.

    Raises
    ------
    UseWrong
        If another price is written for it.
    """
    says = {
        "price": facts_of(price), "provider": provider, "consumer": consumer, "tax": f"{tax:f}", "pay_within": pay_within,
        "until": until.isoformat() if until else "",
    }  # fmt: skip
    return _write(_Entry(agreement, AGREED, "", says, since), by)


def used(  # noqa: PLR0913 - one delivery
    agreement: str, unit: str, count: int, *, reference: str, when: datetime, by: str = "node"
) -> bool:
    """Write down use; False if this reference is written already.

    Parameters
    ----------
    unit
        `rows` or `runs`; months are counted by the calendar.
    reference
        Of the receipt or run that both sides know; each counts once.
    when
        The receipt's time, the same on both sides: it decides the period.

    Raises
    ------
    NotPriced, UseWrong
        If the agreement has no price; if the reference stands for another count, or a figure is out of bounds.
    """
    if unit not in UNITS:
        raise _wrong(
            reference,
            f"the unit is none of {', '.join(UNITS)}.",
            f"단위가 {', '.join(UNITS)} 중 하나가 아닙니다.",
        )
    return _counted(_Entry(agreement, USED, reference, {"unit": unit, "count": count}, when), by)


def earned(agreement: str, amount: int, *, reference: str, when: datetime, by: str = "node") -> bool:
    """Write down revenue [won] of which a share is owed; raises as `used`."""
    return _counted(_Entry(agreement, EARNED, reference, {"amount": amount}, when), by)


def credited(agreement: str, amount: int, *, reference: str, when: datetime, by: str = "node") -> bool:
    """Write down what is taken off [won], as a dispute has decided; raises as `used`."""
    return _counted(_Entry(agreement, CREDITED, reference, {"amount": amount}, when), by)


def paid_by_voucher(agreement: str, amount: int, *, reference: str, when: datetime, by: str = "node") -> bool:
    """Write down what a voucher has paid [won]; raises as `used`."""
    return _counted(_Entry(agreement, PAID, reference, {"amount": amount}, when), by)


def statement(agreement: str, period: Period) -> Statement:
    """What a period comes to, by this node's ledger; the other side's gives the same.

    Raises
    ------
    NotPriced
        If no price is written down.
    """
    return reckon(agreement, facts(agreement), period)


def facts(agreement: str) -> Iterator[Fact]:
    """Entries of the ledger about an agreement, in their order."""
    entries = Entry.objects.filter(object=_object(agreement), what__in=KINDS).order_by("index")
    for entry in entries.iterator(2000):
        says = json.loads(entry.facts)
        yield Fact(entry.what, datetime.fromisoformat(says["when"]), says)


@dataclass(frozen=True)
class _Entry:
    """One entry to be written."""

    agreement: str
    what: str
    reference: str
    says: Mapping[str, Any]
    when: datetime

    @property
    def facts(self) -> dict[str, Any]:
        return {**self.says, "reference": self.reference, "when": self.when.isoformat()}


def _counted(entry: _Entry, by: str) -> bool:
    if not _REFERENCE.fullmatch(entry.reference):
        raise _wrong(entry.reference[:60], "the reference is none.", "참조 형식이 아닙니다.")
    count = entry.says.get("count", entry.says.get("amount"))
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= MOST:
        raise _wrong(
            entry.reference, "the figure is no whole number from 0.", "수치가 0 이상의 정수가 아닙니다."
        )
    return _write(entry, by)


def _write(entry: _Entry, by: str) -> bool:
    with transaction.atomic():
        kept = _kept(entry.agreement, entry.what, entry.reference)
        if kept is not None:
            if _same(kept, entry.facts):
                return False
            raise _wrong(entry.reference or entry.agreement, "other figures are written under it.", "이미 다른 수치로 기록되어 있습니다.")  # fmt: skip
        if entry.what != AGREED and _kept(entry.agreement, AGREED, "") is None:
            raise NotPriced(entry.agreement)
        record(by, entry.what, _object(entry.agreement), entry.facts)
    return True


def _kept(agreement: str, what: str, reference: str) -> dict[str, Any] | None:
    """The entry under a reference. Canonical JSON says it in one way only, so that it is found by its text."""
    held = Entry.objects.filter(
        object=_object(agreement), what=what, facts__contains=f'"reference":"{reference}"'
    )
    entry = held.order_by("index").first()
    return json.loads(entry.facts) if entry else None


def _same(kept: Mapping[str, Any], says: Mapping[str, Any]) -> bool:
    """Whether two entries say the same; the time may be written in another zone."""
    times = [datetime.fromisoformat(one["when"]) for one in (kept, says)]
    return times[0] == times[1] and {**kept, "when": ""} == {**says, "when": ""}


def _object(agreement: str) -> str:
    return f"agreement:{agreement}"[:300]


def _wrong(where: str, en: str, ko: str) -> UseWrong:
    return UseWrong(where or "–", fault=Text(en, ko))
