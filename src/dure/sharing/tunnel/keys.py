"""Who a plant is to a hub: a P-256 key of its own, and the hub's list of names with the keys that may have them."""

import json
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dure.sharing.tunnel.hello import NAME
from dure.sharing.tunnel.refusals import KeyWrong, NameWrong

Sign = Callable[[bytes], str]
Verify = Callable[[str, bytes, str], bool]
"""Whether a signature over words is that of the plant which may have a name: `(name, words, signature)`."""


def own_key(home: Path) -> Path:
    """File of this plant's private key (PEM, readable by us alone), made at first use."""
    file = home / "secret" / "tunnel.key"
    if not file.exists():
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        made = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(file, made)
    return file


def public_line(home: Path) -> str:
    """Public key of this plant as one line, to be given to the hub's people."""
    from cryptography.hazmat.primitives import serialization

    public = _private(home).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return urlsafe_b64encode(der).decode()


def signer(home: Path) -> Sign:
    """Signs words with this plant's key (ECDSA, P-256, SHA-256), as base64url of the DER form."""
    key = _private(home)

    def sign(words: bytes) -> str:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        return urlsafe_b64encode(key.sign(words, ec.ECDSA(hashes.SHA256()))).decode()

    return sign


def admitted(home: Path) -> dict[str, str]:
    """Names that plants may have at this hub, each with the public key that proves it."""
    try:
        found = json.loads(_names(home).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return {str(name): str(key) for name, key in found.items()} if isinstance(found, dict) else {}


def admit(home: Path, name: str, key: str) -> None:
    """Let the plant with this public key have `name`.

    Raises
    ------
    NameWrong, KeyWrong
        If one is none.
    """
    _public(key)
    names = {**admitted(home), host_name(name): key}
    write_private(_names(home), json.dumps(names, indent=1, sort_keys=True).encode())


def dismiss(home: Path, name: str) -> bool:
    """Take a name back; whether anybody had it. A running hub ends its connections within a second."""
    names = admitted(home)
    had = names.pop(name.lower(), None) is not None
    if had:
        write_private(_names(home), json.dumps(names, indent=1, sort_keys=True).encode())
    return had


def verifier(home: Path) -> Verify:
    """Checks a plant's signature against the list of names, as it is at that moment."""

    def verify(name: str, words: bytes, signature: str) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        key = admitted(home).get(name)
        if key is None:
            return False
        try:
            _public(key).verify(urlsafe_b64decode(signature), words, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True

    return verify


def host_name(written: str) -> str:
    """A host name in lower case.

    >>> host_name("Plant1.Hub.example")
    'plant1.hub.example'

    Raises
    ------
    NameWrong
        If it is none.
    """
    name = written.strip().lower()
    if not NAME.fullmatch(name):
        raise NameWrong(written[:100])
    return name


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only we may read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _names(home: Path) -> Path:
    return home / "sharing" / "tunnel" / "names.json"


def _private(home: Path) -> Any:
    from cryptography.hazmat.primitives import serialization

    return serialization.load_pem_private_key(own_key(home).read_bytes(), password=None)


def _public(line: str) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        found = serialization.load_der_public_key(urlsafe_b64decode(line.strip()))
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise KeyWrong(line[:60]) from fault
    if not isinstance(found, ec.EllipticCurvePublicKey) or found.curve.name != "secp256r1":
        raise KeyWrong(line[:60])
    return found
