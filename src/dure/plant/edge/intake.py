"""The node's side: frames of invited boxes go to segment logs here, and are confirmed when they are on the disk."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from dure.plant.connect import Source, add_source, write_private
from dure.plant.edge.contents import CONTENT, OF, Incoming, WrongContent
from dure.plant.edge.pairing import Box, admit, box_of
from dure.plant.edge.refusals import SourceTaken
from dure.plant.edge.wire import FRAMES, LARGEST_BODY, POSITION, SOURCE, STATE, BodyRefused, frames_of
from dure.plant.transport import DiskFull, LogTaken, SegmentLog
from dure.vocabulary import DureError, Signal

logger = logging.getLogger("dure.plant.edge")

MOST_SOURCES = 200
MOST_SIGNALS = 50_000
TRIM_EVERY = 10.0  # s
STRANGER_WAITS = 0.5
"""How long an unknown token is kept waiting [s]: guessing gets slow, a mistake stays bearable."""


@dataclass(slots=True)
class Intake:
    """Takes what the boxes of the node at `home` send."""

    home: Path
    clock: Callable[[], float] = time.time
    _logs: dict[str, SegmentLog] = field(default_factory=dict)
    _guards: dict[str, asyncio.Lock] = field(default_factory=dict)
    _described: dict[str, str] = field(default_factory=dict)
    _trimmed: dict[str, float] = field(default_factory=dict)
    _contents: Incoming = field(init=False)

    def __post_init__(self) -> None:
        self._contents = Incoming(self.home)

    def application(self) -> web.Application:
        """The web application: three addresses, everything else is not there."""
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[self._known_only])
        app.router.add_post(FRAMES, self._take_frames)
        app.router.add_post(CONTENT, self._take_content)
        app.router.add_post(STATE, self._take_state)
        app.on_cleanup.append(self._close)
        return app

    @web.middleware
    async def _known_only(self, request: web.Request, handler: Any) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        box = await asyncio.to_thread(box_of, self.home, token) if token else None
        if box is None:
            await asyncio.sleep(STRANGER_WAITS)
            return web.Response(status=401, text="not invited")
        request["box"] = box
        try:
            answer: web.StreamResponse = await handler(request)
        except SourceTaken as taken:
            return web.Response(status=409, text=str(taken))
        except (DiskFull, LogTaken) as full:
            return web.Response(status=503, text=str(full))
        return answer

    async def _take_frames(self, request: web.Request) -> web.Response:
        """Append a body's frames; 200 leaves after the fsync."""
        source, box = request.match_info["source"], request["box"]
        if not SOURCE.fullmatch(source):
            return web.Response(status=400, text="the source has no name")
        try:
            frames = await asyncio.to_thread(frames_of, await request.read())
        except BodyRefused as odd:
            return web.Response(status=400, text=f"the body cannot be read: {odd}")
        async with self._guards.setdefault(source, asyncio.Lock()):
            await asyncio.to_thread(admit, self.home, box, source)
            log = await asyncio.to_thread(self._log, source)
            await asyncio.to_thread(log.append_frames, frames)
        return web.json_response({"position": request.headers.get(POSITION, "")})

    async def _take_content(self, request: web.Request) -> web.Response:
        """Keep one content; 200 leaves when it is on the disk, so that the frame that refers to it may come."""
        source, box = request.headers.get(OF, ""), request["box"]
        if not SOURCE.fullmatch(source):
            return web.Response(status=400, text="the source has no name")
        try:
            content = await self._contents.body(request, request.match_info["sha256"])
        except WrongContent as wrong:
            return web.Response(status=400, text=f"the content cannot be kept: {wrong}")
        async with self._guards.setdefault(source, asyncio.Lock()):
            await asyncio.to_thread(admit, self.home, box, source)
            await asyncio.to_thread(self._keep_content, source, content)
        return web.json_response({})

    def _keep_content(self, source: str, content: bytes) -> None:
        self._contents.keep(source, content)
        if self.clock() - self._trimmed.get(source, 0.0) > TRIM_EVERY:
            self._trimmed[source] = self.clock()
            self._contents.trim(source, self._log(source), int(self.clock() * 1e9))

    async def _take_state(self, request: web.Request) -> web.Response:
        """Keep how a box's sources do, and what they are, where the node looks for its own."""
        try:
            told, clock = _state(await request.read())
        except (ValueError, TypeError, KeyError) as odd:
            return web.Response(status=400, text=f"the state cannot be read: {odd}")
        await asyncio.to_thread(self._keep_state, request["box"], told, self.clock() - clock)
        return web.json_response({})

    def _keep_state(self, box: Box, told: dict[str, Any], behind: float) -> None:
        seen = json.dumps({"told": self.clock(), "behind": behind}).encode()
        write_private(self.home / "run" / f"box-{box.name}.json", seen)
        for source, one in told.items():
            if not SOURCE.fullmatch(source) or not isinstance(one, dict):
                continue
            with contextlib.suppress(SourceTaken):
                box = admit(self.home, box, source)
                self._keep_status(box, source, one, behind)
                self._keep_description(box, source, one)

    def _keep_status(self, box: Box, source: str, told: dict[str, Any], behind: float) -> None:
        status = told.get("status")
        if not isinstance(status, dict):
            return
        facts = {
            "told": self.clock(),
            "box": box.name,
            "box_clock_behind": behind,
            "backlog": told.get("backlog", 0),
        }
        path = self.home / "run" / f"collector-{source}.json"
        write_private(path, json.dumps({**status, **facts}, ensure_ascii=False).encode())

    def _keep_description(self, box: Box, source: str, told: dict[str, Any]) -> None:
        """The source as the box describes it, if that is another than before; a bad description is left out."""
        described, given = told.get("described"), told.get("signals")
        if not isinstance(described, dict) or not isinstance(given, list) or len(given) > MOST_SIGNALS:
            return
        try:
            signals = tuple(Signal(**one) for one in given)
            new = Source(
                source,
                str(described["url"])[:500],
                signals=signals,
                enabled=bool(described.get("enabled", True)),
                box=box.name,
            )
            print_ = repr(new)
            if self._described.get(source) != print_:
                add_source(self.home, new, again=True)
                self._described[source] = print_
        except (DureError, TypeError, KeyError) as odd:
            logger.warning("%s describes %s oddly: %s", box.name, source, odd)

    def _log(self, source: str) -> SegmentLog:
        if source not in self._logs:
            self._logs[source] = SegmentLog(self.home / "segments" / source)
        return self._logs[source]

    async def _close(self, _: web.Application) -> None:
        for log in self._logs.values():
            log.close()


def _state(written: bytes) -> tuple[dict[str, Any], float]:
    """What a box tells of its sources, and its clock [s since 1970]; ValueError, TypeError or KeyError if nothing."""
    state = json.loads(written)
    told, clock = state["sources"], float(state["clock"])
    if not isinstance(told, dict) or len(told) > MOST_SOURCES:
        raise ValueError("too many sources")
    return told, clock
