"""Group commit: readings of a few tenths of a second go to the segment log in one write and one fsync."""

import asyncio
import contextlib
import logging
import time
from asyncio import Future
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from dure.plant.connect.promise import Readings
from dure.plant.connect.sequence import Sequencer
from dure.plant.connect.skew import SkewWatch
from dure.plant.transport import (
    CAUSES,
    SAMPLE_SCHEMA,
    Bound,
    DiskFull,
    Event,
    Frame,
    Gap,
    Kind,
    decode,
    read_log,
)

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger("dure.plant.connect")

COMMIT_EVERY = 0.2  # s; half a second and more would be felt on the page
COMMIT_ROWS = 20_000
HIGH_WATER = 200_000  # rows in memory at which the connector must wait for the disk
RECALLED_FRAMES = 64
NAMED_EVERY = 10.0  # s; how often a stretch that is being dropped is named anew


class Log(Protocol):
    """What is needed of `SegmentLog`: each call that writes returns after the fsync."""

    bound: Bound

    def append(self, rows: "pa.RecordBatch") -> object:
        """Write a batch."""

    def append_gap(self, gap: Gap) -> object:
        """Write an entry of the gap ledger."""

    def append_event(self, event: Event) -> object:
        """Write an event of the connection."""

    def drop_oldest(self, source: str) -> list[Gap]:
        """Give the oldest unread segment up."""

    def settle(self, source: str) -> int:
        """Name in the log what was dropped."""

    def size(self) -> int:
        """Bytes that wait in it."""


@dataclass(slots=True)
class Tally:
    """What went to the disk so far; times in ns since 1970 UTC, `skew` [s] = ours − the source's clock.

    `dropped` are readings that a full buffer cost, each in a named gap; `received` is when the last came.
    """

    samples: int = 0
    gaps: int = 0
    last: int = 0
    received: int = 0
    skew: float = 0.0
    dropped: int = 0
    disk: str = ""


@dataclass(slots=True)
class _Job:
    """What one commit has still to write."""

    readings: list[Readings]
    gaps: list[Gap]
    events: list[Event]
    batch: "pa.RecordBatch | None" = None

    @property
    def done(self) -> bool:
        return not (self.readings or self.gaps or self.events) and self.batch is None


