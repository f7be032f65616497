"""Pictures of a stream: a thread keeps reading, so that the picture taken is the newest and not one that queued."""

import asyncio
import contextlib
import os
import threading
import time
from urllib.parse import quote, urlsplit, urlunsplit

from dure.plant.connect import Place, SourceLost, SourceOdd, SourceSilent
from dure.plant.connect.camera.pictures import Shot, opencv
from dure.plant.connect.camera.relay import Relay
from dure.plant.connect.camera.rtsp import Described, describe, split
from dure.plant.connect.camera.settings import CameraSettings
from dure.vocabulary import Text

QUICK = "rtsp_transport;tcp|analyzeduration;500000|fpsprobesize;0|fflags;nobuffer"
"""For FFmpeg: interleaved (RFC 2326, 10.12), and no seconds spent on measuring the frame rate."""


class Stream:
    """Pictures of one RTSP address."""

    def __init__(self, place: Place, settings: CameraSettings, url: str) -> None:
        self.place, self.settings, self.url = place, settings, url
        host, port, _ = split(url, place.source)
        self.where = f"{place.source} ({host}:{port})"
        self.described: Described | None = None
        self._relay: Relay | None = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._wanted: list[asyncio.Future[Shot]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._why: Text | None = None

    async def open(self) -> str:
        """Begin to read; how the camera is read, in words.

        Raises
        ------
        SourceProblem
        """
        self.described = await describe(self.place, self.settings, self.url)
        if not self.described.codec:
            raise SourceOdd(self.where, why=Text("the stream holds no picture", "스트림에 영상이 없습니다"))
        address = self.url
        if self.url.startswith("rtsps:"):
            self._relay = Relay(self.place, self.settings, self.url)
            address = await self._relay.open()
        self._loop, self._why = asyncio.get_running_loop(), None
        self._ended.clear()
        words = (self._with_password(address),)
        self._thread = threading.Thread(target=self._read_on, args=words, name="camera", daemon=True)
        self._thread.start()
        return f"{self.described.server}, {self.described.codec}"

    async def shot(self) -> Shot:
        """The next picture.

        Raises
        ------
        SourceLost, SourceSilent
        """
        self._require_going()
        picture: asyncio.Future[Shot] = asyncio.get_running_loop().create_future()
        self._wanted.append(picture)
        try:
            return await asyncio.wait_for(picture, self.settings.timeout)
        except TimeoutError:
            raise SourceSilent(self.where, seconds=f"{self.settings.timeout:g}") from None
        finally:
            with contextlib.suppress(ValueError):
                self._wanted.remove(picture)

    async def close(self) -> None:
        """Leave the camera."""
        self._ended.set()
        thread, self._thread = self._thread, None
        if self._relay is not None:
            await self._relay.close()
            self._relay = None
        if thread is not None:
            await asyncio.to_thread(thread.join, self.settings.timeout + 1.0)

    def _require_going(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            why = self._why or Text("the stream ended", "스트림이 끝났습니다")
            raise SourceLost(self.where, why=why)

    def _with_password(self, address: str) -> str:
        """The address for FFmpeg, which answers a Digest by itself; `describe` has seen to it that Basic is not asked."""
        if not self.settings.user:
            return address
        parts = urlsplit(address)
        who = f"{quote(self.settings.user, safe='')}:{quote(self.place.password or '', safe='')}"
        return urlunsplit(parts._replace(netloc=f"{who}@{parts.netloc}"))

    def _read_on(self, address: str) -> None:
        """Read until the stream ends; runs in the thread. Every frame is decoded, as later ones build on it."""
        os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", QUICK)
        cv2 = opencv()
        patience = int(self.settings.timeout * 1000)
        bounds = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, patience, cv2.CAP_PROP_READ_TIMEOUT_MSEC, patience]
        capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, bounds)
        try:
            if not capture.isOpened():
                self._why = Text("the stream cannot be opened", "스트림을 열 수 없습니다")
            while not self._ended.is_set() and capture.isOpened():
                if not capture.grab():
                    break
                now = time.time_ns()
                if self._wanted:
                    read, frame = capture.retrieve()
                    if read:
                        self._hand_over(Shot(now, frame))
        finally:
            capture.release()
            self._end()

    def _hand_over(self, shot: Shot) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._give, shot)

    def _give(self, shot: Shot) -> None:
        for waiting in self._wanted:
            if not waiting.done():
                waiting.set_result(shot)

    def _end(self) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._refuse)

    def _refuse(self) -> None:
        why = self._why or Text("the stream ended", "스트림이 끝났습니다")
        for waiting in self._wanted:
            if not waiting.done():
                waiting.set_exception(SourceLost(self.where, why=why))
