"""From a batch of messages to columns of readings; the plan of a topic is made once and then only followed."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from dure.plant.connect import Readings, SettingRefused
from dure.plant.connect.mqtt.moments import is_name, moment
from dure.plant.connect.mqtt.payloads import (
    BAD,
    BESIDE,
    GOOD,
    LONGEST_TEXT,
    UNCERTAIN,
    Reading,
    Unreadable,
    content_of,
    number_of,
    quality_of,
    readings_of,
)
from dure.plant.connect.mqtt.rules import Rule, follow, shown
from dure.plant.transport.mqtt import Messages
from dure.vocabulary import Signal

MOST_SIGNALS = 100_000
MOST_PLANS = 16  # shapes of payload remembered for a topic
PLANNED_FIELDS = 64
Arrival = Callable[[int, bytes, int, bool], int]


@dataclass(slots=True)
class Way:
    """How one topic is read: its rule, the part of the id that it gives, and the plans for flat objects."""

    rule: Rule
    name: str
    plans: dict[tuple[str, ...], "Plan"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A flat object's readings: the field with the time, and of each other field the place of its signal."""

    time: str
    entries: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Faults:
    """Messages that could not be read: how many, and the first of them."""

    count: int = 0
    topic: str = ""
    why: str = ""

    def add(self, topic: str, why: str) -> None:
        """Count one."""
        if not self.count:
            self.topic, self.why = topic, why
        self.count += 1


@dataclass(slots=True)
class _Rows:
    index: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    quality: dict[int, int] = field(default_factory=dict)
    text: dict[int, str] = field(default_factory=dict)


