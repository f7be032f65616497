"""Credentials, presentations, status lists: what holds, and what does not."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.sharing.participants import NotVerified
from dure.sharing.participants.checking import LISTS, checked, checked_presentation
from dure.sharing.participants.credentials import (
    LIST_KINDS,
    PROFILES,
    VC11,
    VC20,
    Status,
    presented,
    taken_apart,
    written,
)
from dure.sharing.participants.documents import did_document
from dure.sharing.participants.statuses import LARGEST, PLACES, free_place, is_set, packed, unpacked, with_bit
from dure.sharing.participants.tokens import read, signed

US = "did:web:plant.example"
LIST = "https://hub.example/lists/1"


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


def credential(hub, daon, now, profile=VC20, **other):
    said = {
        "id": "urn:uuid:1", "kinds": ["MembershipCredential"], "subject": {"id": daon.did, "name": "다온"}, "since": now,
        "until": now + timedelta(days=1), **other,
    }  # fmt: skip
    return written(hub, profile, **said)


def publish_list(hub, internet, now, profile=VC20, bits=bytes(PLACES // 8), *, at=LIST, **other):
    kind, inner = LIST_KINDS[profile]
    subject = {
        "id": f"{at}#list",
        "type": inner,
        "statusPurpose": "revocation",
        "encodedList": packed(bits, multibase=profile == VC20),
        **other,
    }
    jwt = written(
        hub, profile, id=at, kinds=[kind], subject=subject, since=now, until=now + timedelta(days=1)
    )
    internet.pages[at] = jwt.encode()


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("profile", PROFILES)
class TestInEachProfile:
    """What is the same for both profiles of DCP 1.0."""

    def test_a_credential_says_what_was_written(self, hub, daon, internet, now, profile):
        found = checked(credential(hub, daon, now, profile), now, holder=daon.did, asker=internet)
        assert (found.id, found.issuer, found.holder, found.profile) == (
            "urn:uuid:1",
            hub.did,
            daon.did,
            profile,
        )
        assert found.kinds == ("VerifiableCredential", "MembershipCredential")
        assert found.claims == {"name": "다온"}
        assert (found.since, found.until) == (now, now + timedelta(days=1))

    @pytest.mark.parametrize("days", [-1, 1, 2])
    def test_out_of_its_time_it_does_not_hold(self, hub, daon, internet, now, profile, days):  # noqa: PLR0917 - fixtures come as arguments
        with pytest.raises(NotVerified, match="out of its time"):
            checked(credential(hub, daon, now, profile), now + timedelta(days=days), asker=internet)

    def test_anothers_credential_does_not_hold(self, hub, daon, internet, now, profile):
        with pytest.raises(NotVerified, match="another's"):
            checked(credential(hub, daon, now, profile), now, holder=US, asker=internet)

    def test_signed_by_another_it_does_not_hold(self, hub, daon, internet, now, profile):
        found = read(credential(hub, daon, now, profile))
        forged = signed(daon, found.claims)
        with pytest.raises(NotVerified):
            checked(forged, now, asker=internet)

    def test_a_key_that_may_not_attest_attests_nothing(self, hub, daon, internet, now, profile):
        document = did_document(hub, now)
        internet.pages[f"{hub.address}/.well-known/did.json"] = json.dumps(
            {**document, "assertionMethod": []}
        ).encode()
        with pytest.raises(NotVerified, match="may not be used"):
            checked(credential(hub, daon, now, profile), now, asker=internet)

    def test_two_truths_in_one_credential_are_refused(self, hub, daon, now, profile):
        found = read(credential(hub, daon, now, profile))
        for name in ("iss", "sub", "jti"):
            with pytest.raises(NotVerified):
                taken_apart(signed(hub, {**found.claims, name: "did:web:other.example"}))

    def test_a_set_bit_revokes_and_an_unset_one_does_not(self, hub, daon, internet, now, profile):
        for place, holds in ((4711, False), (4710, True)):
            LISTS.read.clear()
            publish_list(hub, internet, now, profile, with_bit(bytes(PLACES // 8), 4711))
            one = credential(hub, daon, now, profile, status=Status(LIST, place))
            if holds:
                assert checked(one, now, asker=internet).status == (Status(LIST, place),)
            else:
                with pytest.raises(NotVerified, match="revoked"):
                    checked(one, now, asker=internet)

    def test_a_list_that_cannot_be_believed_is_as_good_as_a_revocation(
        self, hub, daon, internet, now, profile
    ):
        one = credential(hub, daon, now, profile, status=Status(LIST, 1))
        with pytest.raises(Exception, match="does not answer"):
            checked(one, now, asker=internet)
        publish_list(daon, internet, now, profile)
        with pytest.raises(NotVerified, match="another's"):
            checked(one, now, asker=internet)
        for spoilt in (
            {"statusPurpose": "suspension"},
            {"type": "Something"},
            {"encodedList": "x"},
            {"encodedList": packed(b"\0", multibase=True)[:-4]},
        ):
            publish_list(hub, internet, now, profile, **spoilt)
            with pytest.raises(NotVerified):
                checked(one, now, asker=internet)
        publish_list(hub, internet, now, profile, bits=b"")
        with pytest.raises(NotVerified, match="too short"):
            checked(one, now, asker=internet)
        LISTS.read.clear()
        publish_list(hub, internet, now - timedelta(days=2), profile)
        with pytest.raises(NotVerified, match="does not hold"):
            checked(one, now, asker=internet)

    def test_a_presentation_shows_what_holds_and_nothing_else(self, hub, daon, internet, now, profile):
        good = credential(hub, daon, now, profile)
        over = credential(
            hub, daon, now - timedelta(days=9), profile, until=now - timedelta(days=8), id="urn:uuid:2"
        )
        shown = presented(daon, profile, [good, over], US, now)
        found = checked_presentation(shown, US, daon.did, did_document(daon, now), now, asker=internet)
        assert [one.id for one in found] == ["urn:uuid:1"]

    def test_a_presentation_for_another_of_another_or_over_is_refused(
        self, hub, daon, internet, now, profile
    ):
        shown = presented(daon, profile, [credential(hub, daon, now, profile)], US, now)
        document = did_document(daon, now)
        for whom, who, when in (
            (hub.did, daon.did, now),
            (US, hub.did, now),
            (US, daon.did, now + timedelta(seconds=300)),
        ):
            with pytest.raises(NotVerified):
                checked_presentation(shown, whom, who, document, when, asker=internet)
        with pytest.raises(NotVerified, match="may not be used"):
            checked_presentation(shown, US, daon.did, {**document, "authentication": []}, now, asker=internet)

    def test_a_stolen_credential_shown_by_another_is_left_out(self, hub, daon, firm, internet, now, profile):  # noqa: PLR0917 - fixtures come as arguments
        thief = firm("thief")
        shown = presented(thief, profile, [credential(hub, daon, now, profile)], US, now)
        assert checked_presentation(shown, US, thief.did, did_document(thief, now), now, asker=internet) == []


@pytest.mark.usefixtures("node")
def test_a_presentation_mixes_no_profiles(hub, daon, internet, now):
    both = [credential(hub, daon, now, profile) for profile in PROFILES]
    bare = read(presented(daon, VC11, both[1:], US, now)).claims
    wrapped = read(presented(daon, VC20, both[:1], US, now)).claims["verifiableCredential"]
    mixed = {
        **bare,
        "vp": {**bare["vp"], "verifiableCredential": [*bare["vp"]["verifiableCredential"], *wrapped]},
    }
    with pytest.raises(NotVerified, match="mixes profiles"):
        checked_presentation(signed(daon, mixed), US, daon.did, did_document(daon, now), now, asker=internet)


@given(place=st.integers(0, PLACES - 1), other=st.integers(0, PLACES - 1))
@settings(max_examples=30)
def test_a_list_keeps_each_bit_in_either_writing(place, other):
    bits = with_bit(bytes(PLACES // 8), place)
    for multibase in (True, False):
        assert unpacked(packed(bits, multibase=multibase)) == bits
    assert is_set(bits, other) == (place == other)


def test_the_published_example_of_a_list_is_read():
    """An empty list of 131,072 places, as the Bitstring Status List specification prints it (example 7)."""
    printed = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
    assert unpacked(printed) == bytes(PLACES // 8)
    assert unpacked(printed[1:]) == bytes(PLACES // 8)


def test_a_list_that_unpacks_without_end_is_refused():
    with pytest.raises(ValueError, match="too large"):
        unpacked(packed(bytes(LARGEST + 1), multibase=True))


@given(st.text(max_size=60))
def test_any_other_text_is_no_list(text):
    with pytest.raises(ValueError, match=r"no list|torn"):
        unpacked(text)


def test_places_are_given_at_random_and_once():
    taken = bytes(2)
    for _ in range(16):
        taken = with_bit(taken, free_place(taken))
    assert taken == b"\xff\xff"
