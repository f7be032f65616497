"""Addresses as device manuals write them: 40001, 400001, 4x0001, holding:0, each with a unit before and a bit behind."""

import re
from dataclasses import dataclass, replace

from dure.plant.connect.polling import Odd, Spot, Tag, cells_of
from dure.vocabulary import Text

TABLES = {"coil": 0, "discrete": 1, "input": 3, "holding": 4}  # the Modicon prefix of each
READ = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}  # function codes, §6.1 – §6.4
BITS = ("coil", "discrete")
_NAMES = {"c": "coil", "co": "coil", "coils": "coil", "d": "discrete", "di": "discrete", "discretes": "discrete", "i": "input", "ir": "input", "inputs": "input", "h": "holding", "hr": "holding", "holdings": "holding"} | {name: name for name in TABLES}  # fmt: skip
_OF_PREFIX = {str(prefix): name for name, prefix in TABLES.items()}
_WRITTEN = re.compile(
    r"(?:(?P<unit>\d{1,3})/)?(?:(?P<prefix>[0134])x(?P<x>\d{1,5})|(?P<modicon>[0134]\d{4,5})|(?P<name>[a-z]+):(?P<plain>\d{1,5}))"
    r"(?:\.(?P<bit>\d{1,2}))?"
)
MANNER = Text("40001, 400001, 4x0001 or holding:0; 3/40001 for unit 3, 40001.5 for a bit", "40001, 400001, 4x0001 또는 holding:0. 유닛 3은 3/40001, 비트는 40001.5")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Address:
    """A place in a device: table, number from 0 as the protocol counts, bit of a register (-1 none)."""

    unit: int
    table: str
    number: int
    bit: int = -1


def parse(written: str, unit: int) -> Address:
    """Address as written; `unit` where it names none. Modicon's numbers count from 1, a named table's from 0.

    Raises
    ------
    Odd

    Examples
    --------
    >>> parse("40108.3", 1)
    Address(unit=1, table='holding', number=107, bit=3)
    >>> parse("7/input:12", 1), parse("000017", 1)
    (Address(unit=7, table='input', number=12, bit=-1), Address(unit=1, table='coil', number=16, bit=-1))
    """
    found = _WRITTEN.fullmatch(written.strip().lower().replace(" ", ""))
    if not found:
        raise _odd(written)
    if name := found["name"]:
        table, number = _NAMES.get(name, ""), int(found["plain"])
    else:
        digits = found["modicon"] or found["prefix"] + found["x"]
        table, number = _OF_PREFIX[digits[0]], int(digits[1:]) - 1
    address = Address(int(found["unit"] or unit), table, number, int(found["bit"] or -1))
    at_bit = address.bit > -1
    if (
        not table
        or not 0 <= number <= 65_535
        or address.unit > 255
        or address.bit > 15
        or (at_bit and table in BITS)
    ):
        raise _odd(written)
    return address


def spot(tag: Tag, unit: int) -> Spot:
    """Where a tag lies: spaces are (unit, table)."""
    at = parse(tag.address, unit)
    return Spot((at.unit, at.table), at.number, cells_of(tag, bits_of((at.unit, at.table))), at.bit)


def bits_of(space: object) -> int:
    """Bits of a cell of a space."""
    return 1 if isinstance(space, tuple) and space[1] in BITS else 16


def checked(tag: Tag, unit: int) -> Tag:
    """The tag, a bool where its address means a bit; raises `Odd` where type and address do not go together."""
    at = parse(tag.address, unit)
    if (at.table in BITS or at.bit > -1) and tag.type == "uint16":
        tag = replace(tag, type="bool")
    if tag.type != "bool" and (at.table in BITS or at.bit > -1):
        raise Odd(Text(f"{tag.address} is a bit, not {tag.type}", f"{tag.address}은(는) {tag.type}이 아니라 비트입니다"), Text("bool as its type", "자료형에 bool"))  # fmt: skip
    if at.number + spot(tag, unit).cells > 65_536:
        raise Odd(Text(f"{tag.address} with {tag.type} ends behind the table", f"{tag.type}인 {tag.address}이(가) 표 끝을 넘습니다"), MANNER)  # fmt: skip
    return tag


def _odd(written: str) -> Odd:
    return Odd(Text(f"“{written}” is no Modbus address", f"“{written}”은(는) Modbus 주소가 아닙니다"), MANNER)
