"""A connection to one S7 CPU: TSAPs of rack and slot, PDU length, several stretches in one request."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dure.plant.connect import Place
from dure.plant.connect.asking import Line, Malformed, Refused
from dure.plant.connect.controller import Answer, midpoint
from dure.plant.connect.polling import Block, Tag, plan
from dure.plant.connect.s7 import codec
from dure.plant.connect.s7.addresses import area_of, spot
from dure.plant.connect.s7.settings import KINDS, S7Settings

PORT = 102
MINE = 0x0100  # TSAP of a programming device that has no rack of its own
HEAD, OF_ITEM = 12 + 2, 4  # bytes of a read answer besides contents
ASKED_HEAD, ASKED_ITEM = 10 + 2, 12  # bytes of a read request


class Link:
    """One connection; see `controller.Controller`."""

    def __init__(self, place: Place, settings: S7Settings) -> None:
        self._line = Line(place, PORT, settings.timeout, codec.framing())
        self._settings = settings
        self._reference = 0
        self._length = 240
        self.where = self._line.where

    @property
    def alive(self) -> bool:
        """Whether the connection stands."""
        return self._line.alive

    async def open(self) -> None:
        """Connect to rack and slot and agree on the length of a PDU.

        Raises
        ------
        SourceUnreachable, SourceSilent, SourceLost, SourceOdd
        """
        settings = self._settings
        remote = KINDS[settings.connection] << 8 | settings.rack << 5 | settings.slot
        await self._line.open()
        try:
            codec.confirmed(await self._line.ask(codec.connect(MINE, remote)))
            self._length = await self._asked(lambda n: codec.setup(n, settings.pdu), codec.agreed)
        except Refused as no:
            raise self._line.broken(Malformed(no.why)) from no
        except Malformed as none:
            raise self._line.broken(none) from none

    async def identity(self) -> dict[str, str]:
        """Order number and firmware of the CPU, as far as it tells them."""
        try:
            records = await self._asked(codec.module, codec.modules)
        except Refused:
            records = {}
        order = records.get(1, b"")[:20].partition(b"\0")[0].decode("ascii", "replace").strip()
        firmware = records.get(7, b"").ljust(26)[22:26]
        version = ".".join(str(part) for part in firmware[1:]) if firmware[:1] == b"V" else ""
        printable = "".join(letter for letter in order if letter.isprintable())
        return {"product": f"Siemens {printable}".strip() if printable else "Siemens S7", "version": version}

    def plan(self, tags: Sequence[Tag]) -> tuple[Block, ...]:
        """Stretches of bytes, each no longer than one answer holds."""
        return plan(tags, spot, limit=self._length - HEAD - OF_ITEM, hole=self._settings.hole, cell=8)

    async def fetch(self, blocks: Sequence[Block]) -> list[Answer]:
        """An answer for each stretch, as many in one request as a PDU holds."""
        answers: list[Answer] = []
        for some in batches(blocks, self._length):
            began = time.time_ns()
            found = await self._contents([_item(block) for block in some])
            answers += [Answer(content, midpoint(began)) for content in found]
        return answers

    async def _contents(self, items: Sequence[codec.Item]) -> Sequence[bytes | Refused]:
        try:
            found: list[bytes | Refused] = await self._asked(
                lambda n: codec.read(n, items), lambda frame, n: codec.contents(frame, n, items)
            )
        except Refused as no:
            return [no] * len(items)
        return found

    async def put(self, tag: Tag, block: Block, content: bytes) -> None:
        """Write a tag; see `controller.Controller`."""
        bit = block.spots[0].bit if tag.type == "bool" else -1
        await self._asked(lambda n: codec.write(n, _item(block), content, bit), codec.written)

    async def close(self) -> None:
        """End the connection."""
        await self._line.close()

    async def _asked(self, request: Callable[[int], bytes], answer: Callable[[bytes, int], Any]) -> Any:
        """What `answer` makes of the frame; raises `Refused` or SourceProblem."""
        self._reference = self._reference % 0xFFFF + 1
        frame = await self._line.ask(request(self._reference))
        try:
            return answer(frame, self._reference)
        except Malformed as none:
            raise self._line.broken(none) from none


def batches(blocks: Sequence[Block], length: int) -> Iterator[list[Block]]:
    """Blocks of one request each: as many as request and answer hold in PDUs of `length` bytes."""
    some: list[Block] = []
    size = HEAD
    most = min(codec.MOST_ITEMS, (length - ASKED_HEAD) // ASKED_ITEM)
    for block in blocks:
        more = OF_ITEM + block.width + block.width % 2
        if some and (size + more > length or len(some) == most):
            yield some
            some, size = [], HEAD
        some.append(block)
        size += more
    if some:
        yield some


def _item(block: Block) -> codec.Item:
    area, number = area_of(block.space)
    return codec.Item(area, number, block.start, block.cells)
