"""Pictures out of bytes: told apart and measured by their header, bounded, and decoded no larger than needed.

A JPEG is decoded at a half, a quarter or an eighth by leaving out the finer part of its cosines [ITU-T T.81], which
costs less than decoding it whole and making it smaller. Turned cameras are turned back [Exif 2.32, tag Orientation],
grey becomes RGB, transparency is dropped, CMYK is turned to RGB. Samples of 16 bits run over the whole range that PNG and
TIFF give them [ISO/IEC 15948, §12.4; TIFF 6.0, tag 281]: 0 to 65,535 become 0 to 255, with their fractions where numbers
are reckoned (`deep`), rounded where the picture is shown (`decoded`).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.picture.refusals import NotAPicture, PictureDamaged, PictureTooLarge
from dure.vocabulary import ExtraAbsent, Text

Pixels = NDArray[np.uint8]
Deep = NDArray[np.uint8] | NDArray[np.float32]

MOST_PIXELS = 100_000_000
_DEEP = 16
_BEGINNINGS = {
    b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n\x1a\n": "png", b"BM": "bmp", b"II*\x00": "tiff", b"MM\x00*": "tiff",
}  # fmt: skip
# Markers of a JPEG that hold its size; the others of the range are tables.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a picture's header says: kind, size [pixels] before any turning, channels (0 where the header does not tell), bits a sample."""

    kind: str
    width: int
    height: int
    channels: int
    bits: int = 8


@cache
def opencv() -> Any:
    """OpenCV, bounded, silent and on one thread; raises `ExtraAbsent`."""
    import os

    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MOST_PIXELS))
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    try:
        import cv2
    except ImportError as absent:
        raise ExtraAbsent("picture", library="opencv-python-headless", extra="media") from absent
    cv2.setNumThreads(1)  # pictures are shared out over threads, not each of them
    return cv2


def kind_of_picture(content: bytes) -> str:
    r"""`jpeg`, `png`, `bmp`, `tiff`, `webp`, or empty.

    >>> kind_of_picture(b"\xff\xd8\xff\xe0"), kind_of_picture(b"a;b")
    ('jpeg', '')
    """
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((kind for begin, kind in _BEGINNINGS.items() if content.startswith(begin)), "")


