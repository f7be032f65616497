"""Trade: what data costs and what is owed. Offers, orders, metered use, statements, vouchers, disputes.

What was agreed and what was used are entries of the ledger, written by either side from the receipts that both signed. A
statement is reckoned from those entries alone, so that both sides come to the same won; money is never a running counter.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.sharing.trade.disputing import dispute
    from dure.sharing.trade.metering import agreed, credited, earned, statement, used
    from dure.sharing.trade.models import Offer, Order, Settlement, Spending, Voucher
    from dure.sharing.trade.ordering import accept, offer, order, refuse, withdraw
    from dure.sharing.trade.period import Period
    from dure.sharing.trade.pricing import facts_of, price_from
    from dure.sharing.trade.reckoning import Difference, Statement, differences, reckon
    from dure.sharing.trade.settling import confirm, days_left, pay, pay_by, settle
    from dure.sharing.trade.vouchers import issue, redeem, release, spend

_WHERE = {
    **dict.fromkeys(("dispute",), "disputing"),
    **dict.fromkeys(("agreed", "credited", "earned", "statement", "used"), "metering"),
    **dict.fromkeys(("Offer", "Order", "Settlement", "Spending", "Voucher"), "models"),
    **dict.fromkeys(("accept", "offer", "order", "refuse", "withdraw"), "ordering"),
    **dict.fromkeys(("Period",), "period"),
    **dict.fromkeys(("facts_of", "price_from"), "pricing"),
    **dict.fromkeys(("Difference", "Statement", "differences", "reckon"), "reckoning"),
    **dict.fromkeys(("confirm", "days_left", "pay", "pay_by", "settle"), "settling"),
    **dict.fromkeys(("issue", "redeem", "release", "spend"), "vouchers"),
}
__all__ = [
    "Difference",
    "Offer",
    "Order",
    "Period",
    "Settlement",
    "Spending",
    "Statement",
    "Voucher",
    "accept",
    "agreed",
    "confirm",
    "credited",
    "days_left",
    "differences",
    "dispute",
    "earned",
    "facts_of",
    "issue",
    "offer",
    "order",
    "pay",
    "pay_by",
    "price_from",
    "reckon",
    "redeem",
    "refuse",
    "release",
    "settle",
    "spend",
    "statement",
    "used",
    "withdraw",
]


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
