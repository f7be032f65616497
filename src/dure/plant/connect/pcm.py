"""A link on which values come one after another, and the clock that their number makes."""

import asyncio
import contextlib
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from dure.plant.connect.promise import Place
from dure.plant.connect.refusals import AddressRefused, SourceLost, SourceSilent, SourceUnreachable
from dure.plant.connect.waveform import Form
from dure.vocabulary import Text

PIECE = 64 * 1024
JUMP = 1.0
"""How far the values may lag behind our clock before a stretch is named as lost [s]."""


@dataclass(slots=True)
class SampleClock:
    """Times of values by their number; `rate` [Hz].

    The earliest arrival is nearest to the truth: a network only delays. What a stretch of values lags behind at
    its end is taken up by a tenth, so that a clock of the source that is slow by some parts in a million is followed.

    >>> clock = SampleClock(1000.0)
    >>> clock.arrived(100, 1_000_000_000)
    >>> clock.at(0), clock.at(100)
    (900000000, 1000000000)
    >>> clock.arrived(100, 1_090_000_000)
    >>> clock.at(100)
    990000000
    """

    rate: float
    anchor: int = 0
    count: int = 0
    lag: int = 0

    def arrived(self, frames: int, now: int) -> None:
        """Take note of values that came at `now` [ns since 1970 UTC]."""
        self.count += frames
        begin = now - round(self.count * 1e9 / self.rate)
        if not self.anchor or begin < self.anchor:
            self.anchor = begin
        self.lag = begin - self.anchor

    def at(self, number: int) -> int:
        """When value `number` was taken [ns since 1970 UTC]."""
        return self.anchor + round(number * 1e9 / self.rate)

    def settled(self) -> int:
        """At the end of a stretch: 0 and the clock is followed, or how much was lost [ns] and the clock begins anew."""
        lost = self.lag if self.lag > JUMP * 1e9 else 0
        self.anchor += lost or self.lag // 10
        self.lag = 0
        return lost


class PcmLink:
    """Values from a TCP server, `kind+tcp://host:port`, or from a sound card by arecord, `kind+alsa://device`."""

    def __init__(self, place: Place, form: Form, timeout: float, example: str) -> None:
        self.form, self.timeout = form, timeout
        self.scheme, _, rest = place.url.partition("://")
        parts = urlsplit(f"//{rest}")
        try:
            self.host, self.port = parts.hostname or "", parts.port or 0
        except ValueError:
            self.host, self.port = "", 0
        self.device = rest or "default"
        odd = self.device.startswith("-") or any(ord(sign) < 33 for sign in self.device)
        if odd or (self.scheme.endswith("tcp") and not (self.host and self.port)):
            raise AddressRefused(place.url, source=place.source, example=example)
        self.where = f"{place.source} ({rest or self.device})"
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._process: Process | None = None

    async def open(self) -> None:
        """Connect.

        Raises
        ------
        SourceUnreachable, SourceSilent
        """
        try:
            async with asyncio.timeout(self.timeout):
                await (self._connect() if self.scheme.endswith("tcp") else self._record())
        except TimeoutError:
            raise SourceSilent(self.where, seconds=f"{self.timeout:g}") from None
        except OSError as refused:
            raise SourceUnreachable(self.where, why=refused.strerror or str(refused)) from refused

    async def pieces(self) -> AsyncIterator[tuple[bytes, int]]:
        """Whole frames as they come, and when [ns since 1970 UTC].

        Raises
        ------
        SourceLost, SourceSilent
        """
        rest = b""
        while self._reader is not None:
            try:
                piece = await asyncio.wait_for(self._reader.read(PIECE), self.timeout)
            except TimeoutError:
                raise SourceSilent(self.where, seconds=f"{self.timeout:g}") from None
            except OSError as lost:
                raise SourceLost(self.where, why=lost.strerror or str(lost)) from lost
            if not piece:
                raise SourceLost(self.where, why=Text("it sends no more", "더 보내지 않습니다"))
            now, whole = time.time_ns(), rest + piece
            cut = len(whole) // self.form.frame * self.form.frame
            rest = whole[cut:]
            if cut:
                yield whole[:cut], now

    async def close(self) -> None:
        """End."""
        writer, process, self._reader = self._writer, self._process, None
        self._writer = self._process = None
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _connect(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self.host, self.port)

    async def _record(self) -> None:
        """Listen by arecord (alsa-utils); the device is one word of its own and no shell is asked."""
        form = {"s16": "S16_LE", "s24": "S24_3LE", "s32": "S32_LE", "f32": "FLOAT_LE"}[self.form.kind]
        words = ["-q", "-t", "raw", "-D", self.device, "-f", form, "-r", f"{self.form.rate:.0f}", "-c", f"{self.form.channels}"]  # fmt: skip
        self._process = await asyncio.create_subprocess_exec("arecord", *words, stdout=PIPE)
        self._reader = self._process.stdout
