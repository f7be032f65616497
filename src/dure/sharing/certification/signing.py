"""Signatures by ES256 over compact tokens (RFC 7515, RFC 7518 §3.4), and `did:key` for whoever has no address.

Who signs is passed in: a `Signer` holds a DID, the id of its key, and a function from bytes to the 64 bytes R ‖ S.
"""

import base64
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dure.sharing.certification.refusals import CertificateWrong
from dure.sharing.certification.writing import canonical
from dure.vocabulary import Text

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_P256 = b"\x80\x24"  # multicodec p256-pub 0x1200 as a varint
MOST_CHARACTERS = 4_000_000
Key = Mapping[str, str]
#: Public key (JWK) of a key id, or None if it cannot be had.
Resolve = Callable[[str], Key | None]


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose word it is: DID, key id, the public key where the DID does not hold it, and what signs."""

    did: str
    key_id: str
    sign: Callable[[bytes], bytes]


def token(signer: Signer, payload: Mapping[str, Any], kind: str) -> str:
    """A signed compact token of `payload`; `kind` is its `typ`."""
    head = {"alg": "ES256", "kid": signer.key_id, "typ": kind}
    said = f"{_b64(canonical(head).encode())}.{_b64(canonical(payload).encode())}"
    return f"{said}.{_b64(signer.sign(said.encode()))}"


def payload_of(compact: str, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Head and payload of a token, nothing of it believed yet.

    Raises
    ------
    CertificateWrong
        If it is no token of that kind, or too long.
    """
    parts = compact.split(".") if len(compact) <= MOST_CHARACTERS else []
    try:
        head, payload = (json.loads(_unb64(one)) for one in parts[:2])
        sound = head["alg"] == "ES256" and head["typ"] == kind and isinstance(head["kid"], str)
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound or len(parts) != 3 or not isinstance(payload, dict):
        raise wrong(
            "the token", f"no signed token of the kind {kind}.", f"{kind} 형식의 서명된 토큰이 아닙니다."
        )
    return head, payload


def is_signed(compact: str, key: Key) -> bool:
    """Whether a token's signature is that of a public key (JWK, P-256)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        said, _, written = compact.rpartition(".")
        signature = _unb64(written)
        if len(signature) != 64 or key.get("crv") != "P-256":
            return False
        x, y = (int.from_bytes(_unb64(key[one])) for one in ("x", "y"))
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        public.verify(encode_dss_signature(r, s), said.encode(), ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return True


def key_of_did(key_id: str) -> Key | None:
    """The public key that a `did:key` of P-256 itself holds; None for any other DID.

    >>> key_of_did("did:web:plant.example") is None
    True
    """
    did = key_id.partition("#")[0]
    if not did.startswith("did:key:z"):
        return None
    raw = _unbase58(did.removeprefix("did:key:z"))
    if raw is None or raw[:2] != _P256 or len(raw) != 35:
        return None
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        numbers = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[2:]).public_numbers()
    except ValueError:
        return None
    return {"kty": "EC", "crv": "P-256", "x": _b64(numbers.x.to_bytes(32)), "y": _b64(numbers.y.to_bytes(32))}


def signer_of(private: Any) -> Signer:
    """A signer by `did:key` for a private key of the library `cryptography`."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    name = f"z{_base58(_P256 + point)}"
    return Signer(f"did:key:{name}", f"did:key:{name}#{name}", raw_signing(private))


def raw_signing(private: Any) -> Callable[[bytes], bytes]:
    """What signs with a private key of the library `cryptography`: R ‖ S, 64 bytes."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    def sign(said: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(said, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    return sign


def own_signer(home: Path) -> Signer:
    """The signer of a home that has no address: its key is made at the first call, in a file that we alone may read."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    place = home / "sharing" / "certification" / "key.pem"
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = ec.generate_private_key(ec.SECP256R1())
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        fresh = place.with_name(f"key.{os.getpid()}.new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - the mode must be there before the bytes
            file.write(pem)
        try:
            os.link(fresh, place)  # whoever was first stays
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return signer_of(load_pem_private_key(place.read_bytes(), None))


def wrong(where: str, en: str, ko: str) -> CertificateWrong:
    """The refusal of what is no certificate."""
    return CertificateWrong(where, fault=Text(en, ko))


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _base58(raw: bytes) -> str:
    number, written = int.from_bytes(raw), ""
    while number:
        number, rest = divmod(number, 58)
        written = _ALPHABET[rest] + written
    return written


def _unbase58(text: str) -> bytes | None:
    number = 0
    if len(text) > 100 or any(one not in _ALPHABET for one in text):
        return None
    for one in text:
        number = number * 58 + _ALPHABET.index(one)
    return number.to_bytes((number.bit_length() + 7) // 8)
