"""The plant's end: a few lines to the hub kept waiting, each handed to one visitor, and TLS ended here."""

import asyncio
import contextlib
import logging
import random
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dure.sharing.tunnel.keys import Sign
from dure.sharing.tunnel.refusals import HubSilent, NameRefused, WireWrong
from dure.sharing.tunnel.wire import BUFFER, MAGIC, STEP, Relay, close, heard, ready, said, send

logger = logging.getLogger("dure.sharing.tunnel")

# Waits before a line is tried again [s]: doubled up to the second, spread over their upper half.
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0


@dataclass(slots=True)
class Plant:
    """A plant joined to a hub.

    Parameters
    ----------
    hub
        Host and port of the hub.
    name
        The name that the hub passes on to us.
    sign
        Signs the hub's challenge.
    to
        Host and port of what serves the visitors here.
    tls
        With it, TLS ends here and `to` is spoken to in plain; without, `to` speaks TLS itself.
    lines
        Idle lines to keep, at most as many as the hub allows.
    """

    hub: tuple[str, int]
    name: str
    sign: Sign = field(repr=False)
    to: tuple[str, int]
    tls: ssl.SSLContext | None = None
    lines: int = 8
    spread: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic
    idle: int = 0
    visitors: int = 0
    open: int = 0
    lost: str = ""
    _works: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Keep the lines until cancelled."""
        try:
            await asyncio.gather(*(self._keep(index) for index in range(self.lines)))
        finally:
            for work in list(self._works):
                work.cancel()
            await asyncio.gather(*self._works, return_exceptions=True)

    def health(self) -> dict[str, Any]:
        """Where it stands: `joined` with lines waiting, else `lost` with the reason."""
        state = "joined" if self.idle or self.open else "lost"
        return {
            "state": state,
            "hub": f"{self.hub[0]}:{self.hub[1]}",
            "name": self.name,
            "idle": self.idle,
            "open": self.open,
            "visitors": self.visitors,
            **({"message": self.lost} if self.lost else {}),
        }

    async def _keep(self, index: int) -> None:
        failures = 0
        while True:
            begun = self.clock()
            try:
                handed = await self._line(index)
                failures = 0 if handed else failures + 1
            except (HubSilent, WireWrong, NameRefused) as lost:
                # A line that waited long before it broke was a good one: it is opened anew at once.
                failures = 1 if self.clock() - begun > LONGEST_WAIT else failures + 1
                if not self.lost:
                    logger.warning("%s", lost)
                self.lost = str(lost)
            if failures:
                wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures - 1, 16))
                await asyncio.sleep(wait * (0.5 + 0.5 * self.spread()))

    async def _line(self, index: int) -> bool:
        """One line from its opening to its visitor; False when the hub has lines enough."""
        where = f"{self.hub[0]}:{self.hub[1]}"
        sock = await self._dialled(where)
        try:
            async with asyncio.timeout(STEP):
                beat = await self._greeted(sock, where)
            if beat is None:
                close(sock)
                return False
            if self.lost or not (self.idle or index):
                logger.info("joined to %s as %s", where, self.name)
            self.lost = ""
            self.idle += 1
            try:
                await self._called(sock, beat, where)
            finally:
                self.idle -= 1
        except (OSError, TimeoutError) as fault:
            close(sock)
            raise HubSilent(where, fault=str(fault) or "no sign of life") from fault
        except BaseException:
            close(sock)
            raise
        work = asyncio.get_running_loop().create_task(self._serve(sock))
        self._works.add(work)
        work.add_done_callback(self._works.discard)
        return True

    async def _dialled(self, where: str) -> socket.socket:
        try:
            async with asyncio.timeout(STEP):
                return await dial(self.hub)
        except (OSError, TimeoutError) as fault:
            raise HubSilent(where, fault=str(fault) or "no answer") from fault

    async def _greeted(self, sock: socket.socket, where: str) -> float | None:
        """Prove the name; seconds between signs of life, or None when there are lines enough."""
        await asyncio.get_running_loop().sock_sendall(sock, MAGIC)
        await send(sock, {"name": self.name})
        asked = await heard(sock, where)
        hub, challenge = asked.get("hub"), asked.get("challenge")
        if (
            not isinstance(hub, str)
            or not isinstance(challenge, str)
            or len(hub) > 253
            or len(challenge) > 128
        ):
            raise WireWrong(where)
        await send(sock, {"signature": self.sign(said(hub, self.name, challenge))})
        told = await heard(sock, where)
        if told.get("refused") == "enough":
            return None
        if told.get("ok") is not True:
            raise NameRefused(where, name=self.name)
        beat = told.get("beat")
        return float(beat) if isinstance(beat, int | float) and 0 < beat < 3_600 else STEP

    async def _called(self, sock: socket.socket, beat: float, where: str) -> None:
        """Answer signs of life until a visitor is there."""
        while True:
            async with asyncio.timeout(3 * beat + STEP):
                told = await heard(sock, where)
            if told.get("go"):
                return
            await send(sock, {"beat": True})

    async def _serve(self, line: socket.socket) -> None:
        self.open += 1
        self.visitors += 1
        try:
            if self.tls is not None:
                await self._ended_here(line, self.tls)
            else:
                async with asyncio.timeout(STEP):
                    local = await dial(self.to)
                await Relay(line, local, self.clock).run()
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as fault:
            logger.info("a visitor's connection broke: %s", fault or type(fault).__name__)
        except Exception:
            logger.exception("a visitor was given up")  # a fault of ours: the others go on
        finally:
            self.open -= 1
            close(line)

    async def _ended_here(self, line: socket.socket, tls: ssl.SSLContext) -> None:
        """TLS ends on the line itself, and what was inside goes to the local server in plain."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=BUFFER)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, line, ssl=tls, ssl_handshake_timeout=STEP, ssl_shutdown_timeout=STEP
        )
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            async with asyncio.timeout(STEP):
                local = await dial(self.to)
            inner = await asyncio.open_connection(sock=local, limit=BUFFER)
            try:
                await join_streams((reader, writer), inner)
            finally:
                inner[1].transport.abort()
            writer.close()
            await writer.wait_closed()
        finally:
            transport.abort()  # nothing more after an orderly end


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def join_streams(outer: Streams, inner: Streams) -> None:
    """Move bytes both ways at the pace of the slower, until the local side has ended or the visitor broke off."""
    for transport in (outer[1].transport, inner[1].transport):
        if not transport.is_closing():  # one that broke meanwhile has nothing left to limit
            transport.set_write_buffer_limits(high=BUFFER)
    inward = asyncio.create_task(_moved(outer[0], inner[1]))
    outward = asyncio.create_task(_moved(inner[0], outer[1]))
    try:
        # TLS has no half-closed state here: once the local server has said its last, the visitor is done.
        await outward
        if inward.done():
            await inward
    finally:
        inward.cancel()
        outward.cancel()
        await asyncio.gather(inward, outward, return_exceptions=True)


async def _moved(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while content := await source.read(BUFFER):
        sink.write(content)
        await sink.drain()
    with contextlib.suppress(OSError, NotImplementedError):
        if sink.can_write_eof():
            sink.write_eof()


async def dial(to: tuple[str, int]) -> socket.socket:
    """A connection to a host and port; each of its addresses is tried."""
    loop = asyncio.get_running_loop()
    fault: OSError | None = None
    for family, kind, proto, _name, where in await loop.getaddrinfo(*to, type=socket.SOCK_STREAM):
        sock = ready(socket.socket(family, kind, proto))
        try:
            await loop.sock_connect(sock, where)
        except OSError as refused:
            close(sock)
            fault = refused
            continue
        except BaseException:
            close(sock)
            raise
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return sock
    raise fault or OSError("its name has no address")
