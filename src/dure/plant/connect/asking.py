"""A link on which one question is asked at a time: a controller that answers, refuses in words, or breaks the link.

What controllers without an asyncio library of their own share. Every wait is bounded, every answer is as long as its
own head says and no longer than `longest`; after a silence, a malformed answer or a cancelled question nothing on
the link can be trusted any more, and it is closed.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from dure.plant.connect.promise import Place
from dure.plant.connect.refusals import AddressRefused, SourceLost, SourceOdd, SourceSilent, SourceUnreachable
from dure.vocabulary import SourceProblem, Text

CLOSED = Text("the controller closed it", "PLC가 연결을 닫았습니다")


class Refused(Exception):
    """The controller's own error code in the place of an answer; `splits`: a part of the request may be good."""

    def __init__(self, why: Text, *, splits: bool = False) -> None:
        super().__init__(why.en)
        self.why, self.splits = why, splits


class Malformed(Exception):
    """An answer that is none of the protocol, and why."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


@dataclass(frozen=True, slots=True)
class Framing:
    """How long a frame is [bytes]: `length_of` its first `head` bytes, `longest` at most."""

    head: int
    length_of: Callable[[bytes], int]
    longest: int


def target_of(place: Place, port: int) -> tuple[str, int]:
    """Host and port of a controller's address; `port` where it names none.

    Raises
    ------
    AddressRefused

    Examples
    --------
    >>> from pathlib import Path
    >>> target_of(Place("press", "s7://192.168.0.1", Path()), 102)
    ('192.168.0.1', 102)
    """
    parts = urlsplit(place.url)
    try:
        host, named = parts.hostname, parts.port
    except ValueError:
        host, named = None, None
    if not host or parts.path.strip("/") or parts.query or parts.username:
        raise AddressRefused(place.url, source=place.source, example=f"{parts.scheme.lower()}://192.168.0.20:{port}")  # fmt: skip
    return host, named or port


def coded(words: Text, code: str) -> Text:
    """Words for an error with the maker's own code behind them.

    >>> coded(Text("no such address", "없는 주소입니다"), "C056h").en
    'no such address (C056h)'
    """
    return Text(f"{words.en} ({code})", f"{words.ko}({code})")


def odd(en: str, ko: str) -> Malformed:
    """An answer that is none."""
    return Malformed(Text(en, ko))


class Line:
    """One TCP connection to a controller."""

    def __init__(self, place: Place, port: int, timeout: float, framing: Framing) -> None:
        self.host, self.port = target_of(place, port)
        self.where = f"{place.source} ({self.host}:{self.port})"
        self.timeout, self.framing = timeout, framing
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._broken: SourceProblem | None = None

    @property
    def alive(self) -> bool:
        """Whether the connection stands."""
        return self._streams is not None and self._broken is None and not self._streams[0].at_eof()

    async def open(self) -> None:
        """Connect.

        Raises
        ------
        SourceUnreachable, SourceSilent
        """
        self._broken = None
        try:
            async with asyncio.timeout(self.timeout):
                self._streams = await asyncio.open_connection(self.host, self.port)
        except TimeoutError:
            raise self.silent() from None
        except OSError as refused:
            why = os.strerror(refused.errno) if refused.errno and refused.errno > 0 else str(refused)
            raise SourceUnreachable(self.where, why=why) from refused

    async def ask(self, request: bytes) -> bytes:
        """The frame that answers.

        Raises
        ------
        SourceSilent, SourceLost, SourceOdd
        """
        if self._broken is not None:
            raise self._broken
        if self._streams is None:
            raise SourceLost(self.where, why=Text("it was closed", "연결을 닫았습니다"))
        self._broken = SourceLost(self.where, why=Text("a question was broken off", "질문이 중단되었습니다"))
        try:
            async with asyncio.timeout(self.timeout):
                answer = await self._exchange(*self._streams, request)
        except TimeoutError:
            self._broken = self.silent()
        except (asyncio.IncompleteReadError, OSError):
            self._broken = SourceLost(self.where, why=CLOSED)
        except Malformed as none:
            self._broken = SourceOdd(self.where, why=none.why)
        else:
            self._broken = None
            return answer
        raise self._broken

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> bytes:
        writer.write(request)
        await writer.drain()
        head = await reader.readexactly(self.framing.head)
        length = self.framing.length_of(head)
        if not len(head) <= length <= self.framing.longest:
            raise odd(f"a frame of {length} bytes", f"{length}바이트 프레임입니다")
        return head + await reader.readexactly(length - len(head))

    def silent(self) -> SourceSilent:
        """The refusal of a controller that did not answer in time."""
        return SourceSilent(self.where, seconds=f"{self.timeout:g}")

    def broken(self, none: Malformed) -> SourceOdd:
        """The refusal of an answer that makes no sense; nothing more is asked on this link."""
        refusal = SourceOdd(self.where, why=none.why)
        self._broken = self._broken or refusal
        return refusal

    async def close(self) -> None:
        """End the connection."""
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].close()
            await asyncio.sleep(0)  # the transport closes in the loop's next turn
