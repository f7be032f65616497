"""A connection to one MELSEC CPU or station: words read in stretches, bits of it read sixteen in a word."""

import time
from collections.abc import Sequence

from dure.plant.connect import Place
from dure.plant.connect.asking import Line, Malformed, Refused
from dure.plant.connect.controller import Answer, midpoint
from dure.plant.connect.polling import Block, Tag, plan
from dure.plant.connect.slmp import codec
from dure.plant.connect.slmp.addresses import DEVICES, NAME_OF, parse, spot
from dure.plant.connect.slmp.settings import SlmpSettings
from dure.vocabulary import Text

PORT = 5007


class Link:
    """One connection; see `controller.Controller`."""

    def __init__(self, place: Place, settings: SlmpSettings) -> None:
        self._line = Line(place, PORT, settings.timeout, codec.framing(settings.frame))
        self._settings = settings
        self._route = codec.Route(
            settings.frame,
            settings.network,
            settings.station,
            settings.module,
            settings.multidrop,
            settings.timeout * 0.8,  # the CPU gives up before we do, and says so
        )
        self._serial = 0
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
        """Model name of the CPU, if it tells it."""
        try:
            content = await self._asked(codec.MODEL, 0)
        except Refused:
            return {"product": "Mitsubishi MELSEC", "version": ""}
        try:
            return {"product": f"Mitsubishi {codec.model_of(content)}", "version": ""}
        except Malformed as none:
            raise self._line.broken(none) from none

    def plan(self, tags: Sequence[Tag]) -> tuple[Block, ...]:
        """Stretches of words."""
        return plan(
            tags,
            lambda tag: spot(tag, self._settings.xy),
            limit=self._settings.points,
            hole=self._settings.hole,
        )

    async def fetch(self, blocks: Sequence[Block]) -> list[Answer]:
        """An answer for each stretch, one request each."""
        answers: list[Answer] = []
        for block in blocks:
            began = time.time_ns()
            content: bytes | Refused
            try:
                content = await self._asked(codec.READ, 0, _head(block))
            except Refused as no:
                content = no
            else:
                if len(content) != block.width:
                    raise self._line.broken(Malformed(_other(len(content), block.width)))
            answers.append(Answer(content, midpoint(began)))
        return answers

    async def put(self, tag: Tag, block: Block, content: bytes) -> None:
        """Write a tag; see `controller.Controller`. A bit is written as one point (subcommand 0001h)."""
        if tag.type == "bool":
            at = parse(tag.address, self._settings.xy)
            point = codec.device(at.device.code, at.number, 1)
            await self._asked(codec.WRITE, 1, point + (b"\x10" if content != b"\0" else b"\0"))
        else:
            await self._asked(codec.WRITE, 0, _head(block) + content)

    async def close(self) -> None:
        """End the connection."""
        await self._line.close()

    async def _asked(self, command: int, subcommand: int, content: bytes = b"") -> bytes:
        """Content of the answer; raises `Refused` or SourceProblem."""
        self._serial = self._serial % 0xFFFF + 1
        frame = await self._line.ask(codec.request(self._route, self._serial, command, subcommand, content))
        try:
            return codec.answered(frame, self._route, self._serial)
        except Malformed as none:
            raise self._line.broken(none) from none


def _head(block: Block) -> bytes:
    """Head device and points of a stretch; of a device of bits the first bit of its first word."""
    code = int(str(block.space))
    bits = DEVICES[NAME_OF[code]].bits
    return codec.device(code, block.start * 16 if bits else block.start, block.cells)


def _other(found: int, asked: int) -> Text:
    return Text(f"{found} bytes to a request of {asked}", f"{asked}바이트 요청에 {found}바이트입니다")
