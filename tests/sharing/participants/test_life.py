"""A participant's life here: paired or attested, admitted, issued, revoked, ended; and what a caller must show."""

import json
from datetime import timedelta

import pytest

from dure.foundation.ledger import Entry, verify
from dure.sharing.participants import (
    Answer,
    MessageWrong,
    NotVerified,
    Participant,
    ParticipantUnknown,
    admit,
    did_document,
    held,
    issue_credential,
    offboard,
    own,
    present,
    revoke_credential,
    rotate,
    status_list,
    token_for,
    trust,
    verified,
)
from dure.sharing.participants.checking import LISTS, checked
from dure.sharing.participants.credentials import (
    PROFILES,
    VC11,
    Status,
    presented,
    shown_in,
    taken_apart,
    written,
)
from dure.sharing.participants.holding import answer_query, offered, request_credentials, scopes_of, store
from dure.sharing.participants.issuing import (
    KINDS,
    decide,
    deliver,
    deliver_due,
    metadata,
    object_id,
    requested,
    status_of_request,
)
from dure.sharing.participants.keys import changed, folder_of
from dure.sharing.participants.messages import message
from dure.sharing.participants.models import CredentialRequest, Issued, OfferReceived, SeenToken
from dure.sharing.participants.resolving import SHELF
from dure.sharing.participants.tokens import check_id_token, id_token, read, signed
from dure.vocabulary import DureError

from .test_credentials import publish_list

US = "did:web:plant.example"
pytestmark = pytest.mark.usefixtures("node")


def bearer(who, now, **more):
    return f"Bearer {id_token(who, US, now, **more)}"


@pytest.fixture
def hub(firm, internet):
    made = firm("hub")
    internet.publish(made)
    return made


@pytest.fixture
def daon(firm, internet):
    made = firm("daon")
    internet.publish(made)
    return made


def show(who, internet, now, *jwts):
    """Its Credential Service answers with these."""

    def answer(body, headers):
        claims = check_id_token(
            headers["Authorization"].split()[1], who.did, lambda _did: did_document(own(), now), now
        )
        assert claims["token"] == "leave"
        assert json.loads(body)["scope"] == scopes_of(["MembershipCredential"])
        shown = [presented(who, taken_apart(jwts[0])[1].profile, jwts, US, now)] if jwts else []
        return Answer(
            200, {}, json.dumps(message("PresentationResponseMessage", presentation=shown)).encode()
        )

    internet.pages[f"{who.address}/dcp/v1.0/presentations/query"] = answer


def membership(hub, daon, now, **more):
    said = {
        "id": "urn:uuid:m", "kinds": ["MembershipCredential"], "subject": {"id": daon.did, "name": "다온"}, "since": now - timedelta(days=1),
        "until": now + timedelta(days=30), **more,
    }  # fmt: skip
    return written(hub, VC11, **said)


# Who calls ---------------------------------------------------------------------------------------------------------
def test_a_partner_is_known_by_its_pinned_key_and_nothing_is_fetched(daon, internet, now):
    admit(daon.did, name="Daon", document=did_document(daon, now), how="paired", now=now)
    internet.pages.clear()
    peer = verified(bearer(daon, now), now, asker=internet)
    assert (peer.did, peer.participant) == (daon.did, Participant.objects.get().pk)
    assert internet.asked == []


def test_a_token_is_taken_once(daon, internet, now):
    admit(daon.did, document=did_document(daon, now), how="paired", now=now)
    header = bearer(daon, now)
    verified(header, now, asker=internet)
    for later in (0, 300, 329):
        with pytest.raises(NotVerified, match="used before"):
            verified(header, now + timedelta(seconds=later), asker=internet)


def test_numbers_of_tokens_that_are_over_are_forgotten(daon, internet, now):
    admit(daon.did, document=did_document(daon, now), how="paired", now=now)
    for minute in range(0, 600, 10):
        verified(bearer(daon, at := now + timedelta(minutes=minute)), at, asker=internet)
    assert SeenToken.objects.count() < 60


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z", "Bearer " + "x" * 20_000, "{}"]
)
def test_no_token_is_nobody(header, now):
    with pytest.raises(NotVerified):
        verified(header, now)


