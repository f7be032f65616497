"""The messages of the Dataspace Protocol 2025-1: how each must look, and reading and writing them within bounds.

Messages are read as plain JSON: the protocol promises that a compacted message fits the published schemas (Common
Functionalities, "Schemas & Contexts"), and every reader that expands is served by the exact `@context`.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dure.sharing.exchange.refusals import MessageWrong
from dure.sharing.exchange.shapes import (
    Check,
    Flaw,
    a_list,
    anything,
    every,
    exactly_one,
    has_any,
    has_one,
    items,
    lacks,
    later,
    like,
    record,
    text,
    word,
)

CONTEXT = "https://w3id.org/dspace/2025/1/context.jsonld"
# Bounds of a foreign message: [byte], levels, values, characters of one text.
MOST_BYTES, MOST_DEPTH, MOST_VALUES, MOST_TEXT = 1_000_000, 32, 20_000, 65_536

# Policies (contract-schema.json) --------------------------------------------------------------------------------
_OPERATORS = (
    "eq", "gt", "gteq", "lteq", "hasPart", "isA", "isAllOf", "isAnyOf", "isNoneOf", "isPartOf", "lt", "term-lteq", "neq",
)  # fmt: skip
_LOGICAL = ("and", "andSequence", "or", "xone")


def _right(value: Any, at: str) -> Iterator[Flaw]:
    if not isinstance(value, str | dict | list):
        yield at, "is not a text, an object or a list"


_atomic = record(
    {"leftOperand": text, "operator": word(*_OPERATORS), "rightOperand": _right},
    needs=("leftOperand", "operator", "rightOperand"),
)
_logical = every(
    record(dict.fromkeys(_LOGICAL, items(later(lambda: _constraint)))),
    has_one(*_LOGICAL),
)
_constraint: Check = exactly_one(_logical, _atomic)
_rule = record({"action": text, "constraint": items(_constraint)}, needs=("action",))
_profile = exactly_one(items(text), text)
_policy = record(
    {
        "@id": text,
        "profile": _profile,
        "permission": items(_rule, least=1),
        "prohibition": items(_rule, least=1),
        "obligation": items(_rule, least=1),
    },
    needs=("@id",),
)
_ruled = every(_policy, has_any("permission", "prohibition"))
_message_offer = every(_ruled, record({"@type": word("Offer"), "target": text}, needs=("@type",)))
# No `@type` is demanded of an offer below a dataset: the place says what it is (contract-schema.json, "Offer").
_offer = every(_ruled, record({"@type": word("Offer")}), lacks("target"))
# ISO 8601 with or without zone; found anywhere in the text, as the schema's unanchored pattern has it.
_TIME = (
    r"-?([1-9][0-9]{3,}|0[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|(24:00:00(\.0+)?))(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
)
_agreement = every(
    _ruled,
    record(
        {
            "@type": word("Agreement"),
            "target": text,
            "assigner": text,
            "assignee": text,
            "timestamp": like(_TIME),
        },
        needs=("@type", "target", "assigner", "assignee"),
    ),
)

# Catalogues (catalog/*.json) ------------------------------------------------------------------------------------
_resource = record({"@id": text}, needs=("@id",))
_service = every(
    _resource,
    record(
        {
            "@type": word("DataService"),
            "endpointURL": text,
            "servesDataset": items(later(lambda: _dataset), least=1),
        },
        needs=("@type", "endpointURL"),
    ),
)
_distribution = record(
    {"hasPolicy": items(_offer, least=1), "accessService": exactly_one(text, _service), "format": text},
    needs=("accessService", "format"),
)
_with_distributions = every(_resource, record({"distribution": items(_distribution, least=1)}))
_dataset: Check = every(
    _with_distributions,
    record({"hasPolicy": items(_offer, least=1)}, needs=("hasPolicy", "distribution")),
)
_catalog: Check = every(
    _with_distributions,
    record(
        {
            "@type": word("Catalog"),
            "dataset": items(_dataset, least=1),
            "catalog": items(later(lambda: _catalog), least=1),
            "service": items(_service, least=1),
        },
        needs=("@id", "@type"),
    ),
    lacks("hasPolicy"),
)

# What messages share --------------------------------------------------------------------------------------------


def context(value: Any, at: str) -> Iterator[Flaw]:
    """A list of contexts that has the protocol's own."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        yield at, "is not a list of texts"
    elif CONTEXT not in value:
        yield at, f"lacks {CONTEXT}"


