"""Writing one value and reading it back; whether it may be written is decided before (§6.5, §6.6, §6.11, §6.12, §6.16)."""

from typing import Any

from dure.plant.connect import SourceOdd, SourceSilent
from dure.plant.connect.modbus.addresses import Address, parse, spot
from dure.plant.connect.modbus.link import Link, Refused, Silent
from dure.plant.connect.modbus.reading import content_of
from dure.plant.connect.modbus.settings import ModbusSettings
from dure.plant.connect.polling import Block, Tag, decode, encode, plan
from dure.vocabulary import Text

READ_ONLY = Text(
    "inputs and halves of registers can only be read", "입력과 레지스터의 절반은 읽기만 할 수 있습니다"
)


async def write(link: Link, settings: ModbusSettings, tag: Tag, value: float) -> None:
    """Write `value` to a tag and read it back.

    Raises
    ------
    SourceOdd
        If the device refuses, or reads otherwise afterwards.
    SourceSilent
        If it does not answer: whether it was written is then not known.
    ValueOutside
        If the tag's type cannot hold it.
    """
    at = parse(tag.address, settings.unit)
    if at.table not in ("coil", "holding") or tag.type in ("int8", "uint8"):
        raise SourceOdd(link.where, why=Text(f"{tag.id}: {READ_ONLY.en}", f"{tag.id}: {READ_ONLY.ko}"))
    content = encode(tag, value)
    (block,) = plan(
        [tag], lambda one: spot(one, settings.unit), limit=2000, cell=1 if at.table == "coil" else 16
    )
    try:
        await _send(link, settings, at, content)
        back = await content_of(link, block)
    except Refused as no:
        raise SourceOdd(link.where, why=Text(f"{tag.id}: {no.why.en}", f"{tag.id}: {no.why.ko}")) from no
    except Silent:
        raise SourceSilent(link.where, seconds=f"{settings.timeout:g}") from None
    _compare(link, tag, block, content, back)


async def _send(link: Link, settings: ModbusSettings, at: Address, content: bytes) -> None:
    """The request for this table and length: 5 or 15 for a coil, 6 or 16 for registers, 22 for a bit of one."""
    unit, number, many = at.unit, at.number, settings.write_many
    if at.table == "coil":
        await _written(link, "write_coils" if many else "write_coil", number, [content != b"\0"] if many else content != b"\0", unit)  # fmt: skip
        return
    if at.bit > -1:
        mask = 1 << at.bit
        await link.ask_once(
            lambda client: client.mask_write_register(
                address=number,
                and_mask=0xFFFF ^ mask,
                or_mask=mask if content != b"\0" else 0,
                device_id=unit,
            )
        )
        return
    whole = content.rjust(2, b"\0")  # a bool is a register of 0 or 1
    registers = [int.from_bytes(whole[start : start + 2], "big") for start in range(0, len(whole), 2)]
    single = len(registers) == 1 and not many
    await _written(link, "write_register" if single else "write_registers", number, registers[0] if single else registers, unit)  # fmt: skip


async def _written(link: Link, how: str, number: int, what: Any, unit: int) -> None:
    await link.ask_once(lambda client: getattr(client, how)(number, what, device_id=unit))


def _compare(link: Link, tag: Tag, block: Block, written: bytes, back: bytes) -> None:
    """Refuse a device that reads otherwise than it was written."""
    present = float(decode(block, back).values[0])
    same = bool(present) == (written != b"\0") if tag.type == "bool" else back[-len(written) :] == written
    if not same:
        raise SourceOdd(link.where, why=Text(f"{tag.id} reads {present:g} after it was written", f"{tag.id}에 쓴 뒤 읽은 값이 {present:g}입니다"))  # fmt: skip
