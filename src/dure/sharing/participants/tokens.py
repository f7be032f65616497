"""Signed tokens: JSON Web Tokens written and read strictly, and the Self-Issued ID Token of DCP 1.0 (Base Concepts).

Reading refuses what RFC 7515 leaves open: parts that are not canonical base64url, names that stand twice in an object,
unknown critical headers, algorithms that do not fit the key. Every changed byte is thus a refusal.
"""

import base64
import binascii
import json
import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from dure.sharing.participants.documents import key_for
from dure.sharing.participants.keys import Ring
from dure.sharing.participants.refusals import NotVerified
from dure.vocabulary import Text

LIFE = 300
"""How long a token of ours is good for. [s]"""

LEEWAY = 30
"""How far two firms' clocks may differ. [s]"""

LONGEST_LIFE = 3600
"""A foreign token that lives longer is refused: its `jti` would have to be kept as long. [s]"""

LARGEST = 16_384
"""Tokens longer than this are refused unread. [characters]"""

ALGORITHMS: dict[str, tuple[str, str]] = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "Ed25519": ("OKP", "Ed25519"),
    "EdDSA": ("OKP", "Ed25519"),
    "PS256": ("RSA", ""),
    "RS256": ("RSA", ""),
}
"""Algorithms that are read, each with the kind of key and the curve that it takes; ES256 is written."""

_KINDS: dict[str, Any] = {"EC": ECKey, "RSA": RSAKey}
Resolve = Callable[[str], Mapping[str, Any]]


class Signer(Protocol):
    """Who signs: a DID with its keys."""

    @property
    def did(self) -> str:
        """Its DID."""

    @property
    def ring(self) -> Ring:
        """Its keys."""


@dataclass(frozen=True, slots=True)
class Read:
    """A token taken apart and not yet believed."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    text: str


def refuse(who: object, en: str, ko: str) -> NotVerified:
    """`NotVerified` with its reason."""
    return NotVerified(str(who)[:120], why=Text(en, ko))


def signed(signer: Signer, claims: Mapping[str, Any], typ: str = "JWT") -> str:
    """`claims` as a JWT under the signer's present key (ES256)."""
    header = {"alg": "ES256", "typ": typ, "kid": f"{signer.did}#{signer.ring.current.fragment}"}
    body = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
    return jws.serialize_compact(header, body, signer.ring.private, algorithms=["ES256"])


def read(text: str, longest: int = LARGEST) -> Read:
    """The parts of a JWT, its signature not yet looked at.

    Raises
    ------
    NotVerified
    """
    parts = text.split(".") if isinstance(text, str) and len(text) <= longest else []
    if len(parts) != 3:
        raise refuse("the token", "it is no signed token", "서명된 토큰이 아닙니다")
    try:
        header, claims, _signature = (_bytes(part) for part in parts)
        found = Read(_object(header), _object(claims), text)
    except (ValueError, RecursionError) as torn:
        raise refuse("the token", "it is torn", "토큰이 손상되었습니다") from torn
    if "crit" in found.header or "b64" in found.header:
        raise refuse("the token", "it asks for what we do not know", "알 수 없는 처리를 요구합니다")
    return found


def _bytes(part: str) -> bytes:
    raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
        raise binascii.Error("not canonical")
    return raw


def _object(raw: bytes) -> Mapping[str, Any]:
    found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - torn input is one kind of refusal
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(written: str) -> float:
    raise ValueError(written)


def check_signature(found: Read, document: Mapping[str, Any], relation: str) -> None:
    """Raise `NotVerified` unless a key of `document` that may do `relation` has signed the token."""
    kid = found.header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise refuse(document["id"], "the token does not say which key", "토큰에 키가 지정되지 않았습니다")
    jwk = key_for(document, kid, relation)
    algorithm = str(found.header.get("alg"))
    try:
        _verify(found.text, jwk, algorithm)
    except (JoseError, InvalidSignature, ValueError, TypeError, KeyError) as wrong:
        raise refuse(document["id"], "the signature does not hold", "서명이 올바르지 않습니다") from wrong


