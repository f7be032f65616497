"""What comes from others: strangers see nothing, the table decides, a repeated message changes nothing, junk is refused."""

import json
import uuid

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dure.foundation.ledger import Entry
from dure.sharing import exchange
from dure.sharing.exchange import MACHINES, Agreement, Message, Negotiation, Role, State, Transfer
from dure.sharing.exchange.messages import CONTEXT, flaws

PEER, OTHER, OWN = "did:web:buyer.example", "did:web:other.example", "did:web:plant.example"
RULES = {"permission": [{"action": "use", "constraint": []}]}
OFFER = {"@id": "offer-1", "@type": "Offer", "permission": [{"action": "use"}]}
BASE = "/dsp/2025-1"


def verified(header, _now):
    if not header.startswith("Bearer did:"):
        raise exchange.UnknownProcess("process")
    return exchange.Peer(header.removeprefix("Bearer "))


def offered_to(peer):
    service = {"@id": "s", "@type": "DataService", "endpointURL": "https://plant.example/dsp"}
    shown = [{"@type": "Distribution", "format": "HttpData-PULL", "accessService": service}]
    return [{"@id": "press-1", "hasPolicy": [OFFER], "distribution": shown}] if peer.did == PEER else []


def own():
    return OWN


def token(audience):
    return f"Bearer {OWN} for {audience}"


@pytest.fixture(autouse=True)
def introduced(settings, home):  # noqa: ARG001 - a home of its own, for the ledger's checkpoints
    settings.DURE_DSP_COURIER = False
    settings.DURE_PUBLIC_URL = "https://plant.example"
    for name, value in {"VERIFIER": verified, "TOKEN": token, "OWN": own}.items():
        setattr(settings, f"DURE_DSP_{name}", value)
    settings.DURE_OFFERS = offered_to


def posted(client, path, message, peer=PEER, **more):
    body = message if isinstance(message, bytes) else json.dumps(message)
    headers = {"Authorization": f"Bearer {peer}"} if peer else {}
    return client.post(f"{BASE}/{path}", body, content_type="application/json", headers=headers, **more)


def request(dataset="press-1", **more):
    return {
        "@context": [CONTEXT],
        "@type": "ContractRequestMessage",
        "consumerPid": f"urn:uuid:{uuid.uuid4()}",
        "callbackAddress": "https://buyer.example/dsp",
        "offer": {"@id": "offer-1", "@type": "Offer", "target": dataset, **RULES},
        **more,
    }


def message_of(step, process):
    message = {"@context": [CONTEXT], "@type": step.message, **process.pids}
    if step.message in {"ContractRequestMessage", "ContractOfferMessage"}:
        message["offer"] = {"@id": f"o-{uuid.uuid4()}", "@type": "Offer", "target": "press-1", **RULES}
    if step.name == "agree":
        parties = {"assigner": process.peer, "assignee": OWN}
        message["agreement"] = {
            "@id": f"a-{uuid.uuid4()}", "@type": "Agreement", "target": "press-1",
            "timestamp": "2026-11-24T00:00:00Z", **parties, **RULES,
        }  # fmt: skip
    if step.message == "TransferRequestMessage":
        return message | {
            "agreementId": "agreement-1",
            "format": "HttpData-PULL",
            "callbackAddress": "https://b.example",
        }
    return message | ({"eventType": step.event} if step.event else {})


def process_in(kind, role, state, **more):
    common = {
        "role": role,
        "peer": PEER,
        "peer_pid": f"urn:uuid:{uuid.uuid4()}",
        "address": "https://b.example",
        "state": state,
    }
    if kind == "negotiation":
        return Negotiation.objects.create(
            dataset="press-1", offer={**OFFER, "target": "press-1"}, **common, **more
        )
    return Transfer.objects.create(agreement=agreement(role), format="HttpData-PULL", **common, **more)


def agreement(role=Role.PROVIDER, **more):
    given = {"role": role, "peer": PEER, "dataset": "press-1", "final": timezone.now(), **more}
    return Agreement.objects.get_or_create(id=more.pop("id", "agreement-1"), defaults=given)[0]


