"""MQTT: topics of a broker, by subscription with a session that the broker keeps while we are away."""

import asyncio
import secrets
import time
from asyncio import Future
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from dure.plant.connect import DONE, Arm, Mark, Place, Settings, Sink, Standing, permit
from dure.plant.connect.mqtt.settings import MqttSettings
from dure.vocabulary import Quality, Sample, Signal, Text

if TYPE_CHECKING:
    from dure.plant.connect.mqtt.columns import Columns, Faults
    from dure.plant.connect.mqtt.notebook import Notebook
    from dure.plant.connect.mqtt.rules import Rule
    from dure.plant.transport import Gap
    from dure.plant.transport.mqtt import Client, Messages

__all__ = ["CONNECTOR", "Mqtt", "MqttSettings"]

FEW = 8  # unconfirmed messages at which a broker may be waiting for us
IDLE = 0.01  # s without a message after which it probably is
FRESH = 15.0  # s for which what was heard when browsing is a present reading


class Mqtt:
    """A broker's topics as a source; see `Connector` for the promise.

    A message is confirmed (PUBACK, PUBREC) after its readings are on our disk. While we are away the broker keeps
    our session and queues what is published at QoS 1 and 2; what it surely or probably did not keep is a named gap.
    """

    schemes: ClassVar[tuple[str, ...]] = ("mqtt", "mqtts")
    title: ClassVar[Text] = Text("MQTT", "MQTT")
    requires: ClassVar[str] = ""
    standard: ClassVar[str] = "MQTT 5.0 and 3.1.1 (OASIS)"
    settings_type: ClassVar[type[Settings]] = MqttSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        "browse-bounded": DONE,
        "source-time": DONE,
        "quality": DONE,
        "units": DONE,
        "text-values": DONE,
        "test-before-save": DONE,
        "reconnects": DONE,
        "ack-after-disk": DONE,
        "gaps-named": Standing(
            Mark.TODO,
            "a lost session, an overrun queue, QoS 0 and unreadable messages are named; a broker that drops messages "
            "from a queue smaller than `queue` says nothing of it",
        ),
        "back-fill": Standing(Mark.EXEMPT, "MQTT has no history; the session at the broker stands in for it"),
        "encrypted": DONE,
        "peer-trusted": DONE,
        "secret-kept": DONE,
        "write-armed": DONE,
        "closes": Standing(
            Mark.EXEMPT,
            "the session stays at the broker for `session` seconds, so that a restart loses nothing",
        ),
        "own-errors": DONE,
        "real-peer": DONE,
    }

    def __init__(self, place: Place, settings: MqttSettings) -> None:
        self.place, self.settings = place, settings
        self.notes: list[str] = []
        self._client: Client | None = None
        self._book: Notebook | None = None
        self._heard: dict[str, Sample] = {}
        self._heard_at = 0.0
        self._faults = 0

    async def identify(self) -> dict[str, str]:
        """What the broker calls itself, the version of MQTT, and how the link is secured."""
        client = await self._visit()
        try:
            await client.subscribe({"$SYS/broker/version": 0})
            product = ""
            try:
                async with asyncio.timeout(0.5):
                    while not product and (batch := await client.batch()) is not None:
                        product = batch.payloads[0][:100].decode(errors="replace")
            except TimeoutError:
                pass
        finally:
            await client.close()
        version = "5.0" if client.options.version == 5 else "3.1.1"
        security = "TLS" if client.options.tls is not None else "none"
        return {"product": product or "MQTT broker", "version": f"MQTT {version}", "security": security}

    async def browse(self, limit: int = 100_000) -> list[Signal]:
        """The signals that are heard within `listen` seconds, at most `limit`."""
        columns = await self._listen(lambda columns: len(columns.signals) > limit)
        found = sorted(columns.signals.values(), key=lambda signal: signal.id)
        seconds = f"{self.settings.listen:g}"
        self.notes.append(f"listened for {seconds} s: what was silent for longer is not in the list")
        if len(found) > limit:
            self.notes.append(f"there are more than {limit} signals; the list ends there")
        return found[:limit]

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """The newest reading heard of each signal; bad without a value where none came within `listen` seconds."""
        wanted = {signal.id for signal in signals}
        fresh = time.monotonic() - self._heard_at < FRESH
        if not (fresh and wanted <= self._heard.keys()):
            await self._listen(lambda _: wanted <= self._heard.keys())
        now = time.time_ns()
        return [self._heard.get(s.id) or Sample(s.id, now, quality=Quality.BAD) for s in signals]

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Deliver every reading until the broker is lost."""
        from dure.plant.connect.broker import sign_in
        from dure.plant.connect.mqtt.columns import Columns
        from dure.plant.connect.mqtt.notebook import Notebook

        rules = self._rules()
        book = self._book = self._book or Notebook(self.place.home, self.place.source)
        wanted = [signal.id for signal in signals]
        columns = Columns(
            self.place.source, rules, zone=self.settings.zone, wanted=wanted, arrival=book.arrival
        )
        client_id = self.settings.client_id or book.client_id(self.place.source)
        client = self._client = await sign_in(
            self.place, self.settings, client_id=client_id, clean=False, expiry=int(self.settings.session)
        )
        try:
            present = client.connected is not None and client.connected.session_present
            await self._subscribed(client, rules, book, present=present)
            self._name_gap(sink, book, present=present)
            sink.up(f"MQTT {'5.0' if client.options.version == 5 else '3.1.1'}, {self.settings.topics[:80]}")
            await _Taking(self, client, columns, book, sink).run()
        finally:
            await client.close()

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Publish one value under an arm that covers it, to the signal's command topic (`write_topic`)."""
        from dure.plant.connect.mqtt.writing import message

        permit(arm, signal.id, value)
        topic, payload = message(signal, value, self.settings.write_topic)
        client = await self._visit()
        try:
            await client.publish(topic, payload, qos=1)
        finally:
            await client.close()

    async def close(self) -> None:
        """Leave; the broker keeps the session."""
        if self._client is not None:
            await self._client.close()
        if self._book is not None:
            self._book.close()
        self._client = self._book = None

    def _rules(self) -> "tuple[Rule, ...]":
        from dure.plant.connect.mqtt.rules import read_rules

        return read_rules(self.settings.topics)

    async def _visit(self) -> "Client":
        """A connection under a passing name: it must not push the collector's from the broker (MQTT-3.1.4-3)."""
        from dure.plant.connect.broker import sign_in

        return await sign_in(self.place, self.settings, client_id=f"dure-look-{secrets.token_hex(4)}")

    async def _listen(self, enough: "Callable[[Columns], bool]") -> "Columns":
        from dure.plant.connect.mqtt.columns import Columns

        rules = self._rules()
        columns = Columns(self.place.source, rules, zone=self.settings.zone)
        self.notes.clear()
        client = await self._visit()
        try:
            await client.subscribe({rule.filter: 0 for rule in rules})
            async with asyncio.timeout(self.settings.listen):
                while (batch := await client.batch()) is not None:
                    self._hear(columns, batch)
                    if enough(columns):
                        break
        except TimeoutError:
            pass
        finally:
            await client.close()
        self._heard_at = time.monotonic()
        return columns

    def _hear(self, columns: "Columns", batch: "Messages") -> None:
        readings, faults = columns.read(batch)
        for row, place in enumerate(readings.index.tolist()):
            name = readings.names[place]
            self._heard[name] = Sample(
                name,
                int(readings.time[row]),
                float(readings.value[row]),
                quality=Quality(int(readings.quality[row])),
                text=readings.text.get(row),
                received=readings.received,
            )
        if faults.count:
            self.note_faults(faults)

    def note_faults(self, faults: "Faults") -> None:
        """Say how many messages could not be read, and one of them."""
        self._faults += faults.count
        said = "message could" if self._faults == 1 else "messages could"
        note = f"{self._faults} {said} not be read, for example of {faults.topic[:200]}: {faults.why}"
        self.notes[:] = [old for old in self.notes if " not be read, for example of " not in old] + [note]

    def _name_gap(self, sink: Sink, book: "Notebook", *, present: bool) -> None:
        """Name what the broker did not keep while we were away."""
        from dure.plant.connect.mqtt.absence import absence

        complete, rate, qos0 = book.found()
        gap = absence(
            self.place.source,
            complete or sink.latest,
            time.time_ns(),
            present=present,
            expected=rate,
            queue=self.settings.queue,
            qos0=qos0,
        )
        if gap is not None:
            sink.gap(gap)

    async def _subscribed(
        self, client: "Client", rules: "Sequence[Rule]", book: "Notebook", *, present: bool
    ) -> None:
        """Ask for the topics, unless the session has them: asking again would send every retained message again."""
        filters = [f"{self.settings.qos} {rule.filter}" for rule in rules]
        before = book.filters if present else []
        if before == filters:
            return
        gone = {one[2:] for one in before} - {rule.filter for rule in rules}
        if gone:
            await client.unsubscribe(sorted(gone))
        await client.subscribe({rule.filter: int(self.settings.qos) for rule in rules}, retain_handling=1)
        book.subscribed(filters)


