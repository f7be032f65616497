"""Addresses as CX-Programmer writes them: D100, D100.05, CIO 10.05, W10, H5, A200, E0_100, T5, C3 (W342 §5-2-2)."""

import re
from collections.abc import Hashable
from dataclasses import dataclass, replace

from dure.plant.connect.polling import Odd, Spot, Tag, cells_of
from dure.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Area:
    """Codes of an area's words and bits (-1: it has none), and its words."""

    words: int
    bits: int
    size: int


AREAS = {
    "CIO": Area(0xB0, 0x30, 6144),
    "W": Area(0xB1, 0x31, 512),
    "H": Area(0xB2, 0x32, 1536),
    "A": Area(0xB3, 0x33, 12_288),
    "D": Area(0x82, 0x02, 32_768),
    "T": Area(0x89, 0x09, 4096),
    "C": Area(0x89, 0x09, 4096),
}
COUNTERS = 0x8000  # where counters begin in the area of timers and counters
READ_ONLY = 448  # words of the auxiliary area that no request may write
_WRITTEN = re.compile(
    r"(?:(CIO|WR|HR|AR|DM|[WHADTC])?|E([0-9A-F]{1,2})_|EM([0-9A-F]{1,2})_)(\d{1,5})(?:\.(\d{1,2}))?"
)
_NAMES = {"WR": "W", "HR": "H", "AR": "A", "DM": "D"}
MANNER = Text(
    "D100, D100.05, CIO 10.05, W10, H5, A200 or E0_100", "D100, D100.05, CIO 10.05, W10, H5, A200 또는 E0_100"
)


def parse(written: str) -> tuple[str, Area, int, int]:
    """Name of the area, the area, its word, and the bit of it (-1 none).

    Raises
    ------
    Odd

    Examples
    --------
    >>> parse("CIO 10.05"), parse("E1_100")[1:]
    (('CIO', Area(words=176, bits=48, size=6144), 10, 5), (Area(words=161, bits=33, size=32768), 100, -1))
    >>> parse("10.05") == parse("CIO10.05")
    True
    """
    found = _WRITTEN.fullmatch(written.strip().upper().replace(" ", ""))
    if not found:
        raise _none(written)
    bank = found[2] or found[3]
    name = "E" if bank else _NAMES.get(found[1] or "", found[1] or "CIO")
    area = _bank(int(bank, 16), written) if bank else AREAS[name]
    word, bit = int(found[4]), int(found[5]) if found[5] else -1
    if word >= area.size or bit > 15 or (bit > -1 and name in "TC"):
        raise _none(written)
    return name, area, word, bit


def spot(tag: Tag) -> Spot:
    """Where a tag lies, in words; the space is (code of the words, code of the bits). Flags of timers are cells of a byte."""
    name, area, word, bit = parse(tag.address)
    number = word + COUNTERS * (name == "C")
    if tag.type == "bool" and name in ("T", "C"):
        return Spot((area.bits, area.bits), number, 1, 0)
    return Spot((area.words, area.bits), number, cells_of(tag, 16), bit)


def cell_of(space: Hashable) -> int:
    """Bits of a cell of a space: a flag comes as a byte, a word as two."""
    words, bits = codes_of(space)
    return 8 if words == bits else 16


def codes_of(space: Hashable) -> tuple[int, int]:
    """Codes of the words and of the bits of a space."""
    assert isinstance(space, tuple)  # noqa: S101 - made by `spot` alone
    return int(space[0]), int(space[1])


def checked(tag: Tag) -> Tag:
    """The tag, a bool where its address means a bit; raises `Odd` where type and address do not go together."""
    name, area, word, bit = parse(tag.address)
    if bit > -1 and tag.type == "uint16":
        tag = replace(tag, type="bool")
    if bit > -1 and tag.type != "bool":
        raise Odd(Text(f"{tag.address} is a bit, not {tag.type}", f"{tag.address}은(는) {tag.type}이 아니라 비트입니다"), Text("bool as its type", "자료형에 bool"))  # fmt: skip
    if tag.type == "bool" and bit < 0 and name not in ("T", "C"):
        raise Odd(Text(f"{tag.address} is a word, not a bit", f"{tag.address}은(는) 비트가 아니라 워드입니다"), Text("its bit, like W10.05", "W10.05처럼 비트까지"))  # fmt: skip
    if word + spot(tag).cells > area.size or (
        name in ("T", "C") and tag.type not in ("bool", "uint16", "bcd")
    ):
        raise _none(tag.address)
    return tag


def read_only(tag: Tag) -> bool:
    """Whether no request may write it: halves of words, timers and counters' flags, the system's auxiliary words."""
    name, _, word, _ = parse(tag.address)
    return tag.type in ("int8", "uint8") or (name in ("T", "C") and tag.type == "bool") or (name == "A" and word < READ_ONLY)  # fmt: skip


def _bank(number: int, written: str) -> Area:
    """A bank of the extended memory: 0 to F, and 10 to 18 (hexadecimal)."""
    if number > 0x18:
        raise _none(written)
    words = 0xA0 + number if number < 16 else 0x60 + number - 16
    return Area(words, 0x20 + number if number < 16 else 0xE0 + number - 16, 32_768)


def _none(written: str) -> Odd:
    return Odd(Text(f"“{written}” is no FINS address", f"“{written}”은(는) FINS 주소가 아닙니다"), MANNER)
