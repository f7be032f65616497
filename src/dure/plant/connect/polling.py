"""Polling: a tag table, requests coalesced into blocks, readings at a steady pace. What polled connectors share.

A connector says where a tag lies (`locate`), asks for a block's bytes, and hands `poll` a function that reads tags:

    tags = read_tags(settings.tags, check=…)
    blocks = plan(tags, locate, limit=125, hole=8)
    readout = joined(len(tags), [(block.places, decode(block, await ask(block))) for block in blocks])
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dure.plant.connect.blocks import (
    BAD,
    GOOD,
    Block,
    Readout,
    Spot,
    TagTooLong,
    ValueOutside,
    cells_of,
    decode,
    encode,
    halves,
    joined,
    order_of,
    plan,
    refused,
    words_of,
)
from dure.plant.connect.promise import Readings, Sink
from dure.plant.connect.tags import (
    ORDERS,
    Odd,
    Tag,
    TagTableRefused,
    TagTableUnreadable,
    read_tags,
    type_of,
)
from dure.plant.transport import Gap
from dure.vocabulary import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    "order_of",
    "plan",
    "poll",
    "read_tags",
    "refused",
    "type_of",
    "words_of",
]

logger = logging.getLogger("dure.plant.connect")
MOST_NOTES = 20

Read = Callable[[tuple[Tag, ...]], Awaitable[Readout]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How often: `period` [s] where a tag has no `every` of its own; whether only `changes` are kept.

    With `changes`, a reading is kept when its value moved by more than the tag's deadband, its words or its
    quality changed, or `restate` [s] passed since the last one that was kept.
    """

    period: float = 1.0
    changes: bool = False
    restate: float = 60.0


@dataclass(slots=True)
class Memory:
    """What a connector remembers between two losses of the link; one for each connector, handed to every `poll`.

    `last` is the newest time that was read [ns since 1970 UTC], `cause` why reading stopped, `missed` the rounds
    that were not asked because an earlier one took too long.
    """

    last: int = 0
    cause: str = ""
    rounds: int = 0
    missed: int = 0
    kept: dict[str, tuple[float, str, int, int]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


async def poll(
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
    shift what follows. A round that is still running when its next is due costs that next one; they are counted
    in `memory.missed` and said in `notes`. The source time of a reading is the midpoint of its request.
    After a loss the stretch from `memory.last` (else `sink.latest`) to the first new reading is a permanent gap.

    Parameters
    ----------
    read
        Reads tags of one class, always the same tuple for the same class.
    how
        How the source is read, for the one log line.

    Raises
    ------
    SourceProblem
        What `read` raises when the link is lost.
    """
    raise NotImplementedError
