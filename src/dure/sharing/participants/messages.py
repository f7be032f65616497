"""Messages of DCP 1.0 as plain JSON: written, and read with bounds. Judged in the tests by the protocol's own JSON Schemas."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from dure.sharing.participants.documents import DCP_CONTEXT
from dure.sharing.participants.refusals import MessageWrong
from dure.vocabulary import Text

LARGEST = 1_048_576
"""Largest message that is read. [bytes]"""

DEEPEST = 32
"""Deepest nesting that is read."""

MOST = 50
"""Most entries of a list in a message."""

LONGEST = 262_144
"""Longest text in a message. [characters]"""

TYPE_SCOPES = ("org.eclipse.dspace.dcp.vc.type", "org.eclipse.edc.vc.type")
ID_SCOPE = "org.eclipse.dspace.dcp.vc.id"
Check = Callable[[Any, str], None]


def wrong(where: str, en: str, ko: str) -> NoReturn:
    """Refuse the message for what stands at `where`."""
    raise MessageWrong(where[:120], why=Text(en, ko))


def parsed(raw: bytes) -> Any:
    """JSON of a foreign message, bounded in size and depth, no name twice in an object.

    Raises
    ------
    MessageWrong
    """
    if len(raw) > LARGEST:
        wrong("body", "it is larger than 1 MiB", "1 MiB보다 큽니다")
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        wrong("body", "it is no JSON", "JSON 형식이 아닙니다")
    if _depth(found) > DEEPEST:
        wrong("body", "it is nested too deep", "중첩이 너무 깊습니다")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(written: str) -> float:
    raise ValueError(written)


def _depth(value: Any) -> int:
    level, deep = [value], 0
    while level and deep <= DEEPEST:
        deep += 1
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
        ]
    return deep


# What a value must be ---------------------------------------------------------------------------------------------
def _text(value: Any, where: str) -> None:
    if not isinstance(value, str) or len(value) > LONGEST:
        wrong(where, "it is no text", "텍스트가 아닙니다")


def _is(word: str) -> Check:
    def check(value: Any, where: str) -> None:
        if value != word:
            wrong(where, f"it is not {word}", f"{word}이(가) 아닙니다")

    return check


def _one_of(*words: str) -> Check:
    def check(value: Any, where: str) -> None:
        if value not in words:
            wrong(where, f"it is none of {', '.join(words)}", f"{', '.join(words)} 중 하나가 아닙니다")

    return check


def _many(inner: Check, least: int = 0) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, list) or not least <= len(value) <= MOST:
            wrong(where, "it is no list, or too short or long", "목록이 아니거나 개수가 맞지 않습니다")
        for at, one in enumerate(value):
            inner(one, f"{where}.{at}")

    return check


def _object(must: Mapping[str, Check], may: Mapping[str, Check] | None = None) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            wrong(where, "it is no object", "객체가 아닙니다")
        for name, inner in must.items():
            if name not in value:
                wrong(f"{where}.{name}", "it is missing", "값이 없습니다")
            inner(value[name], f"{where}.{name}")
        for name, inner in (may or {}).items():
            if name in value:
                inner(value[name], f"{where}.{name}")

    return check


def _context(value: Any, where: str) -> None:
    _many(_text, 1)(value, where)
    if DCP_CONTEXT not in value:
        wrong(where, "it does not name the context of DCP 1.0", "DCP 1.0 컨텍스트가 없습니다")


def _thing(value: Any, where: str) -> None:
    if not isinstance(value, dict | str):
        wrong(where, "it is neither text nor object", "텍스트나 객체가 아닙니다")


def _text_or_nothing(value: Any, where: str) -> None:
    if value is not None:
        _text(value, where)


_DEFINITION = _object({"id": _text, "input_descriptors": _many(_object({"id": _text}))})
_OFFERED = {
    "credentialType": _text, "credentialSchema": _text, "offerReason": _text, "bindingMethods": _many(_text), "profile": _text,
}  # fmt: skip
_CREDENTIAL_OBJECT = _object(
    {"id": _text, "type": _is("CredentialObject")}, {**_OFFERED, "issuancePolicy": _DEFINITION}
)
_SUPPORTED = _object(
    {"id": _text, "type": _is("CredentialObject"), **_OFFERED}, {"issuancePolicy": _DEFINITION}
)
_CONTAINER = _object({"payload": _text, "credentialType": _text, "format": _text})
_SUBMISSION = _object({"id": _text, "definition_id": _text, "descriptor_map": _many(_object({"id": _text}))})
SHAPES: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "PresentationQueryMessage": ({}, {"scope": _many(_text, 1), "presentationDefinition": _DEFINITION}),
    "PresentationResponseMessage": ({"presentation": _many(_thing)}, {"presentationSubmission": _SUBMISSION}),
    "CredentialRequestMessage": ({"holderPid": _text, "credentials": _many(_object({"id": _text}))}, {}),
    "CredentialMessage": (
        {"issuerPid": _text, "status": _one_of("ISSUED", "REJECTED")},
        {"holderPid": _text, "credentials": _many(_CONTAINER), "format": _text, "rejectionReason": _text_or_nothing},
    ),
    "CredentialOfferMessage": ({"issuer": _text, "credentials": _many(_CREDENTIAL_OBJECT, 1)}, {}),
    "CredentialObject": ({"id": _text}, {**_OFFERED, "issuancePolicy": _DEFINITION}),
    "CredentialStatus": (
        {"issuerPid": _text, "holderPid": _text, "status": _one_of("RECEIVED", "REJECTED", "ISSUED")}, {},
    ),
    "IssuerMetadata": ({"issuer": _text, "credentialsSupported": _many(_SUPPORTED)}, {}),
}  # fmt: skip
"""Each message with what must stand in it and what may; `@context` and `type` stand in all."""


def check(message: Any, kind: str) -> dict[str, Any]:
    """The message, if it is one of `kind`; a message may hold more than the protocol names.

    Raises
    ------
    MessageWrong
    """
    must, may = SHAPES[kind]
    _object({"@context": _context, "type": _is(kind), **must}, may)(message, kind)
    if kind == "PresentationQueryMessage" and ("scope" in message) == ("presentationDefinition" in message):
        wrong(f"{kind}.scope", "either scope or presentationDefinition must be there, not both",
              "scope와 presentationDefinition 중 하나만 있어야 합니다")  # fmt: skip
    found: dict[str, Any] = message
    return found


def message(kind: str, **fields: Any) -> dict[str, Any]:
    """A message of ours; names as the protocol writes them.

    >>> message("CredentialStatus", issuerPid="i", holderPid="h", status="RECEIVED")["type"]
    'CredentialStatus'
    """
    return check({"@context": [DCP_CONTEXT], "type": kind, **fields}, kind)


def types_and_ids(scopes: Sequence[str]) -> tuple[set[str], set[str]]:
    """The credential types and credential ids that scopes name (DCP 1.0, Scopes).

    >>> types_and_ids(["org.eclipse.dspace.dcp.vc.type:MembershipCredential"])
    ({'MembershipCredential'}, set())

    Raises
    ------
    MessageWrong
        If a scope's alias is none that we know.
    """
    kinds: set[str] = set()
    ids: set[str] = set()
    for scope in scopes:
        alias, colon, name = scope.partition(":")
        name = name.removesuffix(":read")
        if not colon or not name or alias not in (*TYPE_SCOPES, ID_SCOPE):
            wrong("scope", "its alias is not known here", "알 수 없는 scope입니다")
        (ids if alias == ID_SCOPE else kinds).add(name)
    return kinds, ids


def scope_of(kind: str) -> str:
    """The scope that names a type of credential."""
    return f"{TYPE_SCOPES[0]}:{kind}"
