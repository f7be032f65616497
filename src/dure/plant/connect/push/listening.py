"""The HTTP side: who calls, how much, of what kind; an answer only when the readings are on the disk."""

import asyncio
import base64
import binascii
import json
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any

from dure.plant.connect.push.bodies import read_csv, read_json
from dure.plant.connect.push.crowd import Crowd
from dure.plant.connect.push.line import read_lines
from dure.plant.connect.push.points import UNITS, Point
from dure.plant.connect.push.refusals import (
    REFUSALS,
    BodyRefused,
    BodyTooLarge,
    KindUnknown,
    NotStored,
    PlaceUnknown,
    TokenRefused,
    TooMany,
)
from dure.plant.connect.push.settings import PushSettings
from dure.plant.connect.push.tokens import Tokens
from dure.vocabulary import DureError, Text, use_language

if TYPE_CHECKING:
    from aiohttp import web

MIB = 2**20
BODY_WITHIN = 30.0  # s
STORED_WITHIN = 20.0  # s
LONGEST_TOKEN = 512
Take = Callable[[str, Sequence[Point]], Awaitable[int]]


@dataclass(slots=True)
class Bucket:
    """Requests that a device may still make: `rate` a second, twice as many in a burst.

    >>> seconds = iter([0.0, 0.0, 0.0, 0.6])
    >>> bucket = Bucket(1.0, lambda: next(seconds))
    >>> [bucket.take() for _ in range(3)]
    [0.0, 0.0, 0.4]
    """

    rate: float
    clock: Callable[[], float]
    _left: float = field(init=False)
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._left, self._since = 2 * self.rate, self.clock()

    def take(self) -> float:
        """Zero if the request may go on, else how long to wait [s]."""
        now = self.clock()
        self._left = min(max(1.0, 2 * self.rate), self._left + (now - self._since) * self.rate)
        self._since = now
        if self._left < 1.0:
            return round((1.0 - self._left) / self.rate, 3)
        self._left -= 1.0
        return 0.0


