"""A link to one Omron CPU over TCP or UDP: nodes agreed on, words and flags read in stretches."""

import struct
import time
from collections.abc import Sequence
from typing import Protocol

from dure.plant.connect import Place, SourceOdd
from dure.plant.connect.asking import Line, Malformed, Refused
from dure.plant.connect.controller import Answer, midpoint
from dure.plant.connect.fins import codec
from dure.plant.connect.fins.addresses import cell_of, codes_of, spot
from dure.plant.connect.fins.datagrams import Datagrams
from dure.plant.connect.fins.settings import FinsSettings
from dure.plant.connect.polling import Block, Tag, plan
from dure.vocabulary import SourceProblem, Text

PORT = 9600
NOBODY = 239  # our node on a link whose own address has no last number


class Way(Protocol):
    """How frames travel."""

    where: str

    @property
    def alive(self) -> bool:
        """Whether it stands."""

    async def open(self, settings: FinsSettings) -> tuple[int, int]:
        """Connect; our node and the controller's."""

    async def ask(self, request: bytes, *, again: bool) -> bytes:
        """The FINS frame that answers; `again`: it may be asked twice."""

    def odd(self, none: Malformed) -> SourceProblem:
        """The refusal of an answer that makes no sense."""

    async def close(self) -> None:
        """End it."""


class Tcp:
    """FINS/TCP: the controller gives both node numbers."""

    def __init__(self, place: Place, settings: FinsSettings) -> None:
        self._line = Line(place, PORT, settings.timeout, codec.framing())
        self.where = self._line.where

    @property
    def alive(self) -> bool:
        """Whether the connection stands."""
        return self._line.alive

    async def open(self, settings: FinsSettings) -> tuple[int, int]:
        """Connect and ask for the nodes."""
        await self._line.open()
        frame = await self._line.ask(codec.over_tcp(struct.pack(">I", settings.own_node), codec.NODES))
        try:
            return codec.nodes(frame)
        except (Malformed, Refused) as none:
            raise self.odd(Malformed(none.why)) from none

    async def ask(self, request: bytes, *, again: bool) -> bytes:  # noqa: ARG002 - TCP loses nothing
        """The FINS frame that answers."""
        frame = await self._line.ask(codec.over_tcp(request))
        try:
            return codec.from_tcp(frame, codec.FRAME)
        except (Malformed, Refused) as none:
            raise self.odd(Malformed(none.why)) from none

    def odd(self, none: Malformed) -> SourceOdd:
        """See `Way`."""
        return self._line.broken(none)

    async def close(self) -> None:
        """End the connection."""
        await self._line.close()


class Udp:
    """FINS/UDP: a node is the last number of an address."""

    def __init__(self, place: Place, settings: FinsSettings) -> None:
        self._way = Datagrams(place, PORT, settings.timeout)
        self._tries = settings.retries + 1
        self.where = self._way.where

    @property
    def alive(self) -> bool:
        """Whether the socket stands."""
        return self._way.alive

    async def open(self, settings: FinsSettings) -> tuple[int, int]:  # noqa: ARG002 - as `Way` has it
        """Make the socket."""
        ours, theirs = await self._way.open()
        return _last(ours), _last(theirs)

    async def ask(self, request: bytes, *, again: bool) -> bytes:
        """The datagram with the request's own serial number; late ones of earlier requests are passed over."""
        return await self._way.ask(
            request, lambda frame: frame[9:10] == request[9:10], self._tries if again else 1
        )

    def odd(self, none: Malformed) -> SourceProblem:
        """See `Way`."""
        return self._way.fail(SourceOdd(self.where, why=none.why))

    async def close(self) -> None:
        """Close the socket."""
        await self._way.close()


class Link:
    """One link; see `controller.Controller`."""

    def __init__(self, place: Place, settings: FinsSettings) -> None:
        self._way: Way = Udp(place, settings) if place.url.lower().startswith("fins+udp:") else Tcp(place, settings)  # fmt: skip
        self._settings = settings
        self._route = codec.Route(settings.network, settings.node, settings.unit, settings.own_node)
        self._serial = 0
        self.where = self._way.where

    @property
    def alive(self) -> bool:
        """Whether it stands."""
        return self._way.alive

    async def open(self) -> None:
        """Connect and settle who is which node.

        Raises
        ------
        SourceUnreachable, SourceSilent, SourceLost, SourceOdd
        """
        ours, theirs = await self._way.open(self._settings)
        settings = self._settings
        self._route = codec.Route(settings.network, settings.node or theirs, settings.unit, settings.own_node or ours)  # fmt: skip

    async def identity(self) -> dict[str, str]:
        """Model and version of the CPU (controller data read, 0501)."""
        try:
            content = await self._asked(codec.DATA, b"")
        except Refused:
            return {"product": "Omron FINS controller", "version": ""}
        try:
            model, version = codec.data_of(content)
        except Malformed as none:
            raise self._way.odd(none) from none
        return {"product": f"Omron {model}".strip(), "version": version}

    def plan(self, tags: Sequence[Tag]) -> tuple[Block, ...]:
        """Stretches of words or flags."""
        return plan(tags, spot, limit=self._settings.limit, hole=self._settings.hole, cell=cell_of)

    async def fetch(self, blocks: Sequence[Block]) -> list[Answer]:
        """An answer for each stretch, one request each (memory area read, 0101)."""
        answers: list[Answer] = []
        for block in blocks:
            began = time.time_ns()
            content: bytes | Refused
            try:
                content = await self._asked(codec.READ, _stretch(block))
            except Refused as no:
                content = no
            else:
                if len(content) != block.width:
                    raise self._way.odd(Malformed(_other(len(content), block.width)))
            answers.append(Answer(content, midpoint(began)))
        return answers

    async def put(self, tag: Tag, block: Block, content: bytes) -> None:
        """Write a tag (memory area write, 0102); see `controller.Controller`."""
        words, bits = codes_of(block.space)
        if tag.type == "bool":
            target = codec.place(bits, block.start, block.spots[0].bit) + struct.pack(">H", 1)
        else:
            target = codec.place(words, block.start) + struct.pack(">H", block.cells)
        await self._asked(codec.WRITE, target + content, again=False)

    async def close(self) -> None:
        """End the connection."""
        await self._way.close()

    async def _asked(self, command: int, content: bytes, *, again: bool = True) -> bytes:
        """Content of the answer; raises `Refused` or SourceProblem."""
        self._serial = self._serial % 0xFF + 1
        frame = await self._way.ask(codec.request(self._route, self._serial, command, content), again=again)
        try:
            return codec.answered(frame, self._route, self._serial, command)
        except Malformed as none:
            raise self._way.odd(none) from none


def _stretch(block: Block) -> bytes:
    words, _ = codes_of(block.space)
    return codec.place(words, block.start) + struct.pack(">H", block.cells)


def _last(address: str) -> int:
    """Last number of an IPv4 address, where it is a node's."""
    number = address.rpartition(".")[2]
    return int(number) if number.isdecimal() and 1 <= int(number) <= 254 else NOBODY


def _other(found: int, asked: int) -> Text:
    return Text(f"{found} bytes to a request of {asked}", f"{asked}바이트 요청에 {found}바이트입니다")