def facts_of(content: bytes, where: str) -> Facts:
    """Kind and size by the header, and that the file does not end too soon; nothing is unpacked.

    Raises
    ------
    NotAPicture, PictureDamaged, PictureTooLarge
    """
    kind = kind_of_picture(content)
    if not kind:
        raise NotAPicture(where, what=_what(content))
    try:
        width, height, channels = _SIZES[kind](content)
        bits, whole = _bits(content, kind), _ends(content, kind)
    except (struct.error, IndexError, ValueError, StopIteration) as broken:
        raise PictureDamaged(where) from broken
    if width < 1 or height < 1 or not whole:
        raise PictureDamaged(where)
    if width * height > MOST_PIXELS:
        raise PictureTooLarge(where, pixels=width * height // 10**6, limit=MOST_PIXELS // 10**6)
    return Facts(kind, width, height, channels, bits)


def decoded(content: bytes, where: str, side: int = 0) -> Pixels:
    """The picture as RGB, its shorter side at least `side` pixels where it has as many. [h, w, 3].

    Parameters
    ----------
    content, where
        The bytes, and what to call them in a sentence.
    side
        Pixels that the shorter side needs; 0 decodes it whole. [pixels]

    Raises
    ------
    NotAPicture, PictureDamaged, PictureTooLarge
    """
    found = deep(content, where, side)
    shown: Pixels = (
        np.round(found).astype(np.uint8) if found.dtype == np.float32 else found.astype(np.uint8, copy=False)
    )
    return shown


def deep(content: bytes, where: str, side: int = 0) -> Deep:
    """As `decoded`, but samples of 16 bits keep their fractions: float32 from 0 to 255. RGB [h, w, 3].

    Raises
    ------
    NotAPicture, PictureDamaged, PictureTooLarge
    """
    facts = facts_of(content, where)
    found = None
    if facts.bits == _DEEP:
        found = _read(content, where, opencv().IMREAD_COLOR | opencv().IMREAD_ANYDEPTH)
    if (
        found is None or found.dtype != np.uint16
    ):  # signed samples and halves of floats are read as eight bits
        found = _read(content, where, _how(opencv(), facts, side))
    picture: Deep = opencv().cvtColor(found, opencv().COLOR_BGR2RGB)
    return picture.astype(np.float32) / np.float32(257) if picture.dtype == np.uint16 else picture


def _read(content: bytes, where: str, how: int) -> NDArray[Any]:
    cv2 = opencv()
    try:
        found: NDArray[Any] | None = cv2.imdecode(np.frombuffer(content, np.uint8), how)
    except cv2.error as broken:
        raise PictureDamaged(where) from broken
    if found is None:
        raise PictureDamaged(where)
    return found


def written(picture: Pixels) -> bytes:
    """A picture as PNG. RGB [h, w, 3]."""
    cv2 = opencv()
    return bytes(cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes())


def _how(cv2: Any, facts: Facts, side: int) -> int:
    shorter = min(facts.width, facts.height)
    if facts.kind != "jpeg" or side <= 0:
        return int(cv2.IMREAD_COLOR)
    fits = (part for part in (8, 4, 2) if shorter >= part * side)
    return (
        int(getattr(cv2, f"IMREAD_REDUCED_COLOR_{part}"))
        if (part := next(fits, 0))
        else int(cv2.IMREAD_COLOR)
    )


def _ends(content: bytes, kind: str) -> bool:
    """A file cut short decodes to a picture that is grey below: the end must be there."""
    if kind == "png":
        return b"IEND" in content[-4096:]
    if kind == "webp":
        return len(content) >= int.from_bytes(content[4:8], "little") + 8
    return _bmp_ends(content) if kind == "bmp" else kind != "jpeg" or _jpeg_ends(content)


def _bmp_ends(content: bytes) -> bool:
    """Whether all rows of pixels are there, where they are not packed."""
    start, size = struct.unpack_from("<II", content, 10)
    if size < 40 or struct.unpack_from("<I", content, 30)[0] not in (0, 3):
        return True
    width, height, _, bits = struct.unpack_from("<iiHH", content, 18)
    return bool(len(content) >= start + (width * bits + 31) // 32 * 4 * abs(height))


def _jpeg_ends(content: bytes) -> bool:
    """Whether the end of the picture comes after its first scan (a thumbnail before it has an end of its own)."""
    scan = next((at for at, marker in _markers(content) if marker == 0xDA), -1)
    return scan >= 0 and content.find(b"\xff\xd9", scan) >= 0


def _markers(content: bytes) -> Iterator[tuple[int, int]]:
    """Place and kind of each marker up to the first scan."""
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            return
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        yield at, marker
        if marker == 0xDA:
            return
        at += 2 if 0xD0 <= marker <= 0xD8 or marker == 1 else 2 + struct.unpack_from(">H", content, at + 2)[0]


def _jpeg(content: bytes) -> tuple[int, int, int]:
    at = next(at for at, marker in _markers(content) if marker in _FRAMES)
    height, width, channels = struct.unpack_from(">HHB", content, at + 5)
    return width, height, channels


def _png(content: bytes) -> tuple[int, int, int]:
    width, height, _, colour = struct.unpack_from(">IIBB", content, 16)
    return width, height, {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}.get(colour, 0)


def _bits(content: bytes, kind: str) -> int:
    """Bits a sample of a PNG or TIFF; 8 of the others, which have no more."""
    if kind == "png":
        return content[24]
    return _tiff_bits(content) if kind == "tiff" else 8


def _bmp(content: bytes) -> tuple[int, int, int]:
    if struct.unpack_from("<I", content, 14)[0] == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", content, 18)
    else:
        width, height, _, bits = struct.unpack_from("<iiHH", content, 18)
    return width, abs(height), max(1, bits // 8)


def _webp(content: bytes) -> tuple[int, int, int]:
    form = content[12:16]
    if form == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little"), 0
    if form == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), 0
    width, height = struct.unpack_from("<HH", content, 26)
    return width & 0x3FFF, height & 0x3FFF, 3


def _tiff(content: bytes) -> tuple[int, int, int]:
    """The first picture's width, height and samples a pixel [TIFF 6.0, tags 256, 257 and 277]."""
    found = _tags(content)
    return found.get(256, (0, 0))[1], found.get(257, (0, 0))[1], found.get(277, (0, 1))[1]


def _tiff_bits(content: bytes) -> int:
    """Bits a sample [TIFF 6.0, tag 258]; of more than two samples they lie where the tag points."""
    found = _tags(content)
    count, bits = found.get(258, (1, 1))
    if count > 2:
        order = "<" if content[:2] == b"II" else ">"
        (bits,) = struct.unpack_from(f"{order}H", content, bits)
    return int(bits)


def _tags(content: bytes) -> dict[int, tuple[int, int]]:
    """Of each tag of the first picture how many values it has, and the first of them or where they lie."""
    order = "<" if content[:2] == b"II" else ">"
    (start,) = struct.unpack_from(f"{order}I", content, 4)
    (count,) = struct.unpack_from(f"{order}H", content, start)
    found = {}
    for place in range(count):
        at = start + 2 + 12 * place
        tag, kind, many = struct.unpack_from(f"{order}HHI", content, at)
        short = kind == 3 and many < 3
        found[tag] = (many, struct.unpack_from(f"{order}{'H' if short else 'I'}", content, at + 8)[0])
    return found


def _what(content: bytes) -> Text:
    if not content:
        return Text("nothing", "내용이 없습니다")
    if content[:4] == b"GIF8":
        return Text("a GIF", "GIF 파일입니다")
    return Text("something else", "다른 종류의 내용입니다")


_SIZES = {"jpeg": _jpeg, "png": _png, "bmp": _bmp, "webp": _webp, "tiff": _tiff}
