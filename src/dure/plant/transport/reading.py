"""Reading a segment log while another process writes it."""

import os
from collections.abc import Iterator
from pathlib import Path

from dure.plant.transport.frames import MAGIC, Damage, Frame, Position, lost, unpack

_ENDING = ".log"
_BUFFER = 2**20


def segment_numbers(folder: Path) -> list[int]:
    """Numbers of the segments in `folder`, oldest first; empty if there is no folder."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - polled twenty times a second, a third of the cost of iterdir
    except FileNotFoundError:
        return []
    stems = (name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING))
    return sorted(int(stem) for stem in stems if stem.isdecimal())


def segment_path(folder: Path, number: int) -> Path:
    """File of segment `number`."""
    return folder / f"{number:016d}{_ENDING}"


def read_log(folder: Path, after: Position | None = None) -> Iterator[tuple[Position, Frame | Damage]]:
    """Frames behind `after` up to the present end, each with the place from which to go on.

    `after` may come from any earlier read. If its segment is gone the log was made anew, and reading begins at
    the oldest frame there is.
    """
    numbers = segment_numbers(folder)
    if after is None or after.segment not in numbers:
        after = Position(0, 0)
    for number in numbers:
        if number >= after.segment:
            offset = after.offset if number == after.segment else 0
            yield from _read_segment(folder, number, offset, finished=number != numbers[-1])


def _read_segment(
    folder: Path, number: int, offset: int, *, finished: bool
) -> Iterator[tuple[Position, Frame | Damage]]:
    with segment_path(folder, number).open("rb", buffering=_BUFFER) as segment:
        frames: Iterator[tuple[int, Frame | Damage]] = unpack(
            segment, max(offset, len(MAGIC)), finished=finished
        )
        if segment.read(len(MAGIC)) != MAGIC:
            frames = lost(segment, offset, finished=finished)
        for end, frame in frames:
            yield Position(number, end), frame


def forget(folder: Path, before: Position) -> int:
    """Remove the segments that lie wholly before a place; how many went. The historian calls it after its commit."""
    old = [number for number in segment_numbers(folder) if number < before.segment]
    for number in old:
        segment_path(folder, number).unlink(missing_ok=True)
    return len(old)
