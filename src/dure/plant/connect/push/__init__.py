"""Devices that send by themselves: the collector listens, and answers when what came is on the disk."""

import asyncio
import errno
import json
import socket
import time
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
    SourceSilent,
    SourceUnreachable,
    Standing,
    WriteNotArmed,
    write_private,
)
from dure.plant.connect.push.points import Point, readings
from dure.plant.connect.push.settings import PushSettings
from dure.plant.connect.push.tokens import devices, make_token, revoke_token
from dure.vocabulary import Quality, Sample, Signal, Text

if TYPE_CHECKING:
    from datetime import tzinfo

    from aiohttp import web

__all__ = ["CONNECTOR", "Push", "PushSettings", "devices", "make_token", "revoke_token"]

MOST = 20_000  # signals remembered
TELL_EVERY = 2.0  # s
_TAKEN = Text("another program listens there", "다른 프로그램이 이미 사용하고 있습니다")


class Push:
    """Listens for devices that send JSON, CSV or line protocol over HTTP; see `Connector` for the promise.

    A device is known by its token and is the first level of its signals' ids. A request is answered with 2xx
    when its readings are on the disk, whole or not at all; sent again it is stored once, since a reading is
    known by its signal and its time.
    """

    schemes: ClassVar[tuple[str, ...]] = ("push",)
    title: ClassVar[Text] = Text("HTTP push", "HTTP 수신")
    requires: ClassVar[str] = "aiohttp"
    standard: ClassVar[str] = "RFC 9110 (HTTP), RFC 6750 (Bearer), RFC 8259 (JSON), InfluxDB line protocol"
    settings_type: ClassVar[type[Settings]] = PushSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        "browse-bounded": DONE,
        "source-time": DONE,
        "quality": DONE,
        "units": DONE,
        "text-values": DONE,
        "test-before-save": Standing(Mark.DONE, "that the port is free; a device can only call afterwards"),
        "reconnects": Standing(Mark.DONE, "a device connects by itself; `silence` says when none does"),
        "ack-after-disk": DONE,
        "gaps-named": Standing(
            Mark.EXEMPT, "a device keeps what was not answered with 2xx; what it drops is not known here"
        ),
        "back-fill": DONE,
        "encrypted": DONE,
        "peer-trusted": DONE,
        "secret-kept": DONE,
        "write-armed": DONE,
        "closes": DONE,
        "own-errors": DONE,
        "real-peer": Standing(
            Mark.DONE, "the fetch of Node.js, an independent HTTP client; no gateway of a maker"
        ),
    }

    make_token = staticmethod(make_token)
    revoke_token = staticmethod(revoke_token)
    devices = staticmethod(devices)

    def __init__(self, place: Place, settings: PushSettings) -> None:
        self.place, self.settings = place, settings
        self.notes: list[str] = []
        parts = urlsplit(place.url)
        try:
            self._host, self._port = parts.hostname or "", parts.port or 8181
        except ValueError:
            self._host = ""
        if not self._host or parts.path.strip("/") or parts.query:
            raise AddressRefused(place.url, source=place.source, example="push://0.0.0.0:8181")
        try:
            self._zone: tzinfo = UTC if settings.zone.upper() == "UTC" else ZoneInfo(settings.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SettingRefused("zone", value=settings.zone, allowed="Asia/Seoul, UTC …") from None
        self._sink: Sink | None = None
        self._chosen: frozenset[str] = frozenset()
        self._runner: web.AppRunner | None = None
        self._watching: asyncio.Task[None] | None = None
        self._came = asyncio.Event()
        self._known = self._remembered()
        self._latest: dict[str, Sample] = {}
        self._told = 0.0

    async def identify(self) -> dict[str, str]:
        """Whether the port can be listened at, and which devices have a token."""
        if (await asyncio.to_thread(self._bound)) == errno.EADDRINUSE and not self._is_ours():
            raise SourceUnreachable(self._where, why=_TAKEN)
        known = await asyncio.to_thread(devices, self.place.home, self.place.source)
        return {
            "product": f"{len(known)} devices",
            "version": "HTTP/1.1",
            "security": "TLS" if self.settings.tls else "none",
        }

    async def browse(self, limit: int = 10_000) -> list[Signal]:
        """The signals that devices have sent so far."""
        await asyncio.to_thread(self._bound)
        found = [self._signal(id_, *facts) for id_, facts in sorted(self._remembered().items())]
        if not found:
            self.notes.append("no device has sent anything yet")
        if len(found) > limit:
            self.notes.append(f"browsing stopped at {limit} signals")
        return found[:limit]

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """The newest reading of each signal, as far as this process received it."""
        nothing = float("nan")
        return [
            self._latest.get(one.id) or Sample(one.id, 0, nothing, quality=Quality.BAD) for one in signals
        ]

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Listen. The port stays open when the devices fall silent, and is open before the next attempt."""
        self._chosen = frozenset(signal.id for signal in signals)
        self._sink = sink
        if self._runner is None:
            await self._listen()
            self._came.set()
        await self._came.wait()
        sink.up(f"devices are listened for at {self._host}:{self._port}")
        while True:
            self._came.clear()
            try:
                async with asyncio.timeout(self.settings.silence or None):
                    await self._came.wait()
            except TimeoutError:
                raise SourceSilent(self._where, seconds=f"{self.settings.silence:g}") from None

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Never: a device calls, it is not called."""
        del value, arm
        raise WriteNotArmed(
            signal.id, why=Text("a device that sends is not written to", "보내는 장치에는 쓰지 않습니다")
        )

    async def close(self) -> None:
        """Stop listening; requests that are being answered are answered."""
        if self._runner is not None:
            self._remember()
            if self._watching is not None:
                self._watching.cancel()
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _listen(self) -> None:
        from aiohttp import web

        from dure.plant.connect.push.certificate import listening_context
        from dure.plant.connect.push.listening import Listening
        from dure.plant.connect.push.tokens import Tokens

        listening = Listening(
            self.place.source,
            self.settings,
            self._zone,
            Tokens(self.place.home, self.place.source),
            self._take,
        )
        context = listening_context(self.place.home, self._host) if self.settings.tls else None
        runner = web.AppRunner(
            listening.application(), access_log=None, auto_decompress=False, keepalive_timeout=75.0,
            shutdown_timeout=3.0, max_line_size=8190, max_field_size=8190,
        )  # fmt: skip
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port, ssl_context=context, backlog=256).start()
        except OSError as refused:
            await runner.cleanup()
            raise self._unreachable(refused) from refused
        self._runner, server = runner, runner.server
        assert server is not None  # noqa: S101 - for the type checker; a runner that is set up has one
        self._watching = asyncio.create_task(listening.crowd.watch(lambda: server.connections), name="crowd")

    async def _take(self, device: str, points: Sequence[Point]) -> int:
        """Points of a device to the disk, of the signals that are wanted; how many they were."""
        if self._sink is None:
            raise SourceLost(self._where, why="–")
        self._came.set()
        wanted = [
            p for p in points if not self._chosen or f"{self.place.source}/{device}/{p.name}" in self._chosen
        ]
        if not wanted:
            return 0
        await self._sink.room()
        written = self._sink.put(readings(self.place.source, device, wanted))
        self._note(device, wanted)
        self._sink.hurry()  # who waits is a device; those that come while the disk writes share the next write
        await written
        return len(wanted)

    def _note(self, device: str, points: Sequence[Point]) -> None:
        """Remember signals for those who browse, and the newest reading of each."""
        new = False
        for one in points:
            name = f"{self.place.source}/{device}/{one.name}"
            facts = (one.unit, "text" if one.text is not None else "number")
            if name not in self._known and len(self._known) >= MOST:
                continue
            if name not in self._known or (one.unit and self._known[name][0] != one.unit):
                self._known[name], new = facts, True
            self._latest[name] = Sample(
                name, one.time, one.value, quality=Quality(one.quality), text=one.text
            )
        if new and time.monotonic() - self._told > TELL_EVERY:
            self._remember()

    def _remember(self) -> None:
        self._told = time.monotonic()
        write_private(self._signals_file, json.dumps(self._known, ensure_ascii=False).encode())

    def _remembered(self) -> dict[str, tuple[str, str]]:
        try:
            found = json.loads(self._signals_file.read_text())
            return {str(name): (str(unit), str(kind)) for name, (unit, kind) in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _signal(self, id_: str, unit: str, kind: str) -> Signal:
        from dure.science.quality import unit_in

        _, device, name = id_.split("/", 2)
        code = unit_in(f"x [{unit}]") if unit else unit_in(name)
        return Signal(id_, self.place.source, name, code, f"{device}/{name}", device, kind=kind)

    def _bound(self) -> int:
        """Zero if the port can be listened at, EADDRINUSE if somebody does; else it is refused.

        Raises
        ------
        SourceUnreachable
        """
        try:
            found = socket.getaddrinfo(
                self._host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            with socket.socket(found[0][0], socket.SOCK_STREAM) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(found[0][4])
        except OSError as refused:
            if refused.errno == errno.EADDRINUSE:
                return errno.EADDRINUSE
            raise self._unreachable(refused) from refused
        return 0

    def _is_ours(self) -> bool:
        """Whether it is this source's own collector that listens."""
        try:
            told: dict[str, Any] = json.loads(
                (self.place.home / "run" / f"collector-{self.place.source}.json").read_text()
            )
        except (OSError, ValueError):
            return False
        return time.time() - told.get("told", 0) < 10 and told.get("state") in ("collecting", "lost")

    def _unreachable(self, refused: OSError) -> SourceUnreachable:
        taken = refused.errno == errno.EADDRINUSE
        return SourceUnreachable(self._where, why=_TAKEN if taken else refused.strerror or str(refused))

    @property
    def _signals_file(self) -> Any:
        return self.place.home / "run" / f"collector-{self.place.source}.signals.json"

    @property
    def _where(self) -> str:
        return f"{self.place.source} ({self._host}:{self._port})"


CONNECTOR = Push
