"""A settlement is issued, confirmed by the other side's own figures and paid; a dispute stops the clock of payment."""

from datetime import datetime, timedelta

import pytest

from dure.foundation.ledger import verify
from dure.foundation.procedure import assign, in_force, known, sweep
from dure.foundation.procedure import move as make
from dure.foundation.procedure.refusals import GuardNotMet
from dure.sharing.trade import (
    Period,
    Settlement,
    confirm,
    credited,
    days_left,
    dispute,
    pay,
    pay_by,
    settle,
    statement,
    used,
)
from dure.sharing.trade.period import SEOUL
from dure.sharing.trade.refusals import InDispute, SettledOtherwise, SettlementOpen, UseWrong

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 12, 1, 9, tzinfo=SEOUL)
NOVEMBER = Period.of("2026-11")


@pytest.fixture
def settled(rows, people, settings):
    """The settlement of November: 20,171 won and tax."""
    del people
    settings.DURE_EFFECTS = {"pay_order": "dure.sharing.trade.disputing.pay_order"}
    used(rows, "rows", 57_631, reference="receipt:1", when=datetime(2026, 11, 24, 10, tzinfo=SEOUL))
    return settle(rows, NOVEMBER, now=TUESDAY)


def raised(settlement, people, claim=5_000, at=TUESDAY):
    case = dispute(settlement, people["kim"], "Rows were delivered twice.", claim, now=at)
    assign(case, people["lee"], "counterparty", people["park"])
    return make(case, "raise", people["kim"], now=at)


def test_a_period_is_settled_when_it_is_over_and_once(rows, settled):
    with pytest.raises(SettlementOpen):
        settle(rows, Period.of("2026-12"), now=TUESDAY)
    assert settle(rows, NOVEMBER, now=TUESDAY + timedelta(days=3)).pk == settled.pk
    assert settled.amount == 22_188
    used(rows, "rows", 9, reference="late", when=datetime(2026, 11, 30, 10, tzinfo=SEOUL))
    with pytest.raises(SettledOtherwise):
        settle(rows, NOVEMBER, now=TUESDAY)


def test_the_other_side_confirms_by_its_own_fingerprint(rows, settled):
    with pytest.raises(SettledOtherwise, match="22,188"):
        confirm(settled, "0" * 64, 22_000)
    theirs = statement(rows, NOVEMBER)
    assert confirm(settled, theirs.sha256, int(theirs.due)).state == Settlement.State.CONFIRMED
    assert pay(settled, now=TUESDAY).state == Settlement.State.PAID


def test_the_clock_of_payment_stands_still_from_the_raising_of_a_dispute_to_its_end(settled, people):
    before = pay_by(settled, TUESDAY)
    assert before == datetime(2026, 12, 31, tzinfo=SEOUL)  # twenty working days; Christmas is none
    case = dispute(settled, people["kim"], "Rows were delivered twice.", 5_000, now=TUESDAY)
    assert pay_by(settled, TUESDAY + timedelta(days=7)) == before  # a draft stops nothing
    assign(case, people["lee"], "counterparty", people["park"])
    make(case, "raise", people["kim"], now=TUESDAY + timedelta(days=7))
    at = TUESDAY + timedelta(days=14)
    assert days_left(settled, at) == days_left(settled, TUESDAY + timedelta(days=7))
    with pytest.raises(InDispute):
        pay(settled, now=at)
    make(case, "contest", people["lee"], reason="They were not.", now=at)
    make(case, "reject", people["park"], reason="The receipts differ.", now=at)
    assert pay_by(settled, at) == datetime(
        2027, 1, 8, tzinfo=SEOUL
    )  # five working days more; New Year is none
    assert pay_by(settled, at + timedelta(days=60)) == pay_by(settled, at)
    assert pay(settled, now=at).state == Settlement.State.PAID


def test_what_a_ruling_grants_comes_off_the_settlement_for_both_sides(rows, settled, people):
    case = raised(settled, people)
    make(case, "contest", people["lee"], reason="They were not.", now=TUESDAY)
    with pytest.raises(UseWrong):
        make(case, "uphold", people["park"], reason="Half.", answers={"granted": 5_001}, now=TUESDAY)
    case.refresh_from_db()
    assert case.state == "mediation"  # nothing came of it
    make(case, "uphold", people["park"], reason="Half.", answers={"granted": 2_500}, now=TUESDAY)
    settled.refresh_from_db()
    assert settled.amount == 17_671 + 1_767
    assert settled.sha256 == statement(rows, NOVEMBER).sha256
    assert verify().broken is None
    with pytest.raises(InDispute):
        dispute(settled, people["kim"], "More.", 1, now=TUESDAY)


def test_a_dispute_claims_no_more_than_there_is_and_one_at_a_time(settled, people):
    case = dispute(settled, people["kim"], "All of it and more.", 50_000, now=TUESDAY)
    assert known(case)["amount"] == 22_188.0  # measured, not typed
    with pytest.raises(InDispute):
        dispute(settled, people["kim"], "Again.", 1, now=TUESDAY)
    with pytest.raises(GuardNotMet):
        make(case, "raise", people["kim"], now=TUESDAY)
    make(case, "withdraw", people["kim"], now=TUESDAY)
    assert raised(settled, people).state == "raised"


def test_silence_brings_a_dispute_before_the_mediator(settled, people):
    case = raised(settled, people)
    assert sweep(TUESDAY + timedelta(days=13)) == 0
    assert sweep(TUESDAY + timedelta(days=15)) == 1
    case.refresh_from_db()
    assert case.state == "mediation"
    assert people["park"].notices.filter(case=case).count() == 2


def test_the_procedure_of_a_dispute_came_with_the_release(people):
    del people
    assert in_force("flow", "trade_dispute").shipped


def test_a_credit_outside_a_dispute_shows_as_other_figures(rows, settled):
    credited(rows, 100, reference="goodwill", when=datetime(2026, 11, 30, tzinfo=SEOUL))
    with pytest.raises(SettledOtherwise):
        settle(rows, NOVEMBER, now=TUESDAY)
    settled.refresh_from_db()
    assert settled.amount == 22_188
