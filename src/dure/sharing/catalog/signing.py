"""Signatures of feed pages: a compact JWS (RFC 7515, ES256) over the SHA-256 of the page, by the key of the participant."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

ALGORITHM = "ES256"
LARGEST = 4096
Resolve = Callable[[str], Mapping[str, Any]]


def sign(told: bytes) -> str:
    """The signature of this node over bytes."""
    from joserfc import jws

    from dure.sharing.participants import own

    me = own()
    header = {"alg": ALGORITHM, "kid": me.key_id}
    return jws.serialize_compact(header, hashlib.sha256(told).hexdigest(), me.ring.private)


def verifier(did: str, resolve: Resolve | None = None) -> Callable[[bytes, str], bool]:
    """A function that says whether a signature over bytes is `did`'s, by the keys of its document."""

    def holds(told: bytes, signature: str) -> bool:
        from joserfc import jws
        from joserfc.errors import JoseError
        from joserfc.jwk import ECKey

        from dure.sharing import participants

        if len(signature) > LARGEST:
            return False
        try:
            document = (resolve or participants.resolve)(did)
            kid = jws.extract_compact(signature.encode()).headers().get("kid")
            (jwk,) = [
                one["publicKeyJwk"] for one in document.get("verificationMethod", []) if one.get("id") == kid
            ]
            read = jws.deserialize_compact(signature, ECKey.import_key(jwk), algorithms=[ALGORITHM])
        except (JoseError, ValueError, KeyError, TypeError):
            return False
        return read.payload == hashlib.sha256(told).hexdigest().encode()

    return holds
