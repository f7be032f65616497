"""Two real nodes on 127.0.0.1: paired by a code through their pages, a credential asked for, shown, revoked; strangers learn nothing."""

import json
import re
import time
import urllib.parse
from itertools import islice
from pathlib import Path

import pytest

from pair_of_nodes import nodes_in
from running_node import until

TOKENS = """
import json, sys
import django; django.setup()
from dure.sharing.participants import token_for
print(json.dumps([token_for(sys.argv[1]) for _ in range(int(sys.argv[2]))]))
"""
# At the issuer: the paired firm is for once known by its credentials only.
SHOWN = """
import json, sys
import django; django.setup()
from dure.sharing.participants import NotVerified, Participant, offboard, own, trust, verified
trust(own().did, ["MembershipCredential"])
tokens, said = json.loads(sys.argv[2]), []
Participant.objects.filter(did=sys.argv[1]).update(how="dcp", document={})
peer = verified("Bearer " + tokens[0])
said.append({kind: claims["name"] for kind, claims in peer.facts["credentials"].items()})
def attempt(token):
    try:
        return verified("Bearer " + token).did
    except NotVerified as no:
        return no.message
said.append(attempt(tokens[0]))
said.append(offboard(sys.argv[1], "left"))
said.append(attempt(tokens[1]))
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """The hub and the plant."""
    with nodes_in(tmp_path_factory.mktemp("nodes"), "hub", "plant") as both:
        yield both


@pytest.fixture(scope="module")
def tokens(nodes):
    """Tokens of the plant for the hub, each to be used once."""
    hub, plant = nodes
    return iter(plant.run(TOKENS, hub.did, "40"))


def paired(hub, plant):
    """Two owners pair their nodes by the pages; the seconds that it took."""
    began = time.monotonic()
    hub.open("/partners/")
    mine, page = hub.send("/partners/invite/")
    code = re.search(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", page)[0]
    assert "<svg" in hub.open(urllib.parse.urlsplit(mine).path + "code.svg")[1]
    plant.open("/partners/")
    theirs, page = plant.send("/partners/join/", address=hub.address, code=code.lower())
    seal = re.compile(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}")
    mine, theirs = urllib.parse.urlsplit(mine).path, urllib.parse.urlsplit(theirs).path
    assert seal.search(page)[0] == seal.search(hub.open(mine)[1])[0]
    plant.send(f"{theirs}answer/", answer="yes")
    assert "say-box fine" not in plant.open(f"{theirs}standing/")[1]
    hub.send(f"{mine}answer/", answer="yes")
    assert "say-box fine" in plant.open(f"{theirs}standing/")[1]
    assert "say-box fine" in hub.open(f"{mine}standing/")[1]
    return code, time.monotonic() - began


@pytest.mark.timeout(120)
def test_two_firms_pair_ask_show_and_part(nodes, tokens):
    hub, plant = nodes
    code, seconds = paired(hub, plant)
    assert seconds < 60
    used = {
        "code": code,
        "name": "x",
        "address": plant.address,
        "document": json.loads(plant.answer("/.well-known/did.json")[1]),
    }
    tokens = [next(tokens) for _ in range(6)]
    assert hub.answer("/pair/meet", used, tokens[0])[0] == 404  # a code works once

    # What a partner is told, and that a token works once.
    assert hub.answer("/dcp/v1.0/issuer/requests/none", token=tokens[1])[0] == 404
    assert hub.answer("/dcp/v1.0/issuer/requests/none", token=tokens[1])[0] == 401
    assert (
        plant.answer("/dcp/v1.0/issuer/requests/none", token=tokens[2])[0] == 401
    )  # it is meant for the hub

    # The plant asks the hub for its credentials, and gets them.
    plant.open("/partners/credentials/")
    plant.send("/partners/credentials/ask/", issuer=hub.did)
    until(lambda: plant.open("/partners/credentials/")[1].count("MembershipCredential") > 1)

    # The hub reads them from the plant, and they are no good when the plant has left.
    shown, again, revoked, ended = hub.run(SHOWN, plant.did, json.dumps(tokens[3:5]))
    assert shown == {"MembershipCredential": "Daon Battery"}
    assert "used before" in again
    assert revoked == 2
    assert "has ended" in ended
    assert hub.answer("/dcp/v1.0/issuer/requests/none", token=tokens[5])[0] == 401


HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"type": 7}',
    b"[" * 5000,
    b'{"a":1,"a":2}',
    b"\xff" * 100,
    b"x" * 1_100_000,
]
POSTS = [
    "dcp/v1.0/presentations/query",
    "dcp/v1.0/credentials",
    "dcp/v1.0/offers",
    "dcp/v1.0/issuer/credentials",
    "pair/meet",
    "pair/agree",
]


def test_a_stranger_gets_a_refusal_in_json_and_never_a_broken_page(nodes):
    hub, _plant = nodes
    for path in POSTS:
        for raw in HOSTILE:
            for token in ("", "x", "a.b.c"):
                status, body = hub.answer(f"/{path}", raw, token)
                assert status in {400, 401, 404}, (path, raw[:20])
                assert json.loads(body)["error"]["status"] == status
                assert b"Traceback" not in body
        assert hub.answer(f"/{path}")[0] == 405


def test_a_partner_that_sends_nonsense_gets_a_reason(nodes, tokens):
    hub, _plant = nodes
    for raw in HOSTILE:
        status, body = hub.answer("/dcp/v1.0/offers", raw, next(tokens))
        assert status in {400, 401}
        assert json.loads(body)["error"]


@pytest.mark.parametrize(
    "path",
    [
        "dcp/v1.0/status/1000000",
        "dcp/v1.0/status/x",
        "dcp/v1.0/issuer/schemas/x.json",
        "dcp/v1.0/issuer/requests/x",
        "dcp/v1.0/x",
    ],
)
def test_what_is_not_there_is_not_there(nodes, path):
    assert nodes[0].answer(f"/{path}")[0] in {401, 404}


def test_codes_are_not_to_be_guessed(nodes, tokens):
    """After five wrong ones no code of this caller is looked at, not even a right one."""
    hub, plant = nodes
    hub.open("/partners/")
    _mine, page = hub.send("/partners/invite/")
    right = re.search(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", page)[0]
    document = json.loads(plant.answer("/.well-known/did.json")[1])
    body = {"name": "x", "address": plant.address, "document": document}
    said = [
        hub.answer("/pair/meet", {**body, "code": f"WRNG000{at}"}, token)[0]
        for at, token in enumerate(islice(tokens, 7))
    ]
    assert said[-1] == 429
    assert set(said) == {404, 429}
    assert hub.answer("/pair/meet", {**body, "code": right}, next(tokens))[0] == 429


def test_nothing_secret_is_in_a_log(nodes):
    for one in nodes:
        logs = [
            file.read_text(errors="replace") for file in Path(one.environment["DURE_HOME"]).rglob("*.log")
        ]
        assert "refused" in "".join(logs)
        assert not re.search(r"eyJ|PRIVATE|[0-9A-Z]{4}-[0-9A-Z]{4}", "".join(logs))
