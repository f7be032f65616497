"""Pairing, each step by itself: codes, time, declining, a stranger in between, a name that another bears."""

import json
from datetime import timedelta

import pytest

from dure.sharing.participants import (
    Answer,
    NotVerified,
    PairingRefused,
    Participant,
    admit,
    agree,
    decline,
    did_document,
    invite,
    join,
    own,
    standing,
)
from dure.sharing.participants.models import Pairing, WrongCode
from dure.sharing.participants.pairing import LETTERS, TooOften, answered, met, plain, shown
from dure.sharing.participants.qr import svg
from dure.sharing.participants.tokens import check_id_token, id_token

US = "did:web:plant.example"
pytestmark = pytest.mark.usefixtures("node")


@pytest.fixture
def daon(firm):
    return firm("daon")


def hand_in(who, code, now, *, source="9.9.9.9", to=US, **other):
    """What a joining firm's node sends."""
    body = {"code": code, "name": "Daon", "address": who.address, "document": did_document(who, now), **other}
    return met(body, f"Bearer {id_token(who, to, now)}", source, now)


def says(who, pairing, now, *, yes=True):
    told = answered({"pairing": pairing.pk, "agrees": yes}, f"Bearer {id_token(who, US, now)}", now)
    return check_id_token(told["token"], who.did, lambda _did: did_document(own(), now), now)


def test_a_code_is_eight_letters_that_are_not_confused():
    codes = {invite("person:1").code for _ in range(20)}
    assert len(codes) == 20
    assert all(len(code) == 8 and set(code) <= set(LETTERS) for code in codes)
    assert plain(shown("7KQ2M9XA").lower()) == "7KQ2M9XA"


def test_both_say_yes_and_then_they_are_partners(daon, now):
    invitation = invite("person:1", now)
    answer = hand_in(daon, shown(invitation.code), now)
    assert answer["document"] == did_document(own(), now)
    pairing = Pairing.objects.get()
    assert (pairing.state, pairing.name, pairing.did) == ("met", "Daon", daon.did)
    assert says(daon, pairing, now)["agrees"] is False
    assert not Participant.objects.exists()
    assert agree(pairing, "person:1", now).state == "done"
    assert says(daon, pairing, now)["agrees"] is True
    partner = Participant.objects.get()
    assert (partner.did, partner.how, partner.document["id"]) == (daon.did, "paired", daon.did)
    assert partner.dsp_url == "https://daon.example/.well-known/dspace-version"


@pytest.mark.parametrize("when", ["used", "over", "another", "ended"])
def test_a_code_works_once_and_for_ten_minutes(daon, firm, now, when):
    invitation = invite("person:1", now)
    if when == "used":
        hand_in(firm("other"), invitation.code, now)
    if when == "ended":
        decline(invitation.pairing, now)
    code = "00000000" if when == "another" else invitation.code
    with pytest.raises(PairingRefused, match="wrong, used or over"):
        hand_in(daon, code, now + timedelta(minutes=10) if when == "over" else now)


def test_wrong_codes_close_the_door_for_their_source_and_at_last_for_all(daon, now):
    invitation = invite("person:1", now)
    for at in range(5):
        with pytest.raises(PairingRefused):
            hand_in(daon, f"0000000{at}", now)
    with pytest.raises(TooOften):
        hand_in(daon, invitation.code, now)
    for at in range(25):
        with pytest.raises(PairingRefused):
            hand_in(daon, "00000000", now, source=f"10.0.0.{at}")
    with pytest.raises(TooOften):
        hand_in(daon, invitation.code, now, source="10.0.1.1")
    again = invite("person:1", later := now + timedelta(minutes=10))
    assert hand_in(daon, again.code, later)
    assert not WrongCode.objects.exists()


def test_a_key_that_is_not_proved_uses_up_no_code(daon, firm, now):
    invitation = invite("person:1", now)
    thief = firm("thief")
    attempts = (
        {"document": did_document(thief, now)}, {"document": {**did_document(daon, now), "verificationMethod": []}}, {"to": "did:web:other.example"},
        {"document": {**did_document(daon, now), "id": "did:key:x"}},
    )  # fmt: skip
    for wrong in attempts:
        with pytest.raises(NotVerified):
            hand_in(daon, invitation.code, now, **wrong)
    assert hand_in(daon, invitation.code, now)


def test_a_firm_comes_from_its_own_address(daon, now):
    invitation = invite("person:1", now)
    with pytest.raises(PairingRefused, match="not that of its address"):
        hand_in(daon, invitation.code, now, address="https://other.example")


def test_under_a_partners_name_only_the_partners_key_comes(daon, firm, now):
    admit(daon.did, document=did_document(daon, now), how="paired", now=now)
    thief = firm("thief")
    thief = type(thief)(daon.did, thief.ring, daon.address)
    with pytest.raises(PairingRefused, match="another key"):
        hand_in(thief, invite("person:1", now).code, now)
    assert hand_in(daon, invite("person:1", now).code, now)


@pytest.mark.parametrize("who", ["we", "they"])
def test_a_no_ends_it_whatever_comes_after(daon, now, who):
    hand_in(daon, invite("person:1", now).code, now)
    pairing = Pairing.objects.get()
    if who == "we":
        decline(pairing, now)
    else:
        says(daon, pairing, now, yes=False)
    assert says(daon, pairing, now)["ended"] is True
    with pytest.raises(PairingRefused):
        agree(pairing, "person:1", now)
    assert not Participant.objects.exists()


