"""Where a delivery is put: a part of the chest, or a plain file that is its own record of how far it came."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from dure.sharing.delivery.manifest import Manifest


class Into(Protocol):
    """Where a delivery is put: a part of the chest (`Chest.part`), or a plain file (`FileInto`)."""

    def has(self, manifest: Manifest, index: int) -> bool:
        """Whether chunk `index` is there whole, compared with its name."""
        ...

    def put(self, manifest: Manifest, index: int, content: bytes | memoryview) -> None:
        """Keep chunk `index`; called from several threads. The bytes are another chunk's once this has returned."""
        ...

    def settle(self, manifest: Manifest) -> None:
        """Bring everything to the disk; after this a receipt may be signed."""
        ...


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

    def put(self, manifest: Manifest, index: int, content: bytes | memoryview) -> None:
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
