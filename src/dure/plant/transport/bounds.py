"""How large the log of one source may grow, and what gives way when it is full."""

import io
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from dure.plant.transport.frames import MAGIC, Frame, Kind, unpack
from dure.plant.transport.notes import Gap
from dure.plant.transport.samples import decode

FULL = ("hold", "oldest", "newest")
"""What gives way: the source waits (nothing is acknowledged), the oldest unread, or the newest."""
SMALLEST, LARGEST = 64 * 10**6, 50 * 10**9
"""Bounds of the size that is chosen by the free disk. [bytes]"""
DROPPED = ".dropped"
CAUSES = {
    "oldest": "the buffer was full: the oldest unread were dropped",
    "newest": "the buffer was full: the newest were dropped",
}


@dataclass(frozen=True, slots=True)
class Bound:
    """Largest size of a log [bytes], 0 for none, and one word of `FULL`."""

    size: int = 0
    full: str = "hold"


def bound_by_disk(folder: Path, *, share: float = 0.5) -> int:
    """Size for a log in `folder` where nobody chose one: half of the free disk, within bounds [bytes]."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    return int(min(LARGEST, max(SMALLEST, free * share)))


def size_of(folder: Path) -> int:
    """Bytes of all segments in `folder`."""
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".log"):
                try:
                    total += entry.stat().st_size
                except FileNotFoundError:  # its reader has just removed it
                    continue
    return total


def gaps_of(source: str, frames: Iterable[Frame]) -> list[Gap]:
    """The gaps that dropping `frames` makes: one over their samples, and those that they themselves name.

    >>> from dure.plant.transport.samples import batch, encode
    >>> from dure.vocabulary import Sample
    >>> rows = encode(batch([Sample("s/a", 5, 1.0), Sample("s/a", 9, 2.0)]))
    >>> [(gap.start, gap.end, gap.filled_by) for gap in gaps_of("s", [Frame(Kind.SAMPLES, rows)])]
    [(5, 9, 'permanent')]
    """
    start, end, kept = 2**63 - 1, -1, []
    for frame in frames:
        if frame.kind is Kind.SAMPLES:
            times = decode(frame.payload)["time"].to_numpy()
            if len(times):
                start, end = min(start, int(times.min())), max(end, int(times.max()))
        elif frame.kind is Kind.GAP:
            kept.append(Gap.from_bytes(frame.payload))
    if end >= 0:
        kept.append(Gap(source, start, end, cause=CAUSES["oldest"], filled_by="permanent"))
    return kept


def put_in_place(path: Path, gaps: Iterable[Gap]) -> Path:
    """Turn a segment into the record of its loss, with no more room than it has; the record's path.

    A full disk still takes bytes over bytes, so the gaps are named before the space is free.
    """
    record = path.with_suffix(DROPPED)
    path.rename(record)
    words = json.dumps([asdict(gap) for gap in gaps], ensure_ascii=False).encode()
    with record.open("r+b") as file:
        file.write(words)
        file.flush()
        os.fsync(file.fileno())
        file.truncate(len(words))
        os.fsync(file.fileno())
    return record


def recorded(record: Path, source: str) -> list[Gap]:
    """The gaps that `put_in_place` wrote; of a segment that a kill left as it was, those it makes."""
    words = record.read_bytes()
    if words.startswith(MAGIC):
        frames = unpack(io.BytesIO(words), len(MAGIC), finished=True)
        return gaps_of(source, [frame for _, frame in frames if isinstance(frame, Frame)])
    try:
        entries, _end = json.JSONDecoder().raw_decode(words.decode(errors="replace"))
        return [Gap(**entry) for entry in entries]
    except (ValueError, TypeError):
        return []
