"""What is delivered: chunks named by their SHA-256, in order, under one Merkle root (RFC 9162, §2.1.1).

The root is made from the *names*: leaf i is the leaf hash of the 32 bytes of chunk i's SHA-256. Whoever holds the root
of an agreement can therefore check a manifest before the first byte of data has come, and each chunk by its name.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from dure.foundation.ledger import inclusion_proof, leaf_hash, proves_inclusion
from dure.foundation.ledger import root as tree_root
from dure.sharing.delivery.refusals import ManifestWrong

MIB = 1 << 20
# Bounds of what is taken from others: 1 MiB × 1,000,000 is a terabyte, and its manifest 67 MB.
SMALLEST, LARGEST, MOST_CHUNKS = 1 << 10, 16 * MIB, 1_000_000
MOST_MANIFEST = 80 * MIB
NAME = re.compile(r"[0-9a-f]{64}")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,99}/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}")
PARQUET = "application/vnd.apache.parquet"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The chunks of one thing to be delivered.

    Parameters
    ----------
    chunks
        SHA-256 of each chunk in order, 64 hexadecimal digits each.
    size
        Bytes of the whole.
    root
        Merkle root over `chunks`, hexadecimal.
    media_type
        IANA media type of the whole.
    chunk
        Bytes of every chunk but the last [bytes].

    Raises
    ------
    ManifestWrong
        If the parts contradict each other or a bound.
    """

    chunks: tuple[str, ...]
    size: int
    root: str
    media_type: str = PARQUET
    chunk: int = field(default=MIB)

    def __post_init__(self) -> None:
        _require(SMALLEST <= self.chunk <= LARGEST, "chunk", "chunks are too small or too large")
        _require(len(self.chunks) <= MOST_CHUNKS, "chunks", "there are too many chunks")
        _require(
            self.size >= 0 and len(self.chunks) == -(-self.size // self.chunk),
            "size",
            "size and chunks differ",
        )
        _require(all(NAME.fullmatch(name) for name in self.chunks), "chunks", "a name is no SHA-256")
        _require(bool(MEDIA_TYPE.fullmatch(self.media_type)), "mediaType", "the media type is none")
        _require(root_of(self.chunks) == self.root, "root", "the root is not that of the chunks")

    def bytes_of(self, index: int) -> int:
        """How many bytes chunk `index` has."""
        return min(self.chunk, self.size - index * self.chunk)

    def proof(self, index: int) -> list[str]:
        """The hashes that show that chunk `index` belongs below the root (§2.1.3.1)."""
        return [step.hex() for step in inclusion_proof(_leaves(self.chunks), index)]

    def proves(self, content: bytes, index: int, proof: Iterable[str]) -> bool:
        """Whether `content` is chunk `index` of what has this root, by `proof` alone."""
        leaf = leaf_hash(hashlib.sha256(content).digest())
        steps = [bytes.fromhex(step) for step in proof]
        return proves_inclusion(leaf, index, len(self.chunks), steps, bytes.fromhex(self.root))

    def to_json(self) -> bytes:
        """The manifest as it travels."""
        return json.dumps(
            {
                "type": "dure-manifest-1",
                "mediaType": self.media_type,
                "size": self.size,
                "chunk": self.chunk,
                "root": self.root,
                "chunks": self.chunks,
            }
        ).encode()

    @classmethod
    def from_json(cls, written: bytes, *, root: str | None = None) -> "Manifest":
        """The manifest that somebody sent; with `root`, only the one that was agreed.

        Raises
        ------
        ManifestWrong
            If it is none, breaks a bound, or has another root.
        """
        _require(len(written) <= MOST_MANIFEST, "manifest", "it is too long")
        try:
            told = json.loads(written)
            made = _read(told)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
            raise ManifestWrong("manifest", fault="it is no manifest") from fault
        _require(root in (None, made.root), "root", "it is not the one that was agreed")
        return made


def _read(told: dict[str, Any]) -> Manifest:
    if told["type"] != "dure-manifest-1" or not all(type(told[k]) is int for k in ("size", "chunk")):
        raise ValueError(told["type"])
    names = told["chunks"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TypeError
    return Manifest(tuple(names), told["size"], told["root"], told["mediaType"], told["chunk"])


def _require(holds: bool, where: str, fault: str) -> None:
    if not holds:
        raise ManifestWrong(where, fault=fault)


def root_of(names: Iterable[str]) -> str:
    """Merkle root over chunk names, hexadecimal; of none, the hash of nothing.

    >>> root_of([])[:8]
    'e3b0c442'
    """
    return tree_root(_leaves(names)).hex()


def _leaves(names: Iterable[str]) -> list[bytes]:
    return [leaf_hash(bytes.fromhex(name)) for name in names]


def name_of(content: bytes) -> str:
    """The name of a chunk: its SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def cut(path: Path, chunk: int = MIB, *, media_type: str = PARQUET) -> Manifest:
    """The manifest of a file, read once from its begin.

    >>> import tempfile
    >>> at = Path(tempfile.mkdtemp()) / "rows"
    >>> at.write_bytes(bytes(2500))
    2500
    >>> [cut(at, 1024).bytes_of(i) for i in range(3)]
    [1024, 1024, 452]
    """
    with path.open("rb") as file:
        return cut_bytes(pieces(file, chunk), chunk, media_type=media_type)


def cut_bytes(parts: Iterable[bytes], chunk: int = MIB, *, media_type: str = PARQUET) -> Manifest:
    """The manifest of chunks that come one by one, all of `chunk` bytes but the last."""
    names, size = [], 0
    for part in parts:
        names.append(name_of(part))
        size += len(part)
    return Manifest(tuple(names), size, root_of(names), media_type, chunk)


def pieces(file: BinaryIO, chunk: int = MIB) -> Iterator[bytes]:
    """What is left of an open file, in chunks."""
    while part := file.read(chunk):
        yield part
