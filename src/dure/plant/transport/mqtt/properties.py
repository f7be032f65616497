"""Properties of MQTT 5.0 packets (§2.2.2, table 2-4): names for numbers, and both directions of the codec."""

from collections.abc import Mapping
from typing import Any

# identifier: (name, kind); kinds are 1, 2, 4 (whole numbers of so many bytes), v (variable), s, b, p (text, bytes, pair)
KNOWN: Mapping[int, tuple[str, str]] = {
    0x01: ("payload_format", "1"),
    0x02: ("message_expiry", "4"),
    0x03: ("content_type", "s"),
    0x08: ("response_topic", "s"),
    0x09: ("correlation", "b"),
    0x0B: ("subscription_id", "v"),
    0x11: ("session_expiry", "4"),
    0x12: ("client_id", "s"),
    0x13: ("keep_alive", "2"),
    0x15: ("method", "s"),
    0x16: ("method_data", "b"),
    0x17: ("problem_information", "1"),
    0x18: ("will_delay", "4"),
    0x19: ("response_information", "1"),
    0x1A: ("response", "s"),
    0x1C: ("server", "s"),
    0x1F: ("reason", "s"),
    0x21: ("receive_maximum", "2"),
    0x22: ("topic_alias_maximum", "2"),
    0x23: ("topic_alias", "2"),
    0x24: ("maximum_qos", "1"),
    0x25: ("retain_available", "1"),
    0x26: ("user", "p"),
    0x27: ("maximum_packet", "4"),
    0x28: ("wildcards", "1"),
    0x29: ("subscription_ids", "1"),
    0x2A: ("shared", "1"),
}
_NUMBER = {name: (identifier, kind) for identifier, (name, kind) in KNOWN.items()}
MANY = {"user", "subscription_id"}  # may come more than once


class Cut(ValueError):
    """Bytes that end too early or do not mean what they must."""


def variable(number: int) -> bytes:
    """Variable byte integer (§1.5.5).

    >>> variable(127).hex(), variable(128).hex(), variable(268_435_455).hex()
    ('7f', '8001', 'ffffff7f')
    """
    coded = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        coded.append(low | (0x80 if number else 0))
        if not number:
            return bytes(coded)


def read_variable(buffer: bytes, at: int) -> tuple[int, int]:
    """Number and the place behind it.

    >>> read_variable(bytes.fromhex("ffffff7f"), 0)
    (268435455, 4)
    """
    number = 0
    for step in range(4):
        if at >= len(buffer):
            raise Cut("a length is cut off")
        byte = buffer[at]
        at += 1
        number |= (byte & 0x7F) << (7 * step)
        if byte < 0x80:
            return number, at
    raise Cut("a length has more than four bytes")


def text(words: str) -> bytes:
    """UTF-8 text with its length (§1.5.4)."""
    coded = words.encode()
    return len(coded).to_bytes(2, "big") + coded


def read_block(buffer: bytes, at: int) -> tuple[bytes, int]:
    """Bytes with a length of two bytes before them, and the place behind."""
    start = at + 2
    end = start + int.from_bytes(buffer[at:start], "big")
    if start > len(buffer) or end > len(buffer):
        raise Cut("a text is cut off")
    return buffer[start:end], end


def encode(properties: Mapping[str, Any]) -> bytes:
    """Properties with their length before them; those that are None are left out.

    >>> encode({"session_expiry": 3600, "user": [("a", "b")]}).hex()
    '0c1100000e1026000161000162'
    """
    coded = b""
    for name, value in properties.items():
        if value is None:
            continue
        identifier, kind = _NUMBER[name]
        for one in value if name in MANY else (value,):
            coded += bytes([identifier]) + _coded(kind, one)
    return variable(len(coded)) + coded


def decode(buffer: bytes, at: int) -> tuple[dict[str, Any], int]:
    """Properties at a place of the buffer, and the place behind them.

    Raises
    ------
    Cut
        If they are no properties: unknown, cut off, or twice where once is allowed (§2.2.2.2).
    """
    length, at = read_variable(buffer, at)
    end = at + length
    if end > len(buffer):
        raise Cut("the properties are cut off")
    found: dict[str, Any] = {}
    while at < end:
        name, kind = KNOWN.get(buffer[at], ("", ""))
        if not name:
            raise Cut(f"property {buffer[at]:#04x} is unknown")
        value, at = _read(buffer, at + 1, kind)
        if name in MANY:
            found.setdefault(name, []).append(value)
        elif name in found:
            raise Cut(f"property {name} comes twice")
        else:
            found[name] = value
    if at != end:
        raise Cut("the properties are longer than they say")
    return found, at


def _coded(kind: str, value: Any) -> bytes:
    if kind == "s":
        return text(value)
    if kind == "b":
        return len(value).to_bytes(2, "big") + bytes(value)
    if kind == "p":
        return text(value[0]) + text(value[1])
    if kind == "v":
        return variable(value)
    return int(value).to_bytes(int(kind), "big")


def _read(buffer: bytes, at: int, kind: str) -> tuple[Any, int]:
    if kind in "sb":
        block, at = read_block(buffer, at)
        return (block if kind == "b" else _words(block)), at
    if kind == "p":
        name, at = read_block(buffer, at)
        value, at = read_block(buffer, at)
        return (_words(name), _words(value)), at
    if kind == "v":
        return read_variable(buffer, at)
    end = at + int(kind)
    if end > len(buffer):
        raise Cut("a property is cut off")
    return int.from_bytes(buffer[at:end], "big"), end


def _words(block: bytes) -> str:
    try:
        return block.decode()
    except UnicodeDecodeError:
        raise Cut("a text is not UTF-8") from None
