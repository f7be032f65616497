r"""What hub and plant say to each other on a line before it is handed to a visitor, and how bytes pass afterwards.

```
plant  DURE-TUNNEL/1\n                       the same port as the visitors: TLS begins with another byte
plant  {"name": …}
hub    {"hub": …, "challenge": 64 hex digits}
plant  {"signature": …}                      over said(hub, name, challenge)
hub    {"ok": true, "lines": n, "beat": s}   or {"refused": key}
hub    {"beat": true}                        every `beat` seconds; the plant answers the same, and says nothing else
hub    {"go": true}                          from here on the line is the visitor's, byte for byte
```
Messages are JSON objects behind a length of two bytes, at most `LONGEST`.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dure.sharing.tunnel.refusals import AddressWrong, WireWrong

MAGIC, LONGEST = b"DURE-TUNNEL/1\n", 4_096
# What one relayed connection holds of each direction at most, beside the kernel's own buffers [bytes].
BUFFER = 64 * 1024
# How long one step of the greeting may take [s].
STEP = 10.0


def said(hub: str, name: str, challenge: str) -> bytes:
    """The words that a plant signs: bound to this hub, this name and this moment."""
    return f"dure tunnel 1\n{hub}\n{name}\n{challenge}".encode()


async def send(sock: socket.socket, facts: dict[str, Any], more: bytes = b"") -> None:
    """Say one message, and `more` right behind it."""
    written = json.dumps(facts, separators=(",", ":")).encode()
    await asyncio.get_running_loop().sock_sendall(sock, len(written).to_bytes(2) + written + more)


async def heard(sock: socket.socket, where: str) -> dict[str, Any]:
    """The next message, and not one byte more.

    Raises
    ------
    WireWrong
        If it is none, or the line ended.
    """
    length = int.from_bytes(await exactly(sock, 2, where))
    if not 2 <= length <= LONGEST:
        raise WireWrong(where)
    try:
        told = json.loads(await exactly(sock, length, where))
    except (ValueError, RecursionError) as fault:
        raise WireWrong(where) from fault
    if not isinstance(told, dict):
        raise WireWrong(where)
    return told


async def exactly(sock: socket.socket, count: int, where: str) -> bytes:
    """`count` bytes of the line."""
    content = b""
    while len(content) < count:
        part = await asyncio.get_running_loop().sock_recv(sock, count - len(content))
        if not part:
            raise WireWrong(where)
        content += part
    return content


@dataclass(slots=True, eq=False)
class Relay:
    """Two sockets joined: what comes from one goes to the other, at the pace of the slower.

    Nothing is queued: each direction owns one buffer and reads again when it was taken off, so a slow reader makes
    the kernel close the sender's window, and a thousand slow readers cost a thousand buffers.
    `allowed` gives the bytes that may pass now and the wait before them [s] (`Pace.wait`).
    """

    visitor: socket.socket
    plant: socket.socket
    clock: Callable[[], float]
    pace: "Pace | None" = None
    last: float = field(init=False)
    moved: int = 0

    def __post_init__(self) -> None:
        self.last = self.clock()

    async def run(self) -> None:
        """Until both directions have ended, or one broke."""
        works = [
            asyncio.create_task(self._pump(self.visitor, self.plant)),
            asyncio.create_task(self._pump(self.plant, self.visitor)),
        ]
        try:
            await asyncio.gather(*works)
        except OSError:
            pass  # a side that breaks off ends the other too: that is all there is to say
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
            self.close()

    def close(self) -> None:
        """End both sides."""
        close(self.visitor)
        close(self.plant)

    async def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        loop, buffer = asyncio.get_running_loop(), bytearray(BUFFER)
        view = memoryview(buffer)
        while count := await loop.sock_recv_into(source, buffer):
            if self.pace is not None and (wait := self.pace.wait(count, self.clock())) > 0:
                await asyncio.sleep(wait)
            await loop.sock_sendall(sink, view[:count])
            self.last, self.moved = self.clock(), self.moved + count
            # The loop's socket calls return at once while bytes are there: without this, one visitor takes every turn.
            await asyncio.sleep(0)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@dataclass(slots=True)
class Pace:
    """Bytes a second that all connections of one name share; a second's worth may pass at once.

    >>> pace = Pace(1000.0)
    >>> pace.wait(500, 0.0), pace.wait(1000, 0.0), pace.wait(500, 10.0)
    (0.0, 0.5, 0.0)
    """

    rate: float
    free: float = field(init=False)
    at: float | None = None

    def __post_init__(self) -> None:
        self.free = self.rate

    def wait(self, count: int, now: float) -> float:
        """How long to wait before `count` bytes may pass [s]."""
        if self.at is not None:
            self.free = min(self.rate, self.free + (now - self.at) * self.rate)
        self.at, self.free = now, self.free - count
        return max(0.0, -self.free / self.rate)


def close(sock: socket.socket) -> None:
    """End a socket, whatever its state."""
    with contextlib.suppress(OSError):
        sock.close()


def ready(sock: socket.socket) -> socket.socket:
    """The socket as the loop wants it; small writes leave at once."""
    sock.setblocking(False)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def address(written: str, default: int = 443) -> tuple[str, int]:
    """Host and port of `HOST` or `HOST:PORT`.

    >>> address("hub.example"), address("[::1]:8443")
    (('hub.example', 443), ('::1', 8443))

    Raises
    ------
    AddressWrong
        If it is neither.
    """
    host, colon, port = written.strip().rpartition(":")
    if not colon or port.endswith("]"):
        host, port = written.strip(), str(default)
    host = host.removeprefix("[").removesuffix("]")
    good = (
        host
        and "/" not in host
        and port.isascii()
        and port.isdigit()
        and len(port) < 6
        and 0 < int(port) < 65_536
    )
    if not good:
        raise AddressWrong(written[:100])
    return host, int(port)
