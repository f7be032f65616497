"""REST: interfaces of MES, ERP, weather and meters asked over HTTP for JSON or CSV."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dure.plant.connect import DONE, Arm, Place, Settings, Sink, Standing, WriteNotArmed
from dure.plant.connect.rest.settings import RestSettings
from dure.vocabulary import DureError, Quality, Sample, Signal, Text

if TYPE_CHECKING:
    from dure.plant.connect.rest.client import Client
    from dure.plant.connect.rest.following import Follower, Round
    from dure.plant.connect.rest.records import Reading, Shape

__all__ = ["CONNECTOR", "Rest", "RestSettings"]

MOST_SIGNALS = 100_000


class Rest:
    """An HTTP interface as a source; see `Connector` for the promise.

    The address may hold `{since}` or `{key}`: then each round asks for what came after the last one, a restart
    and a broken link included, and nothing passes by.
    """

    schemes: ClassVar[tuple[str, ...]] = ("rest+https", "rest+http")
    title: ClassVar[Text] = Text("REST", "REST")
    requires: ClassVar[str] = "aiohttp"
    standard: ClassVar[str] = "RFC 9110 (HTTP), RFC 8259 (JSON), RFC 9535 (paths, in part), RFC 4180 (CSV)"
    settings_type: ClassVar[type[Settings]] = RestSettings
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
        "back-fill": DONE,
        "encrypted": DONE,
        "peer-trusted": DONE,
        "secret-kept": DONE,
        "write-armed": DONE,
        "closes": DONE,
        "own-errors": DONE,
        "real-peer": DONE,
    }

    def __init__(self, place: Place, settings: RestSettings) -> None:
        self.place, self.settings = place, settings
        self.notes: list[str] = []
        self._client: Client | None = None
        self._last, self._cause = 0, ""
        self._follower: Follower | None = None

    async def identify(self) -> dict[str, str]:
        """The server as it names itself, and how the link is secured."""
        from dure.plant.connect.polling import lasting

        self._shape()
        self.settings = replace(self.settings, tags=lasting(self.settings.tags))
        found = await self._once()
        client = await self._open()
        product = found.server or "HTTP server"
        return {"product": product, "version": "", "security": "TLS" if client.secured else "none"}

    async def browse(self, limit: int = MOST_SIGNALS) -> list[Signal]:
        """The signals of one answer."""
        signals: dict[str, Signal] = {}
        for reading in (await self._once()).readings:
            if reading.signal not in signals and len(signals) >= limit:
                self.notes.append(f"browsing stopped at {limit} signals")
                break
            signals.setdefault(reading.signal, self._signal(reading))
        return list(signals.values())

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """The newest reading of each signal in one answer; bad where the answer has none."""
        if not signals:
            return []
        newest: dict[str, Reading] = {}
        for reading in sorted((await self._once()).readings, key=lambda one: one.time):
            newest[f"{self.place.source}/{reading.signal}"] = reading
        return [_sample(signal.id, newest.get(signal.id)) for signal in signals]

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Ask at a steady pace until the server is lost."""
        wanted = {signal.id for signal in signals}
        follower = await self._following(sink)
        loop = asyncio.get_running_loop()
        due, fresh = loop.time(), True
        try:
            while True:
                await sink.room()
                found = await follower.round()
                if fresh:
                    self._name_gap(sink, follower, found)
                    sink.up(f"{follower.client.where}, every {self.settings.period:g} s")
                    fresh = False
                await self._deliver(found, wanted, sink, follower)
                due = await self._pause(due, found)
        except DureError as lost:
            self._cause = lost.key
            raise
        finally:
            await self.close()

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Never: an interface is only read."""
        del value, arm
        raise WriteNotArmed(signal.id, why=Text("an interface is only read", "인터페이스는 읽기만 합니다"))

    async def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            await self._client.close()
        self._client = None

    async def _deliver(self, found: "Round", wanted: set[str], sink: Sink, follower: "Follower") -> None:
        """Put what is new into the sink; how far was read is kept only after that is on the disk."""
        from dure.plant.connect.rest.following import columns, notebook

        source = self.place.source
        kept = [one for one in found.readings if not wanted or f"{source}/{one.signal}" in wanted]
        if kept:
            written = sink.put(columns(source, kept))
            self._last = max(self._last, *(one.time for one in kept))
            if follower.is_incremental:
                sink.hurry()
                await written
        follower.accept(found)
        if found.readings and follower.is_incremental:
            await asyncio.to_thread(follower.standing.keep, notebook(self.place.home, source))
        self._tell(follower.shape, found)

    async def _pause(self, due: float, found: "Round") -> float:
        """Sleep until the next round: by the period's grid, at once while pages are left, or as the server asked."""
        from dure.plant.connect.polling import next_round

        loop = asyncio.get_running_loop()
        if found.wait:
            await asyncio.sleep(found.wait)
            return loop.time()
        if not found.whole:
            return due
        following, _ = next_round(due, self.settings.period, loop.time())
        await asyncio.sleep(max(0.0, following - loop.time()))
        return following

    async def _once(self) -> "Round":
        """One answer, without a trace in what was read so far."""
        from dure.plant.connect.rest.following import Follower, Standing

        client = await self._open()
        return await Follower(client, self._shape(), Standing()).round()

    async def _following(self, sink: Sink) -> "Follower":
        """What goes on where the last run stood; the same as before after a broken link."""
        from dure.plant.connect.rest.following import Follower, Standing, notebook, question

        shape, client = self._shape(), await self._open()
        if self._follower is None:
            mark = question(self.place.url, self.settings.changed())
            standing = await asyncio.to_thread(
                Standing.kept, notebook(self.place.home, self.place.source), mark
            )
            self._follower = Follower(client, shape, standing)
            self._last = self._last or sink.latest
        self._follower.client = client
        return self._follower

    def _name_gap(self, sink: Sink, follower: "Follower", found: "Round") -> None:
        """Name what passed by while nobody asked, unless the address asks from where it stood or answers overlap."""
        from dure.plant.transport import Gap

        since, cause = self._last, self._cause or "the collector was not running"
        self._cause = ""
        if not since or follower.is_incremental or found.overlapped or not found.readings:
            return
        begins = min(reading.time for reading in found.readings)
        if begins - since > 2e9 * self.settings.period:
            sink.gap(Gap(self.place.source, since, begins, cause=cause, filled_by="permanent"))

    def _tell(self, shape: "Shape", found: "Round") -> None:
        left = [f"{count} records without {what} are left out" for what, count in shape.left_out.items()]
        wait = [f"the server asked to wait {found.wait:g} s"] if found.wait else []
        self.notes[:] = left + wait

    async def _open(self) -> "Client":
        from dure.plant.connect.rest.client import Client

        if self._client is None:
            self._client = Client(self.place, self.settings)
        return self._client

    def _shape(self) -> "Shape":
        from dure.plant.connect.rest.records import Shape

        shape = Shape(self.settings)
        shape.check()
        return shape

    def _signal(self, reading: "Reading") -> Signal:
        source = self.place.source
        return Signal(
            f"{source}/{reading.signal}", source, reading.signal, reading.unit, reading.address, source, kind=reading.kind
        )  # fmt: skip


def _sample(signal: str, reading: "Reading | None") -> Sample:
    import time

    if reading is None:
        return Sample(signal, time.time_ns(), quality=Quality.BAD)
    return Sample(signal, reading.time, reading.value, quality=reading.quality, text=reading.text)


CONNECTOR = Rest
