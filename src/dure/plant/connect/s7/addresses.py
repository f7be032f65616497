"""Addresses as STEP 7 and TIA Portal write them: DB1.DBD4, DB1.DBX0.3, MW10, I0.1 (E0.1), Q4.0 (A4.0)."""

import re
from collections.abc import Hashable
from dataclasses import replace

from dure.plant.connect.polling import Odd, Spot, Tag, cells_of
from dure.vocabulary import Text

# Area codes of the any-pointer (SIMATIC S7 system functions, TIA "S7-300/400 standard functions" appendix).
AREAS = {"I": 0x81, "E": 0x81, "Q": 0x82, "A": 0x82, "M": 0x83, "DB": 0x84}
LETTERS = {"X": ("bool", ("bool",)), "": ("bool", ("bool",)), "B": ("uint8", ()), "W": ("uint16", (2,)), "D": ("uint32", (4, 8))}  # fmt: skip
MOST_BYTE = 65_535
MANNER = Text(
    "DB1.DBD4, DB1.DBX0.3, MW10, M0.1, I0.1 or Q4.0", "DB1.DBD4, DB1.DBX0.3, MW10, M0.1, I0.1 또는 Q4.0"
)
_WRITTEN = re.compile(
    r"%?(?:DB(?P<number>\d{1,5})\.DB(?P<kind>[XBWD])|(?P<area>[IEQAM])(?P<size>[XBWD]?))(?P<byte>\d{1,5})(?:\.(?P<bit>[0-7]))?"
)


def parse(written: str) -> tuple[str, Spot]:
    """Letter of the size (empty of a bit) and place of an address; spaces are (area code, number of the DB).

    Raises
    ------
    Odd

    Examples
    --------
    >>> parse("DB5.DBX2.7"), parse("%MW10")
    (('X', Spot(space=(132, 5), start=2, cells=1, bit=7)), ('W', Spot(space=(131, 0), start=10, cells=1, bit=-1)))
    >>> parse("E0.1") == parse("I0.1")
    True
    """
    found = _WRITTEN.fullmatch(written.strip().upper().replace(" ", ""))
    if not found or int(found["byte"]) > MOST_BYTE:
        raise _none(written)
    letter = found["kind"] or found["size"] or ""
    if (letter in ("X", "")) != (found["bit"] is not None):
        raise _none(written)
    number = int(found["number"] or 0)
    if number > MOST_BYTE or (found["number"] and not number):
        raise _none(written)
    area = AREAS["DB" if found["number"] else found["area"]]
    return letter, Spot((area, number), int(found["byte"]), 1, int(found["bit"] or -1))


def checked(tag: Tag) -> Tag:
    """The tag, its type by the letter where it has the default; raises `Odd` where the two do not go together."""
    letter, _ = parse(tag.address)
    plain, widths = LETTERS[letter]
    if tag.type == "uint16":
        tag = replace(tag, type=plain)
    fits = tag.type == "bool" if plain == "bool" else tag.type != "bool" and (not widths or tag.is_text or tag.width in widths)  # fmt: skip
    if not fits:
        raise Odd(Text(f"{tag.address} is no {tag.type}", f"{tag.address}은(는) {tag.type}이 아닙니다"), Text("a type of the address' size, or DBB/MB for any", "주소 크기에 맞는 자료형, 또는 DBB·MB 주소"))  # fmt: skip
    if spot(tag).end > MOST_BYTE + 1:
        raise _none(tag.address)
    return tag


def spot(tag: Tag) -> Spot:
    """Where a tag lies, in bytes."""
    return replace(parse(tag.address)[1], cells=cells_of(tag, 8))


def area_of(space: Hashable) -> tuple[int, int]:
    """Code of the area and number of the data block (0 of the others)."""
    assert isinstance(space, tuple)  # noqa: S101 - made by `parse` alone
    return int(space[0]), int(space[1])


def _none(written: str) -> Odd:
    return Odd(Text(f"“{written}” is no S7 address", f"“{written}”은(는) S7 주소가 아닙니다"), MANNER)