_PIDS = ("providerPid", "consumerPid")


def _message(kind: str, fields: Mapping[str, Check], needs: tuple[str, ...] = ()) -> Check:
    known: dict[str, Check] = {"@context": context, "@type": word(kind), **dict.fromkeys(_PIDS, text)}
    return record({**known, **fields}, needs=("@context", "@type", *needs))


_CODED: dict[str, Check] = {"code": text, "reason": items(anything, least=1)}
_property = record(
    {"@type": word("EndpointProperty"), "name": text, "value": text}, needs=("@type", "name", "value")
)
_data_address = record(
    {
        "@type": word("DataAddress"),
        "endpointType": text,
        "endpoint": text,
        "endpointProperties": items(_property, least=1),
    },
    needs=("@type", "endpointType"),
)
_NEGOTIATION_STATES = ("REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED", "TERMINATED")
_TRANSFER_STATES = ("REQUESTED", "STARTED", "TERMINATED", "COMPLETED", "SUSPENDED")
_coded_transfer = record(
    {"@context": context, **dict.fromkeys(_PIDS, text), **_CODED}, needs=("@context", *_PIDS)
)


def _with_did(value: Any, at: str) -> Iterator[Flaw]:
    if not isinstance(value, list) or "https://www.w3.org/ns/did/v1" not in value:
        yield at, "lacks https://www.w3.org/ns/did/v1"


_auth = record(
    {"protocol": text, "version": text, "profile": items(text)},
    needs=("protocol", "version"),
)
_version = record(
    {
        "version": text,
        "path": text,
        "binding": word("HTTPS"),
        "identifierType": text,
        "serviceId": text,
        "auth": _auth,
    },
    needs=("version", "path", "binding"),
)


SHAPES: dict[str, Check] = {
    "CatalogRequestMessage": _message("CatalogRequestMessage", {"filter": a_list}),
    "DatasetRequestMessage": _message("DatasetRequestMessage", {"dataset": text}, ("dataset",)),
    "Catalog": every(
        _catalog, record({"@context": context, "participantId": text}, needs=("@context", "participantId"))
    ),
    "Dataset": every(_dataset, record({"@context": context}, needs=("@context",))),
    "CatalogError": _message("CatalogError", {"code": text, "reason": a_list}),
    "ContractRequestMessage": every(
        _message(
            "ContractRequestMessage",
            {"offer": _message_offer, "callbackAddress": text},
            ("consumerPid", "offer"),
        ),
        has_one("callbackAddress", "providerPid"),
    ),
    "ContractOfferMessage": every(
        _message(
            "ContractOfferMessage",
            {"offer": every(_message_offer, record({}, needs=("@id", "target"))), "callbackAddress": text},
            ("providerPid", "offer"),
        ),
        has_one("callbackAddress", "consumerPid"),
    ),
    "ContractAgreementMessage": _message(
        "ContractAgreementMessage", {"agreement": _agreement}, (*_PIDS, "agreement")
    ),
    "ContractAgreementVerificationMessage": _message("ContractAgreementVerificationMessage", {}, _PIDS),
    "ContractNegotiationEventMessage": _message(
        "ContractNegotiationEventMessage",
        {"eventType": word("ACCEPTED", "FINALIZED")},
        (*_PIDS, "eventType"),
    ),
    "ContractNegotiationTerminationMessage": _message("ContractNegotiationTerminationMessage", _CODED, _PIDS),
    "ContractNegotiation": _message(
        "ContractNegotiation", {"state": word(*_NEGOTIATION_STATES)}, (*_PIDS, "state")
    ),
    "ContractNegotiationError": _message("ContractNegotiationError", _CODED, _PIDS),
    "TransferRequestMessage": _message(
        "TransferRequestMessage",
        {"agreementId": text, "format": text, "dataAddress": _data_address, "callbackAddress": text},
        ("agreementId", "format", "callbackAddress", "consumerPid"),
    ),
    "TransferStartMessage": _message("TransferStartMessage", {"dataAddress": _data_address}, _PIDS),
    "TransferSuspensionMessage": _message("TransferSuspensionMessage", _CODED, _PIDS),
    "TransferCompletionMessage": _message("TransferCompletionMessage", {}, _PIDS),
    "TransferTerminationMessage": _message("TransferTerminationMessage", _CODED, _PIDS),
    "TransferProcess": _message("TransferProcess", {"state": word(*_TRANSFER_STATES)}, (*_PIDS, "state")),
    "TransferError": _message("TransferError", _CODED, _PIDS),
    # Parts and documents that are no messages, under the names of their schemas.
    "AbstractTransferCodeMessage": _coded_transfer,
    "DataAddress": _data_address,
    "Policy": exactly_one(_message_offer, _offer, _agreement),
    "Context": context,
    "VersionResponse": record({"protocolVersions": items(_version, least=1)}, needs=("protocolVersions",)),
    "DidService": record(
        {
            "@context": every(context, _with_did),
            "type": word("DataService", "CatalogService"),
            "id": text,
            "serviceEndpoint": like(r"https?://.*?/catalog$"),
        },
        needs=("id", "type", "serviceEndpoint"),
    ),
}
"""What each message and part must look like, by its `@type` or the name of its schema."""