def test_nobody_else_says_yes(daon, firm, now):
    hand_in(daon, invite("person:1", now).code, now)
    pairing, thief = Pairing.objects.get(), firm("thief")
    with pytest.raises(NotVerified):
        says(thief, pairing, now)
    with pytest.raises(PairingRefused):
        answered({"pairing": "other", "agrees": True}, f"Bearer {id_token(daon, US, now)}", now)
    pairing.refresh_from_db()
    assert not pairing.theirs


def test_a_confirmation_comes_within_ten_minutes(daon, now):
    hand_in(daon, invite("person:1", now).code, now)
    pairing, late = Pairing.objects.get(), now + timedelta(minutes=10)
    with pytest.raises(PairingRefused):
        agree(pairing, "person:1", late)
    assert standing(pairing, late).state == "ended"


# We join --------------------------------------------------------------------------------------------------------------
class Hub:
    """The inviting firm's node, as it answers; `agrees` is its owner's word."""

    def __init__(self, who, internet, now):
        self.who, self.now, self.more, self.signer = who, now, {"agrees": False, "ended": False}, who
        internet.pages[f"{who.address}/pair/meet"] = self.meet
        internet.pages[f"{who.address}/pair/agree"] = self.agree

    def meet(self, _body, _headers):
        token = id_token(self.signer, US, self.now, more={"pairing": "p1"})
        said = {"pairing": "p1", "name": "Hub", "document": did_document(self.who, self.now), "token": token}
        return Answer(200, {}, json.dumps(said).encode())

    def agree(self, _body, _headers):
        token = id_token(self.signer, US, self.now, more={"pairing": "p1", **self.more})
        return Answer(200, {}, json.dumps({"token": token}).encode())


@pytest.fixture
def hub(firm, internet, now):
    return Hub(firm("hub"), internet, now)


@pytest.mark.parametrize(("address", "code"), [
    ("https://hub.example", "7KQ2-M9XA"), ("hub.example", "7kq2m9xa"), ("https://hub.example/pair/#7KQ2-M9XA", ""),
])  # fmt: skip
def test_joining_takes_an_address_and_a_code_or_the_whole_link(hub, internet, now, address, code):
    pairing = join(address, code, "person:1", now, asker=internet)
    assert json.loads(internet.asked[-1][2])["code"] == "7KQ2M9XA"
    assert (pairing.name, pairing.did, pairing.state) == ("Hub", hub.who.did, "met")
    assert standing(agree(pairing, "person:1", now, asker=internet), now, asker=internet).state == "met"
    hub.more["agrees"] = True
    assert standing(pairing, now, asker=internet).state == "done"
    assert Participant.objects.get().did == hub.who.did


def test_a_stranger_in_between_shows_in_the_fingerprint(hub, firm, internet, now):
    seal = join("hub.example", "7KQ2M9XA", "person:1", now, asker=internet).seal
    Pairing.objects.all().delete()
    between = firm("between")
    hub.who = hub.signer = type(between)(hub.who.did, between.ring, hub.who.address)
    assert join("hub.example", "7KQ2M9XA", "person:1", now, asker=internet).seal != seal


def test_an_answer_that_the_key_has_not_signed_is_refused(hub, firm, internet, now):
    hub.signer = firm("thief")
    with pytest.raises(NotVerified):
        join("hub.example", "7KQ2M9XA", "person:1", now, asker=internet)
    assert not Pairing.objects.exists()


def test_a_yes_that_the_key_has_not_signed_is_none(hub, firm, internet, now):
    pairing = agree(
        join("hub.example", "7KQ2M9XA", "person:1", now, asker=internet), "person:1", now, asker=internet
    )
    hub.signer, hub.more["agrees"] = firm("thief"), True
    with pytest.raises(NotVerified):
        standing(pairing, now, asker=internet)
    assert not Participant.objects.exists()


def test_their_no_ends_it_here(hub, internet, now):
    pairing = join("hub.example", "7KQ2M9XA", "person:1", now, asker=internet)
    hub.more["ended"] = True
    assert agree(pairing, "person:1", now, asker=internet).state == "ended"


@pytest.mark.usefixtures("hub")
def test_our_no_is_told(internet, now):
    decline(join("hub.example", "7KQ2M9XA", "person:1", now, asker=internet), now, asker=internet)
    assert json.loads(internet.asked[-1][2]) == {"pairing": "p1", "agrees": False}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, {}, b""),
        Answer(429, {}, b""),
        Answer(200, {}, b"["),
        Answer(200, {}, b"[]"),
        Answer(200, {}, b"{}"),
        Answer(500, {}, b""),
    ],
)
def test_any_other_answer_is_told_in_one_sentence(internet, now, answer):
    internet.pages["https://hub.example/pair/meet"] = lambda _body, _headers: answer
    with pytest.raises(PairingRefused):
        join("hub.example", "7KQ2M9XA", "person:1", now, asker=internet)


@pytest.mark.parametrize(
    "address", ["", "https://", "https://plant.example", "file:///etc/passwd", "https://a:b@hub.example"]
)
def test_what_is_no_other_nodes_address_is_told(internet, now, address):
    with pytest.raises(PairingRefused):
        join(address, "7KQ2M9XA", "person:1", now, asker=internet)
    assert internet.asked == []


def test_the_picture_code_has_neither_style_nor_script():
    drawn = svg("https://daon.example/pair/#7KQ2-M9XA")
    assert "style" not in drawn
    assert "script" not in drawn
    assert "viewBox" in drawn
