"""Bursts of a stream into the sink: by a trigger, by the first channel's level, or every so often."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from dure.plant.connect import Place, Sink
from dure.plant.connect.companion import Companion
from dure.plant.connect.media import Keeper, is_late
from dure.plant.connect.pcm import PcmLink, SampleClock
from dure.plant.connect.triggers import Trigger, Triggers
from dure.plant.connect.wave.bursts import MARGIN, Burst, Crossing, Ring
from dure.plant.connect.wave.keeping import keep_burst
from dure.plant.connect.wave.settings import WaveSettings
from dure.plant.connect.waveform import numbers
from dure.plant.transport import Gap


@dataclass(slots=True)
class Call:
    """A burst that is to be cut as soon as its values are there: from number `start` on."""

    start: int
    time: int
    trigger: Trigger | None = None


@dataclass(slots=True)
class Streaming:
    """Bursts of one link; what is to be remembered between two losses of it."""

    place: Place
    settings: WaveSettings
    link: PcmLink
    keeper: Keeper
    channels: Sequence[str]
    bands: Sequence[tuple[float, float]]
    triggers: Triggers | None = None
    last: int = 0
    cause: str = ""
    calls: list[Call] = field(default_factory=list)
    speed: Companion | None = None

    def __post_init__(self) -> None:
        if self.settings.speed_from:
            self.speed = Companion(self.place.home, self.settings.speed_from)

    async def run(self, sink: Sink) -> None:
        """Take bursts until the link is lost; calls that are still open then are named as lost."""
        await self.link.open()
        if self.triggers is not None:
            await self.triggers.start()
        clock = SampleClock(self.link.form.rate)
        margin = 0 if self._by_clock else MARGIN + self.settings.late
        ring = Ring(clock, self.settings.samples + round(margin * clock.rate) + 1)
        crossing, fresh, settled, due = Crossing(self.settings.level), True, 0, 0
        try:
            async for raw, now in self.link.pieces():
                await sink.room()
                values = numbers(raw, self.link.form) * self.settings.scale
                at = ring.end
                ring.add(values, now)
                if fresh:
                    self._began(sink, clock.at(0))
                    fresh = False
                if self.settings.level:
                    self._crossed(crossing.places(values[:, 0]), at, ring)
                elif self._by_clock and ring.end >= due:
                    self.calls.append(Call(max(due, ring.first), 0))
                    due += max(self.settings.samples, round(self.settings.every * clock.rate))
                self._triggered(sink, ring)
                await self._cut(sink, ring)
                if ring.end - settled >= 10 * clock.rate:
                    settled = ring.end
                    self._settle(sink, clock, ring.end)
        finally:
            for call in self.calls:
                self._name(sink, call.time or self.last, call.trigger, "the link broke within the burst")
            self.calls.clear()

    @property
    def _by_clock(self) -> bool:
        return self.triggers is None and not self.settings.level

    def _began(self, sink: Sink, now: int) -> None:
        sink.up(f"{self.link.where}, {len(self.channels)} × {self.link.form.rate:g} Hz")
        since = self.last or sink.latest
        away = 2e9 * self.settings.every if self._by_clock else 1e9
        if since and self.cause and now - since > away:
            sink.gap(Gap(self.place.source, since, now, cause=self.cause, filled_by="permanent"))
        for trigger in self.triggers.missed() if self.cause and self.triggers else ():
            self._name(sink, trigger.time, trigger, "there was no link")
        self.cause = ""

    def _crossed(self, places: Sequence[int], at: int, ring: Ring) -> None:
        """Rises of the level; one within a burst that is being taken belongs to it."""
        for place in places:
            start = at + place - self.settings.before
            busy = self.calls and start < self.calls[-1].start + self.settings.samples
            if not busy and start >= ring.first and len(self.calls) < 100:
                self.calls.append(Call(start, ring.clock.at(at + place)))

    def _triggered(self, sink: Sink, ring: Ring) -> None:
        for trigger in self.triggers.missed() if self.triggers else ():
            start = ring.number_at(trigger.time) - self.settings.before
            if start < ring.first or is_late(trigger, self.settings) or len(self.calls) >= 100:
                self._name(sink, trigger.time, trigger, "the trigger came too late")
            else:
                self.calls.append(Call(start, trigger.time, trigger))

    async def _cut(self, sink: Sink, ring: Ring) -> None:
        waiting = []
        for call in self.calls:
            burst = ring.cut(call.start, self.settings.samples, call.time)
            if burst is not None:
                await self._keep(sink, burst, call)
            elif call.start < ring.first:
                self._name(
                    sink, call.time or ring.clock.at(call.start), call.trigger, "the values came too late"
                )
            else:
                waiting.append(call)
        self.calls[:] = waiting

    async def _keep(self, sink: Sink, burst: Burst, call: Call) -> None:
        """A burst of every channel; who called over HTTP is answered when the samples are on the disk."""
        rate = self.link.form.rate
        part = await self.keeper.part(burst.time, call.trigger.word if call.trigger else "")
        more = {
            "unit": self.settings.unit,
            "trigger": burst.trigger or None,
            "part": part,
            "speed": await self._speed(),
        }
        texts, written = [], []
        for place, channel in enumerate(self.channels):
            text, done = await keep_burst(self.keeper, sink, channel, burst.values[:, place], rate=rate, moment=burst.time, bands=self.bands, **more)  # fmt: skip
            texts.append(text)
            written.append(done)
        self.last = burst.time + round(len(burst.values) * 1e9 / rate)
        if call.trigger is not None and call.trigger.taken is not None:
            sink.hurry()
            await asyncio.gather(*written)
            call.trigger.answer(texts[0])

    async def _speed(self) -> float | None:
        """Speed of the shaft as the companion has it, in its own unit."""
        if self.speed is None:
            return None
        await asyncio.to_thread(self.speed.fresh)
        with contextlib.suppress(ValueError):
            return float(self.speed.last.word) if self.speed.last else None
        return None

    def _settle(self, sink: Sink, clock: SampleClock, number: int) -> None:
        before = clock.at(number)
        if lost := clock.settled():
            sink.gap(Gap(self.place.source, before, before + lost, cause="values are missing in the stream", filled_by="permanent"))  # fmt: skip

    def _name(self, sink: Sink, moment: int, trigger: Trigger | None, why: str) -> None:
        if moment:
            sink.gap(Gap(self.place.source, moment, moment, cause=why, filled_by="permanent"))
        if trigger is not None:
            trigger.answer("")
