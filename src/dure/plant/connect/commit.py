"""Group commit: readings of a few tenths of a second go to the segment log in one write and one fsync."""

import asyncio
import contextlib
import logging
from asyncio import Future
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from dure.plant.connect.promise import Readings
from dure.plant.connect.sequence import Sequencer
from dure.plant.transport import SAMPLE_SCHEMA, DiskFull, Frame, Gap, Kind, decode, read_log

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger("dure.plant.connect")

COMMIT_EVERY = 0.2  # s; half a second and more would be felt on the page
COMMIT_ROWS = 20_000
HIGH_WATER = 200_000  # rows in memory at which the connector must wait for the disk
RECALLED_FRAMES = 64


class Log(Protocol):
    """What is needed of `SegmentLog`: both calls return after the fsync."""

    def append(self, rows: "pa.RecordBatch") -> object:
        """Write a batch."""

    def append_gap(self, gap: Gap) -> object:
        """Write an entry of the gap ledger."""


@dataclass(slots=True)
class Tally:
    """What went to the disk so far; times in ns since 1970 UTC, `skew` [s] = ours − the source's clock."""

    samples: int = 0
    gaps: int = 0
    last: int = 0
    skew: float = 0.0
    disk: str = ""


class GroupCommit:
    """The sink of a collector, an async context manager. One write at a time, in a thread of its own.

    A disk that refuses is tried again each second; meanwhile nothing is acknowledged and `room` holds the
    connector back, so that the source's own queue keeps what memory should not.
    """

    def __init__(
        self,
        log: Log,
        *,
        every: float = COMMIT_EVERY,
        sequencer: Sequencer | None = None,
        latest: int = 0,
        on_up: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.tally, self.latest = Tally(), latest
        self._log, self._every, self._on_up = log, every, on_up
        self._sequencer = sequencer or Sequencer()
        self._waiting: list[Readings] = []
        self._gaps: list[Gap] = []
        self._rows = 0
        self._done: Future[None] | None = None
        self._some, self._now, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
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
        while (self._waiting or self._gaps) and not writer.done():
            self.hurry()
            await asyncio.wait({writer, self._promise()}, return_when=asyncio.FIRST_COMPLETED)
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
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

    def hurry(self) -> None:
        """Write now."""
        self._now.set()

    def up(self, how: str) -> None:
        """The source is being read."""
        self._on_up(how)

    async def room(self) -> None:
        """Wait until memory holds less than `HIGH_WATER` rows."""
        await self._room.wait()

    def _promise(self) -> "Future[None]":
        if self._done is None:
            self._done = asyncio.get_running_loop().create_future()
        self._some.set()
        return asyncio.shield(self._done)  # one who stops waiting must not break the promise to the others

    async def _write_on(self) -> None:
        while True:
            await self._some.wait()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._now.wait(), self._every)
            await self._commit()

    async def _commit(self) -> None:
        """Write all that waits, as often as the disk needs, then keep the promise."""
        readings, gaps, done = self._waiting, self._gaps, self._done
        self._waiting, self._gaps, self._done = [], [], None
        self._some.clear()
        self._now.clear()
        batch = await self._aside(self._batch, readings) if readings else None
        await self._until_written(batch, gaps)
        self._rows -= sum(map(len, readings))
        if self._rows < HIGH_WATER:
            self._room.set()
        self._count(readings, gaps)
        if done is not None and not done.done():
            done.set_result(None)

    async def _until_written(self, batch: "pa.RecordBatch | None", gaps: list[Gap]) -> None:
        """Append batch and gaps; again each second while the disk refuses. What was written stays written."""
        left: list[tuple[Callable[[Any], object], Any]] = [(self._log.append_gap, gap) for gap in gaps]
        if batch is not None:
            left.insert(0, (self._log.append, batch))
        while left:
            try:
                await self._aside(*left[0])
                left.pop(0)
                self.tally.disk = ""
            except DiskFull as full:
                if not self.tally.disk:
                    logger.warning("%s", full)
                self.tally.disk = str(full)
                await asyncio.sleep(1.0)

    async def _aside(self, do: Callable[[Any], Any], what: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, do, what)

    def _batch(self, readings: Sequence[Readings]) -> "pa.RecordBatch":
        import pyarrow as pa

        parts = [self._columns(part) for part in readings if len(part)]
        if not parts:
            return pa.RecordBatch.from_pylist([], SAMPLE_SCHEMA)
        table = pa.Table.from_batches(parts).combine_chunks()
        return table.to_batches()[0]

    def _columns(self, part: Readings) -> "pa.RecordBatch":
        import numpy as np
        import pyarrow as pa

        names = pa.DictionaryArray.from_arrays(pa.array(part.index), pa.array(part.names, pa.string()))
        words = pa.nulls(len(part), pa.string())
        if part.text:
            words = pa.array([part.text.get(row) for row in range(len(part))], pa.string())
        columns = [
            names.cast(pa.string()),
            pa.array(part.time, pa.int64()),
            pa.array(self._sequencer.number(part), pa.int32()),
            pa.array(part.value, pa.float64()),
            words,
            pa.array(part.quality, pa.uint8()),
            pa.array(np.full(len(part), part.received, np.int64)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SAMPLE_SCHEMA)

    def _count(self, readings: Sequence[Readings], gaps: Sequence[Gap]) -> None:
        self.tally.gaps += len(gaps)
        for part in readings:
            if len(part):
                self.tally.samples += len(part)
                self.tally.last = max(self.tally.last, int(part.time.max()))
                self.tally.skew = (part.received - int(part.time.max())) / 1e9


def recalled(folder: Path) -> tuple[Sequencer, int]:
    """A sequencer that knows the tail of the log in `folder`, and the latest source time there [ns], 0 if none."""
    from collections import deque

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