def error_of(answer, kind="ContractNegotiationError"):
    told = answer.json()
    assert flaws(told, kind) == []
    assert told["@type"] == kind
    return told


@pytest.mark.django_db
def test_a_request_to_what_is_offered_is_agreed_and_waits_in_the_outbox(client):
    asked = request()
    answer = posted(client, "negotiations/request", asked)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["state"], told["consumerPid"]) == ("REQUESTED", asked["consumerPid"])
    sent = Message.objects.get(ours=True)
    assert (sent.step, sent.outcome) == ("agree", "waiting")
    assert flaws(sent.body, "ContractAgreementMessage") == []
    assert (sent.body["agreement"]["assigner"], sent.body["agreement"]["assignee"]) == (OWN, PEER)


@pytest.mark.django_db
def test_an_offer_that_is_changed_waits_for_a_person_and_an_unknown_one_ends_it(client):
    changed = request()
    changed["offer"]["permission"] = [{"action": "use"}, {"action": "distribute"}]
    posted(client, "negotiations/request", changed)
    assert not Message.objects.filter(ours=True).exists()
    unknown = request()
    unknown["offer"]["@id"] = "offer-2"
    posted(client, "negotiations/request", unknown)
    assert Message.objects.get(ours=True).step == "terminate"


@pytest.mark.django_db
@pytest.mark.parametrize("peer", ["", OTHER, "nobody"])
def test_a_stranger_and_an_unknown_id_are_told_the_same(client, peer):
    there = process_in("negotiation", Role.PROVIDER, State.AGREED)
    verification = next(step for step in MACHINES["negotiation"].steps if step.name == "verify")
    headers = {"Authorization": f"Bearer {peer}"} if peer else {}
    told = set()
    for pid in (there.pid, "urn:uuid:unknown"):
        answers = [
            client.get(f"{BASE}/negotiations/{pid}", headers=headers),
            posted(
                client, f"negotiations/{pid}/agreement/verification", message_of(verification, there), peer
            ),
            posted(client, f"negotiations/{pid}/termination", b"junk", peer),
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        told |= {answer.content for answer in answers}
    told.add(posted(client, "negotiations/request", request(), peer).content)
    assert len(told) == 1
    assert posted(client, "catalog/request", b"", "").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("kind", MACHINES)
@pytest.mark.parametrize("role", Role)
def test_a_message_is_taken_exactly_where_the_table_has_it(client, kind, role):
    machine = MACHINES[kind]
    states = {step.after for step in machine.steps}
    taken = 0
    for state in sorted(states):
        for step in machine.steps:
            if not step.path:
                continue
            there = process_in(kind, role, state)
            answer = posted(client, f"{machine.path}/{there.pid}/{step.path}", message_of(step, there))
            there.refresh_from_db()
            fits = any(role.other in one.by and state in one.before for one in machine.named(step.name))
            if fits:
                assert (answer.status_code, there.state) == (200, step.after), (state, step)
                assert answer.json()["@type"] == machine.told_as
            else:
                assert (answer.status_code, there.state, there.version) == (400, state, 0), (state, step)
                assert error_of(answer, machine.error)["code"] == "dsp-wrong-state"
            taken += fits
    assert taken > 3


@pytest.mark.django_db
def test_the_same_message_again_is_answered_again_and_changes_nothing(client):
    asked = request()
    first, second = (posted(client, "negotiations/request", asked).json() for _ in range(2))
    assert first == second
    assert (Negotiation.objects.count(), Message.objects.count()) == (1, 2)
    other = posted(client, "negotiations/request", {**asked, "callbackAddress": "https://elsewhere.example"})
    assert error_of(other)["reason"] == [
        "The message is refused: consumerPid was used before, and an id is never used twice."
    ]
    there = process_in("negotiation", Role.PROVIDER, State.AGREED)
    verification = next(step for step in MACHINES["negotiation"].steps if step.name == "verify")
    said = message_of(verification, there)
    for _ in range(3):
        assert posted(client, f"negotiations/{there.pid}/agreement/verification", said).status_code == 200
    assert Message.objects.filter(pid=there.pid, step="finalize").count() == 1


@pytest.mark.django_db
def test_an_answer_to_a_message_whose_acknowledgement_was_lost_acknowledges_it(client):
    there = process_in("negotiation", Role.PROVIDER, State.ACCEPTED)
    sent = exchange.act(MACHINES["negotiation"], there.pid, "agree")
    verification = next(step for step in MACHINES["negotiation"].steps if step.name == "verify")
    said = message_of(verification, there)
    # Not sent yet: they cannot know it.
    assert posted(client, f"negotiations/{there.pid}/agreement/verification", said).status_code == 400
    Message.objects.filter(pid=sent.pid, ours=True).update(attempts=1)
    answer = posted(client, f"negotiations/{there.pid}/agreement/verification", said)
    assert (answer.status_code, answer.json()["state"]) == (200, "VERIFIED")
    assert Message.objects.get(pid=sent.pid, step="agree").outcome == "acknowledged"
    assert Agreement.objects.get(negotiation_id=there.pid).policy["assignee"] == PEER


@pytest.mark.django_db
def test_what_waits_is_overtaken_by_an_end_from_the_other_side(client):
    there = process_in("transfer", Role.PROVIDER, State.STARTED)
    exchange.act(MACHINES["transfer"], there.pid, "suspend", code="1", reason=["maintenance"])
    end = next(step for step in MACHINES["transfer"].steps if step.name == "terminate")
    assert posted(client, f"transfers/{there.pid}/termination", message_of(end, there)).status_code == 200
    assert Message.objects.get(pid=there.pid, step="suspend").outcome == "overtaken"
    with pytest.raises(exchange.WrongState):
        exchange.act(MACHINES["transfer"], there.pid, "start")


@pytest.mark.django_db
def test_an_agreement_with_other_parties_or_another_dataset_is_refused(client):
    agree = next(step for step in MACHINES["negotiation"].steps if step.name == "agree")
    for name in ("assigner", "assignee", "target"):
        there = process_in("negotiation", Role.CONSUMER, State.REQUESTED)
        said = message_of(agree, there)
        said["agreement"][name] = "did:web:somebody.else"
        answer = posted(client, f"negotiations/{there.pid}/agreement", said)
        assert (answer.status_code, error_of(answer)["code"]) == (400, "dsp-message-wrong")
        there.refresh_from_db()
        assert there.state == "REQUESTED"
    assert not Agreement.objects.exists()


@pytest.mark.django_db
def test_ids_of_another_process_are_refused(client):
    there, other = (process_in("negotiation", Role.PROVIDER, State.AGREED) for _ in range(2))
    verification = next(step for step in MACHINES["negotiation"].steps if step.name == "verify")
    answer = posted(
        client, f"negotiations/{there.pid}/agreement/verification", message_of(verification, other)
    )
    assert (answer.status_code, error_of(answer)["code"]) == (400, "dsp-message-wrong")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "http://buyer.example/dsp", "file:///etc/passwd", "https://", "https://a:b@buyer.example", "ftp://x", "",
        "https://buyer.example/dsp?x=1", "https://buyer.example/../x", "https://buyer.example:0/", "https://[::1",
        "https://buyer.example/\r\nX: y", "https://buyer.example/" + "a" * 3000, "javascript:alert(1)", "//x",
    ],
)  # fmt: skip
def test_a_callback_that_is_no_plain_https_address_is_refused(client, address):
    answer = posted(client, "negotiations/request", request(callbackAddress=address))
    assert (answer.status_code, error_of(answer)["code"]) == (400, "dsp-address-refused")
    assert not Negotiation.objects.exists()


