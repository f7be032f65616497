"""From a condition to turns: delays, deadband and what is not known, as a pure state machine over time.

IEC 62682:2022 / ANSI/ISA-18.2-2016, clause 10 (basic alarm design: deadband, on-delay, off-delay). What is not known
(a bad sample, a silent input) neither raises an alarm nor clears it.
"""

from dataclasses import dataclass, replace

from dure.plant.alarms.states import Event

Known = bool | None


@dataclass(frozen=True, slots=True)
class Delays:
    """How long the condition must hold before the alarm rings, and be over before it returns. [ns]."""

    on: int = 0
    off: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """What a row says at `time` [ns]: the condition, whether it is over (with its deadband), and the suppression."""

    time: int
    holds: Known
    over: Known
    suppress: Known = False


@dataclass(frozen=True, slots=True)
class Watch:
    """Where the watch of one alarm stands; `since` [ns] is when the turn that is under way began, 0 if none is."""

    active: bool = False
    since: int = 0
    suppressed: bool = False

    def due(self, delays: Delays) -> int | None:
        """When the turn under way happens [ns]; None if none is."""
        return self.since + (delays.off if self.active else delays.on) if self.since else None


Turn = tuple[int, Event]


def advance(watch: Watch, delays: Delays, time: int) -> tuple[Watch, list[Turn]]:
    """The watch at `time` [ns] if nothing was heard since: a delay may have run out.

    >>> advance(Watch(since=10), Delays(on=5), 14)[1], advance(Watch(since=10), Delays(on=5), 15)[1]
    ([], [(15, <Event.ANNUNCIATE: 'annunciate'>)])
    """
    due = watch.due(delays)
    if due is None or due > time:
        return watch, []
    event = Event.RETURN if watch.active else Event.ANNUNCIATE
    return replace(watch, active=not watch.active, since=0), [(due, event)]


def look(watch: Watch, delays: Delays, row: Look) -> tuple[Watch, list[Turn]]:
    """The watch after a row, and the turns in order of time; rows come in order of time.

    >>> watch, turns = look(Watch(), Delays(on=0, off=3), Look(10, True, False))
    >>> [event.value for _, event in turns], look(watch, Delays(off=3), Look(11, False, True))[0].since
    (['annunciate'], 11)
    """
    watch, turns = advance(watch, delays, row.time)
    if row.suppress is not None and row.suppress is not watch.suppressed:
        watch = replace(watch, suppressed=row.suppress)
        turns.append((row.time, Event.SUPPRESS if row.suppress else Event.UNSUPPRESS))
    # It is over only where it does not hold as well: a `clear` that contradicts the condition must not flutter.
    turning = row.over is True and row.holds is False if watch.active else row.holds is True
    if not turning:
        return replace(watch, since=0), turns
    watch, more = advance(replace(watch, since=watch.since or row.time), delays, row.time)
    return watch, turns + more
