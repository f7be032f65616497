"""What a provider holds, read chunk by chunk: a file as it lies there, or what was received under an agreement."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from dure.sharing.delivery.chest import Part
from dure.sharing.delivery.manifest import MIB, PARQUET, Manifest, cut


class Held(Protocol):
    """Something that can be delivered."""

    @property
    def manifest(self) -> Manifest:
        """What it consists of."""
        ...

    def read(self, index: int) -> bytes:
        """Chunk `index`; raises OSError or a DureError when it is no longer what it was."""
        ...


@dataclass(slots=True)
class FileHeld:
    """A file, held open, so that replacing or deleting it under its name does not disturb a running delivery."""

    path: Path
    manifest: Manifest
    _file: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)

    @classmethod
    def of(cls, path: Path, chunk: int = MIB, *, media_type: str = PARQUET) -> "FileHeld":
        """The file with the manifest that it has now."""
        return cls(path, cut(path, chunk, media_type=media_type))

    def read(self, index: int) -> bytes:
        """Chunk `index` as it lies in the file; a file cut short since raises OSError."""
        wanted, start = self.manifest.bytes_of(index), index * self.manifest.chunk
        content = os.pread(self._file, wanted, start)
        if len(content) != wanted:
            raise OSError(f"{self.path.name} is shorter than it was")
        return content

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        if getattr(self, "_file", -1) >= 0:
            self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class PartHeld:
    """What was received under an agreement and may be passed on: decrypted chunk by chunk."""

    part: Part
    manifest: Manifest

    def read(self, index: int) -> bytes:
        """Chunk `index`, decrypted."""
        return self.part.read(self.manifest.chunks[index])
