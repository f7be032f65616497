"""A statement from entries of a ledger: a pure reckoning, so that either side comes to the same won from its own."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dure.sharing.contracts import Price, Usage, due
from dure.sharing.trade.period import SEOUL, Period
from dure.sharing.trade.pricing import facts_of, price_from, tax_on
from dure.sharing.trade.refusals import NotPriced
from dure.vocabulary import Text

AGREED, USED, EARNED, CREDITED, PAID = (
    "trade.agreed",
    "trade.used",
    "trade.earned",
    "trade.credited",
    "trade.voucher",
)
KINDS = (AGREED, USED, EARNED, CREDITED, PAID)


@dataclass(frozen=True)
class Fact:
    """One entry about an agreement: what, when it was so (not when it was written), and what it says."""

    what: str
    when: datetime
    says: Mapping[str, Any]

    @property
    def reference(self) -> str:
        """What it is counted by: each reference once, however often it was written."""
        return str(self.says.get("reference", ""))


@dataclass(frozen=True)
class Line:
    """One line of a statement: what it is in words, and what it comes to in the price's currency."""

    kind: str
    words: Text
    amount: Decimal


@dataclass(frozen=True)
class Statement:
    """What one period of an agreement comes to, in the price's currency. `due` is left to pay; below 0 it is owed back."""

    agreement: str
    provider: str
    consumer: str
    period: Period
    price: Price
    lines: tuple[Line, ...]
    use: Usage
    net: Decimal
    tax: Decimal
    vouchers: Decimal
    pay_within: int
    references: Mapping[str, int]

    @property
    def total(self) -> Decimal:
        """With tax."""
        return self.net + self.tax

    @property
    def due(self) -> Decimal:
        """What is left after vouchers."""
        return self.total - self.vouchers

    def figures(self) -> dict[str, Any]:
        """All that both sides must have alike, as JSON; nothing that only one side knows."""
        return {
            "agreement": self.agreement,
            "provider": self.provider,
            "consumer": self.consumer,
            "period": str(self.period),
            "price": facts_of(self.price),
            "pay_within": self.pay_within,
            "use": {
                "rows": self.use.rows,
                "runs": self.use.runs,
                "months": f"{self.use.months:f}",
                "revenue": f"{self.use.revenue:f}",
            },
            "lines": [[one.kind, f"{one.amount:f}"] for one in self.lines],
            "net": f"{self.net:f}",
            "tax": f"{self.tax:f}",
            "vouchers": f"{self.vouchers:f}",
            "due": f"{self.due:f}",
            "references": dict(self.references),
        }

    @property
    def sha256(self) -> str:
        """Fingerprint of the figures: the same on both sides, or something differs."""
        text = json.dumps(self.figures(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Difference:
    """A reference that the two sides count otherwise; None where one has it not."""

    reference: str
    ours: int | None
    theirs: int | None


def reckon(agreement: str, facts: Iterable[Fact], period: Period) -> Statement:
    """What a period of an agreement comes to.

    Parameters
    ----------
    facts
        Entries about it in any order, of any period; a reference that stands twice counts once, as it was written first.

    Raises
    ------
    NotPriced
        If none of them says the price.

    Examples
    --------
    >>> facts = list(example())
    >>> one = reckon("urn:uuid:1", facts, Period.of("2026-11"))
    >>> one.net, one.tax, one.due, one.use.rows
    (Decimal('20171'), Decimal('2017'), Decimal('22188'), 57631)
    >>> reckon("urn:uuid:1", facts[::-1] + facts, Period.of("2026-11")).sha256 == one.sha256
    True
    """
    known = list(_once(facts))
    said = next((one for one in known if one.what == AGREED), None)
    if said is None:
        raise NotPriced(agreement)
    price = price_from(said.says["price"])
    inside = [one for one in known if period.has(one.when) and one.what != AGREED]
    use = _use(inside, said, period)
    lines = [*_priced(price, known, said, use, period), *_credits(inside)]
    net = sum((one.amount for one in lines), Decimal(0))
    return Statement(
        agreement, str(said.says["provider"]), str(said.says["consumer"]), period, price, tuple(lines), use, net,
        tax_on(net, Decimal(said.says["tax"]), price.currency), _sum(inside, PAID, "amount"), int(said.says["pay_within"]),
        {f"{one.what}:{one.reference}": _counted(one) for one in sorted(inside, key=lambda one: (one.what, one.reference))},
    )  # fmt: skip


def differences(ours: Mapping[str, int], theirs: Mapping[str, int]) -> tuple[Difference, ...]:
    """References that two sides count otherwise.

    >>> differences({"r1": 5, "r2": 7}, {"r1": 5, "r2": 8, "r3": 1})
    (Difference(reference='r2', ours=7, theirs=8), Difference(reference='r3', ours=None, theirs=1))
    """
    found = sorted({*ours, *theirs})
    return tuple(
        Difference(one, ours.get(one), theirs.get(one)) for one in found if ours.get(one) != theirs.get(one)
    )


def _once(facts: Iterable[Fact]) -> Iterable[Fact]:
    seen: set[tuple[str, str]] = set()
    for one in facts:
        key = (one.what, one.reference)
        if key not in seen:
            seen.add(key)
            yield one


def _priced(price: Price, known: list[Fact], said: Fact, use: Usage, period: Period) -> list[Line]:
    """What the period adds to all that came before it: periods add up to the whole, to the won."""
    began = said.when.astimezone(SEOUL).date()
    if began >= period.after:
        return []
    earlier = [one for one in known if one.when.astimezone(SEOUL).date() < period.first]
    before = None
    if began < period.first:
        until = Period(began.replace(day=1), period.first)
        before = _use(earlier, said, until)
    found = due(price, before, use)
    en, ko = (" ".join(getattr(one, tongue) for one in found.lines) for tongue in ("en", "ko"))
    return [Line(price.model, Text(en, ko), found.amount)]


def _use(facts: list[Fact], said: Fact, period: Period) -> Usage:
    """Use in a period: counts of the facts given, and the months of the agreement that it holds."""
    ends = said.says.get("until")
    months = period.begun(said.when.astimezone(SEOUL).date(), date.fromisoformat(ends) if ends else None)
    counts = {unit: int(_sum([one for one in facts if one.says.get("unit") == unit], USED, "count")) for unit in ("rows", "runs")}  # fmt: skip
    return Usage(counts["rows"], counts["runs"], Decimal(months), _sum(facts, EARNED, "amount"))


def _credits(inside: list[Fact]) -> list[Line]:
    if not any(one.what == CREDITED for one in inside):
        return []
    return [Line("credit", Text("Credited.", "감액."), -_sum(inside, CREDITED, "amount"))]


def _sum(facts: list[Fact], what: str, field: str) -> Decimal:
    return sum((Decimal(one.says[field]) for one in facts if one.what == what), Decimal(0))


def _counted(fact: Fact) -> int:
    return int(fact.says.get("count", fact.says.get("amount", 0)))


def example() -> Iterable[Fact]:
    """An agreement of 0.35 won a row, and one delivery."""
    at = datetime(2026, 11, 24, 10, tzinfo=SEOUL)
    price = {"model": "metered", "amount": "0.35", "unit": "rows"}
    yield Fact(
        AGREED,
        at,
        {
            "price": price,
            "tax": "0.1",
            "pay_within": 20,
            "provider": "did:web:daon",
            "consumer": "did:web:hanbit",
        },
    )
    yield Fact(USED, at, {"unit": "rows", "count": 57_631, "reference": "receipt:1"})
