"""A server whose certificate nobody has trusted yet: refused with its fingerprint, trusted by a person, then read."""

import pytest
from django.urls import reverse

from dure.foundation.ledger import Entry
from dure.foundation.parties import create_first_owner, setup_token
from dure.plant.connect import schemes, sources
from peers.servers import Peer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def server(tmp_path):
    """A real asyncua server that signs and encrypts only."""
    peer = Peer("asyncua", tmp_path / "peer", {"secured": True, "variables": 3, "period": 200}).start()
    yield peer
    peer.kill()


def test_a_person_compares_the_fingerprint_and_trusts_it(client, home, server):
    owner = create_first_owner(
        setup_token(), username="hana", password="정직한 기계의 말 2026", organisation="다온배터리"
    )
    client.force_login(owner)
    place = reverse("inventory:add_source")
    sheet = schemes()["opc.tcp"].settings_type.sheet()
    asked = {f"set_{one.name}": one.default for one in sheet if one.default is not False}
    asked |= {"scheme": "opc.tcp", "url": server.url, "name": "line1", "set_security": "encrypt"}

    refused = client.post(place, {**asked, "save": "1"}, headers={"accept-language": "en"})
    print_ = refused.context["fingerprint"]
    assert len(print_) == 64
    assert "Compare this fingerprint" in refused.content.decode()
    assert sources(home) == []

    trusted = client.post(place, {**asked, "trust": print_}, headers={"accept-language": "en"})
    assert trusted.context["tried"]["signals"] > 3
    assert Entry.objects.filter(what="certificate.trusted", who=f"person:{owner.pk}").exists()
    assert sources(home) == []

    assert client.post(place, {**asked, "save": "1"}).status_code == 302
    assert [one.id for one in sources(home)] == ["line1"]
