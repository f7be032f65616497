"""The host application's rules, without a connection: what arrives goes in, readings, gaps and requests come out.

Sparkplug 3.0.0 §5 and §6.4. Times in ns since 1970 UTC; `now` is any steady clock in seconds.
"""

import json
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np

from dure.plant.connect import Readings
from dure.plant.connect.sparkplug.nodes import Hole, Known, Node, Waiting, reading
from dure.plant.transport import Gap
from dure.plant.transport.sparkplug import (
    BD_SEQ,
    Metric,
    Payload,
    PayloadWrong,
    Topic,
    ahead,
    decode,
    following,
    read_topic,
)
from dure.vocabulary import Quality, Signal, UnknownUnit, ucum

MOST_NODES, MOST_SIGNALS, MOST_HOLES = 10_000, 200_000, 64
CONTROL = ("Node Control/", "Device Control/")
FROM_NODES = frozenset({"NBIRTH", "NDEATH", "NDATA", "DBIRTH", "DDEATH", "DDATA"})


@dataclass(slots=True)
class Outcome:
    """What a host has to hand on: readings, gaps, edge nodes to ask for a rebirth, and what was odd."""

    readings: Readings
    gaps: list[Gap] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


class Host:
    """Follows every edge node it hears; `wanted` signal ids, none of them means all.

    `reorder` [s]: how long a message that was overtaken may take; `every` [s]: how often one edge node is asked for
    a rebirth at most.
    """

    def __init__(
        self, source: str, *, wanted: Collection[str] = (), reorder: float = 2.0, every: float = 5.0
    ) -> None:
        self.nodes: dict[tuple[str, str], Node] = {}
        self.signals: dict[str, Signal] = {}
        self._source, self._wanted = source, frozenset(wanted)
        self._reorder, self._every = reorder, every
        self._places: dict[str, int] = {}
        self._names: tuple[str, ...] = ()
        self._gaps: list[Gap] = []
        self._odd: list[str] = []
        self._clear()

    def message(self, topic: str, content: bytes, received: int, now: float) -> None:
        """Take one message."""
        read = read_topic(topic)
        if read is None or read.kind not in FROM_NODES:
            return
        node = self._node(read)
        if node is None:
            self._odd.append(f"more than {MOST_NODES} edge nodes")
            return
        try:
            payload = decode(content, topic)
        except PayloadWrong as wrong:
            self._unreadable(node, read, received, str(wrong.facts["why"]))
            return
        if payload.seq is not None and payload.seq > 255:
            self._unreadable(node, read, received, f"its sequence number is {payload.seq}")
            return
        if read.kind == "NBIRTH":
            self._birth(node, read, payload, received, now)
        elif read.kind == "NDEATH":
            self._death(node, payload, received)
        elif not node.born:
            self._unborn(node, payload, received)
        else:
            self._in_turn(node, Waiting(read, payload, received), now)

    def tick(self, received: int, now: float) -> None:
        """Let time pass: give up what was overtaken for too long, settle what a rebirth has said again."""
        for node in self.nodes.values():
            if now >= node.deadline:
                self._give_up(node, received)
            if now >= node.settle:
                self._settle(node)

    def next_deadline(self) -> float:
        """When `tick` is due [s on the steady clock]; infinity if nothing waits."""
        return min((min(n.deadline, n.settle) for n in self.nodes.values()), default=math.inf)

    def interrupted(self) -> None:
        """Our connection broke: what happens until the next birth is not known."""
        for node in self.nodes.values():
            self._settle(node)
            node.forget()
            node.wants = True

    def expect(self, group: str, node: str) -> None:
        """An edge node that an earlier run knew: ask it for its birth."""
        known = self._node(Topic(group, "NBIRTH", node))
        if known is not None and not known.born:
            known.wants = True

    def outcome(self, received: int, now: float) -> Outcome:
        """What came of the messages since the last call."""
        outcome = Outcome(self._columns(received), self._gaps, self._requests(now), self._odd)
        self._gaps, self._odd = [], []
        self._clear()
        return outcome

    # Births and deaths.

    def _birth(self, node: Node, topic: Topic, payload: Payload, received: int, now: float) -> None:
        """NBIRTH: everything known of the edge node begins anew (§6.4.19)."""
        if node.waiting:
            self._give_up(node, received)
        bd_seq = next((m.value for m in payload.metrics if m.name == BD_SEQ), None)
        if node.born and node.bd_seq is not None and bd_seq != node.bd_seq:
            cause = f"{node.group}/{node.name} was born anew and no death came before"
            self._miss(node, Hole(node.complete, received, -1, -1, 0, cause))
        node.forget()
        node.born, node.wants = True, False
        node.bd_seq = bd_seq if isinstance(bd_seq, int) else None
        if node.bd_seq is None:
            self._odd.append(f"the birth of {topic.group}/{topic.node} has no bdSeq")
        if payload.seq != 0:
            self._odd.append(f"the birth of {topic.group}/{topic.node} has seq {payload.seq}, not 0")
        node.expected = following(payload.seq or 0)
        if node.unborn is not None:
            node.holes.append(node.unborn)
            node.unborn = None
        self._define(node, topic, payload, received)
        for hole in node.holes:
            hole.born = True
        if node.holes:
            node.settle = now + max(self._reorder, 0.5)
        node.complete = payload.time or received

    def _define(self, node: Node, topic: Topic, payload: Payload, received: int) -> None:
        """Learn a birth's metrics and take their values."""
        for metric in payload.metrics:
            if not metric.name or metric.name == BD_SEQ or metric.name.startswith(CONTROL):
                continue
            known = self._known(topic, metric)
            if known is None:
                continue
            node.metrics[topic.device, metric.name] = known
            if metric.alias is not None:
                node.aliases[metric.alias] = known
            self._take(known, metric, payload, received)
            time = metric.time or payload.time
            for hole in node.holes:
                hole.restated += hole.start < time <= hole.end

    def _death(self, node: Node, payload: Payload, received: int) -> None:
        """NDEATH: all its metrics are stale from now; one of an older session is not heeded (§5.6, bdSeq)."""
        number = next((m.value for m in payload.metrics if m.name == BD_SEQ), None)
        if not node.born:
            return
        if node.bd_seq is not None and number != node.bd_seq:
            self._odd.append(f"a death of {node.group}/{node.name} has bdSeq {number}, not {node.bd_seq}")
            return
        if node.waiting:
            self._give_up(node, received)
        self._stale((k for k in node.metrics.values() if k.device not in node.dead), received)
        self._settle(node)
        node.forget()
        node.wants = False

    def _stale(self, metrics: Iterable[Known], time: int) -> None:
        for known in metrics:
            self._row(known.place, time, math.nan, None, Quality.BAD)

    # Data, in the order of their sequence numbers.

    def _in_turn(self, node: Node, message: Waiting, now: float) -> None:
        """Take a message now, or keep it until the one before it has come (§5.7, Reorder Timeout)."""
        seq = message.payload.seq
        if seq is None:
            self._odd.append(f"a {message.topic.kind} of {node.group}/{node.name} has no sequence number")
            self._apply(node, message)
            return
        if ahead(node.expected, seq):
            if seq not in node.waiting:
                node.waiting[seq] = message
            if node.deadline == math.inf:
                node.deadline = now + self._reorder
            if now >= node.deadline:
                self._give_up(node, message.received)
            return
        self._apply(node, message)
        node.expected = following(seq)
        self._drain(node)

    def _drain(self, node: Node) -> None:
        """Take what has been waiting and is due now."""
        while (message := node.waiting.pop(node.expected, None)) is not None:
            self._apply(node, message)
            node.expected = following(node.expected)
        if not node.waiting:
            node.deadline = math.inf

    def _give_up(self, node: Node, received: int) -> None:
        """What is missing will not come: name it, take what waits, ask for a rebirth."""
        while node.waiting:
            seq = min(node.waiting, key=lambda number: ahead(node.expected, number))
            missed = ahead(node.expected, seq)
            cause = f"{missed} messages of {node.group}/{node.name} did not come"
            last = (seq - 1) % 256
            end = node.waiting[seq].payload.time or node.waiting[seq].received
            hole = Hole(node.complete or received, end, node.expected, last, missed, cause)
            self._miss(node, hole)
            node.expected = seq
            self._drain(node)
        node.deadline = math.inf

    def _apply(self, node: Node, message: Waiting) -> None:
        """Take a message whose turn it is."""
        topic, payload, received = message
        if node.holes and topic.kind in ("NDATA", "DDATA"):
            self._settle_born(node)
        if topic.kind == "DBIRTH":
            node.dead.discard(topic.device)
            self._define(node, topic, payload, received)
        elif topic.kind == "DDEATH":
            self._device_death(node, topic, payload, received)
        else:
            self._data(node, topic, payload, received)
        node.complete = payload.time or received

    def _device_death(self, node: Node, topic: Topic, payload: Payload, received: int) -> None:
        """DDEATH: the device's metrics are stale from the time that it bears (§5.6)."""
        if topic.device in node.dead:
            return
        node.dead.add(topic.device)
        metrics = (known for known in node.metrics.values() if known.device == topic.device)
        self._stale(metrics, payload.time or received)

    def _data(self, node: Node, topic: Topic, payload: Payload, received: int) -> None:
        unknown = 0
        for metric in payload.metrics:
            known = self._metric_of(node, topic, metric)
            if known is not None:
                self._take(known, metric, payload, received)
            elif metric.name != BD_SEQ and not metric.name.startswith(CONTROL):
                unknown += 1
        if unknown:
            seq = -1 if payload.seq is None else payload.seq
            cause = f"{unknown} metrics of {node.group}/{node.name} were in no birth"
            time = payload.time or received
            self._miss(node, Hole(time, time, seq, seq, 1, cause))

    def _metric_of(self, node: Node, topic: Topic, metric: Metric) -> Known | None:
        """The birth's metric, by alias or by name. A device that is dead or was never born has none."""
        if topic.device in node.dead:
            return None
        if metric.name:
            return node.metrics.get((topic.device, metric.name))
        known = node.aliases.get(metric.alias) if metric.alias is not None else None
        return known if known is not None and known.device == topic.device else None

    # What was missed.

    def _unborn(self, node: Node, payload: Payload, received: int) -> None:
        """Data of an edge node whose birth we do not know: its aliases mean nothing to us."""
        seq = -1 if payload.seq is None else payload.seq
        node.wants, time = True, payload.time or received
        if node.unborn is None:
            cause = f"the birth of {node.group}/{node.name} was not known"
            node.unborn = Hole(time, time, seq, seq, 0, cause)
            self._name(node.unborn, "")
        node.unborn.end, node.unborn.missed = time, node.unborn.missed + 1

    def _unreadable(self, node: Node, topic: Topic, received: int, why: str) -> None:
        cause = f"a {topic.kind} of {node.group}/{node.name} could not be read: {why}"
        self._odd.append(cause)
        self._miss(node, Hole(received, received, -1, -1, 1, cause))

    def _miss(self, node: Node, hole: Hole) -> None:
        """Name a hole, open for now, and ask for a rebirth (§5.7)."""
        if len(node.holes) >= MOST_HOLES:
            self._settle(node)
        node.wants = True
        node.holes.append(hole)
        self._name(hole, "")

    def _settle_born(self, node: Node) -> None:
        """Data after a rebirth: nothing more will be said again of the holes before it."""
        if any(hole.born for hole in node.holes):
            self._settle(node)

    def _settle(self, node: Node) -> None:
        """Say of each hole whether the rebirth said again as many values of it as messages were missed."""
        holes = [*node.holes, node.unborn] if node.unborn is not None else node.holes
        for hole in holes:
            again = hole.born and hole.missed and hole.restated >= hole.missed
            self._name(hole, "rebirth" if again else "permanent")
        node.holes, node.unborn, node.settle = [], None, math.inf

    def _name(self, hole: Hole, filled_by: str) -> None:
        self._gaps.append(
            Gap(self._source, hole.start, hole.end, hole.first, hole.last, hole.cause, filled_by)
        )

    def _requests(self, now: float) -> list[tuple[str, str]]:
        """The edge nodes to ask for a rebirth now."""
        asked = []
        for key, node in self.nodes.items():
            if node.wants and now - node.asked >= self._every:
                node.asked, node.wants = now, not node.born
                asked.append(key)
        return asked

    # Names and rows.

    def _node(self, topic: Topic) -> Node | None:
        key = (topic.group, topic.node)
        node = self.nodes.get(key)
        if node is None and len(self.nodes) < MOST_NODES:
            node = self.nodes[key] = Node(*key)
        return node

    def _known(self, topic: Topic, metric: Metric) -> Known | None:
        """The signal of a birth's metric; None if there are too many."""
        owner = "/".join(filter(None, (topic.group, topic.node, topic.device)))
        id_ = f"{self._source}/{owner}/{metric.name}"
        place = self._places.get(id_)
        if place is None:
            if len(self._places) >= MOST_SIGNALS:
                self._odd.append(f"more than {MOST_SIGNALS:,} metrics")
                return None
            place = -1 if self._wanted and id_ not in self._wanted else len(self._names)
            self._places[id_] = place
            if place >= 0:
                self._names = (*self._names, id_)
        if id_ not in self.signals:
            self.signals[id_] = self._signal(id_, topic, metric)
        return Known(place, metric.kind, topic.device, metric.name, metric.alias)

    def _signal(self, id_: str, topic: Topic, metric: Metric) -> Signal:
        words = reading(metric, metric.kind)[1] is not None
        address = json.dumps([topic.group, topic.node, topic.device, metric.name], ensure_ascii=False)
        unit = metric.properties.get("engUnit", metric.properties.get("Engineering Units", ""))
        return Signal(
            id_,
            self._source,
            name=metric.name.rpartition("/")[2],
            unit=_ucum(unit),
            address=address,
            equipment=topic.device or topic.node,
            kind="text" if words else "number",
        )

    def _take(self, known: Known, metric: Metric, payload: Payload, received: int) -> None:
        value, words, quality = reading(metric, known.kind)
        self._row(known.place, metric.time or payload.time or received, value, words, quality)

    def _row(self, place: int, time: int, value: float, words: str | None, quality: Quality) -> None:
        if place < 0:
            return
        if words is not None:
            self._text[len(self._index)] = words
        self._index.append(place)
        self._time.append(time)
        self._value.append(value)
        self._quality.append(quality)

    def _clear(self) -> None:
        self._index: list[int] = []
        self._time: list[int] = []
        self._value: list[float] = []
        self._quality: list[int] = []
        self._text: dict[int, str] = {}

    def _columns(self, received: int) -> Readings:
        return Readings(
            self._names,
            np.array(self._index, np.int32),
            np.array(self._time, np.int64),
            np.array(self._value, np.float64),
            np.array(self._quality, np.uint8),
            received,
            self._text,
        )


def _ucum(written: object) -> str:
    try:
        return ucum(written) if isinstance(written, str) and 0 < len(written) <= 30 else ""
    except UnknownUnit:
        return ""
