"""What we send: until it is answered for good, once in effect, and never into our own network."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from dure.sharing import exchange
from dure.sharing.exchange import NEGOTIATION, Agreement, Message, Negotiation, Role, State, deliver_due
from dure.sharing.exchange.messages import CONTEXT

OFFER = {"@id": "offer-1", "permission": [{"action": "use"}]}


class Peer:
    """A connector of somebody else on a port of its own: it answers what the test tells it to, in this order."""

    def __init__(self):
        self.seen, self.answers, peer = [], [], self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                peer.seen.append(
                    (self.command, self.path, json.loads(body or b"null"), self.headers["Authorization"])
                )
                status, told = peer.answers.pop(0)
                if status == 0:  # it was taken, and the line breaks
                    return
                self.send_response(status)
                self.end_headers()
                self.wfile.write(told if isinstance(told, bytes) else json.dumps(told).encode())

            do_GET = do_POST  # noqa: N815 - the name the server looks for

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/dsp"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def peer():
    one = Peer()
    yield one
    one.close()


@pytest.fixture(autouse=True)
def introduced(settings, home):  # noqa: ARG001 - a home of its own, for the ledger's checkpoints
    settings.DURE_DSP_COURIER = False
    settings.DURE_SHARING_PLAIN_HTTP = True
    settings.DURE_PUBLIC_URL = "https://plant.example"
    settings.DURE_DSP_TOKEN = lambda audience: f"Bearer for {audience}"
    settings.DURE_DSP_OWN = lambda: "did:web:plant.example"
    settings.DURE_OFFERS = lambda _peer: []


def told(process, state="REQUESTED", their="theirs-1"):
    return {
        "@context": [CONTEXT], "@type": "ContractNegotiation", "providerPid": their, "consumerPid": process.pid,
        "state": state,
    }  # fmt: skip


def asked(peer):
    return exchange.negotiate(peer.url, "press-1", OFFER, provider="did:web:seller.example")


def at(process):
    process.refresh_from_db()
    return process.state, process.peer_pid, Message.objects.filter(pid=process.pid).last().outcome


def later(seconds):
    return deliver_due(timezone.now() + timedelta(seconds=seconds))


@pytest.mark.django_db
def test_a_request_is_sent_with_a_token_for_its_reader_and_its_answer_is_kept(peer):
    process = asked(peer)
    assert at(process) == ("", "", "waiting")
    peer.answers = [(201, told(process))]
    assert deliver_due() == 1
    assert at(process) == ("REQUESTED", "theirs-1", "acknowledged")
    ((_, path, sent, token),) = peer.seen
    assert (path, token) == ("/dsp/negotiations/request", "Bearer for did:web:seller.example")
    assert sent["callbackAddress"] == "https://plant.example/dsp/2025-1"
    assert deliver_due() == 0


@pytest.mark.django_db
def test_a_lost_acknowledgement_is_asked_for_again_with_the_same_bytes(peer):
    process = asked(peer)
    peer.answers = [(0, None), (503, {}), (201, told(process))]
    assert deliver_due() == 1
    assert deliver_due() == 0  # it waits a little
    assert later(2) == 1
    assert at(process)[2] == "waiting"
    assert later(10) == 1
    assert at(process) == ("REQUESTED", "theirs-1", "acknowledged")
    assert [one[2] for one in peer.seen] == [peer.seen[0][2]] * 3


@pytest.mark.django_db
def test_a_refusal_of_what_the_other_side_has_already_is_an_acknowledgement(peer):
    process = asked(peer)
    process.state, process.peer_pid = "OFFERED", "theirs-1"
    process.save()
    Message.objects.all().delete()
    exchange.act(NEGOTIATION, process.pid, "accept")
    peer.answers = [(400, {"@type": "ContractNegotiationError"}), (200, told(process, "ACCEPTED"))]
    deliver_due()
    assert at(process)[0] == "ACCEPTED"
    assert [one[:2] for one in peer.seen] == [
        ("POST", "/dsp/negotiations/theirs-1/events"),
        ("GET", "/dsp/negotiations/theirs-1"),
    ]


@pytest.mark.django_db
def test_a_refusal_for_good_ends_the_process_and_says_so_to_the_other_side(peer):
    process = asked(peer)
    process.state, process.peer_pid = "OFFERED", "theirs-1"
    process.save()
    Message.objects.all().delete()
    exchange.act(NEGOTIATION, process.pid, "accept")
    peer.answers = [(400, {"reason": ["no"]}), (200, told(process, "OFFERED")), (200, b"")]
    deliver_due()
    assert at(process)[2] == "waiting"
    deliver_due()
    assert at(process)[0] == "TERMINATED"
    assert peer.seen[-1][2]["@type"] == "ContractNegotiationTerminationMessage"
    assert process.reason["reason"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b"<html>", {"@type": "ContractNegotiation"}, b"x" * 1_200_000],
    ids=["empty", "list", "page", "no ids", "too large"],
)
def test_an_answer_that_is_no_process_ends_or_delays_and_never_breaks(peer, answer):
    process = asked(peer)
    peer.answers = [(201, answer)]
    deliver_due()
    state, their, outcome = at(process)
    assert (state, their, outcome) in {("TERMINATED", "", "refused"), ("", "", "waiting")}


@pytest.mark.django_db
def test_an_answer_that_names_another_process_is_none(peer):
    process = asked(peer)
    peer.answers = [(201, told(process) | {"consumerPid": "somebody-elses"})]
    deliver_due()
    assert at(process) == ("TERMINATED", "", "refused")


@pytest.mark.django_db
def test_nothing_is_sent_into_our_own_network_or_after_a_redirect(peer, settings):
    process = asked(peer)
    settings.DURE_SHARING_PLAIN_HTTP = False
    deliver_due()
    assert (peer.seen, at(process)[2]) == ([], "waiting")
    with pytest.raises(exchange.AddressRefused):
        asked(peer)
    settings.DURE_SHARING_PLAIN_HTTP = True
    peer.answers = [(302, {})]
    later(5)
    assert (len(peer.seen), at(process)[2]) == (1, "waiting")


@pytest.mark.django_db
def test_silence_of_three_days_ends_it(peer):
    process = asked(peer)
    Message.objects.update(at=timezone.now() - timedelta(days=3, seconds=1))
    peer.answers = [(503, {})]
    deliver_due()
    assert at(process) == ("TERMINATED", "", "refused")


@pytest.mark.django_db
def test_a_message_in_one_couriers_hand_is_not_sent_by_another(peer):
    process = asked(peer)
    Message.objects.update(held=timezone.now() + timedelta(seconds=30))
    assert deliver_due() == 0
    peer.answers = [(201, told(process))]
    assert later(31) == 1  # the courier that held it is gone


@pytest.mark.django_db
def test_foreign_ids_stay_one_part_of_a_path(peer):
    process = asked(peer)
    process.state, process.peer_pid = "OFFERED", "../../admin?x=1#y"
    process.save()
    Message.objects.all().delete()
    exchange.act(NEGOTIATION, process.pid, "accept")
    peer.answers = [(200, {})]
    deliver_due()
    assert peer.seen[0][1] == "/dsp/negotiations/..%2F..%2Fadmin%3Fx%3D1%23y/events"


@pytest.mark.django_db
def test_an_agreement_is_written_once_and_two_changes_at_once_are_not_both_written(peer):
    made = Agreement.objects.create(id="a", role=Role.PROVIDER, peer="p", dataset="d")
    made.dataset = "another"
    with pytest.raises(TypeError):
        made.save()
    with pytest.raises(TypeError):
        made.delete()
    from dure.sharing.exchange.moving import written

    process = asked(peer)
    one, two = (Negotiation.objects.get(pid=process.pid) for _ in range(2))
    one.state = State.REQUESTED
    written(one)
    with pytest.raises(exchange.WrongState):
        written(two)
