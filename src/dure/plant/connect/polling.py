"""Polling: a tag table, requests coalesced into blocks, readings at a steady pace. What polled connectors share.

A connector says where a tag lies (`locate`), asks for a block's bytes, and hands `poll` a function that reads tags:

    tags = read_tags(settings.tags, check=…)
    blocks = plan(tags, locate, limit=125, hole=8)
    readout = joined(len(tags), [(block.places, decode(block, await ask(block))) for block in blocks])
"""

import asyncio
import heapq
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dure.plant.connect.blocks import Block, Spot, TagTooLong, cells_of, halves, plan
from dure.plant.connect.deadband import Pace, RateClass, classes_of, worth_of
from dure.plant.connect.octets import (
    BAD,
    GOOD,
    Readout,
    ValueOutside,
    decode,
    encode,
    joined,
    refused,
    words_of,
)
from dure.plant.connect.promise import Readings, Sink
from dure.plant.connect.tables import (
    Odd,
    TagTableRefused,
    TagTableUnreadable,
    lasting,
    read_tags,
    type_of,
)
from dure.plant.connect.tags import ORDERS, Tag, order_of
from dure.plant.transport import Gap
from dure.vocabulary import SourceProblem, Text

__all__ = [
    "BAD",
    "GOOD",
    "ORDERS",
    "Block",
    "Memory",
    "Odd",
    "Pace",
    "Readout",
    "Spot",
    "Tag",
    "TagTableRefused",
    "TagTableUnreadable",
    "TagTooLong",
    "ValueOutside",
    "cells_of",
    "decode",
    "encode",
    "halves",
    "joined",
    "lasting",
    "next_round",
    "order_of",
    "plan",
    "poll",
    "read_tags",
    "refused",
    "told",
    "type_of",
    "words_of",
]

logger = logging.getLogger("dure.plant.connect")
MOST_NOTES = 20

Read = Callable[[tuple[Tag, ...]], Awaitable[Readout]]


@dataclass(slots=True)
class Memory:
    """What a connector remembers between two losses of the link; one for each connector, handed to every `poll`.

    `last` is the newest time that was read [ns since 1970 UTC], `cause` why reading stopped, `rounds` those that
    were asked and `missed` those that were not, because an earlier one took too long; `reasons` why tags are bad.
    """

    last: int = 0
    cause: str = ""
    rounds: int = 0
    missed: int = 0
    reasons: dict[str, Text] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


async def poll(  # noqa: PLR0913 - what a connector has, handed over by name
    tags: Sequence[Tag],
    read: Read,
    sink: Sink,
    *,
    source: str,
    pace: Pace,
    memory: Memory,
    notes: list[str],
    how: str = "",
) -> None:
    """Read tags at a steady pace into the sink until the link is lost.

    Tags with the same period are one class and read together, at start + k · period: a slow answer does not
    shift what follows. A round that would begin a whole period late is left out; those are counted in
    `memory.missed` and said in `notes`. The source time of a reading is the midpoint of its request.
    After a loss the stretch from `memory.last` (else `sink.latest`) to the first new reading is a permanent gap.

    Parameters
    ----------
    read
        Reads the tags of one class, always the same tuple for the same class.
    how
        How the source is read, for the one log line.

    Raises
    ------
    SourceProblem
        What `read` raises when the link is lost.
    """
    classes = classes_of(tags, source, pace)
    loop = asyncio.get_running_loop()
    start = loop.time()
    due = [(start, place) for place in range(len(classes))]
    heapq.heapify(due)
    fresh = True
    while due:
        when, place = due[0]
        await asyncio.sleep(max(0.0, when - loop.time()))
        await sink.room()
        try:
            readings = await _round(classes[place], read, memory)
        except SourceProblem as lost:
            memory.cause = lost.key
            raise
        if fresh:
            _name_gap(sink, source, readings.first, classes, memory)
            sink.up(how)
            fresh = False
        if len(readings.kept):
            sink.put(readings.kept)
        memory.last = max(memory.last, readings.newest)
        following, missed = next_round(when, classes[place].every, loop.time())
        memory.missed += missed
        heapq.heapreplace(due, (following, place))
        _tell(source, notes, memory)


def next_round(when: float, every: float, now: float) -> tuple[float, int]:
    """When a class is due next on its own grid [s], and how many rounds are left out because they lie a period back.

    >>> next_round(10.0, 1.0, 10.2), next_round(10.0, 1.0, 11.4), next_round(10.0, 1.0, 13.5)
    ((11.0, 0), (11.0, 0), (13.0, 2))
    """
    missed = max(0, math.floor((now - when) / every) - 1)
    return when + (1 + missed) * every, missed


@dataclass(frozen=True, slots=True)
class _Brought:
    """What of a round is kept, and its first and newest time [ns]."""

    kept: Readings
    first: int
    newest: int


async def _round(members: RateClass, read: Read, memory: Memory) -> _Brought:
    """One reading of a class."""
    import numpy as np

    began = time.time_ns()
    readout = await read(members.tags)
    received = time.time_ns()
    times = readout.times
    if times is None:
        times = np.full(len(members.tags), (began + received) // 2, np.int64)
    memory.rounds += 1
    if readout.reasons or memory.reasons:
        for tag in members.tags:
            memory.reasons.pop(tag.id, None)
        memory.reasons |= {members.tags[row].id: why for row, why in readout.reasons.items()}
    rows = np.flatnonzero(worth_of(members, readout, times))
    text = {place: readout.text[row] for place, row in enumerate(rows.tolist()) if row in readout.text}
    kept = Readings(
        members.names,
        rows.astype(np.int32),
        times[rows],
        readout.values[rows],
        readout.qualities[rows],
        received,
        text,
    )
    return _Brought(kept, int(times.min()), int(times.max()))


def _name_gap(sink: Sink, source: str, first: int, classes: Sequence[RateClass], memory: Memory) -> None:
    """What was not asked while there was no link is lost for good: a device that is polled keeps nothing."""
    since = memory.last or sink.latest
    if since and first - since > 2e9 * classes[0].every:
        cause = memory.cause or "the collector was not running"
        sink.gap(Gap(source, since, first, cause=cause, filled_by="permanent"))
    memory.cause = ""


def told(reasons: Mapping[str, Text]) -> list[str]:
    """Why tags are bad, a line for each reason.

    >>> told({"a": Text("no such address", "없는 주소"), "b": Text("no such address", "없는 주소")})
    ['a, b: no such address']
    """
    by_reason: dict[str, list[str]] = {}
    for tag, why in reasons.items():
        by_reason.setdefault(why.en, []).append(tag)
    lines = []
    for reason, ids in list(by_reason.items())[: MOST_NOTES - 1]:
        more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
        lines.append(f"{', '.join(ids[:5])}{more}: {reason}")
    return lines


def _tell(source: str, notes: list[str], memory: Memory) -> None:
    """Put what is to be said about tags and pace into the notes, in the place of what was said before."""
    said = []
    if memory.missed:
        said.append(
            f"{memory.missed} of {memory.rounds + memory.missed} rounds left out: the answers take longer than the period"
        )
    said += told(memory.reasons)
    if said != memory.said:
        if said and not memory.said:
            logger.warning("%s: %s", source, said[0])
        notes[:] = [note for note in notes if note not in memory.said] + said
        memory.said = said
