"""The hub: one public port, on which plants wait and visitors are passed through to them, unread.

A plant keeps a few authenticated lines open (outbound connections of its own). A visitor's first bytes are its
ClientHello: the hub reads the server's name in it, takes a waiting line of that plant, and from then on moves bytes.
One line carries one visitor, so TCP itself gives each its order, its pace and its end; nothing is multiplexed, and a
slow visitor holds up nobody. TLS ends in the plant: the hub has no key and needs none.
"""

import asyncio
import contextlib
import logging
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from dure.sharing.tunnel.hello import MOST_BYTES, server_name
from dure.sharing.tunnel.keys import Verify
from dure.sharing.tunnel.refusals import HelloWrong, PortTaken, WireWrong
from dure.sharing.tunnel.wire import MAGIC, STEP, Pace, Relay, close, heard, ready, said, send

logger = logging.getLogger("dure.sharing.tunnel")

# TLS alerts (RFC 8446 §6.2), fatal, in a record of their own: no such server; a fault of ours.
UNKNOWN_NAME, FAULT = b"\x15\x03\x03\x00\x02\x02\x70", b"\x15\x03\x03\x00\x02\x02\x50"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the hub gives; counts are connections.

    `open`, `waiting`, `lines`: of one name: visitors passed through, visitors that wait for a line, lines kept idle.
    `greeting`: connections of anybody that have not yet said who they are. `all`: visitors of all names.
    `wait`: longest wait for a line [s]; `beat`: between signs of life on an idle line [s]; `quiet`: a passed
    connection without a byte is ended after this [s]; `rate`: of one name [bytes/s], 0 without a bound.
    """

    open: int = 128
    waiting: int = 64
    lines: int = 32
    greeting: int = 256
    all: int = 2_048
    wait: float = 5.0
    beat: float = 15.0
    quiet: float = 600.0
    rate: float = 0.0


@dataclass(slots=True, eq=False)
class _Line:
    sock: socket.socket
    called: asyncio.Future[bool]
    # Set once its own task no longer looks at it: True if it still lives.
    released: asyncio.Future[bool]


@dataclass(slots=True)
class _Station:
    """One name: its idle lines, the visitors that wait for one, and those passed through."""

    name: str
    pace: Pace | None
    idle: deque[_Line] = field(default_factory=deque)
    waiting: deque[asyncio.Future[_Line]] = field(default_factory=deque)
    relays: set[Relay] = field(default_factory=set)
    lines: set[_Line] = field(default_factory=set)
    since: float = 0.0
    visitors: int = 0
    turned_away: int = 0
    moved: int = 0


@dataclass(slots=True)
class Hub:
    """The passing-through itself.

    Parameters
    ----------
    name
        The hub's own name, which plants sign.
    verify
        Whether a signature proves that its maker may have a name.
    admitted
        Whether a name may still be had; asked every second for names in use.
    """

    name: str
    verify: Verify
    admitted: Callable[[str], bool] = lambda _name: True
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.monotonic
    entropy: Callable[[int], bytes] = secrets.token_bytes
    _stations: dict[str, _Station] = field(default_factory=dict)
    _works: set[asyncio.Task[None]] = field(default_factory=set)
    _greeting: int = 0
    _knocked: int = 0
    _taken: WeakSet[socket.socket] = field(default_factory=WeakSet)
    _listening: list[socket.socket] = field(default_factory=list)

    def listen(self, host: str, port: int) -> int:
        """Open the port; its number (for port 0).

        Raises
        ------
        PortTaken
            If it cannot be had.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            sock = socket.create_server((host, port), family=family, backlog=512)
        except (OSError, OverflowError) as fault:
            raise PortTaken(f"{host}:{port}", fault=getattr(fault, "strerror", None) or str(fault)) from fault
        sock.setblocking(False)
        self._listening.append(sock)
        return int(sock.getsockname()[1])

    async def run(self) -> None:
        """Take connections until cancelled; then all of them end."""
        try:
            for sock in self._listening:
                self._resume(sock)
            await self._sweep()
        finally:
            for sock in self._listening:
                asyncio.get_running_loop().remove_reader(sock)
                close(sock)
            for work in list(self._works):
                work.cancel()
            await asyncio.gather(*self._works, return_exceptions=True)
            for sock in list(self._taken):
                close(sock)

    def health(self) -> dict[str, Any]:
        """What is going on: of each name its idle lines, visitors now and ever, those turned away, and bytes."""
        return {
            "names": {
                one.name: {
                    "idle": len(one.idle),
                    "open": len(one.relays),
                    "waiting": len(one.waiting),
                    "visitors": one.visitors,
                    "turned_away": one.turned_away,
                    "bytes": one.moved + sum(relay.moved for relay in one.relays),
                }
                for one in self._stations.values()
            },
            "greeting": self._greeting,
        }

    def _accept(self, listening: socket.socket) -> None:
        """Take what has knocked. Not awaited: a connection accepted for a task that is just being ended would be lost."""
        loop = asyncio.get_running_loop()
        for _turn in range(64):
            try:
                sock, _where = listening.accept()
            except BlockingIOError:
                return
            except OSError:  # no descriptor left: what is open must end first
                loop.remove_reader(listening)
                loop.call_later(0.1, self._resume, listening)
                return
            if self._greeting + self._knocked >= self.limits.greeting:
                close(sock)
                continue
            self._knocked += 1
            self._taken.add(sock)
            self._begin(self._arrived(ready(sock)), sock)

    def _resume(self, listening: socket.socket) -> None:
        if listening.fileno() >= 0:
            asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    def _begin(self, work: Coroutine[Any, Any, None], sock: socket.socket) -> None:
        def ended(task: asyncio.Task[None]) -> None:
            self._works.discard(task)
            if task.cancelled():  # perhaps before its first step
                close(sock)

        task = asyncio.get_running_loop().create_task(work)
        self._works.add(task)
        task.add_done_callback(ended)

    async def _arrived(self, sock: socket.socket) -> None:
        self._knocked -= 1
        self._greeting += 1
        greeted = False
        try:
            async with asyncio.timeout(STEP):
                first, name = await self._first_words(sock)
                station = await self._greet(sock) if name is None else None
            self._greeting, greeted = self._greeting - 1, True
            if name is not None:
                await self._visit(name, first, sock)
            elif station is not None:
                await self._keep(station, sock)
        except (OSError, TimeoutError, WireWrong):
            close(sock)
        except HelloWrong:
            await self._turn_away(sock, FAULT)
        except Exception:
            close(sock)
            logger.exception("a connection was given up")  # a fault of ours: the others go on
        finally:
            self._greeting -= not greeted

    async def _first_words(self, sock: socket.socket) -> tuple[bytes, str | None]:
        """The first bytes of a connection, and the server's name in them; no name for a plant's line."""
        loop, first = asyncio.get_running_loop(), b""
        while True:
            plant = MAGIC.startswith(first[:1]) if first else False
            # Of a plant nothing is read beyond the magic: what follows belongs to its messages.
            part = await loop.sock_recv(
                sock, len(MAGIC) - len(first) if not first or plant else MOST_BYTES - len(first)
            )
            if not part:
                raise WireWrong("visitor")
            first += part
            if first == MAGIC:
                return first, None
            if not MAGIC.startswith(first) and (name := server_name(first)) is not None:
                return first, name

    async def _greet(self, sock: socket.socket) -> _Station | None:
        """Let a plant prove its name; its station, or None after a refusal."""
        told = await heard(sock, "plant")
        name, challenge = str(told.get("name", ""))[:253], self.entropy(32).hex()
        await send(sock, {"hub": self.name, "challenge": challenge})
        signature = str((await heard(sock, "plant")).get("signature", ""))
        if not self.verify(name, said(self.name, name, challenge), signature):
            await self._refuse(sock, "name")
            return None
        if name not in self._stations:
            pace = Pace(self.limits.rate) if self.limits.rate else None
            self._stations[name] = _Station(name, pace, since=self.clock())
            logger.info("a plant has come as %s", name)
        station = self._stations[name]
        if len(station.lines) >= self.limits.lines:
            await self._refuse(sock, "enough")
            return None
        await send(sock, {"ok": True, "lines": self.limits.lines, "beat": self.limits.beat})
        return station

    async def _refuse(self, sock: socket.socket, key: str) -> None:
        await send(sock, {"refused": key})
        close(sock)

    async def _keep(self, station: _Station, sock: socket.socket) -> None:
        """Hold a line until a visitor takes it; between, it shows that it lives."""
        loop = asyncio.get_running_loop()
        line = _Line(sock, loop.create_future(), loop.create_future())
        station.lines.add(line)
        try:
            while True:
                self._offer(station, line)
                if await self._called(line):
                    if line.released.cancelled():  # whoever called has gone
                        raise WireWrong(station.name)  # noqa: TRY301 - ends the line as any other break does
                    line.released.set_result(True)
                    return
                with contextlib.suppress(ValueError):
                    station.idle.remove(line)
                await _shown_alive(sock, station.name)
        except BaseException:
            with contextlib.suppress(ValueError):
                station.idle.remove(line)
            close(sock)
            raise
        finally:
            station.lines.discard(line)
            if not line.released.done():
                line.released.set_result(False)

    def _offer(self, station: _Station, line: _Line) -> None:
        while station.waiting:
            waiting = station.waiting.popleft()
            if not waiting.done():
                line.called.set_result(True)
                waiting.set_result(line)
                return
        station.idle.append(line)

    async def _called(self, line: _Line) -> bool:
        """Whether a visitor took the line before its next sign of life is due; an ended line raises."""
        ended = asyncio.create_task(asyncio.get_running_loop().sock_recv(line.sock, 1))
        try:
            await asyncio.wait(
                (line.called, ended), timeout=self.limits.beat, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)
        if not ended.cancelled():  # an idle plant says nothing: this is its end
            raise WireWrong("plant")
        return line.called.done()

    async def _visit(self, name: str, first: bytes, visitor: socket.socket) -> None:
        station = self._stations.get(name)
        if station is None:
            await self._turn_away(visitor, UNKNOWN_NAME)
            return
        passed = sum(len(one.relays) for one in self._stations.values())
        if len(station.relays) >= self.limits.open or passed >= self.limits.all:
            station.turned_away += 1
            await self._turn_away(visitor, FAULT)
            return
        line = await self._line(station, first)
        if line is None:
            station.turned_away += 1
            await self._turn_away(visitor, FAULT)
            return
        relay = Relay(visitor, line.sock, self.clock, station.pace)
        station.relays.add(relay)
        station.visitors += 1
        try:
            await relay.run()
        finally:
            station.relays.discard(relay)
            station.moved += relay.moved

    async def _line(self, station: _Station, first: bytes) -> _Line | None:
        """A line that has been told to go, with the visitor's first bytes on it; None if there is none in time."""
        try:
            async with asyncio.timeout(self.limits.wait):
                while True:
                    line = await self._free(station)
                    if line is None:
                        return None
                    # Its own task looks at it until now, and must have let go before the plant may answer.
                    if not await self._let_go(line):
                        continue
                    try:
                        await send(line.sock, {"go": True}, first)
                    except OSError:
                        close(line.sock)
                        continue
                    except BaseException:
                        close(line.sock)
                        raise
                    return line
        except TimeoutError:
            return None

    async def _let_go(self, line: _Line) -> bool:
        try:
            return await line.released
        except asyncio.CancelledError:
            if not line.released.cancelled() and line.released.result():
                close(line.sock)  # it was ours already
            raise

    async def _free(self, station: _Station) -> _Line | None:
        while station.idle:
            line = station.idle.popleft()
            if not line.called.done():
                line.called.set_result(True)
                return line
        if len(station.waiting) >= self.limits.waiting:
            return None
        waiting: asyncio.Future[_Line] = asyncio.get_running_loop().create_future()
        station.waiting.append(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled():
                close(waiting.result().sock)
            raise
        finally:
            with contextlib.suppress(ValueError):
                station.waiting.remove(waiting)

    async def _turn_away(self, sock: socket.socket, alert: bytes) -> None:
        try:
            async with asyncio.timeout(1.0):
                await asyncio.get_running_loop().sock_sendall(sock, alert)
                sock.shutdown(socket.SHUT_WR)
        except (OSError, TimeoutError):
            pass  # whoever does not listen is not told
        finally:
            close(sock)

    async def _sweep(self) -> None:
        """Once a second: end what is quiet, and all of a name that was taken back."""
        while True:
            await asyncio.sleep(1.0)
            for station in list(self._stations.values()):
                gone = not self.admitted(station.name)
                for relay in list(station.relays):
                    if gone or self.clock() - relay.last > self.limits.quiet:
                        _cut(relay.visitor, relay.plant)
                if gone:
                    _cut(*(line.sock for line in station.lines))
                    del self._stations[station.name]


async def _shown_alive(sock: socket.socket, name: str) -> None:
    async with asyncio.timeout(STEP):
        await send(sock, {"beat": True})
        told = await heard(sock, name)
    if told.get("beat") is not True:
        raise WireWrong(name)


def _cut(*socks: socket.socket) -> None:
    """End sockets under the feet of whoever waits for them: a closed descriptor would leave the loop waiting."""
    for sock in socks:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
