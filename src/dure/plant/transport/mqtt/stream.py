"""The incoming stream: all whole packets of what has arrived, read in one go (MQTT 5.0 and 3.1.1, §2, §3.3).

A PUBLISH becomes a row of `Messages`, never an object: at thousands of messages a second the objects are the cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dure.plant.transport.mqtt.packets import V5
from dure.plant.transport.mqtt.properties import Cut, decode, read_variable

KNOWN_TOPICS = 50_000  # topic names remembered as text
MOST_ALIASES = 1000
_PUBACK, _PUBREC = 0x4002_0000, 0x5002_0000


@dataclass(slots=True)
class Messages:
    """Messages as columns, in the order in which they came.

    `flags` are the low bits of the first byte (bit 0 retain, bits 1–2 QoS, bit 3 DUP); `ids` the packet ids, 0 at
    QoS 0; `received` our clock [ns since 1970 UTC]; `properties` those of the rows that have some (MQTT 5.0).
    """

    received: int
    topics: list[str] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    properties: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    confirmations: list[int] = field(default_factory=list)
    acknowledged: bool = False

    def __len__(self) -> int:
        return len(self.topics)

    @property
    def size(self) -> int:
        """Bytes of all payloads."""
        return sum(map(len, self.payloads))


class Stream:
    """Cuts what arrives into packets; one object a connection.

    >>> stream = Stream(4, largest=1000)
    >>> messages, others = stream.feed(bytes.fromhex("320b0003612f62000a32312e35 d000 30"), received=7)
    >>> messages.topics, messages.payloads, messages.ids, others
    (['a/b'], [b'21.5'], [10], [(13, 0, b'')])
    """

    def __init__(self, version: int, *, largest: int) -> None:
        self.version, self.largest = version, largest
        self.half_done: dict[int, bool] = {}  # QoS 2: packet ids until PUBREL; whether PUBREC has been sent
        self._parts: list[bytes] = []
        self._have = self._need = 0
        self._known: dict[bytes, str] = {}
        self._aliases: dict[int, str] = {}

    def feed(self, content: bytes, received: int) -> tuple[Messages, list[tuple[int, int, bytes]]]:
        """The messages, and the other packets as (type, flags, body), that are whole now.

        Raises
        ------
        Cut
            If it is no MQTT; the connection is then of no more use.
        """
        messages = Messages(received)
        others: list[tuple[int, int, bytes]] = []
        self._have += len(content)
        if self._have < self._need:  # a large packet in many pieces is put together once
            self._parts.append(content)
            return messages, others
        buffer = b"".join([*self._parts, content]) if self._parts else content
        at = self._cut(buffer, messages, others)
        rest = buffer[at:]
        self._parts, self._have = ([rest] if rest else []), len(rest)
        return messages, others

    def _cut(self, buffer: bytes, messages: Messages, others: list[tuple[int, int, bytes]]) -> int:
        """Read every whole packet of the buffer; the place where the first that is not whole begins."""
        at, size, largest = 0, len(buffer), self.largest
        self._need = 0
        while size - at >= 2:
            first, length, body = buffer[at], buffer[at + 1], at + 2
            if length & 0x80:
                try:
                    length, body = read_variable(buffer, at + 1)
                except Cut:
                    if size - at > 4:
                        raise
                    return at
            end = body + length
            if end - at > largest:
                raise Cut(f"a packet of {end - at:,} bytes is above the limit of {largest:,}")
            if end > size:
                self._need = end - at
                return at
            if first >> 4 == 3:
                self._message(buffer, first, body, end, messages, others)
            else:
                others.append((first >> 4, first & 15, buffer[body:end]))
            at = end
        return at

    def _message(  # noqa: C901, PLR0913, PLR0917 - the hot path: one packet, no object, no call that can be left out
        self,
        buffer: bytes,
        first: int,
        body: int,
        end: int,
        messages: Messages,
        others: list[tuple[int, int, bytes]],
    ) -> None:
        """One PUBLISH (§3.3) to the columns."""
        if end - body < 2:
            raise Cut("a message has no topic")
        at = body + 2 + (buffer[body] << 8 | buffer[body + 1])
        qos = first & 6
        if at + (2 if qos else 0) > end:
            raise Cut("a message is cut off")
        name = buffer[body + 2 : at]
        packet_id = 0
        if qos:
            packet_id = buffer[at] << 8 | buffer[at + 1]
            at += 2
            if not packet_id or qos == 6:
                raise Cut("a message has packet id 0, or QoS 3")
        properties = None
        if self.version == V5:
            if at < end and not buffer[at]:
                at += 1
            else:
                properties, length = decode(buffer[at:end], 0)
                at += length
        topic = self._known.get(name) if properties is None else None
        if topic is None:
            topic = self._topic(name, properties)
        if qos == 4:
            if packet_id in self.half_done:  # a repetition before PUBREL is the same message (§4.3.3)
                others.append((3, 0, packet_id.to_bytes(2, "big")))
                return
            self.half_done[packet_id] = False
            messages.confirmations.append(_PUBREC | packet_id)
        elif qos:
            messages.confirmations.append(_PUBACK | packet_id)
        if properties:
            messages.properties[len(messages.topics)] = properties
        messages.topics.append(topic)
        messages.payloads.append(buffer[at:end])
        messages.flags.append(first & 15)
        messages.ids.append(packet_id)

    def _topic(self, name: bytes, properties: dict[str, Any] | None) -> str:
        """The topic by its name or its alias (5.0 §3.3.2.3.4)."""
        alias = properties.get("topic_alias") if properties else None
        if alias is not None and not 0 < alias <= MOST_ALIASES:
            raise Cut(f"topic alias {alias} was not agreed on")
        if not name:
            if alias not in self._aliases:
                raise Cut("a message has neither topic nor known alias")
            return self._aliases[alias]
        topic = self._known.get(name)
        if topic is None:
            topic = self._new_topic(name)
        if alias is not None:
            self._aliases[alias] = topic
        return topic

    def _new_topic(self, name: bytes) -> str:
        try:
            topic = name.decode()
        except UnicodeDecodeError:
            raise Cut("a topic is not UTF-8") from None
        if "\0" in topic or "+" in topic or "#" in topic:
            raise Cut("a topic holds a wildcard or a zero")
        if len(self._known) >= KNOWN_TOPICS:
            self._known.clear()
        self._known[name] = topic
        return topic
