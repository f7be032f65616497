"""A contract's price as the ledger holds it, and the tax on a sum. What use comes to is `dure.sharing.contracts`' reckoning."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any

from dure.sharing.contracts import Price, price_of, rounded
from dure.sharing.trade.refusals import PriceWrong
from dure.vocabulary import DureError, Text

#: Value added tax on what is supplied in Korea: a tenth (부가가치세법 §30).
TAX = Decimal("0.1")
MOST_WON = 10**15
PAY_WITHIN = 20
"""Working days within which a settlement is paid, where nothing else was agreed."""


def facts_of(price: Price) -> dict[str, Any]:
    """A price as JSON with its decimals as text: read alike on both sides.

    >>> facts_of(Price("metered", Decimal("0.350"), unit="rows"))["amount"]
    '0.35'
    """
    return {one.name: _plain(getattr(price, one.name)) for one in fields(price)}


def price_from(said: Mapping[str, Any]) -> Price:
    """The price that JSON says.

    Raises
    ------
    PriceWrong
        If it is none.

    Examples
    --------
    >>> price_from({"model": "flat", "amount": "300000"}).currency
    'KRW'
    """
    blank = {"amount": "0", "share": "0", "minimum": "0", "cap": None}
    try:
        return price_of({**blank, **said})
    except DureError as refused:
        raise PriceWrong("price", fault=Text(str(refused), str(refused))) from refused
    except (TypeError, ValueError, InvalidOperation) as refused:
        raise PriceWrong("price", fault=Text("a field is strange or no number.", "알 수 없는 항목이거나 숫자가 아닙니다.")) from refused  # fmt: skip


def tax_on(net: Decimal, share: Decimal, currency: str) -> Decimal:
    """Tax on a sum, cut to the currency's unit towards nothing.

    >>> tax_on(Decimal(20171), TAX, "KRW"), tax_on(Decimal(-19), TAX, "KRW")
    (Decimal('2017'), Decimal('-1'))
    """
    unit = rounded(Decimal(1), currency)
    return (share * net).quantize(unit, ROUND_DOWN)


def _plain(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
