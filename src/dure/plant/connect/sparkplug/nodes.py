"""What a host knows of an edge node: its birth, its metrics by name and alias, what is due next, what was missed."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from dure.plant.transport.sparkplug import DataType, Metric, Payload, Topic, interpret, words
from dure.vocabulary import Quality

STALE = 500  # quality code of a stale value; 192 is good, 0 bad (§6.4.9, the property Quality)
CODES = {192: Quality.GOOD, 0: Quality.BAD, STALE: Quality.BAD}


class Known(NamedTuple):
    """A metric of a birth: the place of its signal among the names (-1: not wanted), its type and its device."""

    place: int
    kind: int
    device: str
    name: str
    alias: int | None = None


class Waiting(NamedTuple):
    """A message that came before its turn."""

    topic: Topic
    payload: Payload
    received: int


@dataclass(slots=True)
class Hole:
    """Messages that were missed: `first` to `last` are sequence numbers, -1 where there are none; times in ns.

    `restated` counts values of a later birth whose time lies in the hole; `born` says that one has come.
    """

    start: int
    end: int
    first: int
    last: int
    missed: int
    cause: str
    restated: int = 0
    born: bool = False


@dataclass(slots=True)
class Node:
    """One edge node. Times in ns since 1970 UTC, `deadline`, `settle` and `asked` on the caller's steady clock [s]."""

    group: str
    name: str
    born: bool = False
    bd_seq: int | None = None
    expected: int = 0
    complete: int = 0
    aliases: dict[int, Known] = field(default_factory=dict)
    metrics: dict[tuple[str, str], Known] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    waiting: dict[int, Waiting] = field(default_factory=dict)
    deadline: float = math.inf
    settle: float = math.inf
    asked: float = -math.inf
    wants: bool = False
    holes: list[Hole] = field(default_factory=list)
    unborn: Hole | None = None

    def forget(self) -> None:
        """Its session is over: what its birth said holds no longer."""
        self.born, self.bd_seq = False, None
        self.aliases, self.metrics, self.dead = {}, {}, set()
        self.waiting, self.deadline = {}, math.inf


def reading(metric: Metric, kind: int) -> tuple[float, str | None, Quality]:
    """Number, words and quality of a metric's value (its own type, or that of the birth).

    >>> reading(Metric("a", 4_294_967_291), DataType.INT32)
    (-5.0, None, <Quality.GOOD: 0>)
    >>> reading(Metric("a", "run"), DataType.STRING)[1], reading(Metric("a", None), DataType.FLOAT)[2]
    ('run', <Quality.BAD: 2>)
    >>> reading(Metric("a", 1_700_000_000_000), DataType.DATETIME)[1]
    '2023-11-14T22:13:20+00:00'
    """
    quality = _quality(metric.properties)
    value = interpret(metric.value, metric.kind or kind)
    if value is None:
        return math.nan, None, Quality.BAD
    if (metric.kind or kind) == DataType.DATETIME and isinstance(value, int):
        return math.nan, _moment(value), quality
    if isinstance(value, bool | int | float):
        number = float(value)
        return (number, None, quality) if math.isfinite(number) else (math.nan, None, Quality.BAD)
    return math.nan, words(value), quality


def _quality(properties: Any) -> Quality:
    if not properties:
        return Quality.GOOD
    code = properties.get("Quality", properties.get("quality"))
    return Quality.GOOD if code is None else CODES.get(code, Quality.UNCERTAIN)


def _moment(ms: int) -> str:
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).isoformat()
    except OverflowError:
        return str(ms)
