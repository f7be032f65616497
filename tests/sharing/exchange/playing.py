"""The other side of the TCK's sequences: plays its part over HTTP, and may kill the node after any message."""

import http.client
import json
import queue
import re
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .conftest import judge

CONTEXT = ["https://w3id.org/dspace/2025/1/context.jsonld"]
HEADER = json.dumps({"region": "any", "audience": "any", "clientId": "TCK_PARTICIPANT"})
# What the diagrams write otherwise than the protocol.
ALIASES = {
    "ContractVerificationMessage": "ContractAgreementVerificationMessage",
    "TransferRequest": "TransferProcess",
}
SCHEMAS = {
    "ContractRequestMessage": "negotiation/contract-request-message-schema.json",
    "ContractOfferMessage": "negotiation/contract-offer-message-schema.json",
    "ContractAgreementMessage": "negotiation/contract-agreement-message-schema.json",
    "ContractAgreementVerificationMessage": "negotiation/contract-agreement-verification-message-schema.json",
    "ContractNegotiationEventMessage": "negotiation/contract-negotiation-event-message-schema.json",
    "ContractNegotiationTerminationMessage": "negotiation/contract-negotiation-termination-message-schema.json",
    "ContractNegotiation": "negotiation/contract-negotiation-schema.json",
    "ContractNegotiationError": "negotiation/contract-negotiation-error-schema.json",
    "TransferRequestMessage": "transfer/transfer-request-message-schema.json",
    "TransferStartMessage": "transfer/transfer-start-message-schema.json",
    "TransferSuspensionMessage": "transfer/transfer-suspension-message-schema.json",
    "TransferCompletionMessage": "transfer/transfer-completion-message-schema.json",
    "TransferTerminationMessage": "transfer/transfer-termination-message-schema.json",
    "TransferProcess": "transfer/transfer-process-schema.json",
    "TransferError": "transfer/transfer-error-schema.json",
    "Catalog": "catalog/catalog-schema.json",
    "Dataset": "catalog/dataset-schema.json",
    "CatalogError": "catalog/catalog-error-schema.json",
}
PATHS = {
    "ContractRequestMessage": "negotiations/{}/request",
    "ContractOfferMessage": "negotiations/{}/offers",
    "ContractAgreementMessage": "negotiations/{}/agreement",
    "ContractAgreementVerificationMessage": "negotiations/{}/agreement/verification",
    "ContractNegotiationEventMessage": "negotiations/{}/events",
    "ContractNegotiationTerminationMessage": "negotiations/{}/termination",
    "TransferStartMessage": "transfers/{}/start",
    "TransferSuspensionMessage": "transfers/{}/suspension",
    "TransferCompletionMessage": "transfers/{}/completion",
    "TransferTerminationMessage": "transfers/{}/termination",
}


def valid(message):
    """The message, which the published schema accepts."""
    assert message["@context"] == CONTEXT, message
    problems = [problem.message for problem in judge(SCHEMAS[message["@type"]]).iter_errors(message)]
    assert not problems, (message, problems)
    return message


