"""A link to a controller as protocols make it, and the reading of tags over it: a refused block is split."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dure.plant.connect.asking import Refused

if TYPE_CHECKING:
    from dure.plant.connect.polling import Block, Readout, Tag

HOPELESS = 60.0  # s that a block of which the controller gave no part is asked only as a whole


@dataclass(frozen=True, slots=True)
class Answer:
    """What came for a block: its bytes, or why not, and the midpoint of its request [ns since 1970 UTC]."""

    content: bytes | Refused
    time: int


class Controller(Protocol):
    """A link to one controller, as a protocol makes it."""

    where: str

    @property
    def alive(self) -> bool:
        """Whether it stands."""

    async def open(self) -> None:
        """Connect and agree on what the protocol asks to agree on; raises SourceProblem."""

    async def identity(self) -> dict[str, str]:
        """Product and version, as far as the controller tells."""

    def plan(self, tags: "Sequence[Tag]") -> "tuple[Block, ...]":
        """Fewest blocks that one request each can hold."""

    async def fetch(self, blocks: "Sequence[Block]") -> list[Answer]:
        """An answer for each block; raises SourceProblem if the link is lost."""

    async def put(self, tag: "Tag", block: "Block", content: bytes) -> None:
        """Write a tag's bytes, for a bool one byte of 0 or 1; raises Refused or SourceProblem."""

    async def close(self) -> None:
        """End the connection."""


def midpoint(began: int) -> int:
    """Middle between `began` and now [ns since 1970 UTC]."""
    return (began + time.time_ns()) // 2


class Reader:
    """Reads the tags of one link; a block that the controller refuses is split until only the bad tag is bad."""

    def __init__(self, link: Controller) -> None:
        self._link = link
        self._plans: dict[tuple[Tag, ...], tuple[Block, ...]] = {}
        self._hopeless: dict[tuple[Tag, ...], float] = {}

    async def read(self, tags: "tuple[Tag, ...]") -> "Readout":
        """Readings of the tags, in their order.

        Raises
        ------
        SourceProblem
            If the link is lost.
        """
        from dure.plant.connect.polling import joined

        parts = await self._parts(self._plans.get(tags) or self._link.plan(tags))
        self._plans[tags] = tuple(block for block, _ in parts)
        return joined(len(tags), [(block.places, readout) for block, readout in parts])

    async def _parts(self, blocks: "Sequence[Block]") -> "list[tuple[Block, Readout]]":
        from dure.plant.connect.polling import decode, refused

        found: list[tuple[Block, Readout]] = []
        for block, answer in zip(blocks, await self._link.fetch(blocks), strict=True):
            if isinstance(answer.content, bytes):
                found.append((block, decode(block, answer.content, time=answer.time)))
            else:
                whole = (block, refused(len(block.tags), answer.content.why, time=answer.time))
                found += await self._split(block, answer.content) or [whole]
        return found

    async def _split(self, block: "Block", no: Refused) -> "list[tuple[Block, Readout]]":
        """The readouts of the block's halves; none if no tag of it is good."""
        from dure.plant.connect.polling import halves

        parts = halves(block)
        now = time.monotonic()
        if not parts or not no.splits or self._hopeless.get(block.tags, 0.0) > now:
            return []
        found = await self._parts(parts)
        if any((readout.qualities == 0).any() for _, readout in found):
            return found
        self._hopeless[block.tags] = now + HOPELESS
        return []
