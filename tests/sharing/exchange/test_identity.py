"""The room's own doors: DCP tokens of a paired partner open them once; a used, forged or expired one is a stranger's."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from dure.sharing.exchange import introduced
from dure.sharing.exchange.messages import CONTEXT
from dure.sharing.participants import Identity, Participant, did_document, did_of, own
from dure.sharing.participants.keys import ring_in
from dure.sharing.participants.tokens import id_token


@pytest.fixture(autouse=True)
def settled(settings, home):  # noqa: ARG001 - a home of its own, with a key of its own
    settings.DURE_DSP_COURIER = False
    settings.DURE_PUBLIC_URL = "https://plant.example"


@pytest.fixture
def buyer(tmp_path):
    now = datetime.now(UTC)
    address = "https://buyer.example"
    firm = Identity(did_of(address), ring_in(tmp_path / "buyer", now), address, "Buyer")
    Participant.objects.create(
        did=firm.did, name="Buyer", how="paired", document=did_document(firm, now), since=now
    )
    return firm


def asked(client, token):
    body = json.dumps({"@context": [CONTEXT], "@type": "CatalogRequestMessage"})
    headers = {"Authorization": f"Bearer {token}"}
    return client.post("/dsp/2025-1/catalog/request", body, content_type="application/json", headers=headers)


@pytest.mark.django_db
def test_a_partners_token_opens_the_catalogue_once_and_nobody_elses_does(client, buyer, tmp_path):
    now, us = datetime.now(UTC), own().did
    token = id_token(buyer, us, now)
    answer = asked(client, token)
    assert (answer.status_code, answer.json()["participantId"]) == (200, us)
    stranger = Identity(buyer.did, ring_in(tmp_path / "thief", now), buyer.address, "Thief")
    refused = [
        token,  # used before
        id_token(stranger, us, now),  # another key
        id_token(buyer, "did:web:somebody.else", now),  # for another reader
        id_token(buyer, us, now - timedelta(days=1)),  # over
        token[:-4] + "AAAA",
        "junk",
    ]
    answers = [asked(client, one) for one in refused]
    assert [one.status_code for one in answers] == [404] * len(refused)
    assert len({one.content for one in answers}) == 1


@pytest.mark.django_db
def test_what_we_send_carries_a_token_for_its_reader():
    header = introduced.authorization("did:web:buyer.example")
    assert header.startswith("Bearer ey")