@dataclass(slots=True)
class Listening:
    """What answers the devices of one source; `take` puts points on the disk and returns when they are there."""

    source: str
    settings: PushSettings
    zone: tzinfo
    tokens: Tokens
    take: Take
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], int] = time.time_ns
    crowd: Crowd = field(default_factory=Crowd)
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _busy: int = 0

    def application(self) -> "web.Application":
        """All of it, for aiohttp's server."""
        from aiohttp import web

        application = web.Application(client_max_size=self.settings.body * MIB, middlewares=[self._polite()])
        places = {
            "/v1/samples": self._samples,
            "/write": self._lines,
            "/api/v2/write": self._lines,
        }
        for place, handler in places.items():
            application.router.add_post(place, handler)
        for place in ("/health", "/ping"):
            application.router.add_get(place, self._health)
        return application

    def _polite(self) -> Any:
        """Every refusal as JSON in the caller's language; nothing of how we are made."""
        from aiohttp import web

        @web.middleware
        async def answer(request: "web.Request", handler: Any) -> "web.StreamResponse":
            self.crowd.spoke(request.protocol)
            try:
                response: web.StreamResponse = await handler(request)
            except REFUSALS as refused:
                response = refusal(refused, request.headers.get("Accept-Language", ""))
            except web.HTTPRequestEntityTooLarge:
                response = refusal(self._too_large(), request.headers.get("Accept-Language", ""))
            except web.HTTPException:
                response = refusal(self._stranger(request), request.headers.get("Accept-Language", ""))
            response.headers["Server"] = "dure"
            return response

        return answer

    async def _samples(self, request: "web.Request") -> "web.Response":
        from aiohttp import web

        device = self._device(request)
        kind = request.content_type.lower()
        reader = {"application/json": read_json, "text/csv": read_csv}.get(kind)
        if reader is None and kind not in ("text/plain", "application/vnd.influx.line-protocol"):
            raise KindUnknown(kind[:60])
        content = await self._content(request)
        if reader is None:
            points = read_lines(content, self.wall(), _precision(request))
        else:
            points = reader(content, self.wall(), self.zone)
        return web.json_response({"stored": await self._store(device, points)})

    async def _lines(self, request: "web.Request") -> "web.Response":
        """As InfluxDB answers: 204 without a body."""
        from aiohttp import web

        device = self._device(request)
        await self._store(device, read_lines(await self._content(request), self.wall(), _precision(request)))
        return web.Response(status=204)

    async def _health(self, request: "web.Request") -> "web.Response":
        """A stranger learns that something answers, a device that it is known."""
        from aiohttp import web

        device = self.tokens.device(_token(request))
        return web.json_response({"device": device}) if device else web.Response(status=204)

    def _device(self, request: "web.Request") -> str:
        """The device that calls, within its rate.

        Raises
        ------
        TokenRefused, TooMany
        """
        device = self.tokens.device(_token(request))
        if device is None:
            raise TokenRefused(request.path[:60])
        bucket = self._buckets.setdefault(device, Bucket(self.settings.rate, self.clock))
        wait = bucket.take() if self._busy < self.settings.at_once else 1.0
        if wait:
            raise TooMany(device, seconds=f"{wait:g}")
        return device

    async def _content(self, request: "web.Request") -> bytes:
        """The body, unpacked, within its limits of size and time."""
        self._busy += 1
        try:
            async with asyncio.timeout(BODY_WITHIN):
                packed = await request.read()
        except TimeoutError:
            raise BodyRefused(Text("it does not end", "본문이 끝나지 않습니다")) from None
        finally:
            self._busy -= 1
        coding = request.headers.get("Content-Encoding", "identity").lower()
        if coding == "identity":
            return packed
        if coding != "gzip":
            raise KindUnknown(coding[:40])
        return self._unpacked(packed)

    def _unpacked(self, packed: bytes) -> bytes:
        limit = self.settings.body * MIB
        unpacker = zlib.decompressobj(wbits=31)
        try:
            plain = unpacker.decompress(packed, limit + 1)
        except zlib.error:
            raise BodyRefused(Text("it is no gzip", "gzip이 아닙니다")) from None
        if len(plain) > limit:
            raise self._too_large()
        if not unpacker.eof or unpacker.unused_data:
            raise BodyRefused(Text("its gzip is not whole", "gzip이 온전하지 않습니다"))
        return plain

    async def _store(self, device: str, points: Sequence[Point]) -> int:
        self._busy += 1
        try:
            async with asyncio.timeout(STORED_WITHIN):
                return await self.take(device, points)
        except TimeoutError:
            raise NotStored(device) from None
        finally:
            self._busy -= 1

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(f"{self.settings.body} MiB")

    def _stranger(self, request: "web.Request") -> DureError:
        """Who is not known learns nothing of which places there are."""
        if self.tokens.device(_token(request)) is None:
            return TokenRefused(request.path[:60])
        return PlaceUnknown(request.path[:60])


def refusal(refused: DureError, languages: str) -> "web.Response":
    """A refusal as JSON, in Korean where the caller asks for it first."""
    from aiohttp import web

    with use_language("ko" if languages.strip().lower().startswith("ko") else "en"):
        body = {"error": {"key": refused.key, "message": refused.message, "remedy": refused.way_out}}
    status = getattr(refused, "status", 400)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status in (429, 503):
        headers["Retry-After"] = str(max(1, round(float(refused.facts.get("seconds", 1)))))  # type: ignore[arg-type]  # a number in words
    return web.json_response(
        body, status=status, headers=headers, dumps=partial(json.dumps, ensure_ascii=False)
    )


def _token(request: "web.Request") -> str:
    """The token of `Bearer`, of InfluxDB's `Token`, or the password of `Basic`; empty where there is none."""
    scheme, _, given = request.headers.get("Authorization", "")[:LONGEST_TOKEN].partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return given.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _precision(request: "web.Request") -> str:
    unit = request.query.get("precision", "ns").replace("µ", "u")
    if unit not in UNITS:
        raise BodyRefused(Text(f"the precision is {unit[:20]!r}", f"precision이 {unit[:20]!r}입니다"))
    return unit