@pytest.mark.django_db
def test_transfers_need_an_agreement_of_this_peer_that_is_in_force(client):
    asked = message_of(MACHINES["transfer"].steps[0], Transfer(role="provider", peer_pid=""))
    asked["consumerPid"] = "urn:uuid:1"
    assert posted(client, "transfers/request", asked).status_code == 404
    agreement(peer=OTHER)
    assert posted(client, "transfers/request", asked).status_code == 404
    agreement(id="agreement-2", ended=timezone.now())
    answer = posted(client, "transfers/request", {**asked, "agreementId": "agreement-2"})
    assert (answer.status_code, error_of(answer, "TransferError")["code"]) == (400, "dsp-agreement-ended")
    agreement(id="agreement-3")
    assert posted(client, "transfers/request", {**asked, "agreementId": "agreement-3"}).status_code == 201


@pytest.mark.django_db
def test_the_end_of_an_agreement_terminates_what_runs_under_it():
    from django.db import transaction

    there = process_in("transfer", Role.PROVIDER, State.STARTED)
    with transaction.atomic():
        exchange.end(there.agreement, "it has expired", timezone.now())
    sent = Message.objects.get(pid=there.pid)
    assert (sent.step, sent.body["reason"]) == ("terminate", ["it has expired"])
    assert not Agreement.objects.get().in_force
    assert Entry.objects.filter(what="agreement.ended").count() == 1


