"""The rooms' sensor gateway: it publishes by MQTT 3.1.1, as the small broker that such gateways have inside.

A server of its own, by the standard's text (OASIS MQTT 3.1.1, 2014-10-29) and without dure's client code, so that the
two are strangers to each other. QoS 0 and 1, retained messages, sessions that outlast a connection. Nobody publishes
but the gateway itself. It stands in for a broker because a fresh machine has none, and the demo installs nothing.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from struct import unpack_from

# How many messages wait for a client that is away, how many are unconfirmed at a time, and the largest packet. [bytes]
QUEUE, WINDOW, LARGEST = 20_000, 64, 65_536
CONNECT, PUBACK, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT = 1, 4, 8, 10, 12, 14
PINGRESP = b"\xd0\x00"
FIRST_WORD = 10.0  # within which a client says CONNECT [s]


class Odd(Exception):
    """A packet that is not as the standard has it, or asks for what the gateway does not do: the connection ends."""


@dataclass(slots=True)
class Session:
    """What a client subscribed to, what waits for it, and what it has not confirmed (§3.1.2.4, §4.4)."""

    filters: dict[str, int] = field(default_factory=dict)
    waiting: deque[tuple[str, bytes]] = field(default_factory=lambda: deque(maxlen=QUEUE))
    unconfirmed: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    writer: asyncio.StreamWriter | None = None
    last_id: int = 0

    def offer(self, topic: str, payload: bytes) -> None:
        """Send a message if a filter has it; at QoS 1 it is kept until it is confirmed."""
        granted = [qos for one, qos in self.filters.items() if matches(one, topic)]
        if not granted:
            return
        if max(granted):
            self.waiting.append((topic, payload))
            self.flow()
        elif self.writer is not None:
            self.writer.write(publish(topic, payload))

    def flow(self) -> None:
        """Send what waits, as far as the window goes."""
        while self.writer is not None and self.waiting and len(self.unconfirmed) < WINDOW:
            self.last_id = self.last_id % 65_535 + 1
            self.unconfirmed[self.last_id] = message = self.waiting.popleft()
            self.writer.write(publish(*message, packet_id=self.last_id))

    def resume(self, writer: asyncio.StreamWriter) -> None:
        """Send again what was not confirmed, in its order (§4.4), then what waits."""
        self.writer = writer
        for packet_id, message in self.unconfirmed.items():
            writer.write(publish(*message, packet_id=packet_id, again=True))
        self.flow()


@dataclass(slots=True)
class Gateway:
    """The gateway on a port of 127.0.0.1; `tell` publishes, retained and at QoS 1."""

    retained: dict[str, bytes] = field(default_factory=dict)
    _sessions: dict[str, Session] = field(default_factory=dict)
    _server: asyncio.Server | None = None

    async def start(self, port: int) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    async def stop(self) -> None:
        """End every connection, and listen no more."""
        if self._server is not None:
            self._server.close()
        for session in self._sessions.values():
            if session.writer is not None:
                session.writer.close()

    def tell(self, topic: str, payload: bytes) -> None:
        """Publish a message to whoever asked for its topic, now or when it is back."""
        self.retained[topic] = payload
        for session in self._sessions.values():
            session.offer(topic, payload)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(Odd, TimeoutError, OSError, asyncio.IncompleteReadError, UnicodeDecodeError):
            kind, body = await asyncio.wait_for(packet(reader), FIRST_WORD)
            if kind == CONNECT:
                await self._talk(*self._sign_in(body, writer), reader, writer)
        writer.close()

    def _sign_in(self, body: bytes, writer: asyncio.StreamWriter) -> tuple[str, bool, float]:
        """Answer CONNECT (§3.1): the client's id, whether its session ends with the connection, its keep-alive [s]."""
        name, at = text(body, 0)
        level, flags, keep_alive = unpack_from(">BBH", body, at) if len(body) >= at + 4 else (0, 0, 0)
        if name != "MQTT" or level != 4:
            writer.write(b"\x20\x02\x00\x01")  # unacceptable protocol version
            raise Odd
        client, clean = text(body, at + 4)[0], bool(flags & 2)
        if not client and not clean:
            writer.write(b"\x20\x02\x00\x02")  # identifier rejected
            raise Odd
        client = client or f"nameless {id(writer)}"
        held = self._sessions.get(client)
        if held is not None and held.writer is not None:
            held.writer.close()  # a second connection of one client ends the first (§3.1.4)
        if clean or held is None:
            held = self._sessions[client] = Session()
            present = 0
        else:
            present = 1
        writer.write(bytes((0x20, 2, present, 0)))
        held.resume(writer)
        return client, clean, keep_alive

    async def _talk(
        self, client: str, clean: bool, keep_alive: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:  # fmt: skip
        session = self._sessions[client]
        try:
            while True:
                silence = 1.5 * keep_alive or None  # (§3.1.2.10)
                kind, body = await asyncio.wait_for(packet(reader), silence)
                if kind == DISCONNECT:
                    return
                self._answer(session, kind, body, writer)
                await writer.drain()
        finally:
            if session.writer is writer:
                session.writer = None
                if clean:
                    self._sessions.pop(client, None)

    def _answer(self, session: Session, kind: int, body: bytes, writer: asyncio.StreamWriter) -> None:
        if kind == PINGREQ:
            writer.write(PINGRESP)
        elif kind == PUBACK and len(body) == 2:
            session.unconfirmed.pop(int.from_bytes(body, "big"), None)
            session.flow()
        elif kind == SUBSCRIBE and len(body) > 2:
            asked = dict(wishes(body, 2, with_qos=True))
            session.filters |= asked
            writer.write(bytes((0x90, 2 + len(asked))) + body[:2] + bytes(asked.values()))
            for topic, payload in self.retained.items():
                if any(matches(one, topic) for one in asked):
                    writer.write(publish(topic, payload, retain=True))
        elif kind == UNSUBSCRIBE and len(body) > 2:
            for one, _qos in wishes(body, 2, with_qos=False):
                session.filters.pop(one, None)
            writer.write(b"\xb0\x02" + body[:2])
        else:
            raise Odd


async def packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Type and body of the next packet (§2.2).

    Raises
    ------
    Odd
        If it is longer than `LARGEST`.
    """
    first, length, shift = (await reader.readexactly(1))[0], 0, 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 127) << shift
        shift += 7
        if length > LARGEST or shift > 28:
            raise Odd
        if byte < 128:
            return first >> 4, await reader.readexactly(length)


def publish(
    topic: str, payload: bytes, *, packet_id: int = 0, again: bool = False, retain: bool = False
) -> bytes:
    """A PUBLISH packet (§3.3), at QoS 1 if it has an id.

    >>> publish("a/b", b"21.5", packet_id=10).hex()
    '320b0003612f62000a32312e35'
    """
    name = topic.encode()
    body = (
        len(name).to_bytes(2, "big") + name + (packet_id.to_bytes(2, "big") if packet_id else b"") + payload
    )
    length, rest = b"", len(body)
    while rest > 127:
        length, rest = length + bytes((rest & 127 | 128,)), rest >> 7
    return bytes((0x30 | again << 3 | bool(packet_id) << 1 | retain,)) + length + bytes((rest,)) + body


def text(body: bytes, at: int) -> tuple[str, int]:
    """A text and the place behind it (§1.5.3)."""
    end = at + 2 + int.from_bytes(body[at : at + 2], "big")
    if end > len(body) or at + 2 > len(body):
        raise Odd
    return body[at + 2 : end].decode(), end


def wishes(body: bytes, at: int, *, with_qos: bool) -> Iterator[tuple[str, int]]:
    """Filters of a SUBSCRIBE or UNSUBSCRIBE, and the QoS that each is given: 1 at most."""
    while at < len(body):
        one, at = text(body, at)
        qos = body[at] if with_qos and at < len(body) else 0
        at += with_qos
        yield one, min(qos, 1)


def matches(wanted: str, topic: str) -> bool:
    """Whether a filter has a topic (§4.7).

    >>> matches("DryRoom/+", "DryRoom/DewPoint"), matches("#", "$SYS/uptime"), matches("a/#", "a")
    (True, False, True)
    """
    asked, given = wanted.split("/"), topic.split("/")
    if topic.startswith("$") and asked[0] in {"+", "#"}:
        return False
    if asked[-1] == "#":
        asked.pop()
        given = given[: len(asked)]
    return len(asked) == len(given) and all(
        one in {"+", level} for one, level in zip(asked, given, strict=True)
    )
