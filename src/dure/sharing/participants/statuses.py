"""Lists of bits that say which credentials are revoked: Bitstring Status List 1.0 (W3C) and its elder, StatusList2021.

The first bit of a byte is its highest; at least 131,072 places, so that one place says little of whom it is about
(Bitstring Status List, §5.4 and §6.1).
"""

import base64
import gzip
import secrets
import zlib

PLACES = 131_072
"""Places of a list; 16 KiB of bits, some 50 bytes when none is set."""

LARGEST = 4 * 1024 * 1024
"""A foreign list is not unpacked beyond this. [bytes]"""

Bits = bytes | bytearray | memoryview


def is_set(bits: Bits, place: int) -> bool:
    r"""Whether the bit at `place` is set.

    >>> is_set(b"\x40", 1), is_set(b"\x40", 0)
    (True, False)

    Raises
    ------
    IndexError
        If the list is shorter.
    """
    if place < 0 or place >= len(bits) * 8:
        raise IndexError(place)
    return bool(bits[place // 8] >> (7 - place % 8) & 1)


def with_bit(bits: Bits, place: int) -> bytes:
    r"""The list with the bit at `place` set.

    >>> with_bit(bytes(1), 7)
    b'\x01'
    """
    made = bytearray(bits)
    made[place // 8] |= 1 << (7 - place % 8)
    return bytes(made)


def free_place(taken: Bits, pick: "secrets.SystemRandom | None" = None) -> int:
    """A place at random that is not taken: neighbours in time are no neighbours in the list."""
    draw = (pick or secrets.SystemRandom()).randrange
    while is_set(taken, place := draw(len(taken) * 8)):
        pass
    return place


def packed(bits: Bits, *, multibase: bool) -> str:
    """The list as a credential carries it: GZIP, then base64url with multibase's `u` (Bitstring Status List) or base64."""
    raw = gzip.compress(bytes(bits), mtime=0)
    return (
        "u" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        if multibase
        else base64.b64encode(raw).decode()
    )


def unpacked(text: str) -> bytes:
    r"""The bits of a list in either writing.

    >>> unpacked(packed(b"\x40" + bytes(15), multibase=True))[0]
    64

    Raises
    ------
    ValueError
        If it is no list, or larger than `LARGEST`.
    """
    plain = text.removeprefix("u") if not text.startswith("H4s") else text
    plain = plain.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
        reader = zlib.decompressobj(wbits=31)
        bits = reader.decompress(raw, LARGEST)
    except (ValueError, zlib.error) as torn:
        raise ValueError("no list") from torn
    if reader.unconsumed_tail or not reader.eof:
        raise ValueError("too large or torn")
    return bits
