"""Packets that a client sends (MQTT 5.0 and 3.1.1, §3), and the answers that it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from struct import pack
from typing import Any

from dure.plant.transport.mqtt.properties import Cut, decode, encode, text, variable
from dure.plant.transport.mqtt.reasons import FROM_3_1_1

PINGREQ = b"\xc0\x00"
CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP = 2, 4, 5, 6, 7
SUBACK, UNSUBACK, PINGRESP, DISCONNECT, AUTH = 9, 11, 13, 14, 15
V5, V311 = 5, 4  # protocol level of the CONNECT packet


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes in our name when the connection breaks (§3.1.2.5)."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker's answer to CONNECT: whether it had our session, and what it allows (§3.2)."""

    session_present: bool
    code: int
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that carries a packet id: one code, or one for each filter."""

    packet_id: int
    codes: bytes
    reason: str = ""


def packet(first: int, body: bytes) -> bytes:
    """A packet of its first byte and its body."""
    return bytes([first]) + variable(len(body)) + body


def connect(  # noqa: PLR0913 - the fields of the packet
    version: int,
    client_id: str,
    *,
    clean: bool,
    keep_alive: int,
    properties: Mapping[str, Any],
    will: Will | None = None,
    user: str = "",
    password: str | None = None,
) -> bytes:
    """CONNECT (§3.1); `properties` are left out where the version has none.

    >>> connect(4, "a", clean=True, keep_alive=60, properties={}).hex()
    '100d00044d5154540402003c000161'
    """
    flags = 2 * clean
    tail = text(client_id)
    if will is not None:
        flags |= 4 | will.qos << 3 | will.retain << 5
        tail += (encode({}) if version == V5 else b"") + text(will.topic)
        tail += len(will.payload).to_bytes(2, "big") + will.payload
    if user:
        flags |= 0x80
        tail += text(user)
    if password is not None and (user or version == V5):
        flags |= 0x40
        tail += text(password)
    head = text("MQTT") + bytes([version, flags]) + keep_alive.to_bytes(2, "big")
    return packet(0x10, head + (encode(properties) if version == V5 else b"") + tail)


def subscribe(version: int, packet_id: int, filters: Mapping[str, int], retain_handling: int = 0) -> bytes:
    """SUBSCRIBE (§3.8); `retain_handling` 1: retained messages for new subscriptions only (5.0 §3.8.3.1).

    >>> subscribe(4, 10, {"a/b": 1}).hex()
    '8208000a0003612f6201'
    """
    options = retain_handling << 4 if version == V5 else 0
    body = packet_id.to_bytes(2, "big") + (encode({}) if version == V5 else b"")
    return packet(0x82, body + b"".join(text(f) + bytes([qos | options]) for f, qos in filters.items()))


def unsubscribe(version: int, packet_id: int, filters: Sequence[str]) -> bytes:
    """UNSUBSCRIBE (§3.10)."""
    body = packet_id.to_bytes(2, "big") + (encode({}) if version == V5 else b"")
    return packet(0xA2, body + b"".join(map(text, filters)))


def publish(  # noqa: PLR0913 - the fields of the packet
    version: int,
    topic: str,
    payload: bytes,
    *,
    qos: int = 0,
    retain: bool = False,
    packet_id: int = 0,
    properties: Mapping[str, Any] | None = None,
) -> bytes:
    """PUBLISH (§3.3).

    >>> publish(4, "a/b", b"21.5", qos=1, packet_id=10).hex()
    '320b0003612f62000a32312e35'
    """
    body = text(topic) + (packet_id.to_bytes(2, "big") if qos else b"")
    if version == V5:
        body += encode(properties or {})
    return packet(0x30 | qos << 1 | retain, body + payload)


def confirmations(words: Sequence[int]) -> bytes:
    """PUBACK, PUBREC or PUBCOMP packets, each given as one number: `first byte << 24 | 2 << 16 | packet id`.

    >>> confirmations([0x40020001, 0x50020002]).hex(" ", 4)
    '40020001 50020002'
    """
    return pack(f">{len(words)}I", *words)


def disconnect(version: int, code: int = 0) -> bytes:
    """DISCONNECT (§3.14); a code is sent in 5.0 only, 4 asks for the will to be published all the same.

    >>> disconnect(5, 4).hex(), disconnect(4, 4).hex()
    ('e00104', 'e000')
    """
    return packet(0xE0, bytes([code]) if version == V5 and code else b"")


def read_connack(version: int, body: bytes) -> Connected:
    """CONNACK (§3.2); 3.1.1's return codes are given as the reason codes of 5.0."""
    if len(body) < 2 or body[0] > 1:
        raise Cut("a CONNACK is not as it must be")
    if version != V5:
        return Connected(bool(body[0]), FROM_3_1_1.get(body[1], 0x80))
    properties = decode(body, 2)[0] if len(body) > 2 else {}
    # A broker that speaks 3.1.1 only answers a CONNECT of 5.0 with its own return code 1 (3.1.1 §3.1.2.2).
    return Connected(bool(body[0]), FROM_3_1_1.get(body[1], body[1]), properties)


def read_answer(version: int, kind: int, body: bytes) -> Answer:
    """PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK or UNSUBACK (§3.4 to §3.11)."""
    if len(body) < 2:
        raise Cut("an answer has no packet id")
    packet_id = int.from_bytes(body[:2], "big")
    if kind in (SUBACK, UNSUBACK):
        if version != V5:
            return Answer(packet_id, body[2:])
        properties, at = decode(body, 2)
        return Answer(packet_id, body[at:], properties.get("reason", ""))
    properties = decode(body, 3)[0] if len(body) > 3 else {}
    return Answer(packet_id, body[2:3] or b"\0", properties.get("reason", ""))


def read_disconnect(body: bytes) -> tuple[int, str]:
    """Code and words of a broker's DISCONNECT (5.0 §3.14)."""
    properties = decode(body, 1)[0] if len(body) > 1 else {}
    return (body[0] if body else 0), properties.get("reason", "")
