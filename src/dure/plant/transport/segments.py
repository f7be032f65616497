"""The segment log: append-only files of one source, on the disk before `append` returns."""

import contextlib
import errno
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from dure.plant.transport.bounds import DROPPED, Bound, gaps_of, put_in_place, recorded, size_of
from dure.plant.transport.errors import DiskFull, FrameTooLarge, LogFull, LogTaken
from dure.plant.transport.frames import MAGIC, MAX_PAYLOAD, Frame, Kind, Position, pack, unpack
from dure.plant.transport.notes import Event, Gap
from dure.plant.transport.portable import BINARY, hold, sync_folder
from dure.plant.transport.reading import segment_numbers, segment_path
from dure.plant.transport.samples import check, encode

# fdatasync writes the data and the size, which is all that reading back needs (fdatasync(2)).
_sync = getattr(os, "fdatasync", os.fsync)


class SegmentLog:
    """Log of one source in `folder`; one writer at a time, held by a file lock until `close`.

    Every opening begins a new segment, so that a reader's place in an older one stays true whatever a power cut
    did to its tail; a new one also begins after `rotate_bytes` or `rotate_seconds`. Threads may share the log.

    Raises
    ------
    LogTaken
        If another process, or another object here, writes this log.

    Examples
    --------
    >>> import tempfile
    >>> from dure.plant.transport import batch, read_log
    >>> from dure.vocabulary import Sample
    >>> folder = Path(tempfile.mkdtemp())
    >>> with SegmentLog(folder) as log:
    ...     _ = log.append(batch([Sample("line1/p", time=1, value=2.5)]))
    >>> [frame.kind.name for _, frame in read_log(folder)]
    ['SAMPLES']
    """

    def __init__(
        self,
        folder: Path,
        *,
        rotate_bytes: int = 64 * 2**20,
        rotate_seconds: float = 3600.0,
        bound: Bound | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder, self._clock = folder, clock
        self.bound = bound or Bound()
        if self.bound.size:  # so that dropping the oldest drops a part, not all
            rotate_bytes = min(rotate_bytes, max(2**12, self.bound.size // 8))
        self._rotate_bytes, self._rotate_seconds = rotate_bytes, rotate_seconds
        self._size, self._sized = 0, float("-inf")
        self._guard = threading.Lock()
        self._segment: int | None = None  # file descriptor of the open segment
        self._number, self._offset, self._opened = 0, 0, 0.0
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._let_go: Callable[[], None] | None = _lock(folder)
        _cut_torn_tail(folder)

    def __enter__(self) -> Self:
        """The log itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the segment and of the lock."""
        with self._guard:
            self._finish()
            if self._let_go is not None:
                self._let_go()
                self._let_go = None

    def append(self, rows: pa.RecordBatch) -> Position:
        """Write a batch of `SAMPLE_SCHEMA`; when this returns it is on the disk. The place after it.

        Raises
        ------
        WrongSamples
            If the batch is not of `SAMPLE_SCHEMA`.
        DiskFull
            If the disk did not take it, or the log has reached its bound (`LogFull`): nothing of it counts.
        """
        check(rows, str(self.folder))
        frames = b"".join(pack(Kind.SAMPLES, payload) for payload in self._payloads(rows))
        self._require_room(len(frames))
        return self._write(frames)

    def append_gap(self, gap: Gap) -> Position:
        """Write an entry of the gap ledger, as `append` does."""
        return self._write(pack(Kind.GAP, gap.to_bytes()))

    def append_event(self, event: Event) -> Position:
        """Write an event of the connection, as `append` does."""
        return self._write(pack(Kind.EVENT, event.to_bytes()))

    def append_frames(self, frames: Sequence[Frame]) -> Position:
        """Write frames that another log holds, as they are, in one write; on the disk when this returns."""
        return self._write(b"".join(pack(frame.kind, frame.payload) for frame in frames))

    def size(self) -> int:
        """Bytes that lie in the log: what its reader has not taken away. Counted anew each second."""
        now = time.monotonic()
        if now - self._sized >= 1.0:
            self._size, self._sized = size_of(self.folder), now
        return self._size

    def drop_oldest(self, source: str) -> list[Gap]:
        """Give the oldest segment up; the gaps that this makes, which `settle` names in the log.

        They are kept on the disk in the segment's place, so that a kill or a full disk loses no name.
        """
        with self._guard:
            numbers = segment_numbers(self.folder)
            if not numbers:
                return []
            if numbers[0] == self._number:
                self._finish()
            path = segment_path(self.folder, numbers[0])
            with path.open("rb") as segment:
                frames = [frame for _, frame in unpack(segment, len(MAGIC), finished=True) if isinstance(frame, Frame)]  # fmt: skip
            gaps = gaps_of(source, frames)
            put_in_place(path, gaps)
            self._sized = float("-inf")
            return gaps

    def settle(self, source: str) -> int:
        """Name in the log what was dropped; how many gaps."""
        count = 0
        for record in sorted(self.folder.glob(f"*{DROPPED}")):
            gaps = recorded(record, source)
            for gap in gaps:
                self.append_gap(gap)
            record.unlink()
            count += len(gaps)
        return count

    def _require_room(self, more: int) -> None:
        if self.bound.size and self.size() + more > self.bound.size:
            facts = {"size": f"{self._size / 1e6:.3g}", "bound": f"{self.bound.size / 1e6:.3g}"}
            raise LogFull(str(self.folder), **facts)

    def _payloads(self, rows: pa.RecordBatch) -> list[bytes]:
        payload = encode(rows)
        if len(payload) <= MAX_PAYLOAD:
            return [payload]
        if rows.num_rows < 2:
            raise FrameTooLarge(str(self.folder), size=len(payload), limit=MAX_PAYLOAD)
        half = rows.num_rows // 2
        return self._payloads(rows.slice(0, half)) + self._payloads(rows.slice(half))

    def _write(self, frames: bytes) -> Position:
        with self._guard:
            try:
                segment = self._current_segment()
                _write_all(segment, frames)
                _sync(segment)
            except OSError as refused:
                self._take_back()
                reason = os.strerror(refused.errno or errno.EIO)
                raise DiskFull(str(self.folder), reason=reason) from refused
            self._offset += len(frames)
            self._size += len(frames)
            return Position(self._number, self._offset)

    def _current_segment(self) -> int:
        now = self._clock()
        worn = self._offset >= self._rotate_bytes or now - self._opened >= self._rotate_seconds
        if self._segment is None or worn:
            self._finish()
            self._segment = self._begin(now)
        return self._segment

    def _begin(self, now: float) -> int:
        """A new segment, numbered by the clock [ms] so that a log made anew never repeats a number."""
        self._number = max(
            [int(now * 1000), self._number + 1, *(n + 1 for n in segment_numbers(self.folder))]
        )
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | BINARY
        segment = os.open(segment_path(self.folder, self._number), flags, 0o600)
        self._segment, self._opened, self._offset = segment, now, 0
        _write_all(segment, MAGIC)
        self._offset = len(MAGIC)
        sync_folder(self.folder)
        return segment

    def _take_back(self) -> None:
        """Undo a write that failed, and begin a new segment next: after a failed fsync this one proves nothing."""
        if self._segment is not None:
            with contextlib.suppress(OSError):  # a half-written frame fails its CRC and is never read
                os.ftruncate(self._segment, self._offset)
        self._finish()

    def _finish(self) -> None:
        if self._segment is not None:
            os.close(self._segment)
            self._segment = None


def _lock(folder: Path) -> Callable[[], None]:
    let_go = hold(folder / "writer.lock")
    if let_go is None:
        raise LogTaken(str(folder))
    return let_go


def _cut_torn_tail(folder: Path) -> None:
    """Cut the frame that a killed writer left unfinished at the end of the newest segment."""
    numbers = segment_numbers(folder)
    if not numbers:
        return
    with segment_path(folder, numbers[-1]).open("r+b") as segment:
        if segment.read(len(MAGIC)) != MAGIC:
            return  # nothing was acknowledged yet, or this is no segment of ours: leave it for the reader to name
        ends = [len(MAGIC), *(end for end, _ in unpack(segment, len(MAGIC), finished=True))]
        segment.truncate(ends[-1])
        os.fsync(segment.fileno())


def _write_all(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