def flaws(value: Any, kind: str) -> list[Flaw]:
    """What is wrong with `value` as a `kind` of `SHAPES`.

    >>> flaws({"@context": [CONTEXT], "@type": "CatalogRequestMessage"}, "CatalogRequestMessage")
    []
    >>> flaws({"@type": "CatalogRequestMessage", "filter": 3}, "CatalogRequestMessage")
    [('', 'lacks @context'), ('filter', 'is not a list')]
    """
    return list(SHAPES[kind](value, ""))


def read(body: bytes, *kinds: str) -> dict[str, Any]:
    """The message in `body`, which must be one of `kinds` and within bounds.

    Raises
    ------
    MessageWrong
        With the place and what is wrong there, in the protocol's words.
    """
    message = loaded(body)
    kind = message.get("@type", "")
    if not isinstance(kind, str) or kind not in kinds:
        raise MessageWrong("@type", wrong=f"is not {' or '.join(kinds)}")
    if found := flaws(message, kind):
        where, wrong = found[0]
        raise MessageWrong(where or kind, wrong=wrong)
    return message


def write(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A message of ours: `@context` and `@type` before `fields`, those that are None left out.

    >>> write("CatalogRequestMessage", {"filter": None})["@type"]
    'CatalogRequestMessage'
    """
    kept = {name: value for name, value in fields.items() if value is not None}
    return {"@context": [CONTEXT], "@type": kind, **kept}


def loaded(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`, within bounds."""
    if len(body) > MOST_BYTES:
        raise MessageWrong("message", wrong=f"is longer than {MOST_BYTES} bytes")
    try:
        value = json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as refused:
        raise MessageWrong("message", wrong="is not JSON") from refused
    if not isinstance(value, dict):
        raise MessageWrong("message", wrong="is not an object")
    _within_bounds(value)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _within_bounds(value: Any) -> None:
    # Level by level, so that a deep message costs no stack of ours.
    level, seen = [value], 0
    for _depth in range(MOST_DEPTH):
        seen += len(level)
        if seen > MOST_VALUES:
            raise MessageWrong("message", wrong=f"holds more than {MOST_VALUES} values")
        if not (level := [inner for one in level for inner in _inside(one)]):
            return
    raise MessageWrong("message", wrong=f"is nested deeper than {MOST_DEPTH} levels")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, list):
        return value
    if isinstance(value, str) and (len(value) > MOST_TEXT or "\x00" in value or _lone(value)):
        raise MessageWrong("message", wrong="holds a text that is too long or not writable")
    return []


def _lone(value: str) -> bool:
    # A lone surrogate from \ud800 cannot be written to any database.
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False
