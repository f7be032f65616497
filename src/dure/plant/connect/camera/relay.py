"""RTSP over TLS: the link is opened and its certificate checked here; the decoder reads it from the loopback."""

import asyncio
import contextlib
from urllib.parse import urlsplit, urlunsplit

from dure.plant.connect import Place
from dure.plant.connect.camera.rtsp import ended, opened
from dure.plant.connect.camera.settings import CameraSettings
from dure.vocabulary import DureError

PIECE = 64 * 1024


class Relay:
    """One camera's TLS link as a port of the loopback, for one reader."""

    def __init__(self, place: Place, settings: CameraSettings, url: str) -> None:
        self._place, self._settings, self._url = place, settings, url
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        """Listen; the address for the decoder."""
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        return urlunsplit(urlsplit(self._url)._replace(scheme="rtsp", netloc=f"127.0.0.1:{port}"))

    async def close(self) -> None:
        """End the link."""
        if self._server is not None:
            self._server.close()
        for link in list(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._links.add(task)
            task.add_done_callback(self._links.discard)
        try:
            with contextlib.suppress(DureError, OSError, asyncio.CancelledError):
                far, near = await opened(self._place, self._settings, self._url)
                ways = [asyncio.create_task(_passed(reader, near)), asyncio.create_task(_passed(far, writer))]
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for way in ways:
                        way.cancel()
                    await asyncio.gather(*ways, return_exceptions=True)
                    await ended(near)
        finally:
            await ended(writer)


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
