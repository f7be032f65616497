"""Devices as GX Works writes them: D100, D100.5, M10, X1F, W1A, R0, ZR0, TN0, SD200 (SH-080956 §5.2, device code list)."""

from dataclasses import dataclass, replace

from dure.plant.connect.polling import Odd, Spot, Tag, cells_of
from dure.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Device:
    """Binary code of a device, whether it is one of bits, and the base in which its numbers are written."""

    code: int
    bits: bool
    base: int = 10


DEVICES = {
    "SM": Device(0x91, True), "SD": Device(0xA9, False),
    "X": Device(0x9C, True, 16), "Y": Device(0x9D, True, 16), "M": Device(0x90, True), "L": Device(0x92, True),
    "F": Device(0x93, True), "V": Device(0x94, True), "B": Device(0xA0, True, 16), "D": Device(0xA8, False),
    "W": Device(0xB4, False, 16), "TS": Device(0xC1, True), "TC": Device(0xC0, True), "TN": Device(0xC2, False),
    "STS": Device(0xC7, True), "STC": Device(0xC6, True), "STN": Device(0xC8, False), "CS": Device(0xC4, True),
    "CC": Device(0xC3, True), "CN": Device(0xC5, False), "SB": Device(0xA1, True, 16), "SW": Device(0xB5, False, 16),
    "Z": Device(0xCC, False), "R": Device(0xAF, False), "ZR": Device(0xB0, False),
}  # fmt: skip
NAME_OF = {device.code: name for name, device in DEVICES.items()}
MOST = 0xFFFFFF  # a device number has three bytes
MANNER = Text("D100, D100.5, M10, X1F, W1A, R0 or ZR0", "D100, D100.5, M10, X1F, W1A, R0 또는 ZR0")


@dataclass(frozen=True, slots=True)
class Address:
    """A device, its number, and a bit of a word (-1 none)."""

    device: Device
    number: int
    bit: int = -1


def parse(written: str, xy: str = "hex") -> Address:
    """Address as written; `xy` is the base of X and Y: hex, or octal as iQ-F counts.

    Raises
    ------
    Odd

    Examples
    --------
    >>> parse("X1F").number, parse("X17", "octal").number, parse("D100.A").bit
    (31, 15, 10)
    """
    word = written.strip().upper().replace(" ", "")
    for name in sorted(DEVICES, key=len, reverse=True):
        number, _, bit = word.removeprefix(name).partition(".")
        device = DEVICES[name]
        base = 8 if xy == "octal" and name in "XY" else device.base
        digits = "0123456789ABCDEF"[:base]
        sound = word.startswith(name) and 1 <= len(number) <= 8 and not number.strip(digits)
        if not sound or ("." in word and (device.bits or len(bit) != 1 or bit not in "0123456789ABCDEF")):
            continue
        if int(number, base) <= MOST:
            return Address(device, int(number, base), int(bit, 16) if bit else -1)
    raise Odd(
        Text(f"“{written}” is no MELSEC device", f"“{written}”은(는) MELSEC 디바이스가 아닙니다"), MANNER
    )


def spot(tag: Tag, xy: str) -> Spot:
    """Where a tag lies, in words; the space is the device's code. Devices of bits are read sixteen in a word."""
    at = parse(tag.address, xy)
    cells = cells_of(tag, 16)
    if at.device.bits:
        return Spot(at.device.code, at.number // 16, cells, at.number % 16 if tag.type == "bool" else -1)
    return Spot(at.device.code, at.number, cells, at.bit)


def checked(tag: Tag, xy: str) -> Tag:
    """The tag, a bool where its address is a bit; raises `Odd` where type and address do not go together."""
    at = parse(tag.address, xy)
    is_bit = at.bit > -1 or at.device.bits
    if is_bit and tag.type == "uint16":
        tag = replace(tag, type="bool")
    if at.bit > -1 and tag.type != "bool":
        raise Odd(Text(f"{tag.address} is a bit, not {tag.type}", f"{tag.address}은(는) {tag.type}이 아니라 비트입니다"), Text("bool as its type", "자료형에 bool"))  # fmt: skip
    if tag.type == "bool" and not is_bit:
        raise Odd(Text(f"{tag.address} is a word, not a bit", f"{tag.address}은(는) 비트가 아니라 워드입니다"), Text("its bit, like D100.5", "D100.5처럼 비트까지"))  # fmt: skip
    if at.device.bits and tag.type != "bool" and at.number % 16:
        raise Odd(Text(f"{tag.address} begins no word", f"{tag.address}은(는) 워드의 시작이 아닙니다"), Text("a number that 16 divides, like M16", "M16처럼 16의 배수"))  # fmt: skip
    if tag.is_text:  # the first letter lies in the less significant byte, which the wire has first
        tag = replace(tag, words={"DCBA": "ABCD", "ABCD": "DCBA"}.get(tag.words, tag.words))
    return tag
