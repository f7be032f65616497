"""The client: one connection to one broker, on asyncio; whoever uses it decides when to connect again."""

import asyncio
import ssl
import time
from asyncio import Future
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from dure.plant.transport.mqtt import packets
from dure.plant.transport.mqtt.errors import MqttLost, MqttOdd, MqttRefused, MqttSilent, MqttUnreachable
from dure.plant.transport.mqtt.packets import V5, Answer, Connected, Will
from dure.plant.transport.mqtt.properties import Cut
from dure.plant.transport.mqtt.reasons import reason
from dure.plant.transport.mqtt.stream import MOST_ALIASES, Messages, Stream
from dure.plant.transport.mqtt.topics import check_filter, check_topic
from dure.vocabulary import SourceProblem, Text

WAITING_BYTES = (
    8 * 1024 * 1024
)  # payload bytes that may wait for their taker before the socket is left unread
VERSIONS = {4: "3.1.1", 5: "5.0"}


@dataclass(frozen=True, slots=True)
class Options:
    """How to connect (MQTT 5.0 §3.1). Times in seconds.

    `version` 5 or 4 (3.1.1). `clean` asks for a new session; without it `expiry` is how long the broker keeps ours
    (5.0; 3.1.1 keeps it as long as the broker likes). `in_flight` is how many unconfirmed messages we take (5.0);
    `largest` bounds a packet that comes;
    the broker is not told, as it would drop a larger one and say nothing (5.0 §3.1.2.11.4): it ends the connection. `gather`: after a read the socket is left alone so long, that many messages
    are read at once; it is the price in latency for a fifth of the processor time.
    """

    host: str
    port: int = 1883
    client_id: str = ""
    version: int = V5
    clean: bool = True
    expiry: int = 0
    keep_alive: int = 30
    timeout: float = 10.0
    in_flight: int = 65_535
    largest: int = 16 * 1024 * 1024
    user: str = ""
    password: str | None = field(default=None, repr=False)
    will: Will | None = None
    tls: ssl.SSLContext | None = None
    gather: float = 0.005


