"""How well the alarms do: the measures of IEC 62682:2022 / ANSI/ISA-18.2-2016, clause 16, and of EEMUA 191.

Counted are annunciations: what a person was rung for. Stretches of ten minutes are counted from the beginning of the
period. A flood begins with a stretch of more than ten alarms for one operator and lasts until one of fewer than five.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dure.plant.alarms.definition import Priority

TEN_MINUTES = 600 * 10**9
MINUTE = 60 * 10**9
DAY = 86_400 * 10**9
FLOOD_BEGINS, FLOOD_ENDS = 10, 5
"""Alarms in ten minutes and operator: more begin a flood, fewer end it."""
CHATTERING = 3
"""So many times within a minute is chattering."""
STALE = DAY
"""An alarm that stands for longer is stale. [ns]"""
RECOMMENDED: Mapping[Priority, float] = {
    Priority.CRITICAL: 0.01,
    Priority.HIGH: 0.05,
    Priority.MEDIUM: 0.15,
    Priority.LOW: 0.80,
}
"""Share of each priority: about 80, 15 and 5 %, the gravest of four below 1 %."""
ACCEPTABLE, MANAGEABLE = 1.0, 2.0
"""Alarms in ten minutes and operator, on average: very likely acceptable, and the most that can be managed."""
ACTORS = 10


@dataclass(frozen=True, slots=True)
class Rung:
    """One annunciation: which alarm, when [ns], how grave."""

    alarm: str
    at: int
    priority: Priority = Priority.LOW


@dataclass(frozen=True, slots=True)
class Flood:
    """A flood from `start` to `end` [ns], how many alarms it had and how many in its worst ten minutes."""

    start: int
    end: int
    alarms: int
    peak: int


@dataclass(frozen=True, slots=True)
class Actor:
    """An alarm, how often it rang and its share of all."""

    alarm: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Performance:
    """The measures of one period; `counts` are alarms in each ten minutes, of all operators."""

    start: int
    end: int
    operators: int
    counts: tuple[int, ...]
    floods: tuple[Flood, ...]
    actors: tuple[Actor, ...]
    chattering: tuple[str, ...]
    stale: tuple[str, ...]
    standing: int
    priorities: Mapping[Priority, int]

    @property
    def total(self) -> int:
        """All annunciations."""
        return sum(self.counts)

    @property
    def average(self) -> float:
        """Alarms in ten minutes and operator, on average."""
        return self.total * TEN_MINUTES / max(1, self.end - self.start) / self.operators

    @property
    def peak(self) -> float:
        """Most alarms in ten minutes and operator."""
        return max(self.counts, default=0) / self.operators

    @property
    def over_share(self) -> float:
        """Share of the ten-minute stretches with more than ten alarms an operator; 1 % is the target."""
        over = sum(one > FLOOD_BEGINS * self.operators for one in self.counts)
        return over / len(self.counts) if self.counts else 0.0

    @property
    def flood_share(self) -> float:
        """Share of the period spent in floods; 1 % is the target."""
        return sum(one.end - one.start for one in self.floods) / max(1, self.end - self.start)

    @property
    def actors_share(self) -> float:
        """Share of all annunciations that the ten most frequent alarms have; 1 to 5 % is the target."""
        return sum(one.share for one in self.actors)


def performance(
    rung: Iterable[Rung],
    start: int,
    end: int,
    *,
    operators: int = 1,
    standing: Mapping[str, int] | None = None,
) -> Performance:
    """Measures of a period.

    Parameters
    ----------
    rung
        Annunciations, in any order; those outside of the period are left out.
    start, end
        The period. [ns]
    standing
        Alarms that stand at its end, and since when. [ns]

    Examples
    --------
    >>> found = performance([Rung("a", t * 10**9) for t in (1, 20, 40, 700)], 0, 1200 * 10**9)
    >>> found.counts, found.chattering, found.average
    ((3, 1), ('a',), 2.0)
    """
    own = sorted((one for one in rung if start <= one.at < end), key=lambda one: one.at)
    counts = _counts(own, start, end)
    told = standing or {}
    return Performance(
        start,
        end,
        max(1, operators),
        counts,
        tuple(floods(counts, start, max(1, operators))),
        _actors(own),
        chattering(own),
        tuple(sorted(one for one, since in told.items() if end - since > STALE)),
        len(told),
        {one: sum(r.priority is one for r in own) for one in Priority},
    )


def _counts(rung: Sequence[Rung], start: int, end: int) -> tuple[int, ...]:
    found = Counter((one.at - start) // TEN_MINUTES for one in rung)
    return tuple(found.get(place, 0) for place in range(-(-(end - start) // TEN_MINUTES)))


def floods(counts: Sequence[int], start: int, operators: int = 1) -> Iterable[Flood]:
    """Floods of stretches of ten minutes; one that still lasts ends with the last stretch.

    >>> [(one.alarms, one.peak) for one in floods([2, 11, 7, 4, 12], 0)]
    [(18, 11), (12, 12)]
    """
    began: int | None = None
    for place, count in enumerate([*counts, 0]):
        if began is None and count > FLOOD_BEGINS * operators:
            began = place
        elif began is not None and (count < FLOOD_ENDS * operators or place == len(counts)):
            part = counts[began:place]
            yield Flood(start + began * TEN_MINUTES, start + place * TEN_MINUTES, sum(part), max(part))
            began = None


def _actors(rung: Sequence[Rung]) -> tuple[Actor, ...]:
    found = Counter(one.alarm for one in rung)
    first = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:ACTORS]
    return tuple(Actor(alarm, count, count / len(rung)) for alarm, count in first)


def chattering(rung: Sequence[Rung]) -> tuple[str, ...]:
    """Alarms that rang three times or more within some minute, by name; `rung` in order of time."""
    times: dict[str, list[int]] = defaultdict(list)
    for one in rung:
        times[one.alarm].append(one.at)
    back = CHATTERING - 1
    return tuple(
        sorted(
            alarm
            for alarm, own in times.items()
            if any(own[n] - own[n - back] <= MINUTE for n in range(back, len(own)))
        )
    )
