"""The owner's pages: only for the owner, in both languages, and what goes wrong in one sentence."""

import pytest
from django.urls import URLPattern, get_resolver, reverse

from dure.foundation.parties import Person, create_first_owner, give_role, setup_token
from dure.sharing.participants import Participant, admit, did_document, issue_credential, own, trust
from dure.sharing.participants.models import CredentialRequest, Issued, Pairing, TrustedIssuer

pytestmark = pytest.mark.usefixtures("node")
NAMES = ("partners", "credentials")


@pytest.fixture
def owner(client):
    found = create_first_owner(
        setup_token(),
        username="owner",
        password="정직한 기계의 말 2026",
        organisation="다온배터리",
        language="en",
    )
    client.force_login(found)
    client.cookies["dure_language"] = "en"
    return client


@pytest.fixture
def daon(firm, now):
    made = firm("daon")
    admit(made.did, name="Daon", document=did_document(made, now), how="paired")
    return made


def test_every_page_is_the_owners():
    (room,) = [one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "participants"]
    for pattern in room.url_patterns:
        assert isinstance(pattern, URLPattern)
        view = pattern.callback
        while view is not None and not hasattr(view, "requires_role"):
            view = getattr(view, "__wrapped__", None)
        assert view is not None, pattern.name
        assert view.requires_role == "owner"


def test_an_engineer_is_turned_away(client):
    person = Person.objects.create_user("hana", "", "정직한 기계의 말 2026")
    give_role(person, "engineer")
    client.force_login(person)
    assert client.get(reverse("participants:partners")).status_code == 403


@pytest.mark.parametrize("language", ["en", "ko"])
def test_pages_speak_both_languages(owner, daon, language):
    issue_credential(daon.did, "MembershipCredential", {"name": "Daon"})
    owner.cookies["dure_language"] = language
    Person.objects.update(language=language)
    words = {"en": "Who we are to others", "ko": "다른 기업이 보는 우리"}[language]
    page = owner.get(reverse("participants:partners")).content.decode()
    assert words in page
    assert own().fingerprint in page
    for name, of in (("credentials", ()), ("partner", (Participant.objects.get().pk,))):
        assert owner.get(reverse(f"participants:{name}", args=of)).status_code == 200


def test_the_code_is_seen_by_whoever_made_it_alone(owner, client):
    place = owner.post(reverse("participants:invite"))["Location"]
    page = owner.get(place).content.decode()
    assert "pair-code" in page
    assert owner.get(f"{place}code.svg")["Content-Type"] == "image/svg+xml"
    other = Person.objects.create_user("second", "", "정직한 기계의 말 2026", language="en")
    give_role(other, "owner")
    client.force_login(other)
    assert "pair-code" not in client.get(place).content.decode()
    assert client.get(f"{place}code.svg").status_code == 404


def test_a_wrong_address_is_told_beside_the_form_and_stays_in_it(owner):
    answer = owner.post(
        reverse("participants:join"), {"address": "https://nobody.invalid", "code": "7KQ2M9XA"}
    )
    assert answer.status_code == 502
    assert 'value="https://nobody.invalid"' in answer.content.decode()
    assert not Pairing.objects.exists()


def test_a_partnership_is_ended_by_the_page(owner, daon):
    issue_credential(daon.did, "MembershipCredential")
    partner = Participant.objects.get()
    owner.post(reverse("participants:end", args=[partner.pk]), {"reason": "left"})
    page = owner.get(reverse("participants:partner", args=[partner.pk])).content.decode()
    assert "End the partnership" not in page
    assert Issued.objects.get().revoked


def test_trust_is_given_and_taken_by_the_page(owner):
    page = reverse("participants:trust")
    owner.post(page, {"issuer": "did:web:hub.example", "kinds": ["MembershipCredential", "Anything"]})
    assert TrustedIssuer.objects.get().kinds == ["MembershipCredential"]
    assert owner.post(page, {"issuer": "hub.example", "kinds": ["MembershipCredential"]}).status_code == 403
    owner.post(page, {"issuer": "did:web:hub.example"})
    assert TrustedIssuer.objects.get().until
    trust("did:web:hub.example", ["MembershipCredential"])
    assert TrustedIssuer.objects.get().until is None


def test_a_request_is_granted_by_the_page(owner, django_capture_on_commit_callbacks):
    asked = CredentialRequest.objects.create(
        id="r1", ours=False, peer="did:web:new.example", peer_pid="h", wanted=[]
    )
    assert "did:web:new.example" in owner.get(reverse("participants:partners")).content.decode()
    with django_capture_on_commit_callbacks(execute=False):
        owner.post(reverse("participants:decide", args=["r1"]), {"grant": "yes"})
    asked.refresh_from_db()
    assert asked.granted
    assert Participant.objects.get().how == "dcp"


def test_a_key_is_changed_by_the_page(owner):
    before = own().key_id
    owner.post(reverse("participants:new_key"))
    bridged = own()
    assert bridged.key_id != before
    assert bridged.ring.current.proof
    owner.post(reverse("participants:new_key"), {"stolen": "yes"})
    assert [key.proof for key in own().ring.keys] == [""]


def test_the_door_of_an_invitation_is_open_to_a_stranger(client, owner):
    client.logout()
    page = client.get("/pair/").content.decode()
    assert own().did in page
    del owner
