"""Following a folder of bursts: what is new is kept, then its samples, then a note that it was read."""

import asyncio
from asyncio import Future
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dure.plant.connect import Sink, SourceLost
from dure.plant.connect.dropped import Found, Notebook, stands
from dure.plant.connect.media import Keeper
from dure.plant.connect.wave.keeping import keep_burst
from dure.plant.connect.wave.recordings import Recording, recording
from dure.plant.connect.wave.settings import WaveSettings
from dure.plant.connect.waveform import WaveRefused
from dure.plant.transport import Gap


@dataclass(slots=True)
class Folder:
    """The bursts of a folder as a source follows them."""

    path: Path
    settings: WaveSettings
    keeper: Keeper
    book: Notebook
    bands: Sequence[tuple[float, float]]
    notes: list[str] = field(default_factory=list)

    async def take(self, there: list[Found], sink: Sink) -> None:
        """Take in what is new and stands still.

        Raises
        ------
        SourceLost
        """
        for one in self.book.new(there):
            if stands(one, self.settings.settle):
                await sink.room()
                await self._one(one, sink)
        await asyncio.to_thread(self.book.forget, there)

    async def _one(self, one: Found, sink: Sink) -> None:
        try:
            found = await asyncio.to_thread(self._read, one)
        except FileNotFoundError:
            return
        except OSError as lost:
            raise SourceLost(
                f"{self.keeper.place.source} ({self.path})", why=lost.strerror or str(lost)
            ) from lost
        except WaveRefused as refused:
            self.notes = [*self.notes[-9:], f"{one.name}: {refused}"]
            written = [sink.gap(Gap(self.keeper.place.source, one.time, one.time, cause=f"{one.name[-80:]}: {refused}", filled_by="permanent"))]  # fmt: skip
        else:
            written = await self._kept(one, found, sink)
        sink.hurry()
        await asyncio.gather(*written)
        await asyncio.to_thread(self.book.done, [one])

    def _read(self, one: Found) -> Recording:
        if one.size > self.settings.largest * 1e6:
            raise WaveRefused(f"{one.size / 1e6:.1f} MB")
        return recording(one.name, (self.path / one.name).read_bytes(), self.settings)

    async def _kept(self, one: Found, found: Recording, sink: Sink) -> "list[Future[None]]":
        """Every burst of every channel; the time in the name, else the last change, is when the file begins."""
        part = await self.keeper.part(one.time, one.part)
        more = {
            "unit": self.settings.unit,
            "part": part,
            "file": one.name[-200:],
            "speed": found.speed or None,
            **found.facts,
        }
        written = []
        for channel, values in found.channels.items():
            count = min(self.settings.samples or len(values), 16_000_000)
            for start in range(0, len(values), count):
                burst = values[start : start + count]
                moment = one.time + round(start * 1e9 / found.rate)
                if len(burst) >= 64 or start == 0:
                    _, done = await keep_burst(self.keeper, sink, channel, burst, rate=found.rate, moment=moment, bands=self.bands, **more)  # fmt: skip
                    written.append(done)
        return written
