"""The TCK's mock identity: a JSON object in the Authorization header, as EDC's mock IAM takes it."""

import json
import os

from dure.sharing.exchange import Peer, UnknownProcess

OWN, TCK = os.environ.get("SCRIPT_OWN", "CONNECTOR_UNDER_TEST"), "TCK_PARTICIPANT"


def own():
    return OWN


def token(_audience):
    return json.dumps({"region": "any", "audience": "any", "clientId": OWN})


def verified(header, _now):
    try:
        return Peer(str(json.loads(header)["clientId"]))
    except (ValueError, KeyError, TypeError) as refused:
        raise UnknownProcess("process") from refused
