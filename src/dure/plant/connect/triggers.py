"""When a picture or a burst is taken: a signal of this node that turns true, a file that is written, a call over HTTP."""

import asyncio
import contextlib
import time
from asyncio import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dure.plant.connect.companion import Companion
from dure.plant.connect.settings import SettingRefused

LOOK = 0.05  # s
MOST_WAITING = 1000
MOST_WORD = 200
ALLOWED = "signal:source/path | file:/path | http:8090"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A call for one picture or burst: when [ns since 1970 UTC], the part it names, and who waits for it."""

    time: int
    word: str = ""
    taken: "Future[str] | None" = None

    def answer(self, text: str) -> None:
        """Tell whoever waits what came of it."""
        if self.taken is not None and not self.taken.done():
            self.taken.set_result(text)


@dataclass(slots=True)
class Triggers:
    """The triggers that a setting names, in their order; those that come while nobody takes them wait, at most 1000."""

    home: Path
    told: str
    _waiting: "asyncio.Queue[Trigger]" = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    _watching: "asyncio.Task[None] | None" = None
    _companion: Companion | None = None
    _seen: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        kind, _, what = self.told.partition(":")
        if kind == "signal":
            self._companion = Companion(self.home, what)
        elif not ((kind == "file" and what.startswith("/")) or (kind == "http" and what.isdecimal() and 0 < int(what) < 65_536)):  # fmt: skip
            raise SettingRefused("trigger", value=self.told, allowed=ALLOWED)

    async def start(self) -> None:
        """Begin to watch; OSError if the port is taken."""
        if self._watching is not None and not self._watching.done():
            return
        kind, _, what = self.told.partition(":")
        if kind == "http":
            runner = await self._listen(int(what))
            self._watching = asyncio.create_task(_until_ended(runner), name="trigger")
        elif kind == "signal":
            await asyncio.to_thread(self._turned)
            self._watching = asyncio.create_task(self._watch_signal(), name="trigger")
        else:
            self._seen = self._file()
            self._watching = asyncio.create_task(self._watch_file(), name="trigger")

    async def next(self) -> Trigger:
        """The next trigger."""
        if self._watching is not None and self._watching.done():
            self._watching.result()
        return await self._waiting.get()

    def missed(self) -> list[Trigger]:
        """Those that wait, taken away."""
        found = []
        while not self._waiting.empty():
            found.append(self._waiting.get_nowait())
        return found

    async def close(self) -> None:
        """Watch no more."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await watching
        for trigger in self.missed():
            trigger.answer("")

    def _put(self, trigger: Trigger) -> bool:
        with contextlib.suppress(asyncio.QueueFull):
            self._waiting.put_nowait(trigger)
            return True
        return False

    async def _watch_signal(self) -> None:
        while True:
            for trigger in await asyncio.to_thread(self._turned):
                self._put(trigger)
            await asyncio.sleep(LOOK)

    def _turned(self) -> list[Trigger]:
        """Where the signal turned from false to true."""
        companion = self._companion
        if companion is None:
            return []
        before = companion.last is not None and companion.last.is_true
        turned = []
        for moment in companion.fresh():
            if moment.is_true and not before:
                turned.append(Trigger(moment.time))
            before = moment.is_true
        return turned

    async def _watch_file(self) -> None:
        while True:
            seen = self._file()
            if seen is not None and seen != self._seen:
                self._put(Trigger(seen[0], self._word()))
            self._seen = seen
            await asyncio.sleep(LOOK)

    @property
    def _path(self) -> Path:
        return Path(self.told.partition(":")[2])

    def _file(self) -> tuple[int, int, int] | None:
        try:
            about = self._path.stat()
        except OSError:
            return None
        return about.st_mtime_ns, about.st_ino, about.st_size

    def _word(self) -> str:
        with contextlib.suppress(OSError), self._path.open("rb") as file:
            return file.read(MOST_WORD * 4).decode(errors="replace").strip()[:MOST_WORD]
        return ""

    async def _listen(self, port: int) -> Any:
        """Take POST /trigger of programs on this machine, and of nobody else."""
        from aiohttp import web

        app = web.Application(client_max_size=4096)
        app.router.add_post("/trigger", self._called)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return runner

    async def _called(self, request: Any) -> Any:
        """Answer with the reference when its sample is on the disk; 503 if nothing could be taken in 10 s."""
        from aiohttp import web

        # A page in a browser on this machine must not trigger: it cannot leave Origin out, nor name us as host.
        own = request.host.rpartition(":")[0] in {"127.0.0.1", "localhost"}
        if not own or "Origin" in request.headers:
            return web.Response(status=403, text="for programs on this machine only")
        word = (await request.text()).strip()[:MOST_WORD]
        trigger = Trigger(time.time_ns(), word, asyncio.get_running_loop().create_future())
        if not self._put(trigger) or trigger.taken is None:
            return web.Response(status=503, text="too many wait")
        with contextlib.suppress(TimeoutError):
            if text := await asyncio.wait_for(asyncio.shield(trigger.taken), 10.0):
                return web.Response(text=text, content_type="application/json")
        return web.Response(status=503, text="nothing could be taken")


async def _until_ended(runner: Any) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
