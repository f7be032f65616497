"""Sparkplug B: the edge nodes and devices of a broker, with dure as host application."""

import asyncio
import math
import secrets
import time
from asyncio import Future
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from dure.plant.connect import DONE, Arm, Mark, Place, Settings, Sink, Standing, permit
from dure.plant.connect.sparkplug.settings import SparkplugSettings
from dure.vocabulary import DureError, Quality, Sample, Signal, Text

if TYPE_CHECKING:
    from dure.plant.connect.sparkplug.host import Host, Outcome
    from dure.plant.connect.sparkplug.notebook import Notebook
    from dure.plant.connect.sparkplug.session import Session
    from dure.plant.transport.mqtt import Client, Messages

__all__ = ["CONNECTOR", "Sparkplug", "SparkplugSettings"]

MARGIN = 1_000_000_000  # ns before the last message on disk in which another may have been on its way
FRESH = 15.0  # s for which what was heard when browsing is a present reading


class Sparkplug:
    """A broker's Sparkplug edge nodes as a source; see `Connector` for the promise.

    As host application dure says online and offline by STATE, checks every sequence number, asks for a rebirth
    where one is missing, and marks what a dead edge node or device said as bad. Data travel at QoS 0 and the
    session is clean, as the standard demands: what is published while we are away is a named gap.
    """

    schemes: ClassVar[tuple[str, ...]] = ("sparkplug", "sparkplugs")
    title: ClassVar[Text] = Text("Sparkplug B", "Sparkplug B")
    requires: ClassVar[str] = (
        "google"  # protobuf; a dotted name cannot be asked for where its parent is absent
    )
    standard: ClassVar[str] = "Eclipse Sparkplug 3.0.0 (ISO/IEC 20237:2023) over MQTT 5.0 and 3.1.1"
    settings_type: ClassVar[type[Settings]] = SparkplugSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        "browse-bounded": DONE,
        "source-time": DONE,
        "quality": DONE,
        "units": DONE,
        "text-values": DONE,
        "test-before-save": DONE,
        "reconnects": DONE,
        "ack-after-disk": DONE,
        "gaps-named": DONE,
        "back-fill": Standing(
            Mark.EXEMPT,
            "Sparkplug has no history to ask for; historical metrics that a node sends by itself land at their time",
        ),
        "encrypted": DONE,
        "peer-trusted": DONE,
        "secret-kept": DONE,
        "write-armed": DONE,
        "closes": DONE,
        "own-errors": DONE,
        "real-peer": DONE,
    }

    def __init__(self, place: Place, settings: SparkplugSettings) -> None:
        self.place, self.settings = place, settings
        self.notes: list[str] = []
        self._client: Client | None = None
        self._host: Host | None = None
        self._book: Notebook | None = None
        self._heard: dict[str, Sample] = {}
        self._heard_at = -math.inf

    @property
    def host_id(self) -> str:
        """The host id of our STATE topic."""
        return self.settings.host or f"dure-{self.place.source}"

    async def identify(self) -> dict[str, str]:
        """The version of MQTT and how the link is secured."""
        client = await self._visit()
        await client.close()
        version = "5.0" if client.options.version == 5 else "3.1.1"
        security = "TLS" if client.options.tls is not None else "none"
        return {"product": "Sparkplug B", "version": f"MQTT {version}", "security": security}

    async def browse(self, limit: int = 100_000) -> list[Signal]:
        """The metrics of the births that come within `listen` seconds, at most `limit`; silent nodes are asked."""
        host = await self._listen(lambda host: len(host.signals) > limit)
        found = sorted(host.signals.values(), key=lambda signal: signal.id)
        seconds = f"{self.settings.listen:g}"
        self.notes.append(
            f"listened for {seconds} s: an edge node that was silent for longer is not in the list"
        )
        if len(found) > limit:
            self.notes.append(f"there are more than {limit} signals; the list ends there")
        return found[:limit]

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """The newest reading heard of each signal; bad without a value where none came within `listen` seconds."""
        wanted = {signal.id for signal in signals}
        if time.monotonic() - self._heard_at > FRESH or not wanted <= self._heard.keys():
            await self._listen(lambda _: wanted <= self._heard.keys())
        now = time.time_ns()
        return [self._heard.get(s.id) or Sample(s.id, now, quality=Quality.BAD) for s in signals]

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Deliver every reading until the broker is lost."""
        from dure.plant.connect.sparkplug.host import Host
        from dure.plant.connect.sparkplug.notebook import Notebook
        from dure.plant.connect.sparkplug.session import Session

        settings = self.settings
        book = self._book = self._book or Notebook(self.place.home, self.place.source)
        if self._host is None:
            wanted = [signal.id for signal in signals]
            self._host = Host(
                self.place.source, wanted=wanted, reorder=settings.reorder, every=settings.rebirth
            )
            for group, node in book.nodes():
                self._host.expect(group, node)
        session = Session(self.place, settings, self.host_id)
        client = self._client = await session.begin()
        try:
            self._name_gap(sink, book)
            sink.up(
                f"MQTT {'5.0' if client.options.version == 5 else '3.1.1'}, Sparkplug host {self.host_id}"
            )
            await self._take(session, client, self._host, book, sink)
        finally:
            self._host.interrupted()
            self._hand_on(self._host.outcome(time.time_ns(), -math.inf), sink)
            with suppress(DureError):
                await session.end(client)

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Send NCMD or DCMD under an arm that covers it, in the type and by the alias of the birth."""
        from dure.plant.connect.sparkplug.writing import message, owner

        permit(arm, signal.id, value)
        group, node, device, name = owner(signal)
        born = lambda host: (device, name) in host.nodes[group, node].metrics  # noqa: E731 - asked after each batch
        host = await self._listen(born, expect=(group, node))
        known = host.nodes[group, node].metrics.get((device, name))
        topic, payload = message(signal, value, known, time.time_ns())
        client = await self._visit()
        try:
            await client.publish(topic, payload)
        finally:
            await client.close()

    async def close(self) -> None:
        """Leave; `subscribe` has said offline."""
        if self._client is not None:
            await self._client.close()
        if self._book is not None:
            self._book.close()
        self._client = self._host = self._book = None

    async def _take(
        self, session: "Session", client: "Client", host: "Host", book: "Notebook", sink: Sink
    ) -> None:
        """Take batches, and let the host's clock run when none come."""
        loop = asyncio.get_running_loop()
        wait = 0.0  # the first turn asks the nodes that an earlier run knew
        while True:
            await sink.room()
            batch: Messages | None = None
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    batch = await client.batch()
                    if batch is None:
                        return
            await session.guard(client, batch)
            received = batch.received if batch is not None else time.time_ns()
            outcome = _followed(host, batch, received, loop.time())
            self._confirm_later(client, batch, book, received, self._hand_on(outcome, sink))
            await session.ask(client, outcome.requests)
            if len(host.nodes) != len(book.nodes()):
                book.know(host.nodes)
            wait = min(max(host.next_deadline() - loop.time(), 0.01), 1.0)

    def _confirm_later(
        self,
        client: "Client",
        batch: "Messages | None",
        book: "Notebook",
        received: int,
        done: "Future[None] | None",
    ) -> None:
        """Confirm a batch (only wills and STATE come at QoS 1) once what it said is on the disk."""
        if batch is None:
            return
        if done is None:
            client.acknowledge(batch)
            return

        def confirm(done: "Future[None]") -> None:
            if not done.cancelled() and done.exception() is None:
                book.note(received)
                client.acknowledge(batch)

        done.add_done_callback(confirm)

    def _hand_on(self, outcome: "Outcome", sink: Sink) -> "Future[None] | None":
        """Readings and gaps to the sink, oddities to the notes; the promise of the last."""
        done = None
        if len(outcome.readings):
            done = sink.put(outcome.readings)
        for gap in outcome.gaps:
            done = sink.gap(gap)
        for odd in outcome.odd:
            if odd not in self.notes:
                self.notes[:] = [*self.notes[-18:], odd]
        return done

    def _name_gap(self, sink: Sink, book: "Notebook") -> None:
        """What was published while we were away came at QoS 0 and is gone."""
        from dure.plant.transport import Gap

        start = book.complete() or sink.latest
        if start:
            cause = "not connected: Sparkplug's data are not kept for one who is away"
            sink.gap(
                Gap(self.place.source, start - MARGIN, time.time_ns(), cause=cause, filled_by="permanent")
            )

    async def _visit(self) -> "Client":
        """A connection under a passing name that is no host application: it says nothing of STATE."""
        from dure.plant.connect.broker import sign_in

        return await sign_in(self.place, self.settings, client_id=f"dure-look-{secrets.token_hex(4)}")

    async def _listen(
        self, enough: "Callable[[Host], bool]", expect: tuple[str, str] | None = None
    ) -> "Host":
        """Follow the edge nodes for `listen` seconds at most, asking those whose birth is not known."""
        from dure.plant.connect.sparkplug.host import Host
        from dure.plant.connect.sparkplug.session import Session

        host = Host(self.place.source, reorder=self.settings.reorder, every=self.settings.rebirth)
        if expect is not None:
            host.expect(*expect)
        session = Session(self.place, self.settings, self.host_id)
        self.notes.clear()
        client = await self._visit()
        try:
            await client.subscribe(session.filters())
            async with asyncio.timeout(self.settings.listen):
                await self._follow(session, client, host, enough)
        except TimeoutError:
            pass
        finally:
            await client.close()
        self._heard_at = time.monotonic()
        return host

    async def _follow(
        self, session: "Session", client: "Client", host: "Host", enough: "Callable[[Host], bool]"
    ) -> None:
        loop = asyncio.get_running_loop()
        batch: Messages | None = None
        while True:
            outcome = _followed(host, batch, time.time_ns(), loop.time())
            self._hear(outcome)
            await session.ask(client, outcome.requests)
            if enough(host):
                return
            if (batch := await client.batch()) is None:
                return
            client.acknowledge(batch)

    def _hear(self, outcome: "Outcome") -> None:
        readings = outcome.readings
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


def _followed(host: "Host", batch: "Messages | None", received: int, now: float) -> "Outcome":
    """What a host makes of a batch, or of time passing."""
    if batch is not None:
        for topic, payload in zip(batch.topics, batch.payloads, strict=True):
            host.message(topic, payload, received, now)
    host.tick(received, now)
    return host.outcome(received, now)


CONNECTOR = Sparkplug
