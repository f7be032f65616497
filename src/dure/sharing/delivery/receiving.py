"""The consumer's side: a delivery fetched, verified chunk by chunk, and gone on with after any interruption.

Nothing is remembered beside the chunks themselves: what lies at `into` with the right hash is there, all else is
fetched. A process that is killed at any moment, on either side, therefore costs at most the chunks in flight.
"""

import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPResponse, IncompleteRead
from pathlib import Path
from typing import Protocol

from dure.sharing.delivery.asking import BROKEN, Asking
from dure.sharing.delivery.manifest import MOST_MANIFEST, Manifest
from dure.sharing.delivery.opening import Opener, opened, parsed
from dure.sharing.delivery.receipts import Check, Receipt
from dure.sharing.delivery.refusals import ChunkWrong, ReceiptWrong, SourceRefuses, SourceSilent
from dure.sharing.delivery.tokens import Bearer

# Chunks that are being verified and written while the next ones arrive, and threads that do it.
IN_HAND, HANDS = 4, 2
# A token is exchanged this long before its end [s].
EARLY = 60.0


class Into(Protocol):
    """Where a delivery is put: a part of the chest (`Chest.part`), or a plain file (`FileInto`)."""

    def has(self, manifest: Manifest, index: int) -> bool:
        """Whether chunk `index` is there whole, compared with its name."""
        ...

    def put(self, manifest: Manifest, index: int, content: bytes) -> None:
        """Keep chunk `index`; called from several threads."""
        ...

    def settle(self, manifest: Manifest) -> None:
        """Bring everything to the disk; after this a receipt may be signed."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a delivery is tried again when nothing came in between, and the waits between [s]."""

    tries: int = 8
    first: float = 0.5
    ceiling: float = 30.0
    timeout: float = 30.0

    def wait(self, failures: int) -> float:
        """Wait after this many failures in a row [s].

        >>> [Patience().wait(n) for n in (1, 2, 9)]
        [0.5, 1.0, 30.0]
        """
        return min(self.ceiling, self.first * 2.0 ** min(failures - 1, 32))


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery brought: the manifest, how many chunks came now, and how many were there before."""

    manifest: Manifest
    fetched: int
    found: int


@dataclass(slots=True)
class FileInto:
    """A plain file; until it is whole it is called `<name>.part`, and that file is all that resuming needs."""

    path: Path
    _file: int = field(default=-1, init=False, repr=False)

    @property
    def partly(self) -> Path:
        """The file while it is not whole."""
        return self.path.with_name(f"{self.path.name}.part")

    def has(self, manifest: Manifest, index: int) -> bool:
        """Compare what lies in the file at the chunk's place with the chunk's name."""
        if self._file < 0 and not self.partly.exists():
            return False
        content = os.pread(self._open(), manifest.bytes_of(index), index * manifest.chunk)
        return hashlib.sha256(content).hexdigest() == manifest.chunks[index]

    def put(self, manifest: Manifest, index: int, content: bytes) -> None:
        """Write the chunk to its place."""
        left, at = memoryview(content), index * manifest.chunk
        while left:
            written = os.pwrite(self._file if self._file >= 0 else self._open(), left, at)
            left, at = left[written:], at + written

    def settle(self, manifest: Manifest) -> None:
        """Cut what is too long, fsync, and give the file its name."""
        os.ftruncate(self._open(), manifest.size)
        os.fsync(self._file)
        self.close()
        self.partly.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def close(self) -> None:
        """Let go of the file; what is in it stays."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self) -> int:
        if self._file < 0:
            self._file = os.open(self.partly, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._file


def receive(  # noqa: PLR0913 - what a test must hold in its hand comes in by name
    url: str,
    token: "str | Bearer",
    into: Into,
    *,
    root: str | None = None,
    opener: Opener = opened,
    patience: Patience | None = None,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.time,
    told: Callable[[int, int], None] = lambda _have, _of: None,
) -> Delivered:
    """Fetch what lies at `url` into `into`, going on with what is there already.

    Parameters
    ----------
    url, token
        Base address and token of the transfer (a `Bearer` is rotated when its time comes).
    into
        Where the chunks go.
    root
        The Merkle root that was agreed; another one is refused before anything is fetched.
    told
        Called with `(chunks there, chunks in all)` after each.

    Raises
    ------
    ManifestWrong, ChunkWrong
        If what is offered is not what was agreed, or does not have its hash, time and again.
    SourceSilent, SourceRefuses
        If the other side cannot be reached or does not let us in.
    """
    bearer = Bearer(token) if isinstance(token, str) else token
    calm = patience or Patience()
    asking = Asking(parsed(url), bearer, opener, calm.timeout)
    delivery = _Delivery(asking, into, calm, sleep, now, told)
    try:
        return delivery.run(root)
    finally:
        asking.close()


@dataclass(slots=True)
class _Delivery:
    asking: Asking
    into: Into
    patience: Patience
    sleep: Callable[[float], None]
    now: Callable[[], float]
    told: Callable[[int, int], None]
    fetched: int = 0
    failures: int = 0
    wrong: int = 0

    def run(self, root: str | None) -> Delivered:
        written = self._again(lambda: self.asking.answer("GET", "/manifest", most=MOST_MANIFEST))
        manifest = Manifest.from_json(written, root=root)
        lacking = [i for i in range(len(manifest.chunks)) if not self.into.has(manifest, i)]
        found = len(manifest.chunks) - len(lacking)
        while lacking:
            lacking = self._again(lambda: self._pass(manifest, lacking))  # noqa: B023 - called before the next round
        self.into.settle(manifest)
        return Delivered(manifest, self.fetched, found)

    def _again[T](self, do: Callable[[], T]) -> T:  # pragma: no cover - replaced below
        raise NotImplementedError