def test_whoever_takes_over_a_partners_domain_does_not_take_over_its_name(daon, firm, internet, now):
    admit(daon.did, document=did_document(daon, now), how="paired", now=now)
    thief = firm("thief")
    thief = type(thief)(daon.did, thief.ring, daon.address)
    internet.publish(thief)
    with pytest.raises(NotVerified, match="not the one you confirmed"):
        verified(bearer(thief, now), now, asker=internet)


def test_a_partners_changed_key_is_followed(daon, internet, tmp_path, now):
    admit(daon.did, document=did_document(daon, now), how="paired", now=now)

    def prove(old, jwk):
        return signed(
            type(daon)(daon.did, old, daon.address), {"iss": daon.did, "new": jwk}, "succession+jwt"
        )

    later = now + timedelta(hours=1)
    newer = type(daon)(daon.did, changed(tmp_path / "daon", later, timedelta(days=1), prove), daon.address)
    internet.publish(newer, later)
    assert verified(bearer(newer, later), later, asker=internet).did == daon.did
    internet.pages.clear()
    SHELF.read.clear()
    assert verified(bearer(newer, later), later, asker=internet).did == daon.did  # now it is pinned


def test_a_strangers_word_counts_for_nothing(daon, internet, now):
    with pytest.raises(NotVerified, match="no issuer is trusted"):
        verified(bearer(daon, now, token="leave"), now, asker=internet)
    assert internet.asked == []
    assert not Participant.objects.exists()


def test_a_firm_that_shows_what_is_needed_is_let_in(hub, daon, internet, now):
    trust(hub.did, ["MembershipCredential"], now=now)
    show(daon, internet, now, membership(hub, daon, now))
    peer = verified(bearer(daon, now, token="leave"), now, asker=internet)
    assert peer.facts == {"did": daon.did, "credentials": {"MembershipCredential": {"name": "다온"}}}
    partner = Participant.objects.get(pk=peer.participant)
    assert (partner.how, partner.name, partner.dsp_url) == (
        "dcp",
        "다온",
        "https://daon.example/.well-known/dspace-version",
    )
    asked = len(internet.asked)
    verified(bearer(daon, now, token="leave"), now, asker=internet)
    assert len(internet.asked) == asked  # what was shown is believed for five minutes
    with pytest.raises(NotVerified):
        verified(bearer(daon, at := now + timedelta(minutes=6)), at, asker=internet)  # no leave to ask again


@pytest.mark.parametrize(
    "what", ["nothing", "another kind", "an issuer not trusted for it", "over", "revoked", "another's"]
)
def test_a_firm_that_shows_something_else_is_not(hub, daon, firm, internet, now, what):  # noqa: PLR0917 - fixtures come as arguments
    trust(
        hub.did,
        ["FrameworkCredential"] if what == "an issuer not trusted for it" else ["MembershipCredential"],
        now=now,
    )
    at = "https://hub.example/lists/1"
    changes = {
        "another kind": {"kinds": ["FrameworkCredential"]}, "over": {"until": now - timedelta(seconds=1)}, "revoked": {"status": Status(at, 0)},
        "another's": {"subject": {"id": firm("other").did}},
    }  # fmt: skip
    shown = [] if what == "nothing" else [membership(hub, daon, now, **changes.get(what, {}))]
    show(daon, internet, now, *shown)
    publish_list(hub, internet, now, VC11, b"\x80" + bytes(16383), at=at)
    with pytest.raises(NotVerified):
        verified(bearer(daon, now, token="leave"), now, asker=internet)


def test_revoked_later_it_is_refused_later(hub, daon, internet, now):
    at = "https://hub.example/lists/1"
    trust(hub.did, ["MembershipCredential"], now=now)
    show(daon, internet, now, membership(hub, daon, now, status=Status(at, 0)))
    publish_list(hub, internet, now, VC11, at=at)
    assert verified(bearer(daon, now, token="leave"), now, asker=internet).credentials
    publish_list(hub, internet, now, VC11, b"\x80" + bytes(16383), at=at)
    LISTS.read.clear()  # five minutes later
    with pytest.raises(NotVerified):
        verified(bearer(daon, now, token="leave"), now, asker=internet)