class GroupCommit:
    """The sink of a collector, an async context manager. One write at a time, in a thread of its own.

    A disk that refuses is tried again each second; meanwhile nothing is acknowledged and `room` holds the
    connector back, so that the source's own queue keeps what memory should not. For sources that cannot keep,
    `full` says what is given up instead, `oldest` or `newest`; each loss is a named gap.
    """

    def __init__(  # noqa: PLR0913 - each is a part of the world that a test replaces
        self,
        log: Log,
        *,
        every: float = COMMIT_EVERY,
        sequencer: Sequencer | None = None,
        latest: int = 0,
        source: str = "",
        full: str = "hold",
        on_up: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.tally, self.latest = Tally(), latest
        self.clock = SkewWatch()
        self._source, self._full = source, full
        self._newest: Gap | None = None  # what was dropped last, not yet named on the disk
        self._unsettled, self._named = False, 0.0
        self._paces: deque[tuple[float, int]] = deque(maxlen=11)
        self._events: list[Event] = []
        self.log, self._every, self._on_up = log, every, on_up
        self._sequencer = sequencer or Sequencer()
        self._waiting: list[Readings] = []
        self._gaps: list[Gap] = []
        self._rows = 0
        self._done: Future[None] | None = None
        self._now, self._room = asyncio.Event(), asyncio.Event()
        self._known: tuple[Sequence[str], Any] = ((), None)
        self._said_beyond = 0
        self._room.set()
        self._writer: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="group-commit")

    async def __aenter__(self) -> Self:
        """The sink, its writer running."""
        self._writer = asyncio.create_task(self._write_on(), name="group commit")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write what waits and stop."""
        writer = self._writer
        if writer is None:
            return
        while (self._waiting or self._gaps or self._events) and not writer.done():
            self.hurry()
            await asyncio.wait({writer, self._promise()}, return_when=asyncio.FIRST_COMPLETED)
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        if self._newest is not None:
            with contextlib.suppress(DiskFull):
                self.log.append_gap(self._newest)
        self._thread.shutdown()

    def put(self, readings: Readings) -> "Future[None]":
        """Take readings; the future is done when they are on the disk."""
        self._waiting.append(readings)
        self._rows += len(readings)
        if self._rows >= COMMIT_ROWS:
            self._now.set()
        if self._rows >= HIGH_WATER:
            self._room.clear()
        return self._promise()

    def gap(self, gap: Gap) -> "Future[None]":
        """Take a named gap; the future is done when it is on the disk."""
        self._gaps.append(gap)
        return self._promise()

    def event(self, event: Event) -> "Future[None]":
        """Take an event of the connection; the future is done when it is on the disk."""
        self._events.append(event)
        return self._promise()

    def hurry(self) -> None:
        """Write now."""
        self._now.set()

    def up(self, how: str) -> None:
        """The source is being read."""
        self._on_up(how)

    def pace(self, now: float) -> float:
        """Readings a second that reached the disk in the last ten seconds; `now` from any clock in seconds."""
        self._paces.append((now, self.tally.samples))
        (then, before), count = self._paces[0], self.tally.samples
        return (count - before) / (now - then) if now > then else 0.0

    async def room(self) -> None:
        """Wait until memory holds less than `HIGH_WATER` rows."""
        await self._room.wait()

    def _promise(self) -> "Future[None]":
        if self._writer is not None and self._writer.done() and not self._writer.cancelled():
            self._writer.result()  # it ended by a fault of ours: say so aloud, and let the collector begin anew
        if self._done is None:
            loop = asyncio.get_running_loop()
            self._done = loop.create_future()
            loop.call_later(self._every, self._now.set)
        return asyncio.shield(self._done)  # one who stops waiting must not break the promise to the others

    async def _write_on(self) -> None:
        while True:
            await self._now.wait()
            self._now.clear()
            if self._done is not None:
                await self._commit()

    async def _commit(self) -> None:
        """Write all that waits, as often as the disk needs, then keep the promise."""
        readings, gaps, done = self._waiting, self._gaps, self._done
        job = _Job(list(readings), list(gaps), self._events)
        self._waiting, self._gaps, self._events, self._done = [], [], [], None
        try:
            await self._until_written(job)
        except Exception as fault:
            if done is not None and not done.done():
                done.set_exception(fault)
            self._room.set()
            raise
        self._rows -= sum(map(len, readings))
        if self._rows < HIGH_WATER:
            self._room.set()
        self._count(readings, gaps)
        if done is not None and not done.done():
            done.set_result(None)

    async def _until_written(self, job: "_Job") -> None:
        """Append batch, gaps and events; what gives way while the disk refuses is `full`'s to say."""
        loop = asyncio.get_running_loop()
        while not job.done:
            try:
                await loop.run_in_executor(self._thread, self._write, job)
                self.tally.disk = ""
            except DiskFull as full:
                if not self.tally.disk:
                    logger.warning("%s", full)
                self.tally.disk = str(full)
                if not await loop.run_in_executor(self._thread, self._give_way, job):
                    await asyncio.sleep(1.0)

    def _write(self, job: "_Job") -> None:
        """Number and write what is left of a job; runs in the thread, so that one hop serves a whole commit."""
        if job.readings:
            job.batch, job.readings = self._batch(job.readings), []
        if self._unsettled:
            self.tally.gaps += self.log.settle(self._source)
            self._unsettled = False
        if job.batch is not None:
            self.log.append(job.batch)
            job.batch = None
            if self._newest is not None:  # there is room again: the stretch that was dropped has its end
                job.gaps.append(self._newest)
                self._newest = None
        while job.gaps:
            self.log.append_gap(job.gaps[0])
            job.gaps.pop(0)
        while job.events:
            self.log.append_event(job.events[0])
            job.events.pop(0)

    def _give_way(self, job: "_Job") -> bool:
        """Drop what `full` says, so that writing can go on; False if the source must wait instead."""
        if self._full == "oldest":
            self._unsettled = True
            return bool(self.log.drop_oldest(self._source))
        if self._full != "newest" or job.batch is None or not job.batch.num_rows:
            return False
        times = job.batch.column("time").to_numpy()
        start, end = int(times.min()), int(times.max())
        if self._newest is not None:
            start, end = min(start, self._newest.start), max(end, self._newest.end)
        self._newest = Gap(self._source, start, end, cause=CAUSES["newest"], filled_by="permanent")
        self.tally.dropped += job.batch.num_rows
        job.batch = None
        if (
            time.monotonic() - self._named >= NAMED_EVERY
        ):  # a kill must not lose the name; a later one replaces it
            self._named = time.monotonic()
            with contextlib.suppress(DiskFull):
                self.log.append_gap(self._newest)
        return True

    def _batch(self, readings: Sequence[Readings]) -> "pa.RecordBatch":
        import pyarrow as pa

        parts = [self._columns(part) for part in readings if len(part)]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return pa.RecordBatch.from_pylist([], SAMPLE_SCHEMA)
        return pa.Table.from_batches(parts).combine_chunks().to_batches()[0]

    def _columns(self, part: Readings) -> "pa.RecordBatch":
        import numpy as np
        import pyarrow as pa

        words = pa.nulls(len(part), pa.string())
        if part.text:
            part = replace(part, text={row: _whole(word) for row, word in part.text.items()})
            words = pa.array([part.text.get(row) for row in range(len(part))], pa.string())
        columns = [
            self._names_of(part.names).take(pa.array(part.index)),
            pa.array(part.time, pa.int64()),
            pa.array(self._sequencer.number(part), pa.int32()),
            pa.array(part.value, pa.float64()),
            words,
            pa.array(part.quality, pa.uint8()),
            pa.array(np.full(len(part), part.received, np.int64)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SAMPLE_SCHEMA)

    def _names_of(self, names: Sequence[str]) -> "pa.Array":
        """The names as an Arrow array; a connector gives the same tuple with every message."""
        import pyarrow as pa

        if self._known[0] is not names or not isinstance(names, tuple):
            self._known = names, pa.array([_whole(name) for name in names], pa.string())
        return self._known[1]

    def _count(self, readings: Sequence[Readings], gaps: Sequence[Gap]) -> None:
        self.tally.gaps += len(gaps)
        for part in readings:
            if len(part):
                self.tally.samples += len(part)
                newest = int(part.time.max())
                self.tally.last, self.tally.received = max(self.tally.last, newest), part.received
                self.tally.skew = self._skew(part.received, newest)
                self._say_beyond(part.received)

    def _skew(self, received: int, newest: int) -> float:
        """Estimate of the source's clock [s]; a jump of it is one log line and an event."""
        if (jump := self.clock.take(received, newest)) is not None:
            before, after = jump
            logger.warning("%s: its clock jumped from %+.1f s to %+.1f s behind ours", self._source, before, after)  # fmt: skip
            self.event(Event(self._source, received, "clock-jumped", {"before_s": before, "after_s": after}))
        return self.clock.skew

    def _say_beyond(self, received: int) -> None:
        """Say that readings went back further than is remembered: at the first, and when they have doubled."""
        beyond = self._sequencer.beyond
        if beyond < max(1, 2 * self._said_beyond):
            return
        self._said_beyond = beyond
        said = {"count": beyond, "message_en": f"{beyond:,} readings lie before what is remembered; two values of one signal and time would be kept as one", "message_ko": f"측정값 {beyond:,}개가 기억 범위보다 오래되었습니다. 같은 신호의 같은 시각에 값이 둘이면 하나만 남습니다"}  # fmt: skip
        logger.warning("%s: %s", self._source, said["message_en"])
        self.event(Event(self._source, received, "went-back", said))


def _whole(words: str) -> str:
    """The words, with ? for half a sign: JSON may say one (a lone surrogate), UTF-8 cannot, and one would end all writing."""
    try:
        words.encode()
    except UnicodeEncodeError:
        return words.encode(errors="replace").decode()
    return words


def recalled(folder: Path) -> tuple[Sequencer, int]:
    """A sequencer that knows the tail of the log in `folder`, and the latest source time there [ns], 0 if none."""
    import numpy as np

    sequencer, latest = Sequencer(), 0
    frames = (frame for _, frame in read_log(folder))
    whole = (frame.payload for frame in frames if isinstance(frame, Frame) and frame.kind is Kind.SAMPLES)
    tail = deque(whole, RECALLED_FRAMES)
    for payload in tail:
        rows = decode(payload, str(folder)).combine_chunks()
        if not rows.num_rows:
            continue
        coded = rows["signal"].combine_chunks().dictionary_encode()
        words = {row: text for row, text in enumerate(rows["text"].to_pylist()) if text is not None}
        part = Readings(
            coded.dictionary.to_pylist(),
            coded.indices.to_numpy(),
            rows["time"].to_numpy(),
            rows["value"].to_numpy(),
            rows["quality"].to_numpy(),
            0,
            words,
        )
        sequencer.recall(part, rows["sequence"].to_numpy().astype(np.int32))
        latest = max(latest, int(part.time.max()))
    return sequencer, latest