class _Taking:
    """From the client to the sink, and the confirmation back once it is on the disk."""

    def __init__(
        self, source: Mqtt, client: "Client", columns: "Columns", book: "Notebook", sink: Sink
    ) -> None:
        self._source, self._client, self._columns = source, client, columns
        self._book, self._sink = book, sink
        self._loop = asyncio.get_running_loop()
        self._began, self._count, self._qos0 = self._loop.time(), 0, book.found()[2]
        self._hurrying: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Take batches until the broker is lost."""
        try:
            async for batch in self._client.messages():
                await self._sink.room()
                self._take(batch)
        finally:
            if self._hurrying is not None:
                self._hurrying.cancel()

    def _take(self, batch: "Messages") -> None:
        readings, faults = self._columns.read(batch)
        self._count += len(batch)
        self._qos0 = self._qos0 or any(not flags & 7 for flags in batch.flags)
        done = self._sink.put(readings)
        if faults.count:
            self._source.note_faults(faults)
            done = self._sink.gap(unreadable(self._source.place.source, batch.received, faults))
        done.add_done_callback(lambda done: self._confirm(batch, done))
        if self._hurrying is not None:
            self._hurrying.cancel()
            self._hurrying = None
        if (
            self._client.unconfirmed >= FEW
        ):  # a broker sends no more than so many unconfirmed (20 in Mosquitto)
            self._hurrying = self._loop.call_later(IDLE, self._sink.hurry)

    def _confirm(self, batch: "Messages", done: "Future[None]") -> None:
        if done.cancelled() or done.exception() is not None:
            return
        rate = self._count / max(1.0, self._loop.time() - self._began)
        self._book.note(batch.received, rate, self._qos0)
        self._client.acknowledge(batch)


def unreadable(source: str, received: int, faults: "Faults") -> "Gap":
    """The gap that names messages which could not be read."""
    from dure.plant.transport import Gap

    cause = f"{faults.count} messages could not be read, the first of {faults.topic[:200]}: {faults.why}"
    return Gap(source, received, received, cause=cause, filled_by="permanent")


CONNECTOR = Mqtt
