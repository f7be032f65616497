"""Documents of DIDs: our own from the keys, a partner's as it was pinned at pairing, everybody else's from their address."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from dure.sharing.participants.documents import did_document, home_of
from dure.sharing.participants.fetching import Answer, fetch
from dure.sharing.participants.identity import own
from dure.sharing.participants.keys import thumbprint
from dure.sharing.participants.messages import parsed
from dure.sharing.participants.models import Participant
from dure.sharing.participants.refusals import MessageWrong, NotVerified
from dure.sharing.participants.tokens import check_signature, read, refuse

KEPT = 300.0
"""How long a document is believed without asking again. [s]"""

SOONEST = 10.0
"""An unknown key makes us ask again, but not sooner after the last time. [s]"""

LARGEST = 65_536
"""Largest document that is read. [bytes]"""

MOST_KEPT = 1000
SLOWEST = 5.0
"""Longest time that a document may take. [s]"""

PATIENCE = 2.0
GATE = threading.BoundedSemaphore(4)
"""Documents read at the same time: strangers who name slow servers must not take every thread that answers pages."""

Fetch = Callable[..., Answer]


@dataclass
class Shelf:
    """Documents read lately, with when."""

    read: dict[str, tuple[float, Mapping[str, Any]]] = field(default_factory=dict)

    def get(self, did: str, longest: float) -> Mapping[str, Any] | None:
        """The document, if it was read within `longest` seconds."""
        at, document = self.read.get(did, (0.0, {}))
        return document if document and time.monotonic() - at < longest else None

    def put(self, did: str, document: Mapping[str, Any]) -> None:
        """Keep a document; the oldest makes room."""
        self.read.pop(did, None)
        while len(self.read) >= MOST_KEPT:
            self.read.pop(next(iter(self.read)), None)
        self.read[did] = (time.monotonic(), document)


SHELF = Shelf()


def resolve(did: str, *, kid: object = None, asker: Fetch = fetch) -> Mapping[str, Any]:
    """The document by which signatures of `did` are checked, and in which its services stand.

    Ours comes from our keys. A paired partner's is the pinned one: whoever takes over its domain does not take over its name; a key
    `kid` that is not in it counts only if a chain of proofs leads to it from one that is. Everybody else's is published at its
    address and believed for five minutes, or until a key turns up that it does not name.

    Raises
    ------
    NotVerified, FetchRefused
        If it is no did:web, not there, the document of another, or of a partner with a key that nobody has confirmed.
    """
    me = own()
    if did == me.did:
        return did_document(me)
    partner = Participant.objects.filter(did=did).exclude(document={}).first()
    if partner is None:
        known = published(did, asker=asker)
        return known if _names(known, kid) else published(did, longest=SOONEST, asker=asker)
    if _names(partner.document, kid):
        return dict(partner.document)
    later = published(did, longest=SOONEST, asker=asker)
    if not follows(partner.document, later):
        raise refuse(did, "its key is not the one you confirmed", "확인했던 키가 아닙니다")
    Participant.objects.filter(pk=partner.pk).update(document=dict(later))
    return later


def published(did: str, *, longest: float = KEPT, asker: Fetch = fetch) -> Mapping[str, Any]:
    """The document at the address of `did` (did:web: one GET, guarded as `fetch` is), read at most `longest` seconds ago.

    Raises
    ------
    NotVerified, FetchRefused
    """
    if (known := SHELF.get(did, longest)) is not None:
        return known
    place = home_of(did, plain=bool(settings.DURE_SHARING_PLAIN_HTTP))
    if not GATE.acquire(timeout=PATIENCE):
        raise refuse(did, "too many documents are being read", "읽고 있는 DID 문서가 너무 많습니다")
    try:
        answer = asker(
            place, most=LARGEST, timeout=SLOWEST, headers={"Accept": "application/did+json, application/json"}
        )
    finally:
        GATE.release()
    if answer.status != 200:
        raise refuse(did, "it publishes no document", "DID 문서를 게시하지 않습니다")
    try:
        document = parsed(answer.body)
    except MessageWrong as torn:
        raise refuse(did, "its document cannot be read", "DID 문서를 읽을 수 없습니다") from torn
    if not isinstance(document, dict) or document.get("id") != did:
        raise refuse(did, "its document is another's", "다른 참여자의 DID 문서입니다")
    SHELF.put(did, document)
    return document


def _names(document: Mapping[str, Any], kid: object) -> bool:
    """Whether the document has a key of this id; without one, whatever it has is meant."""
    methods = document.get("verificationMethod")
    ids = (
        [str(one.get("id")) for one in methods if isinstance(one, dict)] if isinstance(methods, list) else []
    )
    return not isinstance(kid, str) or any(kid.rpartition("#")[2] == one.rpartition("#")[2] for one in ids)


def follows(pinned: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
    """Whether a chain of proofs, each signed by the key before, leads from the pinned document to every key of the later one."""
    proofs = later.get("succession")
    known: dict[str, Any] = {**pinned, "verificationMethod": list(pinned.get("verificationMethod", []))}
    for proof in proofs[:20] if isinstance(proofs, list) else ():
        known = _with_next(known, proof)
    reached = {thumbprint(one["publicKeyJwk"]) for one in known["verificationMethod"]}
    try:
        named = [thumbprint(one["publicKeyJwk"]) for one in later["verificationMethod"]]
    except (KeyError, TypeError):
        return False
    return bool(named) and set(named) <= reached


def _with_next(known: dict[str, Any], proof: Any) -> dict[str, Any]:
    try:
        found = read(proof)
        check_signature(found, known, "capabilityInvocation")
        jwk = found.claims["new"]
        name = f"{known['id']}#{thumbprint(jwk)[:22]}"
    except (NotVerified, KeyError, TypeError, ValueError):
        return known  # a proof of a key older than the pinned one
    if found.claims.get("iss") != known["id"] or found.header.get("typ") != "succession+jwt":
        return known
    method = {"id": name, "type": "JsonWebKey2020", "controller": known["id"], "publicKeyJwk": jwk}
    return {
        **known,
        "verificationMethod": [*known["verificationMethod"], method],
        "capabilityInvocation": [*known.get("capabilityInvocation", []), name],
    }
