"""Sound: a stream of values, a microphone or WAV files, cut into pieces; each kept once, and its level as a trend."""

import asyncio
from asyncio import Future
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote, urlsplit

from dure.plant.connect import (
    DONE,
    AddressRefused,
    Arm,
    Mark,
    Place,
    Settings,
    Sink,
    SourceLost,
    SourceUnreachable,
    Standing,
    WriteNotArmed,
)
from dure.plant.connect.dropped import Found, Wanted, dropped
from dure.plant.connect.media import Keeper, present, signals_of
from dure.plant.connect.pcm import PcmLink, SampleClock
from dure.plant.connect.sound.settings import SoundSettings
from dure.plant.connect.waveform import Form, WaveRefused
from dure.plant.transport import Gap
from dure.vocabulary import DureError, Sample, Signal, Text

if TYPE_CHECKING:
    from dure.plant.connect.sound.files import Book, Cut

__all__ = ["CONNECTOR", "Sound", "SoundSettings"]

ENDINGS = (".wav", ".wave")


class Sound:
    """A sound as a source; see `Connector` for the promise.

    `source/sound` holds the references to WAV files of `length` seconds; beside it level, peak and octave bands
    [dB of full scale] and the spectral centroid [Hz] of each, so that trends show something at once. The time of a
    piece is that of its first value.
    """

    schemes: ClassVar[tuple[str, ...]] = ("sound+tcp", "sound+alsa", "sound+file")
    title: ClassVar[Text] = Text("Sound", "소리")
    requires: ClassVar[str] = ""
    standard: ClassVar[str] = "RIFF WAVE (1991), linear PCM; IEC 61260-1 (octave bands, nominal)"
    settings_type: ClassVar[type[Settings]] = SoundSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        "browse-bounded": DONE,
        "source-time": Standing(
            Mark.DONE, "a stream tells no time: arrival, smoothed by the count of values"
        ),
        "quality": Standing(Mark.EXEMPT, "a sound says nothing of quality"),
        "units": DONE,
        "text-values": DONE,
        "test-before-save": DONE,
        "reconnects": DONE,
        "ack-after-disk": DONE,
        "gaps-named": DONE,
        "back-fill": Standing(Mark.EXEMPT, "a stream keeps nothing; a file keeps its own, and it is read"),
        "encrypted": Standing(Mark.EXEMPT, "raw values over TCP know no encryption: put a tunnel before it"),
        "peer-trusted": Standing(Mark.EXEMPT, "raw values over TCP know nobody"),
        "secret-kept": Standing(Mark.EXEMPT, "there is no secret"),
        "write-armed": DONE,
        "closes": DONE,
        "own-errors": DONE,
        "real-peer": Standing(
            Mark.DONE, "FFmpeg sends and writes; a sound card by arecord is not verified: there is none here"
        ),
    }

    def __init__(self, place: Place, settings: SoundSettings) -> None:
        self.place, self.settings = place, settings
        self.notes: list[str] = []
        self._form = Form(settings.format, settings.rate, settings.channels)
        self._last, self._cause = 0, ""
        self._link: PcmLink | None = None
        if self._is_file:
            if not self._path.is_absolute():
                raise AddressRefused(place.url, source=place.source, example="sound+file:///data/mic.wav")
        else:
            self._link = PcmLink(place, self._form, settings.timeout, "sound+tcp://192.168.0.30:5000")

    async def identify(self) -> dict[str, str]:
        """How many files, or that values come."""
        if self._link is None:
            return {"product": f"{len(await self._files())} WAV files", "version": "", "security": "none"}
        await self._first()
        return {
            "product": f"PCM {self._form.kind}, {self._form.rate:g} Hz",
            "version": "",
            "security": "none",
        }

    async def browse(self, limit: int = 1000) -> list[Signal]:
        """The sound and what is measured of it."""
        from dure.plant.connect.sound.pieces import SOUND, units

        await self.identify()
        found = signals_of(self.place.source, SOUND, "sound", units(await self._rate()))
        if len(found) > limit:
            self.notes.append(f"browsing stopped at {limit} signals")
        return found[:limit]

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """What is measured of the values that come now; of files nothing, they are read by `subscribe`."""
        from dure.plant.connect.sound.pieces import SOUND, piece

        if not signals or self._link is None:
            return present(signals, None)
        raw, now = await self._first()
        _, features, more = await asyncio.to_thread(piece, raw, self._form)
        told = f"{more['seconds']} s"
        return present(signals, Keeper(self.place, self.settings).readings(SOUND, told, now, features))

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Keep every piece until the stream is lost, or follow the files."""
        keeper = Keeper(self.place, self.settings, frozenset(signal.id for signal in signals))
        try:
            await (self._listen(keeper, self._link, sink) if self._link else self._follow(keeper, sink))
        except DureError as lost:
            self._cause = lost.key
            raise
        finally:
            await self.close()

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Never: a microphone is only listened to."""
        del value, arm
        raise WriteNotArmed(signal.id, why=Text("a sound is only read", "소리는 읽기만 합니다"))

    async def close(self) -> None:
        """End the link."""
        if self._link is not None:
            await self._link.close()

    async def _rate(self) -> float:
        """Sampling rate of the stream, or of the newest file that can be read [Hz]."""
        from dure.plant.connect.sound.files import rate_of

        for found in reversed((await self._files())[-10:]) if self._link is None else ():
            if rate := await asyncio.to_thread(rate_of, self._root / found.name):
                return rate
        return self.settings.rate

    async def _first(self) -> tuple[bytes, int]:
        """The first values of a link that is opened for them."""
        link = PcmLink(self.place, self._form, self.settings.timeout, "")
        try:
            await link.open()
            async for raw, now in link.pieces():
                return raw, now
        finally:
            await link.close()
        raise SourceLost(link.where, why=Text("it sends nothing", "아무것도 보내지 않습니다"))

    async def _listen(self, keeper: Keeper, link: PcmLink, sink: Sink) -> None:
        await link.open()
        clock, length = SampleClock(self._form.rate), max(1, round(self.settings.length * self._form.rate))
        waiting, taken, fresh = bytearray(), 0, True
        try:
            async for raw, now in link.pieces():
                if fresh:
                    sink.up(f"{link.where}, {self._form.rate:g} Hz")
                clock.arrived(len(raw) // self._form.frame, now)
                if fresh:
                    self._name_gap(sink, clock.at(0))
                    fresh = False
                waiting += raw
                while len(waiting) >= length * self._form.frame:
                    await sink.room()
                    piece = bytes(waiting[: length * self._form.frame])
                    del waiting[: length * self._form.frame]
                    await self._keep(keeper, sink, piece, clock.at(taken))
                    taken += length
                    self._settle(sink, clock, taken)
        finally:
            if len(waiting) >= self._form.frame and clock.anchor:
                await self._keep(keeper, sink, bytes(waiting), clock.at(taken))

    async def _keep(  # noqa: PLR0913, PLR0917 - what is said of one piece
        self, keeper: Keeper, sink: Sink, raw: bytes, moment: int, form: Form | None = None, part: str = ""
    ) -> "Future[None]":
        from dure.plant.connect.sound.pieces import MEDIA, SOUND, piece

        form = form or self._form
        content, features, more = await asyncio.to_thread(piece, raw, form)
        self._last = moment + round(len(raw) // form.frame * 1e9 / form.rate)
        named = await keeper.part(moment, part)
        _, written = await keeper.keep(sink, SOUND, content, MEDIA, moment, features, part=named, **more)
        return written

    def _settle(self, sink: Sink, clock: SampleClock, taken: int) -> None:
        """A stretch that the values lag behind for good was lost at the source or on the way."""
        before = clock.at(taken)
        if lost := clock.settled():
            sink.gap(Gap(self.place.source, before, before + lost, cause="values are missing in the stream", filled_by="permanent"))  # fmt: skip

    def _name_gap(self, sink: Sink, now: int) -> None:
        since = self._last or sink.latest
        if since and now - since > 1e9:
            cause = self._cause or "the collector was not running"
            sink.gap(Gap(self.place.source, since, now, cause=cause, filled_by="permanent"))
        self._cause = ""

    async def _follow(self, keeper: Keeper, sink: Sink) -> None:
        from dure.plant.connect.sound.files import Book

        book = await asyncio.to_thread(
            Book, self.place.home / "run" / f"collector-{self.place.source}.sounds.json"
        )
        await self._files()
        sink.up(str(self._path))
        try:
            while True:
                for found in await self._files():
                    await self._one(keeper, sink, found, book)
                await asyncio.sleep(self.settings.look)
        except OSError as lost:
            raise SourceLost(self._where, why=lost.strerror or str(lost)) from lost

    async def _one(self, keeper: Keeper, sink: Sink, found: Found, book: "Book") -> None:
        """All pieces that a file has; how far it was read is kept when their samples are on the disk."""
        from dure.plant.connect.dropped import stands

        finished = stands(found, self.settings.whole)
        if found.name not in book.files and await asyncio.to_thread(self._begin, found, book, finished):
            await asyncio.to_thread(book.keep, {one.name for one in await self._files()})
        written = []
        while (cut := await asyncio.to_thread(self._cut, found, book, finished)) is not None:
            await sink.room()
            written.append(await self._keep(keeper, sink, cut.raw, cut.time, cut.form, found.part))
        if written:
            sink.hurry()
            await asyncio.gather(*written)
            await asyncio.to_thread(book.keep, {one.name for one in await self._files()})

    def _begin(self, found: Found, book: "Book", finished: bool) -> bool:
        """Note when a file was begun, before anything of it is kept: after a kill its pieces have the same times."""
        from dure.plant.connect.sound.files import begin

        try:
            return begin(self._root, found, book)
        except WaveRefused as refused:
            note = f"{found.name}: {refused}"
            if finished and note not in self.notes:
                self.notes[:] = [*self.notes[-9:], note]
        except FileNotFoundError:
            pass
        return False

    def _cut(self, found: Found, book: "Book", finished: bool) -> "Cut | None":
        from dure.plant.connect.sound.files import cut

        if found.name not in book.files:
            return None
        try:
            return cut(self._root, found, book, self.settings, finished=finished)
        except WaveRefused:
            return None
        except FileNotFoundError:
            return None

    async def _files(self) -> list[Found]:
        """The WAV files, oldest first."""
        wanted = Wanted(ENDINGS, self._path.name if self._is_one else self.settings.pattern, self.settings.zone, self.settings.folders)  # fmt: skip
        try:
            found = await asyncio.to_thread(dropped, self._root, wanted)
        except OSError as absent:
            raise SourceUnreachable(self._where, why=absent.strerror or str(absent)) from absent
        if self._is_one and not found:
            raise SourceUnreachable(self._where, why=Text("there is no such file", "그런 파일이 없습니다"))
        return found

    @property
    def _is_file(self) -> bool:
        return self.place.url.lower().startswith("sound+file:")

    @property
    def _is_one(self) -> bool:
        return self._path.suffix.lower() in ENDINGS

    @property
    def _root(self) -> Path:
        return self._path.parent if self._is_one else self._path

    @property
    def _path(self) -> Path:
        parts = urlsplit(self.place.url)
        return Path(unquote(parts.netloc + parts.path))

    @property
    def _where(self) -> str:
        return f"{self.place.source} ({self._path})"


CONNECTOR = Sound