def test_trust_ends(hub, daon, internet, now):
    trust(hub.did, ["MembershipCredential"], now=now)
    show(daon, internet, now, membership(hub, daon, now))
    verified(bearer(daon, now, token="leave"), now, asker=internet)
    trust(hub.did, [], now=now)
    with pytest.raises(NotVerified):
        verified(bearer(daon, now, token="leave"), now, asker=internet)


def test_who_has_ended_is_refused_whatever_it_shows(hub, daon, internet, now):
    trust(hub.did, ["MembershipCredential"], now=now)
    show(daon, internet, now, membership(hub, daon, now))
    verified(bearer(daon, now, token="leave"), now, asker=internet)
    offboard(daon.did, "left", now=now)
    with pytest.raises(NotVerified, match="ended"):
        verified(bearer(daon, now, token="leave"), now, asker=internet)


# What we attest ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("profile", PROFILES)
def test_ending_a_participation_revokes_what_we_attested(daon, now, profile):
    admit(daon.did, document=did_document(daon, now), now=now)
    given = [issue_credential(daon.did, kind, {"name": "다온"}, profile=profile, now=now) for kind in KINDS]
    other = issue_credential("did:web:other.example", KINDS[0], profile=profile, now=now)
    for one in (*given, other):
        assert checked(one.jwt, now, asker=None).holder == one.holder
    assert offboard(daon.did, "left the dataspace", now=now) == 2
    LISTS.read.clear()
    for one in given:
        with pytest.raises(NotVerified, match="revoked"):
            checked(one.jwt, now, asker=None)
    assert checked(other.jwt, now, asker=None)
    written_down = list(Entry.objects.values_list("what", flat=True))
    assert written_down.count("credential.revoked") == 2
    assert written_down[-1] == "participant.ended"
    assert verify().broken is None


def test_a_revocation_is_done_once_and_of_what_is_there(now):
    one = issue_credential("did:web:daon.example", KINDS[0], now=now)
    first = revoke_credential(one.pk, "a mistake", now=now).revoked
    assert revoke_credential(one.pk, "again", now=now + timedelta(days=1)).revoked == first
    with pytest.raises(ParticipantUnknown):
        revoke_credential("urn:uuid:none", "x", now=now)
    with pytest.raises(ParticipantUnknown):
        offboard("did:web:none.example", "x", now=now)
    with pytest.raises(ParticipantUnknown):
        status_list(99, now)


def test_credentials_survive_a_change_of_our_key(now):
    one = issue_credential("did:web:daon.example", KINDS[0], now=now)
    rotate(now + timedelta(days=1))
    later = now + timedelta(days=300)
    assert checked(one.jwt, later, asker=None)


def test_every_credential_has_a_place_of_its_own(now):
    for _ in range(30):
        issue_credential("did:web:daon.example", KINDS[0], now=now)
    assert len(set(Issued.objects.values_list("list", "place"))) == 30
    assert Issued.objects.values("list").distinct().count() == 1


# Requests and offers --------------------------------------------------------------------------------------------------
def storing(who, internet):
    """Its Credential Service keeps what it gets; the first time the answer is lost."""
    got = []

    def keep(body, headers):
        got.append((json.loads(body), headers))
        return Answer(201, {}, b"") if len(got) > 1 else Answer(503, {}, b"")

    internet.pages[f"{who.address}/dcp/v1.0/credentials"] = keep
    return got


def test_a_request_is_decided_and_the_credentials_are_delivered_until_they_are_taken(daon, internet, now):
    got = storing(daon, internet)
    me = own()
    wanted = [{"id": object_id(me, KINDS[0], profile)} for profile in PROFILES]
    asked = requested(
        message("CredentialRequestMessage", holderPid="h1", credentials=wanted),
        {"iss": daon.did, "token": "leave"},
        now,
    )
    assert status_of_request(asked.pk, daon.did)["status"] == "RECEIVED"
    with pytest.raises(ParticipantUnknown):
        status_of_request(asked.pk, "did:web:other.example")
    assert deliver_due(asker=internet) == 0  # nobody has decided
    CredentialRequest.objects.update(granted=True)
    assert not deliver(asked.pk, asker=internet, now=now)
    assert deliver_due(asker=internet) == 1
    assert status_of_request(asked.pk, daon.did)["status"] == "ISSUED"
    first, second = (told["credentials"] for told, _headers in got)
    assert first == second  # told again, it is the same credential
    assert [taken_apart(one["payload"])[1].profile for one in first] == list(PROFILES)
    assert read(got[1][1]["Authorization"].split()[1]).claims["token"] == "leave"
    assert Issued.objects.count() == 2


