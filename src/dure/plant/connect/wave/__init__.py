"""Vibration: bursts of many values at a high rate, by a trigger or by the clock, from a stream or from files."""

import asyncio
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
    SettingRefused,
    Settings,
    Sink,
    SourceLost,
    SourceUnreachable,
    Standing,
    WriteNotArmed,
)
from dure.plant.connect.dropped import Found, Wanted, dropped
from dure.plant.connect.media import Keeper, present, signals_of
from dure.plant.connect.pcm import PcmLink
from dure.plant.connect.triggers import Triggers
from dure.plant.connect.wave.settings import WaveSettings, bands_of
from dure.plant.connect.waveform import Form, WaveRefused
from dure.vocabulary import DureError, Sample, Signal, Text

if TYPE_CHECKING:
    from dure.plant.connect.wave.recordings import Recording
    from dure.plant.connect.wave.streaming import Streaming

__all__ = ["CONNECTOR", "Wave", "WaveSettings"]

WAVE = "wave"


class Wave:
    """A vibration as a source; see `Connector` for the promise.

    `source/<channel>/wave` holds references to WAV files of 32-bit floats in the channel's unit; beside it RMS, peak,
    crest factor, kurtosis and the RMS of bands. The time of a burst is that of its first value.
    """

    schemes: ClassVar[tuple[str, ...]] = ("wave+tcp", "wave+file")
    title: ClassVar[Text] = Text("Vibration", "진동")
    requires: ClassVar[str] = ""
    standard: ClassVar[str] = "RIFF WAVE (IEEE float), MATLAB 5 MAT-file, RFC 4180 (CSV), Apache Parquet 2"
    settings_type: ClassVar[type[Settings]] = WaveSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        "browse-bounded": DONE,
        "source-time": Standing(
            Mark.DONE, "a stream tells no time: arrival, smoothed by the count of values"
        ),
        "quality": DONE,
        "units": Standing(Mark.DONE, "as the setting `unit` says: neither streams nor these files tell one"),
        "text-values": DONE,
        "test-before-save": DONE,
        "reconnects": DONE,
        "ack-after-disk": DONE,
        "gaps-named": DONE,
        "back-fill": Standing(
            Mark.EXEMPT, "a stream keeps nothing; a folder keeps its own, and they are read"
        ),
        "encrypted": Standing(Mark.EXEMPT, "raw values over TCP know no encryption: put a tunnel before it"),
        "peer-trusted": Standing(Mark.EXEMPT, "raw values over TCP know nobody"),
        "secret-kept": Standing(Mark.EXEMPT, "there is no secret"),
        "write-armed": DONE,
        "closes": DONE,
        "own-errors": DONE,
        "real-peer": Standing(
            Mark.DONE, "FFmpeg sends recorded bursts; files of two bearing rigs; no amplifier of a maker"
        ),
    }

    def __init__(self, place: Place, settings: WaveSettings) -> None:
        self.place, self.settings = place, settings
        self.notes: list[str] = []
        self._streaming: Streaming | None = None
        self._link: PcmLink | None = None
        self._triggers: Triggers | None = None
        try:
            self.bands = bands_of(settings.bands)
        except ValueError:
            raise SettingRefused("bands", value=settings.bands, allowed="0-1000, 1000-3000") from None
        if not self._is_file:
            form = Form(settings.format, settings.rate, len(self.channels))
            self._link = PcmLink(place, form, settings.timeout, "wave+tcp://192.168.0.40:5000")
            self._require_burst()
            self._triggers = Triggers(place.home, settings.trigger) if settings.trigger else None
        elif settings.trigger or not self._folder.is_absolute():
            raise AddressRefused(place.url, source=place.source, example="wave+file:///data/bearing")

    @property
    def channels(self) -> list[str]:
        """Names of the channels of a stream."""
        given = [one.strip().replace("/", "_")[:80] for one in self.settings.channels.split(",")]
        return [one for one in given if one][:64] or ["channel1"]

    async def identify(self) -> dict[str, str]:
        """How many files, or that values come."""
        if self._link is None:
            return {"product": f"{len(await self._files())} files", "version": "", "security": "none"}
        await self._first()
        form = self._link.form
        return {
            "product": f"{form.channels} × {form.kind}, {form.rate:g} Hz",
            "version": "",
            "security": "none",
        }

    async def browse(self, limit: int = 1000) -> list[Signal]:
        """The channels and what is measured of each; of a folder those of the newest file that can be read."""
        names = self.channels
        if self._link is None:
            newest = await self._newest()
            names = list(newest[1].channels) if newest else []
        else:
            await self.identify()
        found = [
            one
            for name in names
            for one in signals_of(self.place.source, f"{name}/{WAVE}", "wave", self.units)
        ]
        if len(found) > limit:
            self.notes.append(f"browsing stopped at {limit} signals")
        return found[:limit]

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """What is measured of the values that come now, or of the newest file; told, not kept."""
        from dure.plant.connect.wave.keeping import measured

        if not signals:
            return []
        if self._link is not None:
            return present(signals, None)
        newest = await self._newest()
        keeper = Keeper(self.place, self.settings)
        found = []
        for name, values in newest[1].channels.items() if newest else ():
            told = f"{len(values)} values, {newest[1].rate:g} Hz" if newest else ""
            features = measured(values, newest[1].rate if newest else 0.0, self.bands)
            found.append(keeper.readings(f"{name}/{WAVE}", told, newest[0].time if newest else 0, features))
        rows = {one.signal: one for part in found for one in present(signals, part) if one.quality == 0}
        return [rows.get(signal.id) or present([signal], None)[0] for signal in signals]

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Keep every burst until the stream is lost, or follow the folder."""
        keeper = Keeper(self.place, self.settings, frozenset(signal.id for signal in signals))
        if self._link is None:
            await self._follow(keeper, sink)
            return
        streaming = self._streamed(keeper, self._link)
        try:
            await streaming.run(sink)
        except DureError as lost:
            streaming.cause = lost.key
            raise
        except OSError as taken:
            raise SourceUnreachable(f"{self.place.source} ({self.settings.trigger})", why=taken.strerror or str(taken)) from taken  # fmt: skip
        finally:
            await self._link.close()

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Never: a vibration is only measured."""
        del value, arm
        raise WriteNotArmed(signal.id, why=Text("a vibration is only read", "진동은 읽기만 합니다"))

    async def close(self) -> None:
        """End the link."""
        if self._triggers is not None:
            await self._triggers.close()
        if self._link is not None:
            await self._link.close()

    @property
    def units(self) -> dict[str, str]:
        """What is measured of a burst, and its unit."""
        unit = self.settings.unit
        bands = {f"band{low:g}-{high:g}": unit for low, high in self.bands}
        return {"rms": unit, "peak": unit, "crest": "1", "kurtosis": "1", **bands}

    def _require_burst(self) -> None:
        most = 16_000_000 // len(self.channels)  # so that a burst fits into one content
        if not 256 <= self.settings.samples <= most or self.settings.before >= self.settings.samples:
            shown = f"256 – {most}, and more than before"
            raise SettingRefused("samples", value=self.settings.samples, allowed=shown)

    def _streamed(self, keeper: Keeper, link: PcmLink) -> "Streaming":
        from dure.plant.connect.wave.streaming import Streaming

        if self._streaming is None:
            self._streaming = Streaming(self.place, self.settings, link, keeper, self.channels, self.bands, self._triggers)  # fmt: skip
        self._streaming.keeper = keeper
        return self._streaming

    async def _first(self) -> None:
        """See that values come."""
        if self._link is None:
            return
        link = PcmLink(self.place, self._link.form, self.settings.timeout, "")
        try:
            await link.open()
            async for _ in link.pieces():
                return
        finally:
            await link.close()

    async def _follow(self, keeper: Keeper, sink: Sink) -> None:
        from dure.plant.connect.dropped import Notebook
        from dure.plant.connect.wave.following import Folder

        path = self.place.home / "run" / f"collector-{self.place.source}.waves"
        folder = Folder(
            self._folder, self.settings, keeper, await asyncio.to_thread(Notebook, path), self.bands
        )
        await self._files()
        sink.up(str(self._folder))
        while True:
            await folder.take(await self._files(), sink)
            self.notes[:] = folder.notes
            await asyncio.sleep(self.settings.look)

    async def _newest(self) -> "tuple[Found, Recording] | None":
        """The newest file that can be read, of the last ten."""
        from dure.plant.connect.wave.recordings import recording

        for found in reversed((await self._files())[-10:]):
            try:
                content = await asyncio.to_thread((self._folder / found.name).read_bytes)
                return found, await asyncio.to_thread(recording, found.name, content, self.settings)
            except WaveRefused as refused:
                self.notes.append(f"{found.name}: {refused}")
            except OSError as lost:
                raise SourceLost(self._where, why=lost.strerror or str(lost)) from lost
        return None

    async def _files(self) -> list[Found]:
        from dure.plant.connect.wave.recordings import ENDINGS

        wanted = Wanted(ENDINGS, self.settings.pattern, self.settings.zone, self.settings.folders)
        try:
            return await asyncio.to_thread(dropped, self._folder, wanted)
        except OSError as absent:
            raise SourceUnreachable(self._where, why=absent.strerror or str(absent)) from absent

    @property
    def _is_file(self) -> bool:
        return self.place.url.lower().startswith("wave+file:")

    @property
    def _folder(self) -> Path:
        parts = urlsplit(self.place.url)
        return Path(unquote(parts.netloc + parts.path))

    @property
    def _where(self) -> str:
        return f"{self.place.source} ({self._folder})"


CONNECTOR = Wave
