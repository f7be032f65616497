"""Reading tags: planned once, asked block by block; a block that the device refuses is split until only the bad tag is bad."""

import struct
import time
from collections.abc import Hashable, Iterable
from typing import Any

from dure.plant.connect import SourceSilent
from dure.plant.connect.modbus.addresses import BITS, READ, bits_of, spot
from dure.plant.connect.modbus.link import Link, Refused, Silent, midpoint
from dure.plant.connect.modbus.settings import ModbusSettings
from dure.plant.connect.polling import Block, Readout, Tag, decode, halves, joined, plan, refused
from dure.vocabulary import Text

SPLIT_AT = (2, 3, 4)  # address, length, failure: what devices answer to a stretch that they hold in part
REST = 10.0  # s that a silent unit among others is not asked again
UNASKED = Text("the unit does not answer", "유닛이 응답하지 않습니다")


class Reader:
    """Reads the tags of one link; remembers how blocks had to be split and which units are silent."""

    def __init__(self, link: Link, settings: ModbusSettings) -> None:
        self._link, self._settings = link, settings
        self._plans: dict[tuple[Tag, ...], tuple[Block, ...]] = {}
        self._resting: dict[int, float] = {}

    async def read(self, tags: tuple[Tag, ...]) -> Readout:
        """Readings of the tags, in their order.

        Raises
        ------
        SourceSilent
            If no unit answers.
        SourceLost, SourceOdd
        """
        blocks = self._plans.get(tags) or self._planned(tags)
        parts: list[tuple[Block, Readout]] = []
        answered = False
        for block in blocks:
            found, alive = await self._of_unit(block)
            answered = answered or alive
            parts += found
        if blocks and not answered:
            raise SourceSilent(self._link.where, seconds=f"{self._settings.timeout:g}")
        self._plans[tags] = tuple(block for block, _ in parts)
        return joined(len(tags), [(block.places, readout) for block, readout in parts])

    def _planned(self, tags: tuple[Tag, ...]) -> tuple[Block, ...]:
        settings = self._settings
        return plan(
            tags,
            lambda tag: spot(tag, settings.unit),
            limit=lambda space: settings.bits if _in_bits(space) else settings.registers,
            hole=settings.hole,
            cell=bits_of,
        )

    async def _of_unit(self, block: Block) -> tuple[list[tuple[Block, Readout]], bool]:
        """Readouts of a block, and whether its unit answered; one that rests is not asked."""
        unit = unit_of(block)
        if self._resting.get(unit, 0.0) > time.monotonic():
            return [(block, refused(len(block.tags), UNASKED, time=time.time_ns()))], False
        try:
            found = await self._split(block)
        except Silent:
            self._resting[unit] = time.monotonic() + REST
            return [(block, refused(len(block.tags), UNASKED, time=time.time_ns()))], False
        self._resting.pop(unit, None)
        return found, True

    async def _split(self, block: Block) -> list[tuple[Block, Readout]]:
        """The block's readout, or those of its parts if the device refuses the whole but not each of them."""
        began = time.time_ns()
        try:
            content = await content_of(self._link, block)
        except Refused as no:
            whole = [(block, refused(len(block.tags), no.why, time=midpoint(began)))]
            parts = halves(block) if no.code in SPLIT_AT else ()
            found = [pair for part in parts for pair in await self._split(part)]
            return found if any((readout.qualities == 0).any() for _, readout in found) else whole
        return [(block, decode(block, content, time=midpoint(began)))]


def unit_of(block: Block) -> int:
    """Unit whose cells a block has."""
    return int(_space(block.space)[0])


def _space(space: Hashable) -> tuple[Any, str]:
    assert isinstance(space, tuple)  # noqa: S101 - made by `addresses.spot` alone
    return space[0], space[1]


def _in_bits(space: Hashable) -> bool:
    return _space(space)[1] in BITS


async def content_of(link: Link, block: Block) -> bytes:
    """Bytes of a block as `polling.decode` takes them: registers as on the wire, bits eight in a byte.

    Raises
    ------
    Refused, Silent, SourceLost, SourceOdd
    """
    unit, table = _space(block.space)
    code = READ[table]
    ask = {
        1: "read_coils",
        2: "read_discrete_inputs",
        3: "read_holding_registers",
        4: "read_input_registers",
    }[code]
    response = await link.ask(
        lambda client: getattr(client, ask)(block.start, count=block.cells, device_id=unit)
    )
    if response.function_code != code:
        raise link.odd(f"function {response.function_code} to a request of {code}")
    if table in BITS:
        return _packed(link, block, response.bits)
    if len(response.registers) != block.cells:
        raise link.odd(f"{len(response.registers)} registers to a request of {block.cells}")
    return struct.pack(f">{block.cells}H", *response.registers)


def _packed(link: Link, block: Block, bits: Iterable[bool]) -> bytes:
    """Bits of a response eight in a byte, the first least significant; the response fills up its last byte."""
    given = list(bits)
    if len(given) != 8 * block.width:
        raise link.odd(f"{len(given)} bits to a request of {block.cells}")
    return bytes(
        sum(bit << place for place, bit in enumerate(given[start : start + 8]))
        for start in range(0, len(given), 8)
    )
