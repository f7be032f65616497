"""What a definition would have done: the historian's past walked through the same rows and the same watch as live."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dure.plant.alarms.definition import Definition, conditions
from dure.plant.alarms.refusals import ReplayTooLarge
from dure.plant.alarms.rows import looks, table
from dure.plant.alarms.states import Event
from dure.plant.alarms.watching import Turn, Watch, advance, look
from dure.science.formula import Kind

if TYPE_CHECKING:
    import polars as pl

    from dure.plant.historian import Historian

MOST_SAMPLES = 20_000_000
"""Samples that one replay reads."""
WEEK = 7 * 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class Ring:
    """One time that an alarm would have rung: from when to when [ns, source time]; `until` None if it still stands."""

    at: int
    until: int | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of a replay from `start` to `end` [ns] over so many samples."""

    rings: tuple[Ring, ...]
    start: int
    end: int
    samples: int

    @property
    def count(self) -> int:
        """How often it would have rung, where it was not suppressed."""
        return sum(not one.hidden for one in self.rings)

    @property
    def a_week(self) -> float:
        """So many times a week at this rate; 0 for an empty stretch."""
        return self.count * WEEK / (self.end - self.start) if self.end > self.start else 0.0


def replay(
    definition: Definition, historian: "Historian", kinds: Mapping[str, Kind], start: int, end: int
) -> Replay:
    """Replay a definition over what the historian has from `start` to `end` [ns].

    Raises
    ------
    Unusable
        If a formula cannot stand over these signals.
    ReplayTooLarge
        If there are more than 20 million samples.
    """
    samples = samples_of(historian, definition, start, end)
    return replayed(definition, samples, kinds, start, end)


def replayed(
    definition: Definition, samples: "pl.DataFrame", kinds: Mapping[str, Kind], start: int, end: int
) -> Replay:
    """The same over samples that are at hand, with the historian's columns."""
    return Replay(tuple(_rings(turns(definition, samples, kinds, end))), start, end, len(samples))


def turns(
    definition: Definition, samples: "pl.DataFrame", kinds: Mapping[str, Kind], end: int
) -> Iterator[Turn]:
    """Every turn of the definition over the samples, in order of time."""
    found = conditions(definition, kinds)
    if not len(samples):
        return
    watch = Watch()
    rows = table(samples, definition, kinds, end)
    for row in looks(rows, found):
        watch, found_turns = look(watch, definition.delays, row)
        yield from found_turns
    yield from advance(watch, definition.delays, end)[1]


def _rings(found: Iterator[Turn]) -> Iterator[Ring]:
    began, hidden, suppressed = None, False, False
    for time, event in found:
        if event in {Event.SUPPRESS, Event.UNSUPPRESS}:
            suppressed = event is Event.SUPPRESS
            if began is not None and hidden and not suppressed:
                began, hidden = time, False  # out of the suppression it rings
        elif event is Event.ANNUNCIATE:
            began, hidden = time, suppressed
        elif began is not None:
            yield Ring(began, time, hidden)
            began = None
    if began is not None:
        yield Ring(began, None, hidden)


def samples_of(historian: "Historian", definition: Definition, start: int, end: int) -> "pl.DataFrame":
    """Samples of a definition's signals, piece by piece. Raises `ReplayTooLarge`."""
    import polars as pl

    from dure.plant.historian import TooMuch

    pieces, read, at, step = [], 0, start, max(1, end - start)
    while at < end:
        try:
            piece = pl.from_arrow(historian.query(list(definition.signals), at, min(at + step, end)))
        except TooMuch:
            step = max(1, step // 8)
            continue
        assert isinstance(piece, pl.DataFrame)  # noqa: S101 - a table becomes a frame
        pieces.append(piece)
        read, at = read + len(piece), min(at + step, end)
        if read > MOST_SAMPLES:
            raise ReplayTooLarge(definition.id, count=read, most=MOST_SAMPLES)
    return pl.concat(pieces)