class Client(asyncio.Protocol):
    """One connection: `connect`, `subscribe`, `messages`, `acknowledge`, `publish`, `close`.

    A batch of `messages` is confirmed to the broker (PUBACK, PUBREC) by `acknowledge` and by nothing else, in the
    order of arrival whatever the order of the calls (§4.6). `where` names the equipment in every refusal;
    `trusts` is asked about the broker's certificate (DER) before a password leaves, and raises to refuse it.
    """

    def __init__(
        self,
        options: Options,
        *,
        where: str = "",
        clock: Callable[[], int] = time.time_ns,
        trusts: Callable[[bytes], None] | None = None,
    ) -> None:
        self.options, self.where = options, where or f"{options.host}:{options.port}"
        self.connected: Connected | None = None
        self._clock, self._trusts = clock, trusts
        self._stream = Stream(options.version, largest=options.largest)
        self._link: asyncio.Transport | None = None
        self._lost: SourceProblem | None = None
        self._closed: Future[None] | None = None
        self._greeting: Future[Connected] | None = None
        self._answers: dict[int, Future[Answer]] = {}
        self._batches: deque[Messages] = deque()
        self._unconfirmed: deque[Messages] = deque()
        self._waiting_bytes = 0
        self._some, self._writable = asyncio.Event(), asyncio.Event()
        self._slots = asyncio.Semaphore(65_535)
        self._next_id = 0
        self._heard = 0.0
        self._paused = False
        self._beating: asyncio.Task[None] | None = None
        self._resuming: asyncio.TimerHandle | None = None

    async def connect(self) -> Connected:
        """Connect and sign in.

        Raises
        ------
        MqttUnreachable, MqttSilent, MqttRefused, MqttOdd, MqttLost
        """
        try:
            async with asyncio.timeout(self.options.timeout):
                connected = await self._sign_in()
        except TimeoutError:
            await self._abort()
            raise MqttSilent(self.where, seconds=f"{self.options.timeout:g}") from None
        except BaseException:
            await self._abort()
            raise
        self._beating = asyncio.create_task(self._beat(), name=f"keep-alive of {self.where}")
        return connected

    async def subscribe(self, filters: Mapping[str, int], *, retain_handling: int = 0) -> dict[str, int]:
        """Ask for the topics of each filter at most at its QoS; the QoS granted.

        Raises
        ------
        TopicRefused, MqttRefused, MqttSilent, MqttLost
        """
        for one in filters:
            check_filter(one)
        answer = await self._asked(
            lambda number: packets.subscribe(self.options.version, number, filters, retain_handling)
        )
        if len(answer.codes) != len(filters):
            raise self._odd("a SUBACK has not as many codes as were asked for")
        for one, code in zip(filters, answer.codes, strict=True):
            if code > 2:
                raise MqttRefused(self.where, code=code, what=f"“{one}”", why=reason(code, answer.reason))
        return dict(zip(filters, answer.codes, strict=True))

    async def unsubscribe(self, filters: Sequence[str]) -> None:
        """Ask for the topics of these filters no more."""
        await self._asked(lambda number: packets.unsubscribe(self.options.version, number, filters))

    async def messages(self) -> AsyncIterator[Messages]:
        """Batches of messages until the connection is lost (which raises) or closed (which ends it)."""
        while (batch := await self.batch()) is not None:
            yield batch

    async def batch(self) -> Messages | None:
        """The next batch; None when we have closed.

        Raises
        ------
        MqttLost, MqttSilent, MqttOdd, MqttRefused
            When the connection is lost; what arrived before is given first.
        """
        while not self._batches:
            if self._lost is not None:
                raise self._lost
            if self._link is None:
                return None
            self._some.clear()
            await self._some.wait()
        batch = self._batches.popleft()
        self._waiting_bytes -= batch.size
        if self._paused and self._waiting_bytes < WAITING_BYTES:
            self._paused = False
            self._resume()
        return batch

    def acknowledge(self, batch: Messages) -> None:
        """Confirm a batch to the broker; it leaves once every batch before it is confirmed too (MQTT-4.6.0-2)."""
        batch.acknowledged = True
        words: list[int] = []
        while self._unconfirmed and self._unconfirmed[0].acknowledged:
            words += self._unconfirmed.popleft().confirmations
        if words and self._link is not None:
            half_done = self._stream.half_done
            if half_done:
                half_done.update((word & 0xFFFF, True) for word in words if word >> 28 == packets.PUBREC)
            self._link.write(packets.confirmations(words))

    @property
    def unconfirmed(self) -> int:
        """Messages that the broker waits to see confirmed."""
        return sum(len(batch.confirmations) for batch in self._unconfirmed)

    async def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 0,
        retain: bool = False,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        """Publish at QoS 0, or at QoS 1 and wait until the broker has confirmed it.

        Raises
        ------
        TopicRefused, MqttRefused, MqttSilent, MqttLost
        """
        check_topic(topic)
        if qos == 0:
            self._write(
                packets.publish(self.options.version, topic, payload, retain=retain, properties=properties)
            )
            await self._writable.wait()
            return
        async with self._slots:
            answer = await self._asked(
                lambda number: packets.publish(
                    self.options.version,
                    topic,
                    payload,
                    qos=1,
                    retain=retain,
                    packet_id=number,
                    properties=properties,
                )
            )
        if answer.codes[0] >= 0x80:
            raise MqttRefused(
                self.where, code=answer.codes[0], what=topic, why=reason(answer.codes[0], answer.reason)
            )

    async def close(self, code: int = 0) -> None:
        """Leave: the broker forgets the will (unless `code` is 4, MQTT 5.0) and keeps the session as agreed."""
        link, closed = self._link, self._closed
        if link is not None and self.connected is not None and self._lost is None:
            link.write(packets.disconnect(self.options.version, code))
        self._drop()
        if closed is not None:
            await asyncio.wait({closed}, timeout=2.0)

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._link = cast("asyncio.Transport", transport)
        self._closed = asyncio.get_running_loop().create_future()
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """Bytes have come: one or many packets, whole or not."""
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        try:
            messages, others = self._stream.feed(data, self._clock())
            for kind, flags, body in others:
                self._other(kind, flags, body)
        except Cut as cut:
            self._fail(self._odd(str(cut)))
            return
        if messages.topics:
            self._take(messages, loop)

    def eof_received(self) -> None:
        """The broker has nothing more to say."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        why = Text("the broker closed it", "브로커가 연결을 끊음") if exc is None else str(exc)
        self._fail(MqttLost(self.where, why=why))
        if self._closed is not None and not self._closed.done():
            self._closed.set_result(None)

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The socket takes more."""
        self._writable.set()

    # Inside.

    async def _sign_in(self) -> Connected:
        options = self.options
        loop = asyncio.get_running_loop()
        self._greeting = loop.create_future()
        try:
            await loop.create_connection(
                lambda: self,
                options.host,
                options.port,
                ssl=options.tls,
                server_hostname=options.host if options.tls else None,
            )
        except ssl.SSLError as refused:
            raise MqttUnreachable(self.where, why=refused.reason or str(refused)) from refused
        except OSError as refused:
            raise MqttUnreachable(self.where, why=refused.strerror or str(refused)) from refused
        if self._trusts is not None and self._link is not None:
            self._trusts(self._link.get_extra_info("ssl_object").getpeercert(binary_form=True))
        self._write(self._connect_packet())
        connected = await self._greeting
        if connected.code:
            why = reason(connected.code, connected.properties.get("reason", ""))
            what = Text("the connection", "연결")
            raise MqttRefused(self.where, code=connected.code, what=what, why=why)
        self.connected = connected
        self._slots = asyncio.Semaphore(connected.properties.get("receive_maximum", 65_535))
        return connected

    async def _abort(self) -> None:
        """Leave at once, and wait until the socket is closed."""
        link = self._link
        self._drop()
        if link is not None:
            link.abort()
        if self._closed is not None:
            await asyncio.wait({self._closed}, timeout=2.0)

    def _connect_packet(self) -> bytes:
        options = self.options
        properties = {
            "session_expiry": options.expiry or None,
            "receive_maximum": options.in_flight,
            "topic_alias_maximum": MOST_ALIASES,
        }
        return packets.connect(
            options.version,
            options.client_id,
            clean=options.clean,
            keep_alive=options.keep_alive,
            properties=properties,
            will=options.will,
            user=options.user,
            password=options.password,
        )

    def _take(self, messages: Messages, loop: asyncio.AbstractEventLoop) -> None:
        """Hand a batch on, and leave the socket alone for a moment."""
        self._batches.append(messages)
        if messages.confirmations or self._unconfirmed:
            self._unconfirmed.append(messages)
        self._waiting_bytes += messages.size
        self._some.set()
        if self._link is None:
            return
        if self._waiting_bytes >= WAITING_BYTES:
            self._paused = True
            self._link.pause_reading()
        elif self.options.gather:
            self._link.pause_reading()
            self._resuming = loop.call_later(self.options.gather, self._resume)

    def _resume(self) -> None:
        if self._link is not None and not self._paused and not self._link.is_closing():
            self._link.resume_reading()

    def _other(self, kind: int, flags: int, body: bytes) -> None:
        """One packet that is no message."""
        version = self.options.version
        if kind == packets.CONNACK and self._greeting is not None and not self._greeting.done():
            self._greeting.set_result(packets.read_connack(version, body))
        elif kind in (packets.PUBACK, packets.SUBACK, packets.UNSUBACK):
            answer = packets.read_answer(version, kind, body)
            waiting = self._answers.pop(answer.packet_id, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)
        elif kind == packets.PUBREL and flags == 2:
            number = packets.read_answer(version, kind, body).packet_id
            self._stream.half_done.pop(number, None)
            self._write(packets.confirmations([0x7002_0000 | number]))
        elif kind == 3:  # a message of QoS 2 that we have already
            number = int.from_bytes(body, "big")
            if self._stream.half_done.get(number):
                self._write(packets.confirmations([0x5002_0000 | number]))
        elif kind == packets.DISCONNECT and version == V5:
            code, words = packets.read_disconnect(body)
            self._fail(MqttLost(self.where, why=reason(code, words)))
        elif kind != packets.PINGRESP:
            raise Cut(f"packet type {kind} was not due")

    async def _asked(self, packet: Callable[[int], bytes]) -> Answer:
        """Send a packet with a packet id of its own and wait for the answer."""
        number = self._number()
        waiting: Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[number] = waiting
        try:
            self._write(packet(number))
            async with asyncio.timeout(self.options.timeout):
                return await waiting
        except TimeoutError:
            raise MqttSilent(self.where, seconds=f"{self.options.timeout:g}") from None
        finally:
            self._answers.pop(number, None)

    def _number(self) -> int:
        """A packet id that is not in use (§2.2.1)."""
        for _ in range(65_535):
            self._next_id = self._next_id % 65_535 + 1
            if self._next_id not in self._answers:
                return self._next_id
        raise MqttLost(
            self.where, why=Text("65,535 packets wait for an answer", "응답 없는 패킷이 65,535개임")
        )

    async def _beat(self) -> None:
        """PINGREQ as often as agreed; a broker that is silent for longer is lost (§3.1.2.10)."""
        loop = asyncio.get_running_loop()
        agreed = self.connected.properties.get("keep_alive") if self.connected else None
        every = self.options.keep_alive if agreed is None else agreed
        asked = -1.0
        while every:
            await asyncio.sleep(every / 2)
            now = loop.time()
            answered = asked < 0 or self._heard >= asked or self._paused
            if not answered and now - asked >= min(self.options.timeout, every):
                self._fail(MqttSilent(self.where, seconds=f"{now - asked:.3g}"))
                return
            if answered:
                asked = now
            self._write(packets.PINGREQ)

    def _write(self, content: bytes) -> None:
        if self._link is None or self._link.is_closing():
            raise self._lost or MqttLost(self.where, why=Text("it is closed", "이미 닫혔음"))
        self._link.write(content)

    def _odd(self, why: str) -> MqttOdd:
        return MqttOdd(self.where, version=VERSIONS[self.options.version], why=why)

    def _fail(self, lost: SourceProblem) -> None:
        """The connection is of no more use: whoever waits is told why."""
        if self._lost is None and self._link is not None:
            self._lost = lost
        for waiting in (self._greeting, *self._answers.values()):
            if waiting is not None and not waiting.done():
                waiting.set_exception(self._lost or lost)
                waiting.exception()  # nobody may be waiting any more
        self._answers.clear()
        self._drop()

    def _drop(self) -> None:
        link, self._link = self._link, None
        if self._beating is not None and self._beating is not _current_task():
            self._beating.cancel()
        if self._resuming is not None:
            self._resuming.cancel()
        if link is not None:
            link.close()
        self._writable.set()
        self._some.set()


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