class Mailbox:
    """Our endpoints: what comes is kept for whoever plays the process, and acknowledged at once unless told otherwise."""

    def __init__(self):
        self.players = {}
        self.begun = queue.Queue()
        box = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = box.taken(self.path, json.loads(body), self.headers.get("Authorization", ""))
                if answer is None:  # the connection ends without a word
                    self.close_connection = True
                    return
                status, told = answer
                sent = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def taken(self, path, message, authorization):
        assert authorization
        player = self.players.get(message.get("consumerPid")) or self.players.get(message.get("providerPid"))
        if player is None:
            player = next(one for one in list(self.players.values()) if one.expects(message))
        return player.taken(path, message)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Player:
    """Plays the TCK's part of one sequence.

    `kill` is asked after each arrow, with its number and a word for the moment; it says whether the node was killed.
    """

    def __init__(self, sequence, node, mailbox, kill=lambda _number, _moment: False):
        self.id = sequence["id"]
        self.arrows = [line for line in sequence["sequence"] if ">>" in line]
        if self.id == "CN:01-03":  # its diagram goes on after the end
            self.arrows = self.arrows[:-2]
        # Numbers of the arrows that come from the node: it may be quicker than we are at following the diagram.
        self.coming = [
            number
            for number, arrow in enumerate(self.arrows)
            if arrow.upper().startswith("CUT") and "-->>" not in arrow
        ]
        self.node, self.mailbox, self.kill = node, mailbox, kill
        self.kind = "transfers" if self.id.startswith("TP") else "negotiations"
        self.consumer = "_C" not in self.id  # whether we, the TCK, are it
        number = self.id.split(":")[1].replace("-", "")
        self.name = ("ATP" if self.kind == "transfers" else "ACN") + ("" if self.consumer else "C") + number
        self.ours, self.theirs = f"urn:uuid:{uuid.uuid4()}", ""
        self.received, self.marks, self.answer = queue.Queue(), [], None
        mailbox.players[self.ours] = self

    @property
    def pids(self):
        both = (self.ours, self.theirs) if self.consumer else (self.theirs, self.ours)
        return {"consumerPid": both[0], "providerPid": both[1]}

    def play(self):
        for number, arrow in enumerate(self.arrows):
            who, _, said = arrow.partition(": ")
            said = said.strip()
            sends, replies = who.upper().startswith("TCK"), "-->>" in who
            if sends and not replies:
                self.send(number, said)
            elif sends:
                continue  # the mailbox has answered
            elif replies:
                self.check(said)
            else:
                self.wait(said)

    # What we send --------------------------------------------------------------------------------------------

    def send(self, number, said):
        if said.startswith("Signal"):
            self.trigger()
            return
        path, message = self.composed(said)
        self.answer = self.post(path, message)
        if self.kill(number, "after it was taken"):
            # The acknowledgement may be lost with the connection: whoever sent it sends it again.
            again = self.post(path, message)
            assert (again[0], again[1].get("providerPid")) == (
                self.answer[0],
                self.answer[1].get("providerPid"),
            )

    def trigger(self):
        if self.kind == "transfers":
            asked = {"agreementId": self.name, "format": "HttpData-PULL"}
        else:
            asked = {"datasetId": self.name, "offerId": f"CD123:{self.name}:456"}
        asked |= {"providerId": "TCK_PARTICIPANT", "connectorAddress": self.mailbox.url}
        status, _told = self.request("POST", f"{self.node.url}/tck/{self.kind}/requests", asked)
        assert status == 200

    def composed(self, said):
        kind, _, event = said.partition(":")
        kind = ALIASES.get(kind, kind)
        if kind in {"MetadataRequest", "CatalogDatasetMessage", "CatalogRequestMessage"}:
            return kind, {"@context": CONTEXT, "@type": kind}
        message = {"@context": CONTEXT, "@type": kind, **self.pids}
        rules = {"permission": [{"action": "use", "constraint": []}]}
        if kind in {"ContractRequestMessage", "ContractOfferMessage"}:
            message["offer"] = {
                "@id": f"CD123:{self.name}:456",
                "@type": "Offer",
                "target": self.name,
                **rules,
            }
            if self.theirs and self.answer is not None:  # each later offer is another
                message["offer"]["@id"] = f"urn:uuid:{uuid.uuid4()}"
        if kind == "ContractAgreementMessage":
            parties = {"assigner": "TCK_PARTICIPANT", "assignee": "CONNECTOR_UNDER_TEST"}
            agreed = {"@id": f"urn:uuid:{uuid.uuid4()}", "@type": "Agreement", "target": self.name}
            message["agreement"] = {**agreed, **parties, "timestamp": "2026-11-24T00:00:00Z", **rules}
        if kind == "TransferRequestMessage":
            message |= {"agreementId": self.name, "format": "HttpData-PULL"}
        if event:
            message["eventType"] = event.upper()
        if kind.endswith(("TerminationMessage", "SuspensionMessage")):
            message |= {"code": "1", "reason": [{"message": "test"}]}
        if not self.theirs:
            del message["providerPid"]
            message["callbackAddress"] = self.mailbox.url
            return f"{self.kind}/request", message
        return PATHS[kind].format(self.theirs), message

    def post(self, path, message):
        base = f"{self.node.url}/dsp/2025-1"
        if path == "MetadataRequest":
            return self.request("GET", f"{self.node.url}/.well-known/dspace-version")
        if path == "CatalogDatasetMessage":
            return self.request("GET", f"{base}/catalog/datasets/CAT{self.id[4:].replace('-', '')}")
        if path == "CatalogRequestMessage":
            return self.request("POST", f"{base}/catalog/request", message)
        return self.until_answered(f"{base}/{path}", message)

    def until_answered(self, url, message):
        # A node that dies while it reads is asked again, as the protocol's other side does.
        for _ in range(200):
            try:
                return self.request("POST", url, message)
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
        raise AssertionError(f"no answer at {url}")

    def request(self, method, url, message=None):
        body = None if message is None else json.dumps(message).encode()
        headers = {"Content-Type": "application/json", "Authorization": HEADER}
        asked = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - our own node
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own node
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def check(self, said):
        status, told = self.answer
        wanted = ALIASES.get(said, said)
        if wanted == "4xx ERROR" or self.id == "CAT:01-03":
            assert 400 <= status < 500, (self.id, told)
            assert valid(told)["@type"].endswith("Error")
            return
        assert status in {200, 201}, (self.id, said, told)
        if wanted in SCHEMAS:
            assert valid(told)["@type"] == wanted
            if not self.theirs and "providerPid" in told:
                assert told["consumerPid"] == self.ours
                self.theirs = told["providerPid"]

    # What comes ----------------------------------------------------------------------------------------------

    def expects(self, message):
        """Whether a first message is for this sequence: we are asked, and have not been yet."""
        about = message["agreementId"] if "agreementId" in message else message["offer"]["target"]
        return not self.consumer and not self.theirs and about == self.name

    def taken(self, path, message):
        valid(message)
        first = path.endswith("s/request") and not self.consumer and not self.theirs
        if first:
            self.theirs = message["consumerPid"]
            self.mailbox.players[self.theirs] = self
            assert message["callbackAddress"] == f"{self.node.url}/dsp/2025-1"
        again = self.marks[-1:] == [message]
        if not again:
            self.marks.append(message)
            if self.kill(self.coming[len(self.marks) - 1], "before it was acknowledged"):
                self.received.put(message)
                return None
            self.received.put(message)
        kind = "TransferProcess" if self.kind == "transfers" else "ContractNegotiation"
        told = {"@context": CONTEXT, "@type": kind, **self.pids, "state": "REQUESTED"}
        return 201 if path.endswith("s/request") else 200, told

    def wait(self, said):
        message = self.received.get(timeout=20)
        kind, _, event = said.partition(":")
        assert message["@type"] == ALIASES.get(kind, kind), (self.id, said, message)
        assert message.get("eventType", "").lower() == event
        if self.theirs:
            assert {name: message[name] for name in self.pids if name in message} == {
                name: value for name, value in self.pids.items() if name in message
            }

    def state(self):
        """Where the node says it stands."""
        status, told = self.request("GET", f"{self.node.url}/dsp/2025-1/{self.kind}/{self.theirs}")
        assert status == 200
        return valid(told)["state"]


def last_state(sequence):
    """The state that the last good arrow of a sequence leads to, from its messages alone."""
    after = {
        "ContractRequestMessage": "REQUESTED", "ContractOfferMessage": "OFFERED", "ContractAgreementMessage": "AGREED",
        "ContractAgreementVerificationMessage": "VERIFIED", "ContractVerificationMessage": "VERIFIED",
        "ContractNegotiationTerminationMessage": "TERMINATED", "TransferRequestMessage": "REQUESTED",
        "TransferStartMessage": "STARTED", "TransferSuspensionMessage": "SUSPENDED",
        "TransferCompletionMessage": "COMPLETED", "TransferTerminationMessage": "TERMINATED",
    }  # fmt: skip
    arrows = [line for line in sequence["sequence"] if ">>" in line]
    state = ""
    for arrow, reply in zip(arrows, [*arrows[1:], ""], strict=True):
        said = arrow.partition(": ")[2]
        if "-->>" in arrow or "4xx" in reply or said.startswith("Signal"):
            continue
        if sequence["id"] == "CN:01-03" and state == "FINALIZED":
            break
        kind, _, event = said.partition(":")
        state = event.upper() or after.get(re.sub(r"\s", "", kind), state)
    return state
