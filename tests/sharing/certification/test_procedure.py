"""The procedure of certification, from the filled application to the register, and what can go otherwise."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from dure.foundation.ledger import Entry
from dure.foundation.parties import Organisation, Person, give_role
from dure.foundation.procedure import Edition, install, start, sweep
from dure.foundation.procedure import move as make_move
from dure.foundation.procedure.refusals import GuardNotMet, MoveNotYours
from dure.sharing.certification import Dataset, still_holds
from dure.sharing.certification.keeping import apply, keep, lapse, register, withdraw
from dure.sharing.certification.models import Issued
from dure.sharing.certification.refusals import CertificateWrong

pytestmark = pytest.mark.django_db(transaction=True)
THEN = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Asia/Seoul"))
FILE = f"sha256:{'0' * 64}"


@pytest.fixture(autouse=True)
def procedures(db, home):
    del db, home
    assert install([Path(one) for one in settings.DURE_PROCEDURES]) >= 8


@pytest.fixture
def people():
    firm, body = (Organisation.objects.create(name=name) for name in ("Daon", "TTA"))
    made = {}
    for name, role, where in (
        ("kim", "engineer", firm), ("lee", "assessor", body), ("park", "officer", body), ("choi", "evaluator", body),
        ("min", "ministry", body), ("yun", "reviewer", body),
    ):  # fmt: skip
        made[name] = Person.objects.create(username=name, name=name.title())
        give_role(made[name], role, where)
    return made


@pytest.fixture
def issued(certificate, people):
    return keep(certificate, people["kim"])


ANSWERS = {"purpose": "Training", "origin": "Pump loop 1", "scheme": "kdata", "contact": "kim@daon.example"}
REVIEW = {"documents_complete": True, "recomputed": True, "review_words": "In order."}
VISIT = {
    "visited_on": "2026-12-01",
    "blocks_compared": 8,
    "blocks_wrong": 0,
    "statement": FILE,
    "visit_words": "As recorded.",
}


def to_the_decision(issued, people, visit=VISIT):
    case = apply(issued, people["kim"], ANSWERS, now=THEN)
    case = make_move(case, "submit", people["kim"], now=THEN)
    case = make_move(case, "accept", people["park"], now=THEN)
    case = make_move(case, "reviewed", people["lee"], answers=REVIEW, now=THEN)
    return make_move(case, "visited", people["lee"], answers=visit, now=THEN)


def test_every_procedure_that_comes_with_us_is_in_force_after_a_start():
    names = set(
        Edition.objects.filter(since__isnull=False, until__isnull=True).values_list("name", flat=True)
    )
    assert {
        "certification",
        "certifier_designation",
        "certificate_complaint",
        "certification_request",
    } <= names
    assert install([Path(one) for one in settings.DURE_PROCEDURES]) == 0


def test_the_application_is_filled_by_what_was_measured(issued, people, certificate):
    case = apply(issued, people["kim"], now=THEN)
    filled = case.answers["certification_request"]
    assert (filled["rows"], filled["root"], filled["meets"]) == (1_800, certificate.root, True)
    assert filled["certificate"] == certificate.id


def test_from_application_to_the_register(issued, people):
    case = to_the_decision(issued, people)
    case = make_move(case, "certify", people["choi"], reason="Everything is in order.", now=THEN)
    issued.refresh_from_db()
    assert (case.state, issued.state) == ("certified", "standing")
    assert list(register()) == [issued]
    case = make_move(case, "suspend", people["choi"], reason="A complaint.", now=THEN)
    issued.refresh_from_db()
    assert issued.state == "suspended"
    assert sweep(THEN + timedelta(days=200)) == 1
    issued.refresh_from_db()
    assert (issued.state, issued.reasons[0]["code"]) == ("withdrawn", "revocation")
    done = list(
        Entry.objects.filter(object=f"certificate:{issued.pk}")
        .values_list("what", flat=True)
        .order_by("index")
    )
    assert done == [
        "certificate.kept",
        "certificate.standing",
        "certificate.suspended",
        "certificate.withdrawn",
    ]


def test_a_block_that_differs_from_its_record_bars_the_decision(issued, people):
    case = to_the_decision(issued, people, {**VISIT, "blocks_wrong": 1})
    with pytest.raises(GuardNotMet, match="every block compared"):
        make_move(case, "certify", people["choi"], reason="Nevertheless.", now=THEN)
    assert make_move(case, "refuse", people["choi"], reason="One block differs.", now=THEN).closed


def test_who_assesses_does_not_decide(issued, people):
    case = to_the_decision(issued, people)
    with pytest.raises(MoveNotYours):
        make_move(case, "certify", people["lee"], reason="Mine.", now=THEN)


def test_data_that_miss_a_requirement_are_not_handed_in(make, people, quick):
    from dure.sharing.certification import rules_of

    rule = {**quick.values, "need": [{"measure": "class-imbalance", "at_least": 0.5}]}
    case = apply(keep(make(rules=rules_of(json.dumps(rule)))), people["kim"], ANSWERS, now=THEN)
    with pytest.raises(GuardNotMet, match="every requirement"):
        make_move(case, "submit", people["kim"], now=THEN)


def test_an_applicant_who_does_not_complete_it_lapses_by_the_clock(issued, people):
    case = make_move(apply(issued, people["kim"], ANSWERS, now=THEN), "submit", people["kim"], now=THEN)
    case = make_move(case, "accept", people["park"], now=THEN)
    make_move(case, "ask_more", people["lee"], reason="The manual is missing.", now=THEN)
    assert sweep(THEN + timedelta(days=90)) == 1
    case.refresh_from_db()
    assert case.state == "lapsed"


def test_a_body_of_too_few_people_is_not_designated(people):
    asked = {"body": "organisation:1", "staff": 9, "site": True, "impartial": True, "complaints": FILE, "did": "did:web:tta.example", "fields": ["series"]}  # fmt: skip
    case = start("certifier_designation", people["kim"], "TTA", asked, now=THEN)
    with pytest.raises(GuardNotMet, match="ten assessors"):
        make_move(case, "submit", people["kim"], now=THEN)
    case = start("certifier_designation", people["kim"], "TTA", {**asked, "staff": 12}, now=THEN)
    case = make_move(case, "submit", people["kim"], now=THEN)
    case = make_move(case, "review", people["yun"], reason="Fit.", now=THEN)
    assert make_move(case, "designate", people["min"], reason="Fit.", now=THEN).state == "designated"
    assert Entry.objects.filter(what="certifier.designation").count() == 1


def test_a_complaint_is_examined_by_somebody_else(people, certificate):
    told = {"about_certificate": certificate.id, "ground": "results", "told": "The drift differs."}
    case = make_move(
        start("certificate_complaint", people["kim"], "Pump", told, now=THEN),
        "submit",
        people["kim"],
        now=THEN,
    )
    case = make_move(case, "examine", people["park"], now=THEN)
    with pytest.raises(MoveNotYours):
        make_move(case, "uphold", people["park"], reason="So it is.", now=THEN)
    assert make_move(case, "uphold", people["yun"], reason="So it is.", now=THEN).state == "upheld"


def test_a_case_about_no_certificate_registers_nothing(issued, people):
    case = to_the_decision(issued, people)
    type(case).objects.filter(pk=case.pk).update(about="certificate:nothing")
    with pytest.raises(CertificateWrong):
        make_move(case, "certify", people["choi"], reason="Fine.", now=THEN)
    case.refresh_from_db()
    assert case.state == "deciding"


def test_a_certificate_lapses_once_and_with_its_reasons(issued, certificate, pump, people):
    import polars as pl

    assert lapse(issued, still_holds(certificate, Dataset(pump), THEN)).state == "standing"
    moved = still_holds(certificate, Dataset(pump.with_columns(pl.col("Voltage") + 30)), THEN)
    assert lapse(issued, moved).state == "lapsed"
    assert Issued.objects.get(pk=issued.pk).reasons[0]["code"] == "moved"
    assert withdraw(issued, "Wrong sensor.", people["kim"]).state == "withdrawn"


def test_a_certificate_is_kept_once_and_never_exchanged(issued, certificate, make):
    assert keep(certificate).pk == issued.pk
    assert Issued.objects.count() == 1
    with pytest.raises(CertificateWrong, match="another certificate has its number"):
        keep(make(id=certificate.id, title="Other"))
