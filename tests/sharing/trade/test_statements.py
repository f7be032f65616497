"""What is owed is reckoned from the ledger alone: by either side, in any order, at any time, to the won."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.foundation.ledger import Entry, verify
from dure.sharing.contracts import Price
from dure.sharing.trade import (
    Order,
    Period,
    accept,
    agreed,
    credited,
    differences,
    earned,
    facts_of,
    offer,
    order,
    price_from,
    reckon,
    refuse,
    statement,
    used,
    withdraw,
)
from dure.sharing.trade.metering import facts
from dure.sharing.trade.period import SEOUL
from dure.sharing.trade.reckoning import AGREED, CREDITED, EARNED, PAID, USED, Fact
from dure.sharing.trade.refusals import (
    NotPriced,
    OfferClosed,
    OrderDecided,
    PeriodWrong,
    PriceWrong,
    UseWrong,
)
from sharing.trade.conftest import AGREEMENT, DAON, HANBIT, OCTOBER

NOVEMBER = datetime(2026, 11, 24, 10, tzinfo=SEOUL)
PRICES = (
    Price("flat", Decimal(300_000)),
    Price("metered", Decimal("0.35"), unit="rows", free=1_000),
    Price("metered", Decimal("12.5"), unit="runs", minimum=Decimal(50_000), cap=Decimal(90_000)),
    Price("lump-sum", Decimal(2_000_000)),
    Price("revenue-share", share=Decimal("3.5")),
)


def test_a_statement_says_what_was_used_with_tax_to_the_won(rows):
    used(rows, "rows", 57_631, reference="receipt:1", when=NOVEMBER)
    used(rows, "rows", 1, reference="receipt:2", when=NOVEMBER)
    found = statement(rows, Period.of("2026-11"))
    assert (found.use.rows, found.net, found.tax, found.due) == (57_632, 20_171, 2_017, 22_188)
    assert statement(rows, Period.of("2026-10")).due == 0
    assert statement(rows, Period.of("2026-09")).lines == ()
    assert "57,632" in str(found.lines[0].words)


def test_the_same_receipt_counts_once_and_never_with_another_figure(rows):
    assert used(rows, "rows", 500, reference="receipt:1", when=NOVEMBER)
    assert not used(rows, "rows", 500, reference="receipt:1", when=NOVEMBER.astimezone(UTC))
    with pytest.raises(UseWrong):
        used(rows, "rows", 501, reference="receipt:1", when=NOVEMBER)
    with pytest.raises(UseWrong):
        used(rows, "rows", 500, reference="receipt:1", when=NOVEMBER + timedelta(days=30))
    assert statement(rows, Period.of("2026-11")).use.rows == 500


@pytest.mark.parametrize("count", [-1, 1.5, True, 10**16, "5"])
def test_no_strange_figure_comes_into_the_ledger(rows, count):
    with pytest.raises(UseWrong):
        used(rows, "rows", count, reference="r", when=NOVEMBER)
    assert Entry.objects.filter(what=USED).count() == 0


@pytest.mark.parametrize("reference", ["", 'a"b', "x" * 300, "a b", '","count":9'])
def test_no_strange_reference_comes_into_the_ledger(rows, reference):
    with pytest.raises(UseWrong):
        used(rows, "rows", 5, reference=reference, when=NOVEMBER)


def test_nothing_is_counted_for_an_agreement_without_a_price(db, home):
    del db, home
    with pytest.raises(NotPriced):
        used("urn:uuid:0", "rows", 5, reference="r", when=NOVEMBER)
    with pytest.raises(NotPriced):
        statement("urn:uuid:0", Period.of("2026-11"))


def test_the_price_of_an_agreement_is_written_once(rows):
    same = Price("metered", Decimal("0.350"), unit="rows")
    assert not agreed(rows, same, DAON, HANBIT, since=OCTOBER)
    with pytest.raises(UseWrong):
        agreed(rows, Price("flat", Decimal(1)), DAON, HANBIT, since=OCTOBER)


def test_the_ledger_stays_whole_and_holds_all_that_a_statement_needs(rows):
    used(rows, "rows", 57_631, reference="receipt:1", when=NOVEMBER)
    earned(rows, 5, reference="revenue:2026-11", when=NOVEMBER)
    credited(rows, 171, reference="case:1", when=NOVEMBER)
    report = verify()
    assert (report.broken, report.entries) == (None, 4)
    copied = [Fact(one.what, one.when, json.loads(json.dumps(dict(one.says)))) for one in facts(rows)]
    theirs = reckon(rows, copied, Period.of("2026-11"))
    assert theirs.sha256 == statement(rows, Period.of("2026-11")).sha256
    assert theirs.net == 20_000


def test_what_the_two_sides_count_otherwise_is_named(rows):
    used(rows, "rows", 10, reference="receipt:1", when=NOVEMBER)
    ours = statement(rows, Period.of("2026-11"))
    theirs = reckon(rows, [*facts(rows), Fact(USED, NOVEMBER, {"unit": "rows", "count": 7, "reference": "receipt:2"})], Period.of("2026-11"))  # fmt: skip
    assert theirs.sha256 != ours.sha256
    assert [(one.reference, one.ours, one.theirs) for one in differences(ours.references, theirs.references)] == [("trade.used:receipt:2", None, 7)]  # fmt: skip


DAYS = st.integers(0, 240).map(
    lambda day: datetime(2026, 7, 1, tzinfo=UTC) + timedelta(days=day, minutes=7 * day)
)
WHAT = st.sampled_from([(USED, "rows"), (USED, "runs"), (EARNED, ""), (CREDITED, ""), (PAID, "")])


@st.composite
def histories(draw):
    """An agreement of any price with any use, each reference its own."""
    price, since = draw(st.sampled_from(PRICES)), draw(DAYS)
    until = draw(st.none() | st.dates(date(2026, 7, 1), date(2027, 2, 1)))
    begin = {
        "price": facts_of(price),
        "tax": "0.1",
        "pay_within": 20,
        "provider": DAON,
        "consumer": HANBIT,
        "reference": "",
    }
    found = [Fact(AGREED, since, {**begin, "until": until.isoformat() if until else ""})]
    for at, ((what, unit), when, count) in enumerate(draw(st.lists(st.tuples(WHAT, DAYS, st.integers(0, 10**7)), max_size=12))):  # fmt: skip
        figures = {"unit": unit, "count": count} if unit else {"amount": count}
        found.append(Fact(what, max(when, since), {**figures, "reference": f"r{at}"}))
    return found


@given(histories(), st.randoms(use_true_random=False))
def test_either_side_comes_to_the_same_figures_in_whatever_order_and_however_often(history, random):
    period = Period.of("2026-11")
    once = reckon(AGREEMENT, history, period)
    shuffled = history * 2
    random.shuffle(shuffled)
    again = reckon(
        AGREEMENT, [Fact(one.what, one.when.astimezone(SEOUL), one.says) for one in shuffled], period
    )
    assert again.figures() == once.figures()
    assert again.sha256 == once.sha256
    assert once.due == once.due.to_integral_value()


@given(histories())
def test_months_add_up_to_the_whole_to_the_won(history):
    months = [reckon(AGREEMENT, history, Period.of(f"{year}-{month:02}")) for year, month in [(2026, n) for n in range(7, 13)] + [(2027, 1), (2027, 2)]]  # fmt: skip
    whole = reckon(AGREEMENT, history, Period.of("2026-07..2027-02"))
    assert sum(one.net for one in months) == whole.net
    assert sum(one.vouchers for one in months) == whole.vouchers


@pytest.mark.parametrize(
    "text",
    ["2026-13", "2026", "2026-11..2026-10", "", "2026-11..", "0000-01", "1900-01..2026-01", "2026-11-01"],
)
def test_what_is_no_run_of_months_is_no_period(text):
    with pytest.raises(PeriodWrong):
        Period.of(text)


def test_a_month_is_that_of_seoul():
    november = Period.of("2026-11")
    assert november.has(datetime(2026, 10, 31, 15, tzinfo=UTC))
    assert not november.has(datetime(2026, 11, 30, 15, tzinfo=UTC))


@pytest.mark.parametrize("said", [{}, {"model": "gift"}, {"model": "flat", "amount": "NaN"}, {"model": "flat", "amount": "-1"}, {"model": "metered", "amount": "x"}, {"model": "flat", "colour": "red"}, {"model": "metered", "unit": "kg"}])  # fmt: skip
def test_what_is_no_price_is_refused_in_words(said):
    with pytest.raises(PriceWrong):
        price_from(said)


@pytest.mark.parametrize("price", PRICES, ids=lambda price: price.model)
def test_a_price_is_read_as_it_was_written(price):
    assert price_from(json.loads(json.dumps(facts_of(price)))) == price


def test_an_order_freezes_the_price_and_its_acceptance_writes_it_down(db, home):
    del db, home
    made = offer("dataset:castings", "Castings", DAON, Price("flat", Decimal(300_000)))
    one, other = (
        order(made, HANBIT, now=NOVEMBER + timedelta(days=9)),
        order(made, HANBIT, now=NOVEMBER + timedelta(days=9)),
    )
    accepted = accept(one, AGREEMENT, now=NOVEMBER)
    assert accept(one, AGREEMENT).pk == accepted.pk
    assert statement(AGREEMENT, Period.of("2026-11")).net == 300_000
    with pytest.raises(OrderDecided):
        refuse(one)
    assert refuse(other).state == Order.State.REFUSED
    with pytest.raises(OrderDecided):
        accept(other, "urn:uuid:9")
    withdraw(made)
    with pytest.raises(OfferClosed):
        order(made, HANBIT)