class Columns:
    """Reads batches by the rules; `wanted` signal ids, none of them means all.

    `arrival` gives a message without a time of its own the time at which it first arrived.
    """

    def __init__(
        self,
        source: str,
        rules: Sequence[Rule],
        *,
        zone: str = "UTC",
        wanted: Collection[str] = (),
        arrival: Arrival | None = None,
    ) -> None:
        self.signals: dict[str, Signal] = {}
        self._source, self._rules, self._wanted = source, tuple(rules), frozenset(wanted)
        self._zone = zone_of(zone)
        self._arrival = arrival
        self._ways: dict[str, Way | None] = {}
        self._places: dict[str, int] = {}
        self._names: tuple[str, ...] = ()

    def read(self, messages: Messages) -> tuple[Readings, Faults]:
        """The readings of a batch, and what could not be read of it."""
        rows, faults = _Rows(), Faults()
        ways, received = self._ways, messages.received
        for row, (topic, payload) in enumerate(zip(messages.topics, messages.payloads, strict=True)):
            way = ways[topic] if topic in ways else self._way(topic)
            if way is None or not payload:  # an empty payload clears a retained message and says nothing
                continue
            start = len(rows.index)
            try:
                timed = self._message(way, topic, payload, rows)
            except Unreadable as why:
                self._take_back(rows, start)
                faults.add(topic, str(why))
                continue
            if not timed:
                self._stamp(messages, row, start, received + row, rows)
        return self._columns(rows, received), faults

    def _way(self, topic: str) -> Way | None:
        rule = next((rule for rule in self._rules if rule.fits(topic)), None)
        if len(self._ways) >= 2 * MOST_SIGNALS:
            self._ways.clear()
        way = self._ways[topic] = Way(rule, rule.name(topic)) if rule is not None else None
        return way

    def _message(self, way: Way, topic: str, payload: bytes, rows: _Rows) -> bool:
        """Add one message's readings; whether all of them have a time of their own (rows without one have 0)."""
        content = content_of(payload)
        if way.rule.automatic and type(content) is dict:
            plan = way.plans.get(tuple(content))
            if plan is None:
                plan = self._plan(way, topic, content)
            if plan is not None:
                return self._follow(plan, content, rows)
        readings = readings_of(content, self._zone) if way.rule.automatic else self._ruled(way.rule, content)
        timed = True
        for reading in readings:
            place = self._place(way, topic, reading)
            if place >= 0:
                timed &= reading.time is not None
                _add(rows, place, reading.time or 0, reading.value, reading.quality)
        return timed

    def _follow(self, plan: Plan, content: dict[str, Any], rows: _Rows) -> bool:
        """The short way: a flat object of a shape that was seen before."""
        time = 0
        if plan.time:
            time = moment(content[plan.time], self._zone) or 0
        index, times, values = rows.index, rows.time, rows.value
        for key, place in plan.entries:
            value = content[key]
            if type(value) is float and value - value == 0.0:
                index.append(place)
                times.append(time)
                values.append(value)
            else:
                _add(rows, place, time, value, GOOD)
        return time != 0 or not plan.entries

    def _plan(self, way: Way, topic: str, content: dict[str, Any]) -> Plan | None:
        """A plan for objects with these fields; None if they must be looked at one by one."""
        if len(way.plans) >= MOST_PLANS or len(content) > PLANNED_FIELDS:
            return None
        if any(isinstance(value, dict | list) for value in content.values()):
            return None
        if any(key.lower() in BESIDE or key == "TempUnit" for key in content):
            return None
        times = [key for key, value in content.items() if is_name(key) and moment(value, self._zone)]
        entries = [
            (key, self._place(way, topic, Reading((key,), content[key])))
            for key in content
            if key not in times
        ]
        plan = Plan(times[0] if times else "", tuple((key, place) for key, place in entries if place >= 0))
        way.plans[tuple(content)] = plan
        return plan

    def _ruled(self, rule: Rule, content: Any) -> list[Reading]:
        """The readings where a person said they lie."""
        try:
            values = [(name, follow(content, path)) for name, path in rule.values]
            time = moment(follow(content, rule.time), self._zone) if rule.time is not None else None
            quality = quality_of(follow(content, rule.quality)) if rule.quality is not None else GOOD
        except KeyError as absent:
            raise Unreadable(f"there is no {absent} in it") from None
        for _, value in values:
            if isinstance(value, dict | list):
                raise Unreadable("an object or a list lies where a reading should")
        if rule.time is not None and time is None:
            quality = max(quality, UNCERTAIN)
        return [Reading((name,) if name else (), value, time, quality, rule.unit) for name, value in values]

    def _place(self, way: Way, topic: str, reading: Reading) -> int:
        """The place of a reading's signal among the names, -1 if it is not wanted.

        Raises
        ------
        Unreadable
            If there are more signals than a source may have.
        """
        below = "/".join(str(step).replace("/", "%2F") for step in reading.path)
        id_ = f"{self._source}/{way.name}/{below}" if below else f"{self._source}/{way.name}"
        place = self._places.get(id_)
        if place is None:
            if len(self._places) >= MOST_SIGNALS:
                raise Unreadable(f"the source has more than {MOST_SIGNALS:,} signals")
            place = -1 if self._wanted and id_ not in self._wanted else len(self._names)
            self._places[id_] = place
            self._meet(id_, way, topic, reading)
            if place >= 0:
                self._names = (*self._names, id_)
        return place

    def _meet(self, id_: str, way: Way, topic: str, reading: Reading) -> None:
        """Remember a signal that comes for the first time."""
        path = dict(way.rule.values).get(str(reading.path[0]) if reading.path else "", reading.path)
        self.signals[id_] = Signal(
            id_,
            self._source,
            name=id_.rpartition("/")[2],
            unit=reading.unit,
            address=f"{topic} {shown(path)}",
            kind="text" if isinstance(reading.value, str) else "number",
        )

    def _stamp(self, messages: Messages, row: int, start: int, time: int, rows: _Rows) -> None:
        """Give rows without a time the message's arrival; a retained message is older than that, so uncertain."""
        flags, packet_id = messages.flags[row], messages.ids[row]
        if packet_id and self._arrival is not None:
            content = messages.topics[row].encode() + messages.payloads[row]
            time = self._arrival(packet_id, content, time, bool(flags & 8))
        for place in range(start, len(rows.index)):
            if not rows.time[place]:
                rows.time[place] = time
                if flags & 1:
                    rows.quality[place] = max(rows.quality.get(place, GOOD), UNCERTAIN)

    def _take_back(self, rows: _Rows, start: int) -> None:
        del rows.index[start:], rows.time[start:], rows.value[start:]
        for one in (rows.quality, rows.text):
            for place in [place for place in one if place >= start]:
                del one[place]

    def _columns(self, rows: _Rows, received: int) -> Readings:
        quality = np.zeros(len(rows.index), np.uint8)
        if rows.quality:
            quality[list(rows.quality)] = list(rows.quality.values())
        return Readings(
            self._names,
            np.array(rows.index, np.int32),
            np.array(rows.time, np.int64),
            np.array(rows.value, np.float64),
            quality,
            received,
            rows.text,
        )


def zone_of(name: str) -> tzinfo:
    """The time zone of that name.

    Raises
    ------
    SettingRefused
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingRefused("zone", value=name, allowed="Asia/Seoul, UTC …") from None


def _add(rows: _Rows, place: int, time: int, value: Any, quality: int) -> None:
    """One reading; words to the words, and what is no finite number without a value and bad."""
    row = len(rows.index)
    if isinstance(value, dict | list):
        raise Unreadable("an object or a list lies where a reading was")
    number = number_of(value)
    if number is None:
        if len(value) > LONGEST_TEXT:
            raise Unreadable(f"a text has more than {LONGEST_TEXT} characters")
        rows.text[row] = value
        number = float("nan")
    elif number - number != 0.0:
        number, quality = float("nan"), BAD
    if quality:
        rows.quality[row] = quality
    rows.index.append(place)
    rows.time.append(time)
    rows.value.append(number)