def test_a_refusal_is_told_with_its_reason(daon, internet, now):
    got = storing(daon, internet)
    asked = requested(
        message(
            "CredentialRequestMessage", holderPid="h1", credentials=[{"id": object_id(own(), KINDS[0], VC11)}]
        ),
        {"iss": daon.did},
        now,
    )
    decide(asked, grant=False, by="person:1", reason="not a member", now=now)
    deliver_due(asker=internet)
    deliver_due(asker=internet)
    assert got[-1][0]["status"] == "REJECTED"
    assert got[-1][0]["rejectionReason"] == "not a member"
    assert status_of_request(asked.pk, daon.did)["status"] == "REJECTED"
    assert not Issued.objects.exists()


def test_the_same_request_twice_is_one_request(daon, now):
    said = message(
        "CredentialRequestMessage", holderPid="h1", credentials=[{"id": object_id(own(), KINDS[0], VC11)}]
    )
    assert requested(said, {"iss": daon.did}, now).pk == requested(said, {"iss": daon.did}, now).pk


@pytest.mark.parametrize("wanted", [[], [{"id": "something"}]])
def test_what_we_cannot_give_is_refused(daon, now, wanted):
    with pytest.raises(Exception, match="cannot give"):
        requested(
            message("CredentialRequestMessage", holderPid="h1", credentials=wanted), {"iss": daon.did}, now
        )


def test_strangers_cannot_pile_up_requests(firm, now):
    wanted = [{"id": object_id(own(), KINDS[0], VC11)}]
    for at in range(200):
        CredentialRequest.objects.create(
            id=f"r{at}", ours=False, peer=f"did:web:s{at}.example", peer_pid="h", at=now
        )
    with pytest.raises(MessageWrong, match="too many requests"):
        requested(
            message("CredentialRequestMessage", holderPid="h1", credentials=wanted), {"iss": firm().did}, now
        )


def test_our_metadata_names_every_kind_in_every_profile():
    found = {(one["credentialType"], one["profile"]) for one in metadata()["credentialsSupported"]}
    assert found == {(kind, profile) for kind in KINDS for profile in PROFILES}


# What we hold ---------------------------------------------------------------------------------------------------------
def ask_hub(hub, internet, now):
    internet.pages[f"{hub.address}/dcp/v1.0/issuer/credentials"] = lambda _body, _headers: Answer(
        201, {}, b""
    )
    return request_credentials(hub.did, ["7"], now, asker=internet)


def told(request, jwt, kind="MembershipCredential"):
    return message(
        "CredentialMessage", issuerPid="i", holderPid=request.pk, status="ISSUED",
        credentials=[{"credentialType": kind, "payload": jwt, "format": "jwt"}],
    )  # fmt: skip


@pytest.fixture
def ours(node, hub, internet, now):
    """A membership credential of the hub's about this node, delivered as the protocol has it."""
    del node
    request = ask_hub(hub, internet, now)
    leave = read(internet.asked[-1][3]["Authorization"].split()[1]).claims["token"]
    store(told(request, membership(hub, own(), now)), {"iss": hub.did, "token": leave}, now, asker=internet)
    return request


def test_a_credential_that_we_asked_for_is_kept(hub, ours, now):
    (one,) = held(now)
    assert (one.issuer, one.holder, one.kinds[1]) == (hub.did, US, "MembershipCredential")
    assert CredentialRequest.objects.get(pk=ours.pk).state == "ISSUED"
    assert held(now + timedelta(days=31)) == []


def test_told_twice_it_is_kept_once(hub, ours, internet, now):
    assert store(told(ours, membership(hub, own(), now)), {"iss": hub.did}, now, asker=internet) == 0
    assert len(held(now)) == 1


