"""DID documents of the method did:web: where they lie, what ours says, and which key of another's may do what."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

from dure.sharing.participants.keys import Ring
from dure.sharing.participants.refusals import NotVerified
from dure.vocabulary import Text

DCP_CONTEXT = "https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"
MOST_METHODS = 30
_DID_WEB = re.compile(r"did:web:[A-Za-z0-9.\-]{1,253}(%3A\d{1,5})?(:[A-Za-z0-9._~\-]{1,100}){0,8}")


class Named(Protocol):
    """Whose document it is: a DID, its keys, and the address of its node."""

    @property
    def did(self) -> str:
        """Its DID."""

    @property
    def ring(self) -> Ring:
        """Its keys."""

    @property
    def address(self) -> str:
        """Its public address."""


def did_of(address: str) -> str:
    """The did:web of a node at `address` (did:web, §3.1: a port's colon is percent-encoded, a path is colons).

    >>> did_of("https://plant.example:8443/daon")
    'did:web:plant.example%3A8443:daon'
    """
    goal = urlsplit(address)
    host = quote(goal.netloc, safe="")
    return ":".join(["did:web", host, *[part for part in goal.path.split("/") if part]])


def home_of(did: str, *, plain: bool = False) -> str:
    """Where the document of `did` lies.

    >>> home_of("did:web:plant.example%3A8443:daon"), home_of("did:web:plant.example")
    ('https://plant.example:8443/daon/did.json', 'https://plant.example/.well-known/did.json')

    Raises
    ------
    NotVerified
        If it is no did:web.
    """
    if not isinstance(did, str) or not _DID_WEB.fullmatch(did):
        raise NotVerified(str(did)[:80], why=Text("its DID is no did:web", "DID가 did:web 형식이 아닙니다"))
    host, *path = did.removeprefix("did:web:").split(":")
    start = f"{'http' if plain else 'https'}://{unquote(host)}"
    return f"{start}/{'/'.join(path)}/did.json" if path else f"{start}/.well-known/did.json"


def did_document(identity: Named, now: datetime | None = None) -> dict[str, Any]:
    """What a node says of itself: its keys that hold, what they may do, and where its services are."""
    did, keys = identity.did, identity.ring.valid(now or datetime.now(UTC))
    ids = [f"{did}#{key.fragment}" for key in keys]
    root = identity.address.rstrip("/")
    services = (
        ("credential-service", "CredentialService", f"{root}/dcp/v1.0"),
        ("issuer-service", "IssuerService", f"{root}/dcp/v1.0/issuer"),
        ("data-service", "DataService", f"{root}/.well-known/dspace-version"),
    )
    document: dict[str, Any] = {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/suites/jws-2020/v1",
            DCP_CONTEXT,
        ],
        "id": did,
        "verificationMethod": [
            {
                "id": name,
                "type": "JsonWebKey2020",
                "controller": did,
                "publicKeyJwk": {**key.jwk, "alg": "ES256"},
            }
            for name, key in zip(ids, keys, strict=True)
        ],
        **{relation: list(ids) for relation in ("authentication", "assertionMethod", "capabilityInvocation")},
        "service": [
            {"id": f"{did}#{name}", "type": kind, "serviceEndpoint": at} for name, kind, at in services
        ],
    }
    if proofs := [key.proof for key in identity.ring.keys if key.proof]:
        document["succession"] = proofs
    return document


def key_for(document: Mapping[str, Any], kid: str | None, relation: str) -> Mapping[str, Any]:
    """Public key of the document that is meant by `kid` and may do `relation` (DCP 1.0, validation of ID tokens, step 3).

    Raises
    ------
    NotVerified
        Without a `kid` and with several keys; if no entry has that id; if it may not do `relation`.
    """
    methods = _methods(document)
    if kid is None:
        if len(methods) != 1:
            raise NotVerified(
                document["id"],
                why=Text("the token does not say which key", "토큰에 키가 지정되지 않았습니다"),
            )
        method = methods[0]
    else:
        named = [one for one in methods if _whole(document, one["id"]) == _whole(document, kid)]
        if len(named) != 1:
            raise NotVerified(document["id"], why=Text("it has no such key", "해당하는 키가 없습니다"))
        method = named[0]
    if not _may(document, method, relation):
        raise NotVerified(
            document["id"], why=Text("this key may not be used for that", "이 용도로 쓸 수 없는 키입니다")
        )
    key: Mapping[str, Any] = method["publicKeyJwk"]
    return key


def _methods(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = document.get("verificationMethod")
    if not isinstance(found, list) or not 0 < len(found) <= MOST_METHODS:
        raise NotVerified(
            str(document.get("id"))[:80], why=Text("its document has no keys", "DID 문서에 키가 없습니다")
        )
    right = [one for one in found if isinstance(one, dict) and isinstance(one.get("id"), str)]
    return [
        one for one in right if isinstance(one.get("publicKeyJwk"), dict) and "d" not in one["publicKeyJwk"]
    ]


def _may(document: Mapping[str, Any], method: Mapping[str, Any], relation: str) -> bool:
    allowed = document.get(relation)
    if not isinstance(allowed, list):
        return False
    ids = (
        one if isinstance(one, str) else one.get("id") if isinstance(one, dict) else None for one in allowed
    )
    return _whole(document, method["id"]) in {_whole(document, one) for one in ids if isinstance(one, str)}


def _whole(document: Mapping[str, Any], name: str) -> str:
    """An id of a key in full: `#k1` is short for `did:…#k1`."""
    return f"{document['id']}{name}" if name.startswith("#") else name


def service_of(document: Mapping[str, Any], kind: str) -> str:
    """Address of the service of this type; empty if the document names none."""
    services = document.get("service")
    for one in services if isinstance(services, list) else ():
        if isinstance(one, dict) and one.get("type") == kind and isinstance(one.get("serviceEndpoint"), str):
            return str(one["serviceEndpoint"])
    return ""


def fingerprint(keys: Sequence[str]) -> str:
    """100 bits of SHA-256 over key thumbprints, as five groups that two people can read to each other.

    >>> fingerprint(["52CeuNWGS41YDLNDLwlzH5yefYEzzg58E4oUy8h4PeY"])
    'RGSE-NE67-Y370-M70H-3WVK'
    """
    from hashlib import sha256

    number = int.from_bytes(sha256("\n".join(sorted(keys)).encode()).digest()[:13], "big") >> 4
    letters = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> 5 * at & 31] for at in range(19, -1, -1))
    return "-".join(letters[at : at + 4] for at in range(0, 20, 4))
