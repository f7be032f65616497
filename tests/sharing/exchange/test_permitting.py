"""What an agreement allows, and why somebody would not get what they ask for, in both languages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from dure.sharing import exchange
from dure.sharing.exchange import Agreement, Role
from dure.vocabulary import Action, ActionRefused

US, THEM = "did:web:plant.example", "did:web:seller.example"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
UNTIL = {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2026-12-31T00:00:00Z"}
FOR = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "quality"}


@pytest.fixture(autouse=True)
def introduced(settings, home):  # noqa: ARG001 - a home of its own
    settings.DURE_DSP_OWN = lambda: US
    offer = {"@id": "offer-1", "@type": "Offer", "permission": [{"action": "use", "constraint": [FOR]}]}
    settings.DURE_OFFERS = lambda peer: [{"@id": "press-1", "hasPolicy": [offer]}] if peer.did == THEM else []


def agreement(role=Role.CONSUMER, final=NOW, **rules):
    parties = (
        {"assigner": THEM, "assignee": US} if role is Role.CONSUMER else {"assigner": US, "assignee": THEM}
    )
    policy = {"@id": "a-1", "@type": "Agreement", "target": "press-1", **parties, **rules}
    return Agreement.objects.create(
        id="a-1", role=role, peer=THEM, dataset="press-1", policy=policy, agreed=NOW, final=final
    )


@pytest.mark.django_db
def test_training_is_refused_where_the_agreement_forbids_it_and_preparing_is_not():
    held = agreement(permission=[{"action": "use"}], prohibition=[{"action": "dure:train"}])
    assert Action.PREPARE in exchange.permit(held, Action.PREPARE, {}, NOW).actions
    with pytest.raises(ActionRefused):
        exchange.permit(held, Action.TRAIN, {}, NOW)
    with pytest.raises(ActionRefused):
        exchange.permit("a-1", Action.SHARE, {}, NOW)


@pytest.mark.django_db
def test_what_was_allowed_is_over_with_its_time_and_with_its_agreement():
    held = agreement(permission=[{"action": "use", "constraint": [UNTIL]}])
    exchange.permit(held, Action.TRAIN, {}, NOW)
    with pytest.raises(ActionRefused):
        exchange.permit(held, Action.TRAIN, {}, NOW + timedelta(days=60))
    exchange.end(held, "revoked", timezone.now())
    with pytest.raises(exchange.AgreementEnded):
        exchange.permit("a-1", Action.TRAIN, {}, NOW)


@pytest.mark.django_db
def test_a_dry_run_names_the_clause_what_is_missing_and_what_would_mend_it():
    seen = exchange.why_not(THEM, "press-1", "catalog")
    assert (seen.would, seen.obstacles) == (True, ())
    hidden = exchange.why_not("did:web:other.example", "press-1", "catalog")
    assert (hidden.would, hidden.obstacles[0].where) == (False, "catalog")
    refused = exchange.why_not(THEM, "press-1", "negotiate", now=NOW)
    (obstacle,) = refused.obstacles
    assert obstacle.where.startswith("offer-1 permission[0]")
    assert "purpose" in obstacle.missing.en
    assert obstacle.missing.ko != obstacle.missing.en
    assert obstacle.fix.ko
    assert exchange.why_not(THEM, "press-1", "negotiate", {"purpose": "quality"}, NOW).would
    assert not exchange.why_not(THEM, "press-1", "transfer", now=NOW).would
    agreement(Role.PROVIDER, permission=[{"action": "use"}])
    assert exchange.why_not(THEM, "press-1", "transfer", now=NOW).would
