"""What a model saw: every decided tick with its inputs, its outputs and the state of its alarm, kept for ever.

The worker may be killed at any time, and the next one continues from here: a tick that stands in this log was
decided, and is never decided again. A frame is `length | crc32 | Arrow stream`, written with one fsync; a torn
last frame is cut off. A full hour becomes a Parquet file beside it.
"""

import fcntl
import io
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dure.vocabulary import NodeProblem, Text

HEAD = struct.Struct("<II")
HOUR = 3_600_000_000_000
LARGEST = 64 * 1024 * 1024


class TwoScorers(NodeProblem):
    """A second process that wants to score the same deployment."""

    key = "scored-twice"
    says = Text(
        "Another process is scoring {where}.", "다른 프로세스가 {where}을(를) 이미 채점하고 있습니다."
    )
    remedy = Text("Stop the other worker of this home.", "이 홈 폴더의 다른 워커를 멈추세요.")


class SeenLog:
    """The log of one deployment in `folder`; one writer at a time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._lock = (folder / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            self._lock.close()
            raise TwoScorers(folder.name) from taken
        for log in sorted(folder.glob("*.frames")):
            _mend(log)
        # A closed hour takes no more frames: they would be read twice, or not at all.
        closed = max((_hour(place) + HOUR for place in folder.glob("*.parquet")), default=-1)
        self._hour = max(map(_hour, folder.glob("*.frames")), default=closed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let another process write."""
        self._lock.close()

    def append(self, batch: Any, last_tick: int) -> None:
        """Keep a `pyarrow.RecordBatch` whose last tick is `last_tick` [ns]; returns when it is on the disk."""
        frame = _frame(batch)
        # An asset whose samples come late may be decided after the hour was closed: hours only go forward.
        if (hour := last_tick // HOUR * HOUR) > self._hour:
            self._close_hours(hour)
        place = self.folder / f"{self._hour}.frames"
        fresh = not place.exists()
        with place.open("ab", buffering=0) as log:
            log.write(frame)
            os.fsync(log.fileno())
        if fresh:
            _sync_folder(self.folder)

    def tail(self, since: int = 0) -> Any:
        """Table of the ticks at or after `since` [ns], in the order in which they were decided."""
        return read(self.folder, since)

    def last(self) -> Any:
        """The batch appended last, or None."""
        for log in sorted(self.folder.glob("*.frames"), reverse=True):
            frames = list(_frames(log))
            if frames:
                return frames[-1]
        return None

    def _close_hours(self, next_hour: int) -> None:
        """Turn what was written until now into Parquet; what follows is written to `next_hour`."""
        for log in sorted(self.folder.glob("*.frames")):
            _to_parquet(log)
        self._hour = next_hour


def read(folder: Path, since: int = 0) -> Any:
    """Table (`pyarrow.Table`) of the ticks at or after `since` [ns]; None when nothing was ever decided.

    May be read while another process writes.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    # A file is named for the hour of the latest tick that had been decided, so none lies in an earlier one.
    wanted = [p for p in sorted(folder.glob("*.*"), key=_hour) if _hour(p) >= since // HOUR * HOUR]
    parts: dict[int, Any] = {}
    for place in wanted:
        if place.suffix == ".parquet":
            parts[_hour(place)] = pq.read_table(place)
        elif place.suffix == ".frames":
            parts.setdefault(_hour(place), _joined(_frames(place)))
    tables = [parts[hour] for hour in sorted(parts) if parts[hour] is not None]
    if not tables:
        return None
    table = pa.concat_tables(tables, promote_options="default")
    return table.filter(pc.greater_equal(table["time"], since))


def _hour(place: Path) -> int:
    return int(place.stem) if place.stem.isdigit() else -1


def _frame(batch: Any) -> bytes:
    import pyarrow as pa

    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    body = sink.getvalue()
    return HEAD.pack(len(body), zlib.crc32(body)) + body


def _bodies(log: Path) -> Iterator[tuple[int, bytes]]:
    """Each whole frame of `log` with the offset behind it; stops at the first torn one."""
    with log.open("rb") as file:
        while len(head := file.read(HEAD.size)) == HEAD.size:
            length, checksum = HEAD.unpack(head)
            body = file.read(length) if length <= LARGEST else b""
            if len(body) != length or zlib.crc32(body) != checksum:
                return
            yield file.tell(), body


def _frames(log: Path) -> Iterator[Any]:
    import pyarrow as pa

    for _offset, body in _bodies(log):
        with pa.ipc.open_stream(body) as stream:
            yield from stream


def _joined(batches: Iterator[Any]) -> Any:
    """One table of all batches; while nothing is scored yet, batches lack the outputs. None without any."""
    import pyarrow as pa

    tables = [pa.Table.from_batches([batch]) for batch in batches]
    return pa.concat_tables(tables, promote_options="default") if tables else None


def _mend(log: Path) -> None:
    """Drop frames that already stand in a Parquet file, and what a kill left half-written."""
    if log.with_suffix(".parquet").exists():
        log.unlink()
        return
    whole = max((offset for offset, _body in _bodies(log)), default=0)
    if whole < log.stat().st_size:
        os.truncate(log, whole)


def _to_parquet(log: Path) -> None:
    import pyarrow.parquet as pq

    whole = _joined(_frames(log))
    if whole is not None:
        unfinished = log.with_suffix(".unfinished")
        pq.write_table(whole, unfinished, compression="zstd")
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.rename(log.with_suffix(".parquet"))
        _sync_folder(log.parent)
    log.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
