"""What travels between box and node: frames of a segment log, compressed, in one bounded body."""

import io
import re
import zlib
from collections.abc import Iterable, Iterator

from dure.plant.transport import MAX_PAYLOAD, Damage, Frame, pack, unpack

FRAMES = "/v1/frames/{source}"
STATE = "/v1/state"
POSITION = "X-Dure-Position"
BODY = 4 * 2**20
"""Payload from which a body is full [bytes]; a single larger frame travels alone."""
LARGEST_BODY = BODY + MAX_PAYLOAD + 1024
SOURCE = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")


class BodyRefused(ValueError):
    """A body that is not what `body` makes; the frames in it are not taken, none of them."""


def body(frames: Iterable[Frame]) -> bytes:
    """Frames as one compressed body (RFC 1950, level 1: the link is slower than the box).

    >>> from dure.plant.transport import Kind
    >>> [frame.payload for frame in frames_of(body([Frame(Kind.EVENT, b"up")]))]
    [b'up']
    """
    return zlib.compress(b"".join(pack(frame.kind, frame.payload) for frame in frames), 1)


def frames_of(received: bytes) -> list[Frame]:
    """The frames of a body, all or none.

    Raises
    ------
    BodyRefused
        If the body is no zlib stream, is larger than `LARGEST_BODY`, or a frame in it is cut or changed.
    """
    plain = _inflated(received)
    found = list(_frames(plain))
    if not found:
        raise BodyRefused("no frames")
    return found


def _inflated(received: bytes) -> bytes:
    inflating = zlib.decompressobj()
    try:
        plain = inflating.decompress(received, LARGEST_BODY)
    except zlib.error as odd:
        raise BodyRefused(str(odd)) from odd
    if not inflating.eof or inflating.unused_data:
        raise BodyRefused("cut, or larger than a body may be")
    return plain


def _frames(plain: bytes) -> Iterator[Frame]:
    read = 0
    for end, frame in unpack(io.BytesIO(plain), 0, finished=True):
        if isinstance(frame, Damage):
            raise BodyRefused("a frame is changed")
        yield frame
        read = end
    if read != len(plain):
        raise BodyRefused("a frame is cut")
