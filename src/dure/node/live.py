"""The live stream: what the historian ingests, sent on to browsers as server-sent events. Knows no Django.

One thread asks the historian's feed; one event loop serves all browsers. A batch is written once and sent to
every browser that keeps up; one that does not keeps only the newest sample of each signal (drop-oldest), so
that memory is bounded by clients x signals. A browser shows a pass (`foundation.web.token`) and its origin.

Source: Server-sent events, HTML Living Standard, 9.2; CORS, Fetch Standard, 3.2.
"""

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dure.foundation.web import PassRefused, key_in, read
from dure.node.following import Following
from dure.node.options import Options
from dure.node.options import read as read_options
from dure.plant.historian import Historian
from dure.vocabulary import NodeProblem

Sample = Mapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CLIENTS = 200
"""Browsers served at once; one more is asked to come back later."""
HEARTBEAT = 5.0
"""Longest silence on a stream. [s]"""
REMEMBERED = 50_000
"""Samples kept for browsers that come back after a cut."""
PAUSE = 0.5
"""Wait before the historian is asked again after it was away. [s]"""


Feed = Callable[[int | None], tuple[int, list[dict[str, Any]]]]
"""Asks the historian what was ingested since a position: the new position, and the samples."""


def written(position: int, samples: Sequence[Sample]) -> bytes:
    r"""A batch as one event; times in seconds, a value that is no number as null.

    >>> written(7, [{"signal": "a/b", "time": 2_000_000_000, "value": 1.5, "quality": 0}])
    b'id: 7\nevent: samples\ndata: [{"signal":"a/b","time":2.0,"value":1.5,"quality":0,"received":0.0}]\n\n'
    """
    rows = [_row(sample) for sample in samples]
    return f"id: {position}\nevent: samples\ndata: {json.dumps(rows, separators=(',', ':'))}\n\n".encode()


def _row(sample: Sample) -> dict[str, Any]:
    value = sample["value"]
    row: dict[str, Any] = {
        "signal": sample["signal"],
        "time": sample["time"] / 1e9,
        "value": value if value is not None and value == value else None,  # noqa: PLR0124 - NaN is not itself
        "quality": int(sample["quality"]),
        "received": sample.get("received", 0) / 1e9,
    }
    if sample.get("text") is not None:
        row["text"] = sample["text"]
    return row


@dataclass(eq=False)
class Client:
    """A browser: bytes ready to be sent, or, once it lags, the newest sample of each signal."""

    wake: asyncio.Event = field(default_factory=asyncio.Event)
    ready: bytes = b""
    lagging: dict[str, Sample] = field(default_factory=dict)
    position: int = 0

    def take(self, position: int, samples: Sequence[Sample], event: bytes) -> None:
        """Queue a batch."""
        if self.wake.is_set():  # the batch before has not left yet
            self.lagging.update((sample["signal"], sample) for sample in samples)
        else:
            self.ready = event
        self.position = position
        self.wake.set()

    def give(self) -> bytes:
        """What is queued, which is then no longer."""
        event = self.ready + (written(self.position, list(self.lagging.values())) if self.lagging else b"")
        self.ready, self.lagging = b"", {}
        self.wake.clear()
        return event


@dataclass
class Fan:
    """All browsers, and the last samples for those that come back."""

    clients: set[Client] = field(default_factory=set)
    recent: deque[tuple[int, Sequence[Sample]]] = field(default_factory=deque)
    kept: int = 0

    def publish(self, position: int, samples: Sequence[Sample]) -> None:
        """Hand a batch to every browser; called on the event loop."""
        self._remember(position, samples)
        if self.clients:
            event = written(position, samples)
            for client in self.clients:
                client.take(position, samples, event)

    def _remember(self, position: int, samples: Sequence[Sample]) -> None:
        self.recent.append((position, samples))
        self.kept += len(samples)
        while self.kept > REMEMBERED and len(self.recent) > 1:
            self.kept -= len(self.recent.popleft()[1])

    def join(self, after: int | None) -> Client:
        """A new browser; one that comes back gets what it missed, as far as it is remembered."""
        client = Client()
        if after is not None and self.recent and (missed := self._since(after)):
            position = self.recent[-1][0]
            client.take(position, missed, written(position, missed))
        self.clients.add(client)
        return client

    def _since(self, after: int) -> list[Sample]:
        return [sample for position, samples in self.recent if position > after for sample in samples]


