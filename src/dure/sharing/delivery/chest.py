"""Received data at rest: encrypted under a key of its agreement, so that forgetting is destroying one key.

**Nonces.** Every chunk has an AES-256 key of its own, derived from the agreement's key and the chunk's SHA-256
(HMAC-SHA-256 as the expand step of RFC 5869), and that key encrypts this one plaintext only. A key and nonce pair
therefore never meets two plaintexts, whatever crashes, restarts or runs twice, and the nonce may be constant
(NIST SP 800-38D, §8: uniqueness of the pair is what is asked for). The file's name is derived likewise: neither the
content nor its hash can be read or guessed from the disk without the key.
"""

import hashlib
import hmac
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dure.sharing.delivery.keeping import private_folder
from dure.sharing.delivery.manifest import LARGEST, NAME, Manifest, name_of
from dure.sharing.delivery.refusals import ChunkAbsent, ChunkWrong, KeyForgotten

_NONCE, _KEY = bytes(12), 32
# Above this many files one sync of their file system is cheaper than one of each.
_MANY = 8


@dataclass(slots=True)
class Chest:
    """Chunks below `at` (`home()/sharing`), each agreement's under its own key.

    `entropy(n)` gives n random bytes; the operating system's by default.
    """

    at: Path
    entropy: Callable[[int], bytes] = field(default=secrets.token_bytes)

    def put(self, agreement: str, content: bytes) -> str:
        """Keep one chunk; its reference, which is its SHA-256. Putting it again changes nothing."""
        if len(content) > LARGEST:
            raise ChunkWrong(agreement, name=f"{len(content)} > {LARGEST}")
        name = name_of(content)
        self.part(agreement).keep(name, content)
        return name

    def open(self, agreement: str, ref: str) -> bytes:
        """The chunk `ref`, decrypted and compared with its name.

        Raises
        ------
        KeyForgotten
            If the agreement's key was destroyed or never made.
        ChunkAbsent
            If the chunk is not there whole.
        """
        return self.part(agreement, make=False).read(ref)

    def part(self, agreement: str, *, make: bool = True) -> "Part":
        """What belongs to one agreement; with `make`, its key is made if there is none yet."""
        return Part(agreement, self._key(agreement, make=make), self.at / "chest" / _label(agreement))

    def forget(self, agreement: str) -> None:
        """Destroy the agreement's key, and then what it had encrypted; a second time does nothing."""
        file = self._key_file(agreement)
        with suppress(FileNotFoundError):
            with file.open("r+b") as kept:  # overwritten first: an unlinked file may lie on the disk for long
                kept.write(self.entropy(_KEY))
                kept.flush()
                os.fsync(kept.fileno())
            file.unlink()
            _settle(file.parent)
        shutil.rmtree(self.at / "chest" / _label(agreement), ignore_errors=True)

    def holds(self, agreement: str) -> bool:
        """Whether the key is still there."""
        return self._key_file(agreement).exists()

    def _key_file(self, agreement: str) -> Path:
        return self.at / "keys" / f"{_label(agreement)}.key"

    def _key(self, agreement: str, *, make: bool) -> bytes:
        file = self._key_file(agreement)
        if make and not file.exists():
            self._make_key(file)
        try:
            key = file.read_bytes()
        except FileNotFoundError as gone:
            raise KeyForgotten(agreement) from gone
        if len(key) != _KEY:
            raise KeyForgotten(agreement)
        return key

    def _make_key(self, file: Path) -> None:
        private_folder(file.parent)
        beside = file.with_name(f"{file.name}.{secrets.token_hex(8)}.new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as kept:
            kept.write(self.entropy(_KEY))
            kept.flush()
            os.fsync(kept.fileno())
        with suppress(FileExistsError):  # another process was first: its key is the key
            os.link(beside, file)
        beside.unlink()
        _settle(file.parent)


@dataclass(frozen=True, slots=True)
class Part:
    """The chunks of one agreement; `Into` of a delivery and `Held` of the next (see receiving and serving)."""

    agreement: str
    key: bytes = field(repr=False)
    at: Path

    def keep(self, name: str, content: bytes | memoryview) -> None:
        """Keep a chunk whose name was already compared with it."""
        file = self._file(name)
        if file.exists():
            return
        private_folder(file.parent)
        sealed = self._cipher(name).encrypt(_NONCE, content, self._bound(name))
        beside = file.with_name(f"{file.name}.{secrets.token_hex(4)}.new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.write(sealed)
        beside.replace(file)

    def read(self, name: str) -> bytes:
        """The chunk, if it lies there whole."""
        from cryptography.exceptions import InvalidTag

        try:
            sealed = self._file(name).read_bytes()
            content = self._cipher(name).decrypt(_NONCE, sealed, self._bound(name))
        except (FileNotFoundError, InvalidTag, ValueError) as lost:
            raise ChunkAbsent(self.agreement, name=name[:64]) from lost
        return bytes(content)

    def has(self, manifest: Manifest, index: int) -> bool:
        """Whether chunk `index` lies here whole; one that was cut by a power loss is taken away."""
        name = manifest.chunks[index]
        try:
            return len(self.read(name)) == manifest.bytes_of(index)
        except ChunkAbsent:
            self._file(name).unlink(missing_ok=True)
            return False

    def put(self, manifest: Manifest, index: int, content: bytes | memoryview) -> None:
        """Keep chunk `index`, whose name was compared."""
        self.keep(manifest.chunks[index], content)

    def settle(self, manifest: Manifest) -> None:
        """Bring every chunk to the disk: what follows (a receipt) may be relied upon after a power cut."""
        files = {self._file(name) for name in manifest.chunks}
        if len(files) > _MANY and _settle_all(self.at):
            return
        for path in files | {file.parent for file in files}:
            _settle(path)

    def whole(self, manifest: Manifest) -> Iterator[bytes]:
        """The content in order."""
        return (self.read(name) for name in manifest.chunks)

    def _file(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ChunkAbsent(self.agreement, name=name[:64])
        hidden = hmac.digest(self.key, b"dure chest name 1" + bytes.fromhex(name), hashlib.sha256).hex()
        return self.at / hidden[:2] / hidden

    def _cipher(self, name: str) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(hmac.digest(self.key, b"dure chest key 1" + bytes.fromhex(name), hashlib.sha256))

    def _bound(self, name: str) -> bytes:
        return self.agreement.encode() + b"\x00" + bytes.fromhex(name)


def _label(agreement: str) -> str:
    """A folder's name for an agreement id, whatever characters that has."""
    return hashlib.sha256(agreement.encode()).hexdigest()[:40]


def _settle_all(folder: Path) -> bool:
    """Bring the whole file system below `folder` to the disk at once, where the system can (Linux, syncfs(2))."""
    import ctypes

    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return bool(syncfs(descriptor) == 0)
    finally:
        os.close(descriptor)


def _settle(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
