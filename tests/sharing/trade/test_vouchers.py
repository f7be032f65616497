"""A voucher is issued, spent and settled; whatever happens at once, its balance is never below nothing."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from dure.foundation.ledger import Entry
from dure.foundation.parties import Organisation
from dure.sharing.contracts import Price
from dure.sharing.trade import Period, Spending, Voucher, agreed, issue, redeem, release, spend, statement
from dure.sharing.trade.refusals import SpendingDecided, UseWrong, VoucherOver, VoucherShort
from dure.vocabulary import DureError
from fresh_database import fresh_database
from sharing.trade.conftest import AGREEMENT, DAON, HANBIT, OCTOBER

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, tzinfo=UTC)
END = NOW + timedelta(days=30)


def voucher(amount=1_000_000):
    return issue(
        Organisation.objects.get_or_create(name="Hanbit")[0], "Data voucher 2026", amount, END, now=NOW
    )


def whole(one):
    """What the database says of a voucher: amount, balance, spent or settled."""
    one.refresh_from_db()
    used = one.spendings.exclude(state=Spending.State.RELEASED).aggregate(Sum("amount"))["amount__sum"] or 0
    assert one.amount == one.balance + used
    assert one.balance >= 0
    return one.balance


@pytest.fixture(autouse=True)
def _priced(home):
    del home
    agreed(AGREEMENT, Price("flat", Decimal(300_000)), DAON, HANBIT, since=OCTOBER)


def test_a_voucher_is_spent_once_a_reference_and_settled_on_evidence():
    one = voucher()
    paid = spend(one, 300_000, AGREEMENT, "2026-11", now=NOW)
    assert spend(one, 300_000, AGREEMENT, "2026-11", now=NOW).pk == paid.pk
    with pytest.raises(SpendingDecided):
        spend(one, 300_001, AGREEMENT, "2026-11", now=NOW)
    assert whole(one) == 700_000
    assert statement(AGREEMENT, Period.of("2026-11")).vouchers == 0  # spent, not yet settled
    redeem(paid, "sha256:root", now=NOW)
    redeem(paid, "sha256:root", now=NOW)
    with pytest.raises(SpendingDecided):
        redeem(paid, "sha256:other", now=NOW)
    with pytest.raises(SpendingDecided):
        release(paid)
    found = statement(AGREEMENT, Period.of("2026-11"))
    assert (found.total, found.vouchers, found.due) == (330_000, 300_000, 30_000)
    assert [one.what for one in Entry.objects.filter(object__startswith="voucher:")] == ["voucher.issued", "voucher.spent", "voucher.settled"]  # fmt: skip


def test_what_is_given_back_can_be_spent_again():
    one = voucher(500)
    paid = spend(one, 500, AGREEMENT, "a", now=NOW)
    with pytest.raises(VoucherShort):
        spend(one, 1, AGREEMENT, "b", now=NOW)
    release(paid)
    release(paid)
    assert whole(one) == 500
    assert spend(one, 500, AGREEMENT, "b", now=NOW).amount == 500


def test_a_voucher_ends_and_takes_no_strange_sum():
    one = voucher()
    with pytest.raises(VoucherOver):
        spend(one, 1, AGREEMENT, "late", now=END)
    for amount in (0, -5):
        with pytest.raises(UseWrong):
            spend(one, amount, AGREEMENT, "odd", now=NOW)
        with pytest.raises(UseWrong):
            voucher(amount)
    assert whole(one) == 1_000_000


# Two processes of three threads each: twenty references of a hundred won, each asked by several at once.
PAY = f"""
import sys, threading, django
django.setup()
from datetime import datetime
from dure.sharing.trade import Voucher, spend
from dure.sharing.trade.refusals import VoucherShort
def pay(thread):
    for at in range(20):
        try:
            spend(Voucher.objects.get(), 100, "{AGREEMENT}", f"r{{(at * 7 + thread) % 20}}", now=datetime.fromisoformat("{NOW.isoformat()}"))
        except VoucherShort:
            pass
    connection.close()
threads = [threading.Thread(target=pay, args=(thread,)) for thread in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
BEGIN = f"""
import django
django.setup()
from datetime import datetime, timedelta
from dure.foundation.parties import Organisation
from dure.sharing.trade import issue
now = datetime.fromisoformat("{NOW.isoformat()}")
issue(Organisation.objects.first(), "Data voucher 2026", 1000, now + timedelta(days=30), now=now)
"""
LOOK = """
import django, json
django.setup()
from dure.foundation.ledger import Entry, verify
from dure.sharing.trade import Spending, Voucher
print(json.dumps([Voucher.objects.get().balance, Spending.objects.count(), Entry.objects.filter(what="voucher.spent").count(), verify().broken is None]))
"""


def test_those_who_spend_at_once_never_take_more_than_there_is(tmp_path):
    with fresh_database(tmp_path / "home") as environment:
        subprocess.run([sys.executable, "-c", BEGIN], env=environment, check=True)
        crowd = [subprocess.Popen([sys.executable, "-c", PAY], env=environment) for _ in range(2)]
        assert [one.wait() for one in crowd] == [0, 0]
        told = subprocess.run(
            [sys.executable, "-c", LOOK], env=environment, check=True, capture_output=True, text=True
        )
        assert json.loads(told.stdout) == [0, 10, 10, True]


class AnyUse(RuleBasedStateMachine):
    """Whatever is asked of a voucher, its sums hold."""

    def __init__(self):
        super().__init__()
        self.voucher = voucher(1_000)

    @rule(amount=st.integers(-10, 1_200), reference=st.integers(0, 6), days=st.integers(0, 40))
    def pay(self, amount, reference, days):
        self._try(
            lambda: spend(self.voucher, amount, AGREEMENT, f"r{reference}", now=NOW + timedelta(days=days))
        )

    @rule(reference=st.integers(0, 6), evidence=st.sampled_from(["a", "b"]), back=st.booleans())
    def decide(self, reference, evidence, back):
        paid = Spending.objects.filter(voucher=self.voucher, reference=f"r{reference}").first()
        if paid is not None:
            self._try(lambda: release(paid) if back else redeem(paid, evidence, now=NOW))

    def _try(self, act):
        before = whole(self.voucher)
        try:
            act()
        except DureError:
            assert whole(self.voucher) == before

    @invariant()
    def the_sums_hold(self):
        assert 0 <= whole(self.voucher) <= 1_000


def test_the_balance_is_never_below_nothing_whatever_is_asked():
    run_state_machine_as_test(
        AnyUse, settings=settings(max_examples=12, stateful_step_count=12, deadline=None)
    )


def test_the_database_itself_refuses_a_balance_below_nothing():
    from django.db import IntegrityError

    one = voucher(5)
    with pytest.raises(IntegrityError):
        Voucher.objects.filter(pk=one.pk).update(balance=-1)