@pytest.mark.django_db
def test_the_catalogue_holds_what_the_peer_may_see_and_an_empty_one_is_whole(client):
    asked = {"@context": [CONTEXT], "@type": "CatalogRequestMessage"}
    catalogs = [posted(client, "catalog/request", asked, peer).json() for peer in (PEER, OTHER)]
    assert [flaws(one, "Catalog") for one in catalogs] == [[], []]
    assert [len(one.get("dataset", [])) for one in catalogs] == [1, 0]
    found = client.get(f"{BASE}/catalog/datasets/press-1", headers={"Authorization": f"Bearer {PEER}"})
    assert flaws(found.json(), "Dataset") == []
    hidden = client.get(f"{BASE}/catalog/datasets/press-1", headers={"Authorization": f"Bearer {OTHER}"})
    assert (hidden.status_code, error_of(hidden, "CatalogError")["@type"]) == (404, "CatalogError")
    assert flaws(client.get("/.well-known/dspace-version").json(), "VersionResponse") == []


@pytest.mark.django_db
def test_too_much_the_wrong_type_and_the_wrong_method_are_refused_in_the_protocols_words(client):
    large = posted(client, "negotiations/request", b" " * 1_100_000)
    assert (large.status_code, error_of(large)["code"]) == (400, "dsp-message-wrong")
    huge = posted(client, "negotiations/request", b" " * 3_000_000)
    assert (huge.status_code, error_of(huge)["code"]) == (400, "dsp-message-wrong")
    form = client.post(
        f"{BASE}/negotiations/request", {"a": "b"}, headers={"Authorization": f"Bearer {PEER}"}
    )
    assert (form.status_code, error_of(form)["code"]) == (400, "dsp-message-wrong")
    asked = client.get(f"{BASE}/negotiations/request", headers={"Authorization": f"Bearer {PEER}"})
    assert (asked.status_code, asked["Allow"]) == (405, "POST")
    assert client.post(f"{BASE}/nothing/here").status_code == 404


ENDPOINTS = [
    "catalog/request", "negotiations/request", "negotiations/offers", "transfers/request",
    *(f"{machine.path}/{{}}/{step.path}" for machine in MACHINES.values() for step in machine.steps if step.path),
]  # fmt: skip
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from([CONTEXT, "Offer", "press-1"])
)
values = st.recursive(
    leaves,
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=9), one, max_size=3),
    max_leaves=8,
)


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_sent_is_never_a_fault_of_ours(client, data):
    there = process_in("negotiation", Role.PROVIDER, State.OFFERED)
    path = data.draw(st.sampled_from(ENDPOINTS)).format(there.pid)
    base = data.draw(
        st.sampled_from([request(), *(message_of(s, there) for s in MACHINES["negotiation"].steps)])
    )
    base |= data.draw(
        st.dictionaries(st.sampled_from([*base, "code", "reason", "dataAddress"]), values, max_size=3)
    )
    answer = posted(client, path, base if data.draw(st.booleans()) else data.draw(st.binary(max_size=50)))
    assert answer.status_code in {200, 201, 400, 404}
    assert isinstance(answer.json()["@type"], str)
