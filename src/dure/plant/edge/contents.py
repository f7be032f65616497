"""Pictures, sounds and waves on their way from box to node: each before the frame that refers to it."""

import hashlib
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.transport import (
    MOST_BYTES,
    Content,
    DiskFull,
    Entry,
    Frame,
    Keep,
    Kind,
    Reference,
    decode,
    forgetting,
)

if TYPE_CHECKING:
    from dure.plant.transport import SegmentLog

logger = logging.getLogger("dure.plant.edge")

CONTENT = "/v1/content/{sha256}"
OF = "X-Dure-Source"
SLOWEST = 50_000
"""Link for which a content's time to travel is reckoned [bytes/s]."""
KEPT = Keep.of(50, 0)
"""What a node keeps of one source of a box; the same as a camera of its own keeps unless it is told otherwise."""
SPARE = 0.05
"""Share of the node's disk that contents leave free: a box can wait, the node's own logs cannot."""
REMEMBERED = 10_000
_MARK = b'"sha256"'
_HASH = re.compile(r"[0-9a-f]{64}")


def referenced(frames: Iterable[Frame]) -> list[str]:
    """Hashes of the contents that samples in these frames refer to, each once, in their order."""
    found: dict[str, None] = {}
    for frame in frames:
        if frame.kind is Kind.SAMPLES and _MARK in frame.payload:
            for text in decode(frame.payload)["text"].to_pylist():
                reference = Reference.read(text)
                if reference is not None:
                    found[reference.sha256] = None
    return list(found)


@dataclass(slots=True)
class Outgoing:
    """The box's side: which contents the node has confirmed, so that one is sent once."""

    home: Path
    _there: dict[str, None] = field(default_factory=dict)

    def waiting(self, frames: Iterable[Frame]) -> list[str]:
        """What must travel before these frames; content that the box no longer keeps cannot."""
        content = Content(self.home)
        return [one for one in referenced(frames) if one not in self._there and content.has(one)]

    def read(self, sha256: str) -> bytes:
        """The content, proved to be it; ContentAbsent or ContentDamaged if there is none to send."""
        return Content(self.home).get(sha256)

    def arrived(self, sha256: str) -> None:
        """The node has it on its disk."""
        self._there[sha256] = None
        while len(self._there) > REMEMBERED:
            self._there.pop(next(iter(self._there)))


class WrongContent(ValueError):
    """A body whose hash is another than its address says, or that is too long."""


@dataclass(slots=True)
class Incoming:
    """The node's side: contents of boxes go to the node's own store, bounded by source and by the free disk."""

    home: Path
    content: Content = field(init=False)

    def __post_init__(self) -> None:
        self.content = Content(self.home)

    async def body(self, request: Any, sha256: str) -> bytes:
        """The content of a request, read in pieces and proved.

        Raises
        ------
        WrongContent
        """
        found, digest = bytearray(), hashlib.sha256()
        async for piece in request.content.iter_chunked(2**16):
            found += piece
            digest.update(piece)
            if len(found) > MOST_BYTES:
                raise WrongContent(f"more than {MOST_BYTES} bytes")
        if not _HASH.fullmatch(sha256) or digest.hexdigest() != sha256:
            raise WrongContent("the hash is another")
        return bytes(found)

    def keep(self, source: str, content: bytes) -> None:
        """Keep a content for a source of a box; DiskFull while the node's disk has no room to spare."""
        import shutil

        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        disk = shutil.disk_usage(self.home)
        if disk.free - len(content) < SPARE * disk.total:
            raise DiskFull(str(self.content.folder), reason="no room to spare")
        self.content.put(content, "", source=source)

    def trim(self, source: str, log: "SegmentLog", now: int) -> list[Entry]:
        """Let the oldest of a source go, each deletion first on record in its log; what went."""
        gone: list[Entry] = []
        while going := self.content.due(source, KEPT):
            log.append_event(forgetting(source, going, now))
            gone += self.content.forget(source, going)
        return gone
