"""The pages of settlements, and the command that reckons a statement."""

import json
import subprocess
import sys
from datetime import datetime
from html import unescape

import pytest
from django.urls import reverse

from dure.foundation.parties import Organisation, Person, give_role
from dure.foundation.procedure import Case
from dure.foundation.procedure import move as make
from dure.sharing.trade import Period, offer, settle, used
from dure.sharing.trade.period import SEOUL
from dure.sharing.trade.urls import urlpatterns
from fresh_database import fresh_database
from sharing.trade.conftest import AGREEMENT, DAON
from sharing.trade.test_statements import PRICES

WHEN = datetime(2026, 11, 24, 10, tzinfo=SEOUL)
ISSUED = datetime(2026, 12, 1, 9, tzinfo=SEOUL)


@pytest.fixture
def settled(rows, people):
    """The settlement of November."""
    del people
    used(rows, "rows", 57_631, reference="receipt:1", when=WHEN)
    return settle(rows, Period.of("2026-11"), now=ISSUED)


@pytest.fixture
def come(client, people):
    """Sign somebody in; `hana` owns the node."""
    hana = Person.objects.create(username="hana", language="en")
    give_role(hana, "owner", Organisation.objects.get(name="Hanbit"))

    def signed_in(name, language="en"):
        client.force_login({**people, "hana": hana}[name])
        client.cookies["dure_language"] = language
        return client

    return signed_in


def read(answer, status=200):
    assert answer.status_code == status
    return unescape(answer.content.decode())


@pytest.mark.django_db
def test_settlements_are_for_engineers_and_disputes_for_the_owner(come, settled):
    roles = {one.name: getattr(one.callback, "requires_role", "") or one.callback.__wrapped__.requires_role for one in urlpatterns}  # fmt: skip
    assert roles == {"settlements": "engineer", "settlement": "engineer", "dispute": "owner"}
    assert come("park").get(reverse("trade:settlements")).status_code == 403
    assert come("kim").post(reverse("trade:dispute", args=[settled.pk])).status_code == 403


@pytest.mark.django_db
def test_a_settlement_is_shown_line_by_line_as_the_ledger_says_it(come, settled):
    for price in PRICES:
        offer("dataset:castings", "Castings", DAON, price)
    page = read(come("kim").get(reverse("trade:settlements")))
    assert "22,188" in page
    assert "0.35 KRW for 1 row" in page
    assert "3.5 % of the revenue" in page
    page = read(come("kim", "ko").get(reverse("trade:settlement", args=[settled.pk])))
    assert "57,631" in page
    assert "부가가치세" in page
    used(AGREEMENT, "rows", 9, reference="late", when=WHEN)
    assert "The ledger says something else by now." in read(
        come("kim").get(reverse("trade:settlement", args=[settled.pk]))
    )


@pytest.mark.django_db
def test_a_dispute_is_written_from_the_page_of_its_settlement(come, settled):
    place = reverse("trade:dispute", args=[settled.pk])
    assert "no number" in read(come("hana").post(place, {"claim": "much", "why": "?"}, follow=True))
    page = read(come("hana").post(place, {"claim": "5,000", "why": "Delivered twice."}, follow=True))
    assert "Delivered twice." in page
    assert "as measured" in page
    case = Case.objects.get()
    make(case, "raise", Person.objects.get(username="hana"))
    assert "in dispute, the clock stands still" in read(come("kim").get(reverse("trade:settlements")))


def test_the_command_reckons_what_the_page_says(tmp_path):
    write = f"""
import django
django.setup()
from datetime import datetime
from decimal import Decimal
from dure.sharing.contracts import Price
from dure.sharing.trade import agreed, used
when = datetime.fromisoformat("{WHEN.isoformat()}")
agreed("{AGREEMENT}", Price("metered", Decimal("0.35"), unit="rows"), "a", "b", since=when)
used("{AGREEMENT}", "rows", 57631, reference="r", when=when)
"""
    with fresh_database(tmp_path / "home") as environment:
        subprocess.run([sys.executable, "-c", write], env=environment, check=True)
        asked = [
            sys.executable,
            "-m",
            "dure",
            "trade",
            "statement",
            AGREEMENT,
            "--period",
            "2026-11",
            "--json",
        ]
        told = subprocess.run(asked, env=environment, check=True, capture_output=True, text=True)
        facts = json.loads(told.stdout)
        assert (facts["net"], facts["tax"], facts["due"], len(facts["sha256"])) == (
            "20171",
            "2017",
            "22188",
            64,
        )
        asked[5] = "urn:uuid:nothing"
        told = subprocess.run(asked, env=environment, check=False, capture_output=True, text=True)
        assert (told.returncode, json.loads(told.stdout)["error"]["key"]) == (2, "not-priced")
