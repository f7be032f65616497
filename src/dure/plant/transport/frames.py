"""A frame: what is written to a segment in one piece and is either whole or not there.

```
segment = magic (8 bytes), frame, frame, …
frame   = length of payload (u32) | CRC-32 of length, kind and payload (u32) | kind (u8) | payload
```
All numbers little-endian.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO

MAGIC = b"dure-s1\n"
MAX_PAYLOAD = 16 * 2**20
KINDS = frozenset({1, 2, 3})
_HEADER = struct.Struct("<IIB")
_LENGTH_AND_KIND = struct.Struct("<IB")


class Kind(IntEnum):
    """What a frame holds."""

    SAMPLES = 1
    GAP = 2
    EVENT = 3


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two frames of a log: number of the segment, and offset in it [bytes]."""

    segment: int
    offset: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame."""

    kind: Kind
    payload: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a finished segment that can no longer be read [bytes]."""

    size: int


def pack(kind: Kind, payload: bytes) -> bytes:
    """Bytes of a frame.

    >>> pack(Kind.EVENT, b"up").hex(" ")
    '02 00 00 00 81 8c f8 0a 03 75 70'
    """
    return _HEADER.pack(len(payload), _crc(kind, payload), kind) + payload


def _crc(kind: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(_LENGTH_AND_KIND.pack(len(payload), kind)))


def unpack(segment: BinaryIO, offset: int, *, finished: bool) -> Iterator[tuple[int, Frame | Damage]]:
    """Frames of a segment from `offset` on, each with the offset after it.

    Stops before a frame that is not whole: it is still being written, or its writer was killed and it was never
    acknowledged. In a `finished` segment (a later one exists) a frame whose bytes have changed is given as
    `Damage`, and the frames behind it are read.
    """
    segment.seek(offset)
    while len(header := segment.read(_HEADER.size)) == _HEADER.size:
        length, crc, kind = _HEADER.unpack(header)
        if length > MAX_PAYLOAD or kind not in KINDS:
            yield from lost(segment, offset, finished=finished)
            return
        payload = segment.read(length)
        if len(payload) < length:
            return
        whole = crc == _crc(kind, payload)
        if not (whole or finished):
            return
        offset += _HEADER.size + length
        yield offset, Frame(Kind(kind), payload) if whole else Damage(_HEADER.size + length)


def lost(segment: BinaryIO, offset: int, *, finished: bool) -> Iterator[tuple[int, Damage]]:
    """The rest of the segment as damage, unless a power cut has left zeros there that nobody acknowledged."""
    segment.seek(offset)
    rest = segment.read()
    if finished and rest.strip(b"\0"):
        yield offset + len(rest), Damage(len(rest))
