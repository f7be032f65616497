"""What is owed for measured use, under each form of payment: decimals, rounded once, to the unit of the currency."""

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dure.sharing.contracts.refusals import TermsWrong
from dure.vocabulary import Text

TEXTS = Path(__file__).parent / "texts"
DIGITS = {"KRW": 0, "JPY": 0, "USD": 2, "EUR": 2}
UNITS = {"rows": Text("rows", "행"), "runs": Text("runs", "회"), "months": Text("months", "개월")}
MOST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class PriceModel:
    """A form of payment: its label, what a price of it must state, and how a contract says it."""

    key: str
    label: Text
    needs: tuple[str, ...]
    says: Text


@dataclass(frozen=True, slots=True)
class Price:
    """A price of one of the four models.

    Parameters
    ----------
    model
        `flat` (amount a month begun), `metered` (amount for every `per` units beyond the first `free`), `lump-sum` (amount once) or
        `revenue-share` (`share` percent of revenue).
    minimum, cap
        Least and most that is owed in all; no cap if `None`. [currency]

    Raises
    ------
    TermsWrong
        If the model is unknown, or lacks or contradicts what it needs.
    """

    model: str
    amount: Decimal = Decimal(0)
    currency: str = "KRW"
    unit: str = ""
    per: int = 1
    free: int = 0
    share: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)
    cap: Decimal | None = None

    def __post_init__(self) -> None:
        if self.model not in PRICE_MODELS:
            raise _wrong(
                "model", f"{self.model} is not one of {', '.join(PRICE_MODELS)}", "알 수 없는 가격 방식입니다"
            )
        if self.currency not in DIGITS:
            raise _wrong("currency", f"{self.currency} is not known", "알 수 없는 통화입니다")
        numbers = (self.amount, self.share, self.minimum, self.cap or Decimal(0))
        if not all(one.is_finite() and 0 <= one <= MOST for one in numbers) or self.share > 100:
            raise _wrong("amount", "it is below zero or too large", "금액이 0보다 작거나 너무 큽니다")
        if self.cap is not None and self.cap < self.minimum:
            raise _wrong("cap", "it is below the minimum", "상한이 하한보다 작습니다")
        if self.per < 1 or self.free < 0 or (self.model == "metered" and self.unit not in UNITS):
            raise _wrong(
                "unit",
                f"metered use counts {', '.join(UNITS)}",
                "종량제의 단위는 행, 회, 개월 가운데 하나입니다",
            )


@dataclass(frozen=True, slots=True)
class Usage:
    """Measured use: rows delivered, runs made, months or parts of them, revenue stated in the price's currency."""

    rows: int = 0
    runs: int = 0
    months: Decimal = Decimal(0)
    revenue: Decimal = Decimal(0)

    def __add__(self, other: "Usage") -> "Usage":
        """Both uses together."""
        return Usage(
            self.rows + other.rows,
            self.runs + other.runs,
            self.months + other.months,
            self.revenue + other.revenue,
        )


@dataclass(frozen=True, slots=True)
class Owed:
    """An amount with the lines that lead to it."""

    amount: Decimal
    currency: str
    lines: tuple[Text, ...] = field(default=())


def owed(price: Price, use: Usage) -> Owed:
    """What is owed for all use since the agreement began.

    >>> owed(Price("metered", Decimal(300), unit="rows", per=1000, free=5000), Usage(rows=12_345)).amount
    Decimal('2204')
    """
    raw, line = _RECKONED[price.model](price, use)
    bounded = max(raw, price.minimum)
    lines = [line]
    if bounded != raw:
        lines.append(
            Text(
                f"Minimum: {money(price.minimum, price.currency).en}.",
                f"최소 금액 {money(price.minimum, price.currency).ko} 적용.",
            )
        )
    if price.cap is not None and bounded > price.cap:
        bounded = price.cap
        lines.append(
            Text(
                f"Cap: {money(price.cap, price.currency).en}.",
                f"상한 {money(price.cap, price.currency).ko} 적용.",
            )
        )
    return Owed(rounded(bounded, price.currency), price.currency, tuple(lines))  # fmt: skip


def due(price: Price, before: Usage | None, now: Usage) -> Owed:
    """What a period adds: owed for everything so far, less owed before; periods add up to the whole, to the won.

    Parameters
    ----------
    before
        All use until the period; `None` in the first one, where a lump sum and a minimum fall due.
    now
        The period's own use.

    >>> price = Price("metered", Decimal("0.5"), unit="rows")
    >>> [due(price, Usage(rows=n), Usage(rows=1)).amount for n in range(4)]
    [Decimal('1'), Decimal('0'), Decimal('1'), Decimal('0')]
    """
    whole = owed(price, now if before is None else before + now)
    earlier = Decimal(0) if before is None else owed(price, before).amount
    return Owed(whole.amount - earlier, price.currency, whole.lines)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount in whole units of its currency: won, cents; a half goes up."""
    return amount.quantize(Decimal(1).scaleb(-DIGITS[currency]), ROUND_HALF_UP)


def money(amount: Decimal, currency: str) -> Text:
    """An amount as it is said.

    >>> money(Decimal(3000000), "KRW").ko, money(Decimal("12.5"), "USD").en
    ('3,000,000원', '12.5 USD')
    """
    number = f"{amount.normalize():,f}"
    return Text(f"{number} {currency}", f"{number}원" if currency == "KRW" else f"{number} {currency}")


def _flat(price: Price, use: Usage) -> tuple[Decimal, Text]:
    months = use.months.to_integral_value(ROUND_CEILING)
    each = money(price.amount, price.currency)
    return price.amount * months, Text(
        f"{months} months begun at {each.en}.", f"시작한 {months}개월 × {each.ko}."
    )


def _metered(price: Price, use: Usage) -> tuple[Decimal, Text]:
    counted = Decimal(getattr(use, price.unit))
    beyond = max(counted - price.free, Decimal(0))
    unit, each = UNITS[price.unit], money(price.amount, price.currency)
    line = Text(
        f"{beyond:,f} {unit.en} at {each.en} for every {price.per:,}.", f"{beyond:,f}{unit.ko}, {price.per:,}{unit.ko}마다 {each.ko}.",
    )  # fmt: skip
    return price.amount * beyond / price.per, line


def _lump(price: Price, _use: Usage) -> tuple[Decimal, Text]:
    each = money(price.amount, price.currency)
    return price.amount, Text(f"Once: {each.en}.", f"일시금 {each.ko}.")


def _share(price: Price, use: Usage) -> tuple[Decimal, Text]:
    revenue = money(use.revenue, price.currency)
    return use.revenue * price.share / 100, Text(
        f"{price.share} % of {revenue.en}.", f"매출 {revenue.ko}의 {price.share}%."
    )


_RECKONED = {"flat": _flat, "metered": _metered, "lump-sum": _lump, "revenue-share": _share}


def _wrong(where: str, en: str, ko: str) -> TermsWrong:
    return TermsWrong(where, fault=Text(f"{en}.", f"{ko}."))


@cache
def text_of(name: str) -> dict[str, Any]:
    """One of the room's YAML texts."""
    loaded = yaml.safe_load((TEXTS / f"{name}.yaml").read_text("utf-8"))
    return dict(loaded)


PRICE_MODELS: dict[str, PriceModel] = {
    key: PriceModel(key, Text(**said["label"]), tuple(said["needs"]), Text(said["en"], said["ko"]))
    for key, said in text_of("prices").items()
}
