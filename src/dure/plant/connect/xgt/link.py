"""A connection to one XGT CPU: bytes read in stretches, bits picked from them."""

import time
from collections.abc import Sequence
from contextlib import suppress

from dure.plant.connect import Place
from dure.plant.connect.asking import Line, Malformed, Refused
from dure.plant.connect.controller import Answer, midpoint
from dure.plant.connect.polling import Block, Tag, plan
from dure.plant.connect.xgt import codec
from dure.plant.connect.xgt.addresses import device_of, spot
from dure.plant.connect.xgt.settings import XgtSettings

PORT = 2004


class Link:
    """One connection; see `controller.Controller`."""

    def __init__(self, place: Place, settings: XgtSettings) -> None:
        self._line = Line(place, PORT, settings.timeout, codec.framing())
        self._settings = settings
        self._serial = 0
        self._told = codec.Told()
        self.where = self._line.where

    @property
    def alive(self) -> bool:
        """Whether the connection stands."""
        return self._line.alive

    async def open(self) -> None:
        """Connect.

        Raises
        ------
        SourceUnreachable, SourceSilent
        """
        await self._line.open()

    async def identity(self) -> dict[str, str]:
        """Series, type and state of the CPU, which every header tells, and its version (status read)."""
        version = ""
        with suppress(Refused):  # it answers all the same: its header is one of FEnet
            version = codec.version_of(await self._asked(codec.STATUS, 0, b""))
        told = {"product": f"LS ELECTRIC {self._told.product}", "version": version}
        return {**told, "state": self._told.state} if self._told.state else told

    def plan(self, tags: Sequence[Tag]) -> tuple[Block, ...]:
        """Stretches of bytes."""
        return plan(tags, spot, limit=self._settings.limit, hole=self._settings.hole, cell=8)

    async def fetch(self, blocks: Sequence[Block]) -> list[Answer]:
        """An answer for each stretch, one request each (continuous read)."""
        answers: list[Answer] = []
        for block in blocks:
            began = time.time_ns()
            content: bytes | Refused
            try:
                content = await self._bytes(block)
            except Refused as no:
                content = no
            answers.append(Answer(content, midpoint(began)))
        return answers

    async def put(self, tag: Tag, block: Block, content: bytes) -> None:
        """Write a tag; see `controller.Controller`."""
        device = device_of(block.space)
        if tag.type == "bool":
            number = block.start * 8 + block.spots[0].bit
            hexadecimal = self._settings.bits == "hex"
            one = codec.bit(device, number, hexadecimal=hexadecimal, value=content != b"\0")
            await self._asked(codec.WRITE, codec.BIT, one)
        else:
            await self._asked(codec.WRITE, codec.BYTES, codec.stretch(device, block.start, len(content)) + content)  # fmt: skip

    async def close(self) -> None:
        """End the connection."""
        await self._line.close()

    async def _bytes(self, block: Block) -> bytes:
        asked = codec.stretch(device_of(block.space), block.start, block.cells)
        content = await self._asked(codec.READ, codec.BYTES, asked)
        try:
            return codec.bytes_of(content, block.cells)
        except Malformed as none:
            raise self._line.broken(none) from none

    async def _asked(self, command: int, kind: int, content: bytes) -> bytes:
        """Content of the answer; raises `Refused` or SourceProblem."""
        self._serial = self._serial % 0xFFFF + 1
        module = self._settings.base << 4 | self._settings.slot
        frame = await self._line.ask(codec.request(self._serial, module, command, kind, content))
        self._told = codec.told(frame)
        try:
            return codec.answered(frame, self._serial, command, kind)
        except Malformed as none:
            raise self._line.broken(none) from none