def _verify(text: str, jwk: Mapping[str, Any], algorithm: str) -> None:
    kind, curve = ALGORITHMS.get(algorithm, ("", ""))
    if not kind or jwk.get("kty") != kind or (curve and jwk.get("crv") != curve):
        raise ValueError(algorithm)
    if kind == "RSA" and len(_bytes(str(jwk.get("n"))).lstrip(b"\0")) < 256:
        raise ValueError(algorithm)
    if kind == "OKP":  # RFC 9864 renamed EdDSA to Ed25519; connectors write either
        signing, _, signature = text.rpartition(".")
        Ed25519PublicKey.from_public_bytes(_bytes(jwk["x"])).verify(_bytes(signature), signing.encode())
        return
    public = {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}
    jws.deserialize_compact(text, _KINDS[kind].import_key(public), algorithms=[algorithm])


def id_token(  # noqa: PLR0913 - the claims of the token
    signer: Signer,
    audience: str,
    now: datetime,
    *,
    token: str = "",
    life: int = LIFE,
    more: Mapping[str, Any] | None = None,
) -> str:
    """Self-Issued ID Token of `signer` for `audience`, with an access token to our credentials if there is one."""
    start = math.floor(now.timestamp())
    claims: dict[str, Any] = {
        "iss": signer.did, "sub": signer.did, "aud": audience, "iat": start, "exp": start + life,
        "jti": secrets.token_urlsafe(18), **({"token": token} if token else {}), **(more or {}),
    }  # fmt: skip
    return signed(signer, claims)


def check_id_token(text: str, audience: str, resolve: Resolve, now: datetime) -> Mapping[str, Any]:
    """Claims of a Self-Issued ID Token that holds in all but one respect: whether its `jti` is new is for who keeps them.

    Raises
    ------
    NotVerified
        As DCP 1.0 “Validating Self-Issued ID Tokens” has it, steps 1 to 6; and if the token lives longer than an hour.
    """
    found = read(text)
    claims = found.claims
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or issuer != claims.get("sub"):
        raise refuse("the token", "issuer and subject differ", "발급자와 주체가 다릅니다")
    if claims.get("aud") not in (audience, [audience]):
        raise refuse(issuer, "the token is meant for somebody else", "다른 대상의 토큰입니다")
    check_times(issuer, claims, now)
    document = resolve(issuer)
    if document.get("id") != issuer:
        raise refuse(issuer, "its document is another's", "다른 참여자의 DID 문서입니다")
    check_signature(found, document, "capabilityInvocation")
    return claims


def check_times(issuer: str, claims: Mapping[str, Any], now: datetime) -> None:
    """Raise `NotVerified` unless `iat`, `nbf`, `exp` and `jti` are as an ID token needs them at `now`."""
    at = now.timestamp()
    begun, end = _moment(issuer, claims.get("iat")), _moment(issuer, claims.get("exp"))
    earliest = _moment(issuer, claims["nbf"]) if "nbf" in claims else begun
    if end <= at - LEEWAY:
        raise refuse(issuer, "the token has expired", "토큰이 만료되었습니다")
    if max(begun, earliest) > at + LEEWAY:
        raise refuse(issuer, "the token is not good yet", "아직 유효하지 않은 토큰입니다")
    if end - begun > LONGEST_LIFE or end <= begun:
        raise refuse(issuer, "the token lives too long", "토큰의 유효 기간이 너무 깁니다")
    if not isinstance(claims.get("jti"), str) or not 0 < len(claims["jti"]) <= 256:
        raise refuse(issuer, "the token has no number of its own", "토큰에 고유 번호가 없습니다")


def _moment(issuer: str, value: object) -> float:
    """Seconds since 1970 (RFC 7519, NumericDate)."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e11:
        raise refuse(issuer, "the token has no times", "토큰에 시각 정보가 없습니다")
    return float(value)
