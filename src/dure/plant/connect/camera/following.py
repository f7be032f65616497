"""Following a folder of pictures: what is new is kept, then its sample, then a note that it was read."""

import asyncio
from asyncio import Future
from dataclasses import dataclass, field
from pathlib import Path

from dure.plant.connect import Readings, Sink
from dure.plant.connect.camera.pictures import ENDINGS, PictureRefused, Shot, developed
from dure.plant.connect.camera.settings import CameraSettings
from dure.plant.connect.dropped import Found, Notebook, Wanted, dropped, stands
from dure.plant.connect.media import Keeper

AT_ONCE = 50


def listed(folder: Path, settings: CameraSettings) -> list[Found]:
    """The pictures of a folder, oldest first. OSError if it is not there."""
    return dropped(folder, Wanted(ENDINGS, settings.pattern, settings.zone, settings.folders))


@dataclass(slots=True)
class Folder:
    """The pictures of a folder as a source follows them; `refused` counts files that are none."""

    path: Path
    settings: CameraSettings
    keeper: Keeper
    book: Notebook
    refused: int = 0
    names: list[str] = field(default_factory=list)

    async def look(self, sink: Sink) -> int:
        """Take in what is new and stands still; how many. OSError if the folder is not there."""
        there = await asyncio.to_thread(listed, self.path, self.settings)
        new = [one for one in self.book.new(there) if stands(one, self.settings.settle)]
        for start in range(0, len(new), AT_ONCE):
            await self._take(new[start : start + AT_ONCE], sink)
        await asyncio.to_thread(self.book.forget, there)
        return len(new)

    async def _take(self, new: list[Found], sink: Sink) -> None:
        """Some pictures; they are noted as read when their samples are on the disk."""
        read, written = [], []
        for one in new:
            await sink.room()
            try:
                written.append(await self._one(one, sink))
            except FileNotFoundError:
                continue  # taken away between listing and reading
            read.append(one)
        sink.hurry()
        await asyncio.gather(*written)
        await asyncio.to_thread(self.book.done, read)

    async def _one(self, one: Found, sink: Sink) -> "Future[None]":
        signal = f"{one.view}/picture" if one.view else "picture"
        try:
            content = await asyncio.to_thread(self._read, one)
            picture = await asyncio.to_thread(developed, Shot(one.time, content=content), self.settings)
        except PictureRefused as refused:
            self.refused += 1
            self.names = [*self.names[-4:], f"{one.name}: {refused}"]
            return sink.put(self._bad(signal, one))
        part = await self.keeper.part(one.time, one.part)
        more = {"part": part, "file": one.name[-200:], "width": picture.width, "height": picture.height}
        _, written = await self.keeper.keep(sink, signal, picture.content, picture.media, one.time, picture.features, **more)  # fmt: skip
        return written

    def _read(self, one: Found) -> bytes:
        if one.size > self.settings.largest * 1e6:
            raise PictureRefused(f"{one.size / 1e6:.1f} MB")
        with (self.path / one.name).open("rb") as file:
            return file.read(int(self.settings.largest * 1e6))

    def _bad(self, signal: str, one: Found) -> Readings:
        """A file that is no picture is a bad reading: the part was inspected, its picture is lost."""
        import time

        import numpy as np

        name = f"{self.keeper.place.source}/{signal}"
        row = np.zeros(1, np.int32)
        return Readings((name,), row, np.array([one.time]), np.array([np.nan]), np.array([2], np.uint8), time.time_ns())  # fmt: skip