@pytest.mark.parametrize(
    "how", ["unasked", "of another", "about another", "another kind", "forged leave", "unsigned"]
)
def test_a_credential_that_is_not_what_we_asked_for_is_not_kept(hub, daon, internet, now, how):
    request = ask_hub(hub, internet, now)
    jwt = membership(daon if how == "of another" else hub, daon if how == "about another" else own(), now)
    kind = "FrameworkCredential" if how == "another kind" else "MembershipCredential"
    claims = {"iss": hub.did, **({"token": token_for(hub.did)} if how == "forged leave" else {})}
    body = told(request, jwt[:-4] if how == "unsigned" else jwt, kind)
    with pytest.raises(DureError):
        store({**body, "holderPid": "other"} if how == "unasked" else body, claims, now, asker=internet)
    assert held(now) == []


def test_a_rejection_ends_the_request(hub, internet, now):
    request = ask_hub(hub, internet, now)
    store(
        message(
            "CredentialMessage", issuerPid="i", holderPid=request.pk, status="REJECTED", rejectionReason="no"
        ),
        {"iss": hub.did},
        now,
        asker=internet,
    )
    request.refresh_from_db()
    assert (request.state, request.reason) == ("REJECTED", "no")


def query(*kinds):
    return message("PresentationQueryMessage", scope=scopes_of(kinds))


@pytest.mark.usefixtures("ours")
def test_a_verifier_reads_what_its_token_gives_leave_to(daon, now):
    leave = read(token_for(daon.did, now=now)).claims["token"]
    answer = answer_query(query("MembershipCredential"), {"iss": daon.did, "token": leave}, now)
    (shown,) = answer["presentation"]
    _found, (jwt,) = shown_in(shown, daon.did, US, now)
    assert jwt == held(now)[0].jwt
    assert (
        answer_query(query("FrameworkCredential"), {"iss": daon.did, "token": leave}, now)["presentation"]
        == []
    )
    assert present(daon.did, ["org.eclipse.dspace.dcp.vc.id:urn:uuid:m"], now)


@pytest.mark.usefixtures("ours")
def test_without_leave_with_anothers_or_for_more_a_verifier_reads_nothing(daon, hub, now):
    leave = read(token_for(daon.did, now=now)).claims["token"]
    narrow = read(token_for(daon.did, scopes=scopes_of(["FrameworkCredential"]), now=now)).claims["token"]
    none = read(token_for(daon.did, scopes=(), now=now)).claims
    assert "token" not in none
    attempts = (
        ({"iss": daon.did}, now), ({"iss": hub.did, "token": leave}, now), ({"iss": daon.did, "token": narrow}, now),
        ({"iss": daon.did, "token": leave}, now + timedelta(seconds=301)), ({"iss": daon.did, "token": leave[:-2] + "AA"}, now),
        ({"iss": daon.did, "token": token_for(daon.did, now=now)}, now),
    )  # fmt: skip
    for claims, when in attempts:
        with pytest.raises(NotVerified):
            answer_query(query("MembershipCredential"), claims, when)


def test_a_presentation_definition_is_not_answered(daon, now):
    asked = message("PresentationQueryMessage", presentationDefinition={"id": "1", "input_descriptors": []})
    assert answer_query(asked, {"iss": daon.did}, now) is None


def test_offers_are_kept_for_a_person_to_look_at(hub, now):
    offer = message(
        "CredentialOfferMessage", issuer=hub.did, credentials=[{"id": "7", "type": "CredentialObject"}]
    )
    with pytest.raises(NotVerified, match="do not know"):
        offered(offer, {"iss": hub.did}, now)
    trust(hub.did, ["MembershipCredential"], now=now)
    offered(offer, {"iss": hub.did}, now)
    assert OfferReceived.objects.get().issuer == hub.did
    with pytest.raises(Exception, match="speaks for another"):
        offered(offer, {"iss": "did:web:other.example"}, now)


def test_private_keys_and_tokens_are_not_in_the_ledger(daon, home, now):
    admit(daon.did, document=did_document(daon, now), how="paired", now=now)
    issue_credential(daon.did, KINDS[0], {"name": "다온"}, now=now)
    rotate(now)
    facts = "".join(Entry.objects.values_list("facts", flat=True))
    assert "eyJ" not in facts
    assert "다온" not in facts
    assert (folder_of(home) / "ring.json").exists()
