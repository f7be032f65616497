"""When pictures are taken of a camera that can be asked: by the clock, on change, or at a trigger."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from dure.plant.connect import Sink
from dure.plant.connect.camera.pictures import Developed, PictureRefused, Shot, change, developed
from dure.plant.connect.camera.settings import CameraSettings
from dure.plant.connect.media import Keeper, is_late
from dure.plant.connect.polling import next_round
from dure.plant.connect.triggers import Trigger, Triggers
from dure.plant.transport import Gap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PICTURE = "picture"


class Eye(Protocol):
    """What gives pictures: a stream, or an address that is asked for each."""

    where: str

    async def open(self) -> str:
        """Begin; how the camera is read, in words."""

    async def shot(self) -> Shot:
        """The next picture."""

    async def close(self) -> None:
        """End."""


@dataclass(slots=True)
class Taking:
    """Pictures of one camera into the sink; what is to be remembered between two losses of the link."""

    source: str
    settings: CameraSettings
    keeper: Keeper
    triggers: Triggers | None
    last: int = 0
    cause: str = ""
    refused: int = 0
    before: "NDArray[np.uint8] | None" = field(default=None, repr=False)

    async def run(self, eye: Eye, sink: Sink) -> None:
        """Take pictures until the camera is lost."""
        how = await eye.open()
        shot = await eye.shot()
        since = self.last or sink.latest
        if self.triggers is None:
            self._name_gap(sink, since, shot.time)
            sink.up(f"{how}, every {self.settings.period:g} s")
            await self._by_clock(eye, sink, shot)
        else:
            await self.triggers.start()
            self._name_missed(sink)
            sink.up(f"{how}, at {self.settings.trigger}")
            await self._by_trigger(eye, sink, self.triggers)

    async def take(self, sink: Sink, shot: Shot, trigger: Trigger | None = None) -> None:
        """Keep one picture and its sample; with `change`, only if it differs from the last that was kept."""
        try:
            picture = await asyncio.to_thread(developed, shot, self.settings)
        except PictureRefused:
            self.refused += 1
            sink.gap(Gap(self.source, shot.time, shot.time, cause="a picture that cannot be read", filled_by="permanent"))  # fmt: skip
            return
        self.last = shot.time
        if trigger is None and self._is_same(picture):
            return
        word, moment = ("", 0) if trigger is None else (trigger.word, trigger.time)
        part = await self.keeper.part(shot.time, word)
        more = {"part": part, "trigger": moment or None, "width": picture.width, "height": picture.height}
        reference, written = await self.keeper.keep(sink, PICTURE, picture.content, picture.media, shot.time, picture.features, **more)  # fmt: skip
        if trigger is not None:
            sink.hurry()
            await written
            trigger.answer(reference.text)

    def _is_same(self, picture: Developed) -> bool:
        if self.settings.change and change(self.before, picture.grey) <= self.settings.change:
            return True
        self.before = picture.grey
        return False

    async def _by_clock(self, eye: Eye, sink: Sink, shot: Shot) -> None:
        """At start + k · period; what could not be taken in time is a named gap."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await sink.room()
            await self.take(sink, shot)
            due, missed = next_round(due, self.settings.period, loop.time())
            before = shot.time
            await asyncio.sleep(max(0.0, due - loop.time()))
            shot = await eye.shot()
            if missed:
                sink.gap(Gap(self.source, before, shot.time, cause=f"{missed} pictures were not taken in time", filled_by="permanent"))  # fmt: skip

    async def _by_trigger(self, eye: Eye, sink: Sink, triggers: Triggers) -> None:
        while True:
            waiting = asyncio.ensure_future(triggers.next())
            try:
                trigger = await self._watching(eye, waiting)
            finally:
                waiting.cancel()
            await sink.room()
            if is_late(trigger, self.settings):
                self._name(sink, trigger, "the trigger came too late")
                continue
            try:
                shot = await eye.shot()
            except Exception:
                self._name(sink, trigger, "the camera was lost")
                raise
            await self.take(sink, shot, trigger)

    async def _watching(self, eye: Eye, waiting: "asyncio.Future[Trigger]") -> Trigger:
        """The next trigger; meanwhile a picture now and then shows that the camera is still there."""
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=max(1.0, self.settings.timeout / 2))
            if done:
                return waiting.result()
            self.last = (await eye.shot()).time

    def _name(self, sink: Sink, trigger: Trigger, why: str) -> None:
        sink.gap(Gap(self.source, trigger.time, trigger.time, cause=why, filled_by="permanent"))
        trigger.answer("")

    def _name_missed(self, sink: Sink) -> None:
        """Triggers that came while there was no camera."""
        if self.triggers is None or not self.cause:
            return
        for trigger in self.triggers.missed():
            self._name(sink, trigger, "there was no camera")
        self.cause = ""

    def _name_gap(self, sink: Sink, since: int, now: int) -> None:
        if since and now - since > 2e9 * self.settings.period:
            cause = self.cause or "the collector was not running"
            sink.gap(Gap(self.source, since, now, cause=cause, filled_by="permanent"))
        self.cause = ""
