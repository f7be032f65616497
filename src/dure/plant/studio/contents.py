"""Pictures and sounds of a sheet: kept among the node's contents, lent to steps and models, shown small."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from dure.plant.studio.refusals import TooLarge
from dure.vocabulary import DureError, home

if TYPE_CHECKING:
    import polars as pl

REFERENCE = r"^sha256:[0-9a-f]{64}$"
MOST = 50_000
_KINDS = {
    b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"BM": "image/bmp", b"fLaC": "audio/flac", b"OggS": "audio/ogg",
}  # fmt: skip
SMALL = 96
"""Pixels of the longer side of a picture in a cell, twice what is seen on a usual screen."""


class Kept:
    """The node's contents as steps and models ask for them."""

    def open(self, reference: str) -> bytes:
        """The bytes of a reference."""
        from dure.plant.transport import Content
        from dure.science.prepare import ContentAbsent

        try:
            return Content(home()).get(reference.removeprefix("sha256:"))
        except DureError as absent:
            raise ContentAbsent(reference[:80]) from absent


@contextmanager
def contents_lent() -> Iterator[None]:
    """Within this, steps and models find what cells refer to."""
    from dure.science.prepare import lend

    with lend(Kept()):
        yield


def keep_contents(frame: "pl.DataFrame") -> int:
    """Keep what cells refer to among the node's contents; how many.

    Raises
    ------
    TooLarge
        If there are more than `MOST`.
    """
    from dure.plant.transport import Content
    from dure.science.prepare import content_of

    found = references(frame)
    if len(found) > MOST:
        raise TooLarge("zip", count=f"{len(found):,}", most=f"{MOST:,}")
    shelf = Content(home())
    for one in found:
        if not shelf.path(one[7:]).is_file():
            bytes_ = content_of(one)
            shelf.put(bytes_, media_of(bytes_) or "application/octet-stream")
    return len(found)


def references(frame: "pl.DataFrame") -> list[str]:
    """What the cells of a table refer to."""
    import polars as pl

    found: set[str] = set()
    for name, dtype in frame.schema.items():
        if dtype == pl.String:
            column = frame.get_column(name)
            found |= set(column.filter(column.str.contains(REFERENCE)).to_list())
    return sorted(found)


def media_of(content: bytes) -> str:
    """Media type by the first bytes, of those that a browser shows or plays; else empty.

    >>> media_of(b"BM...."), media_of(b"II*")
    ('image/bmp', '')
    """
    if content[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(content[8:12], "")
    return next((media for begin, media in _KINDS.items() if content.startswith(begin)), "")


@lru_cache(maxsize=2_000)
def small(sha256: str) -> tuple[bytes, str]:
    """A picture as a cell shows it, with its media type; the whole content where it cannot be made smaller.

    Raises
    ------
    ContentAbsent
    """
    content = Kept().open(sha256)
    try:
        return _shrunk(content, sha256), "image/png"
    except DureError:
        return content, media_of(content)


def _shrunk(content: bytes, where: str) -> bytes:
    from dure.science.picture import decoded, written

    picture = decoded(content, where[:12], SMALL)
    by = max(1, max(picture.shape[:2]) // SMALL)
    high, wide = (one // by * by for one in picture.shape[:2])
    parts = picture[:high, :wide].reshape(high // by, by, wide // by, by, 3)
    return written(parts.mean(axis=(1, 3)).round().astype("uint8"))