class Live:
    """The ASGI application: `GET /live?pass=…` streams, `GET /health` answers."""

    def __init__(self, options: Callable[[], Options], feed: Callable[[Path], Feed]) -> None:
        self._read_options, self._open_feed = options, feed
        self.fan = Fan()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    # The reading thread ----------------------------------------------------------------------------------------
    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._start(asyncio.get_running_loop())
                await send({"type": "lifespan.startup.complete"})
            else:
                self._stop.set()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._thread = threading.Thread(target=self._listen, args=(loop,), daemon=True, name="feed")
        self._thread.start()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        feed = self._open_feed(self._read_options().home)
        position: int | None = None
        while not self._stop.is_set():
            try:
                position, samples = feed(position)
            except NodeProblem:  # the historian is away; its supervisor brings it back
                self._stop.wait(PAUSE)
                continue
            if samples:
                with suppress(RuntimeError):  # the loop has closed: we are going down
                    loop.call_soon_threadsafe(self.fan.publish, position, samples)

    # One browser -----------------------------------------------------------------------------------------------
    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/health":
            await _short(send, 200, json.dumps({"clients": len(self.fan.clients)}).encode())
            return
        options = self._read_options()
        origin = _header(scope, b"origin")
        if scope["path"] != "/live" or scope["method"] != "GET":
            await _short(send, 404, b"not here")
        elif not origin_allowed(origin, options):
            await _short(send, 403, b"origin refused")
        else:
            await self._admit(scope, receive, send, origin, options)

    async def _admit(self, scope: Scope, receive: Receive, send: Send, origin: str, options: Options) -> None:
        query = parse_qs(scope["query_string"].decode("ascii", "replace"))
        now = time.time()
        try:
            granted = read(key_in(options.home), query.get("pass", [""])[0], now=now)
        except PassRefused as refused:
            await _short(send, 401, str(refused).encode(), origin)
            return
        if len(self.fan.clients) >= CLIENTS:
            await _short(send, 503, b"too many at once", origin)
            return
        after = _number(_header(scope, b"last-event-id") or query.get("after", [""])[0])
        await self._stream(receive, send, origin, self.fan.join(after), granted.until - now)

    async def _stream(self, receive: Receive, send: Send, origin: str, client: Client, life: float) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": _headers(b"text/event-stream", origin)}
        )
        speaking = asyncio.create_task(_speak(send, client))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({speaking, leaving}, timeout=life, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.fan.clients.discard(client)
            for task in (speaking, leaving):
                task.cancel()
            await asyncio.gather(speaking, leaving, return_exceptions=True)
        with suppress(Exception):  # the browser may have left before us
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _speak(send: Send, client: Client) -> None:
    await _part(send, b"retry: 1000\nevent: beat\ndata: {}\n\n")
    while True:
        try:
            await asyncio.wait_for(client.wake.wait(), HEARTBEAT)
        except TimeoutError:
            await _part(send, b"event: beat\ndata: {}\n\n")
        else:
            await _part(send, client.give())


async def _part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def origin_allowed(origin: str, options: Options) -> bool:
    """Whether a page of `origin` may read the stream: ours only, by an allowed name and at the pages' port.

    >>> origin_allowed("http://localhost:8000", Options()), origin_allowed("http://elsewhere:8000", Options())
    (True, False)
    """
    parts = urlsplit(origin)
    name = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    named = "*" in options.hosts or name in options.hosts
    if options.https:  # behind a proxy, whose port is its own
        return named and parts.scheme == "https"
    return named and parts.scheme == "http" and _port(parts.netloc) == options.port


def _port(netloc: str) -> int:
    tail = netloc.rpartition("]")[2].rpartition(":")[2]
    return int(tail) if ":" in netloc.rpartition("]")[2] and tail.isdecimal() else 80


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), "")


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 20 else None


def _headers(kind: bytes, origin: str = "") -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", kind),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-accel-buffering", b"no"),  # a proxy must not hold events back
    ]
    if origin:
        headers += [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"origin")]
    return headers


async def _short(send: Send, status: int, body: bytes, origin: str = "") -> None:
    headers = _headers(b"text/plain; charset=utf-8", origin)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _historian(home: Path) -> Feed:
    return Following(Historian(home))


app = Live(read_options, _historian)
