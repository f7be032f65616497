"""Signed checkpoints: the tree's size and root at a time, also kept outside the database.

Whoever rewrites or cuts the ledger's table must also forge these lines, and for that needs the signing key.
A counterparty that keeps a line can prove a rewrite even against the holder of the key.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dure.foundation.ledger.entry import canonical


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The first `size` entries had the root `root` (hexadecimal) at `at`, says the holder of `key` (Ed25519)."""

    size: int
    root: str
    at: str
    key: str
    signature: str = ""

    @property
    def signed_part(self) -> bytes:
        """The bytes that the signature covers."""
        return canonical({**asdict(self), "signature": ""}).encode()

    @property
    def holds(self) -> bool:
        """Whether the signature is that of `key`."""
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            public.verify(base64.b64decode(self.signature, validate=True), self.signed_part)
        except (InvalidSignature, ValueError):
            return False
        return True


def sign(size: int, root: bytes, at: datetime, key: Ed25519PrivateKey) -> Checkpoint:
    """A checkpoint signed by `key`.

    >>> sign(0, bytes(32), datetime(2026, 1, 1, tzinfo=UTC), Ed25519PrivateKey.generate()).holds
    True
    """
    plain = Checkpoint(size, root.hex(), at.astimezone(UTC).isoformat(), public_key(key))
    signature = base64.b64encode(key.sign(plain.signed_part)).decode()
    return Checkpoint(plain.size, plain.root, plain.at, plain.key, signature)


def public_key(key: Ed25519PrivateKey) -> str:
    """Public half of `key`, hexadecimal."""
    raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    return key.public_key().public_bytes(*raw).hex()


def has_key(home: Path) -> bool:
    """Whether anything was signed in this home yet."""
    return _key_file(home).exists()


def _key_file(home: Path) -> Path:
    return home / "secret" / "signing" / "ledger.pem"


def signing_key(home: Path) -> Ed25519PrivateKey:
    """The ledger's own key, made at the first call and readable by us alone."""
    place = _key_file(home)
    if not place.exists():
        _make_key(place)
    key = serialization.load_pem_private_key(place.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{place} is no Ed25519 key")
    return key


def _make_key(place: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    fresh = place.with_suffix(f".{os.getpid()}.new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - the mode must be there before the bytes
        file.write(Ed25519PrivateKey.generate().private_bytes(*form))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, place)  # of two processes that start at once, one key stays
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def file_of(home: Path) -> Path:
    """The file of checkpoints, one JSON object a line."""
    return home / "ledger" / "checkpoints.jsonl"


def append(home: Path, checkpoint: Checkpoint) -> None:
    """Add `checkpoint` as one line that has reached the disk when this returns.

    A line torn by a power cut goes; the same size and root are not kept twice in a row.
    """
    place = file_of(home)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(place, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:  # noqa: PTH123 - the mode must be there before the bytes
        fcntl.flock(file, fcntl.LOCK_EX)
        end, last = _last_line(file)
        if isinstance(last, Checkpoint) and (last.size, last.root) == (checkpoint.size, checkpoint.root):
            return
        file.truncate(end)
        file.seek(end)
        file.write(canonical(asdict(checkpoint)).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _last_line(file: BinaryIO) -> tuple[int, Checkpoint | str]:
    start = max(0, file.seek(0, os.SEEK_END) - 4096)
    file.seek(start)
    whole, _, _torn = file.read().rpartition(b"\n")
    end = start + len(whole) + 1 if whole else start
    return end, _parsed(whole.rpartition(b"\n")[2].decode(errors="replace"))


def read(home: Path) -> Iterator[Checkpoint | str]:
    """Every checkpoint of the file; a line that cannot be read comes as its text."""
    place = file_of(home)
    if not place.exists():
        return
    with place.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield _parsed(line)


def _parsed(line: str) -> Checkpoint | str:
    try:
        checkpoint = Checkpoint(**json.loads(line))
    except (ValueError, TypeError):
        return line.strip()
    return checkpoint if isinstance(checkpoint.size, int) else line.strip()
