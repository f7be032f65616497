"""What is owed: the published examples, and what holds for every price and every use."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.sharing.contracts import PRICE_MODELS, Price, TermsWrong, Usage, due, owed

amounts = st.decimals(0, 10_000_000, places=3)
uses = st.builds(
    Usage,
    st.integers(0, 10**9),
    st.integers(0, 10**6),
    st.decimals(0, 240, places=2),
    st.decimals(0, 10**10, places=2),
)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    minimum = draw(amounts)
    return Price(
        draw(st.sampled_from(sorted(PRICE_MODELS))),
        draw(amounts),
        draw(st.sampled_from(["KRW", "USD"])),
        draw(st.sampled_from(["rows", "runs", "months"])),
        draw(st.integers(1, 10_000)),
        draw(st.integers(0, 10_000)),
        draw(st.decimals(0, 100, places=2)),
        minimum,
        draw(st.none() | amounts.map(lambda more: minimum + more)),
    )


@pytest.mark.parametrize(
    ("price", "use", "amount"),
    [
        (Price("flat", Decimal(500_000)), Usage(months=Decimal("2.1")), "1500000"),
        (Price("metered", Decimal(300), unit="rows", per=1000, free=5000), Usage(rows=12_345), "2204"),
        (Price("metered", Decimal(40), unit="runs", free=10), Usage(runs=9), "0"),
        (Price("lump-sum", Decimal(3_000_000)), Usage(rows=10**9), "3000000"),
        (Price("revenue-share", share=Decimal("2.5")), Usage(revenue=Decimal(123_456_789)), "3086420"),
        (Price("revenue-share", share=Decimal(5), minimum=Decimal(100_000)), Usage(), "100000"),
        (Price("metered", Decimal(1), unit="rows", cap=Decimal(9)), Usage(rows=10), "9"),
        (Price("revenue-share", currency="USD", share=Decimal(1)), Usage(revenue=Decimal("12.50")), "0.13"),
    ],
)
def test_each_model_reckons_as_its_contract_says(price: Price, use: Usage, amount: str) -> None:
    assert owed(price, use).amount == Decimal(amount)


@given(prices(), uses, uses)
def test_more_use_never_costs_less(price: Price, use: Usage, more: Usage) -> None:
    assert owed(price, use + more).amount >= owed(price, use).amount >= 0


@given(prices(), st.lists(uses, min_size=1, max_size=6))
def test_periods_add_up_to_the_whole_to_the_smallest_coin(price: Price, periods: list[Usage]) -> None:
    before, paid, so_far = None, Decimal(0), Usage()
    for use in periods:
        paid += due(price, before, use).amount
        so_far = so_far + use
        before = so_far
    assert paid == owed(price, so_far).amount


@given(prices(), uses)
def test_an_amount_lies_between_minimum_and_cap_in_whole_coins(price: Price, use: Usage) -> None:
    found = owed(price, use)
    coin = Decimal(1) if price.currency == "KRW" else Decimal("0.01")
    assert found.amount % coin == 0
    assert found.amount >= price.minimum - coin / 2
    assert price.cap is None or found.amount <= price.cap + coin / 2
    assert all(line.en and line.ko for line in found.lines)


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "barter"},
        {"model": "flat", "amount": Decimal(-1)},
        {"model": "flat", "amount": Decimal("NaN")},
        {"model": "flat", "currency": "XAU"},
        {"model": "metered", "amount": Decimal(1)},
        {"model": "metered", "amount": Decimal(1), "unit": "rows", "per": 0},
        {"model": "revenue-share", "share": Decimal(101)},
        {"model": "flat", "minimum": Decimal(2), "cap": Decimal(1)},
    ],
)
def test_a_price_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(TermsWrong):
        Price(**wrong)  # type: ignore[arg-type]  # wrong on purpose
