"""Who made a model package: Ed25519 signatures by named keys that lie in the home folder.

The private key of a name lies in `secret/signing/<name>.pem` (0600), made at first use; its public half in
`trusted/<name>.pub`. Whoever's public key lies in `trusted/` is trusted.

References
----------
S. Josefsson, I. Liusvaara, "Edwards-Curve Digital Signature Algorithm (EdDSA)", RFC 8032, 2017.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from dure.science.learn.refusals import SettingRefused
from dure.vocabulary import Text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

OWN = "own"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def signed(message: bytes, home: Path, name: str = OWN) -> tuple[bytes, bytes]:
    """Signature of `message` by the key of that name, and the key's public half (32 bytes)."""
    key = _key(home, name)
    return key.sign(message), key.public_key().public_bytes_raw()


def verifies(message: bytes, signature: bytes, public: bytes) -> bool:
    """Whether `signature` of `message` was made by the holder of the key whose public half this is."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def trusted(public: bytes, home: Path) -> str:
    """Name under which this home trusts a public key; empty if it does not."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    for path in sorted((home / "trusted").glob("*.pub")):
        try:
            known = load_pem_public_key(path.read_bytes())
        except (ValueError, OSError):
            continue
        if getattr(known, "public_bytes_raw", bytes)() == public:
            return path.stem
    return ""


def key_id(public: bytes) -> str:
    """Short name of a public key that a person can compare.

    >>> key_id(bytes(32))
    '66687aad:f862bd77'
    """
    digest = hashlib.sha256(public).hexdigest()
    return f"{digest[:8]}:{digest[8:16]}"


def _key(home: Path, name: str) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not _NAME.fullmatch(name):
        raise SettingRefused(
            "signer",
            value=name,
            must=Text("small letters, digits and hyphens", "영문 소문자, 숫자, 하이픈이어"),
        )
    path = home / "secret" / "signing" / f"{name}.pem"
    if not path.exists():
        _make(path, home / "trusted" / f"{name}.pub")
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} is no Ed25519 key")
    return key


def _make(path: Path, public_path: Path) -> None:
    """Make a key; of two processes at once, the first one's key stands."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for folder in (path.parent.parent.parent, path.parent.parent, path.parent, public_path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    public_draft = public_path.with_name(f".{public_path.name}.{os.getpid()}")
    _write_new(draft, secret, 0o600)
    _write_new(public_draft, public, 0o644)
    try:
        os.link(draft, path)
        public_draft.replace(public_path)
    except FileExistsError:
        public_draft.unlink()
    finally:
        draft.unlink()


def _write_new(path: Path, content: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
