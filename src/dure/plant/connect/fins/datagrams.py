"""FINS over UDP: a question is one datagram, its answer another; what is lost is asked again."""

import asyncio
import socket
from collections.abc import Callable

from dure.plant.connect import Place, SourceLost, SourceSilent, SourceUnreachable
from dure.plant.connect.asking import target_of
from dure.vocabulary import SourceProblem, Text

LONGEST = 2048  # bytes of an answer


class Datagrams:
    """A connected UDP socket."""

    def __init__(self, place: Place, port: int, timeout: float) -> None:
        self.host, self.port = target_of(place, port)
        self.where = f"{place.source} ({self.host}:{self.port}, UDP)"
        self.timeout = timeout
        self._socket: socket.socket | None = None
        self._broken: SourceProblem | None = None

    @property
    def alive(self) -> bool:
        """Whether the socket stands."""
        return self._socket is not None and self._broken is None

    async def open(self) -> tuple[str, str]:
        """Make the socket; our own address and the controller's.

        Raises
        ------
        SourceUnreachable
        """
        loop = asyncio.get_running_loop()
        self._broken = None
        made = None
        try:
            found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)
            family, kind, protocol, _, address = found[0]
            made = socket.socket(family, kind, protocol)
            made.setblocking(False)
            made.connect(address)
        except OSError as refused:
            if made is not None:
                made.close()
            raise SourceUnreachable(self.where, why=refused.strerror or str(refused)) from refused
        self._socket = made
        return str(made.getsockname()[0]), str(address[0])

    async def ask(self, request: bytes, mine: Callable[[bytes], bool], tries: int = 1) -> bytes:
        """The datagram that is `mine`, others are passed over; asked `tries` times.

        Raises
        ------
        SourceSilent, SourceLost
        """
        if self._broken is not None:
            raise self._broken
        if self._socket is None:
            raise SourceLost(self.where, why=Text("it was closed", "연결을 닫았습니다"))
        for _ in range(tries):
            try:
                async with asyncio.timeout(self.timeout):
                    return await self._once(self._socket, request, mine)
            except TimeoutError:
                continue
            except OSError as refused:
                self._broken = SourceLost(self.where, why=refused.strerror or str(refused))
                raise self._broken from refused
        self._broken = SourceSilent(self.where, seconds=f"{self.timeout:g}")
        raise self._broken

    @staticmethod
    async def _once(way: socket.socket, request: bytes, mine: Callable[[bytes], bool]) -> bytes:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(way, request)
        while not mine(found := await loop.sock_recv(way, LONGEST)):
            pass
        return found

    def fail(self, why: SourceProblem) -> SourceProblem:
        """Nothing more is asked here; the refusal to be raised."""
        self._broken = self._broken or why
        return why

    async def close(self) -> None:
        """Close the socket."""
        way, self._socket = self._socket, None
        if way is not None:
            way.close()
