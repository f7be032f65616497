"""Addresses as XG5000 writes them directly: %MW100, %DD10, %MX0, %MW100.5, %RB7 (XGT FEnet user's manual §8.2.2)."""

import re
from collections.abc import Hashable
from dataclasses import replace

from dure.plant.connect.polling import Odd, Spot, Tag, cells_of
from dure.vocabulary import Text

DEVICES = "PMLKFTCDSNIQRWUZ"
WIDTHS = {"X": 0, "B": 1, "W": 2, "D": 4, "L": 8}
PLAIN = {"X": "bool", "B": "uint8", "W": "uint16", "D": "uint32", "L": "uint64"}
MOST_BYTE = 1 << 20
INPUTS = "FI"  # what the CPU alone writes
_WRITTEN = re.compile(rf"%?([{DEVICES}])([XBWDL])(\d{{1,7}})(?:\.([0-9A-F]|1[0-5]))?")
MANNER = Text("%MW100, %MX0, %MW100.5, %DD10 or %MB7", "%MW100, %MX0, %MW100.5, %DD10 또는 %MB7")


def parse(written: str) -> tuple[str, str, int, int]:
    """Device, letter of the size, byte, and the bit of that byte (-1 none).

    `%MX20` is bit 20 of the area, counted from 0, so bit 4 of %MW1; a bit behind a word is 0 to 15, or A to F.

    Raises
    ------
    Odd

    Examples
    --------
    >>> parse("%MW100"), parse("%MX20"), parse("%DW1.A")
    (('M', 'W', 200, -1), ('M', 'X', 2, 4), ('D', 'X', 3, 2))
    """
    found = _WRITTEN.fullmatch(written.strip().upper().replace(" ", ""))
    if not found:
        raise _none(written)
    device, letter, number, dot = found[1], found[2], int(found[3]), found[4]
    if letter == "X":
        at, bit = divmod(number, 8)
    else:
        at, bit = number * WIDTHS[letter], -1
    if dot is not None:
        in_word = int(dot) if dot.isdecimal() else int(dot, 16)
        if letter != "W":
            raise _none(written)
        letter, at, bit = "X", at + in_word // 8, in_word % 8
    if at >= MOST_BYTE:
        raise _none(written)
    return device, letter, at, bit


def spot(tag: Tag) -> Spot:
    """Where a tag lies, in bytes; the space is the device."""
    device, _, at, bit = parse(tag.address)
    return Spot(device, at, cells_of(tag, 8), bit)


def device_of(space: Hashable) -> str:
    """Letter of a space's device."""
    assert isinstance(space, str)  # noqa: S101 - made by `spot` alone
    return space


def checked(tag: Tag) -> Tag:
    """The tag, its type by the letter where it has the default; raises `Odd` where the two do not go together."""
    _, letter, _, _ = parse(tag.address)
    if tag.type == "uint16":
        tag = replace(tag, type=PLAIN[letter])
    is_bit, anything = tag.type == "bool", letter in "XB" or tag.is_text
    if is_bit != (letter == "X") or not (anything or tag.width == WIDTHS[letter]):
        raise Odd(Text(f"{tag.address} is no {tag.type}", f"{tag.address}은(는) {tag.type}이 아닙니다"), Text("a type of the address' size, or %MB for any", "주소 크기에 맞는 자료형, 또는 %MB 주소"))  # fmt: skip
    if tag.is_text:  # the first letter lies in the less significant byte, which the wire has first
        tag = replace(tag, words={"DCBA": "ABCD", "ABCD": "DCBA"}.get(tag.words, tag.words))
    return tag


def _none(written: str) -> Odd:
    return Odd(Text(f"“{written}” is no XGT address", f"“{written}”은(는) XGT 주소가 아닙니다"), MANNER)
