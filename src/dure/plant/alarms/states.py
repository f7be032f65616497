"""The life of an alarm as a table: which event leads from which state to which, and nothing else.

States and events are those of IEC 62682:2022 and ANSI/ISA-18.2-2016, clause 5 (the state transition diagram, A to I).
The three states in which an alarm is not shown end by themselves (shelf), by the plant (design) or by a person
(service); what the condition did meanwhile is remembered and decides where the alarm stands afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from types import MappingProxyType


class State(IntEnum):
    """Where an alarm stands; the number is what its signal `alarms/<id>` carries in the historian."""

    NORMAL = 0  # A
    UNACKNOWLEDGED = 1  # B
    ACKNOWLEDGED = 2  # C
    RETURNED = 3  # D: back to normal, nobody has acknowledged it
    LATCHED = 4  # E: the condition is over, the alarm stays; not acknowledged
    LATCHED_ACKNOWLEDGED = 5  # F
    SHELVED = 6  # G
    SUPPRESSED = 7  # H: by design
    OUT_OF_SERVICE = 8  # I


class Event(StrEnum):
    """What happens to an alarm."""

    ANNUNCIATE = "annunciate"
    RETURN = "return"
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    EXPIRE = "expire"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    REMOVE = "remove"
    RESTORE = "restore"


HIDDEN = frozenset({State.SHELVED, State.SUPPRESSED, State.OUT_OF_SERVICE})
"""States in which an alarm is not annunciated."""
OPEN = frozenset(State) - HIDDEN - {State.NORMAL}
"""States that stand on the list of alarms."""
UNANSWERED = frozenset({State.UNACKNOWLEDGED, State.RETURNED, State.LATCHED})
"""States that wait for somebody to acknowledge."""


@dataclass(frozen=True, slots=True)
class Standing:
    """State of an alarm; `active` whether its condition holds, `suppressed` whether the plant's state hides it."""

    state: State = State.NORMAL
    active: bool = False
    suppressed: bool = False


SEEN: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.NORMAL, Event.ANNUNCIATE): State.UNACKNOWLEDGED,
        (State.UNACKNOWLEDGED, Event.ACKNOWLEDGE): State.ACKNOWLEDGED,
        (State.UNACKNOWLEDGED, Event.RETURN): State.RETURNED,
        (State.ACKNOWLEDGED, Event.RETURN): State.NORMAL,
        (State.RETURNED, Event.ACKNOWLEDGE): State.NORMAL,
        (State.RETURNED, Event.ANNUNCIATE): State.UNACKNOWLEDGED,
        (State.LATCHED, Event.ACKNOWLEDGE): State.LATCHED_ACKNOWLEDGED,
        (State.LATCHED, Event.RESET): State.RETURNED,
        (State.LATCHED, Event.ANNUNCIATE): State.UNACKNOWLEDGED,
        (State.LATCHED_ACKNOWLEDGED, Event.RESET): State.NORMAL,
        (State.LATCHED_ACKNOWLEDGED, Event.ANNUNCIATE): State.UNACKNOWLEDGED,
    }
)
"""Every transition between the states that are seen."""
LATCHING: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.UNACKNOWLEDGED, Event.RETURN): State.LATCHED,
        (State.ACKNOWLEDGED, Event.RETURN): State.LATCHED_ACKNOWLEDGED,
    }
)
"""What differs for an alarm that latches."""
HIDING: Mapping[Event, tuple[frozenset[State], State]] = MappingProxyType(
    {
        Event.SHELVE: (frozenset(State) - HIDDEN, State.SHELVED),
        Event.REMOVE: (frozenset(State) - {State.OUT_OF_SERVICE}, State.OUT_OF_SERVICE),
    }
)
"""From which states a person may hide an alarm, and where it stands then."""
SHOWING: Mapping[Event, State] = MappingProxyType(
    {
        Event.UNSHELVE: State.SHELVED,
        Event.EXPIRE: State.SHELVED,
        Event.RESTORE: State.OUT_OF_SERVICE,
    }
)
"""From which state each event brings it back."""


def after(standing: Standing, event: Event, *, latch: bool = False) -> Standing | None:
    """Where an alarm stands after an event; None where the event cannot happen.

    >>> rung = after(Standing(), Event.ANNUNCIATE)
    >>> rung.state.name, after(rung, Event.RETURN).state.name, after(rung, Event.RETURN, latch=True).state.name
    ('UNACKNOWLEDGED', 'RETURNED', 'LATCHED')
    >>> after(Standing(), Event.ACKNOWLEDGE) is None
    True
    """
    if event in {Event.ANNUNCIATE, Event.RETURN}:
        return _condition(standing, event, latch=latch)
    if event in {Event.SUPPRESS, Event.UNSUPPRESS}:
        return _design(standing, event)
    if event in HIDING:
        allowed, state = HIDING[event]
        return replace(standing, state=state) if standing.state in allowed else None
    if event in SHOWING:
        return _shown(standing) if standing.state is SHOWING[event] else None
    state = SEEN.get((standing.state, event))  # type: ignore[assignment] # None where there is no such transition
    return None if state is None else replace(standing, state=state)


def _condition(standing: Standing, event: Event, *, latch: bool) -> Standing | None:
    active = event is Event.ANNUNCIATE
    if standing.active is active:
        return None
    now = replace(standing, active=active)
    if standing.state in HIDDEN:
        return now
    table = {**SEEN, **LATCHING} if latch else SEEN
    return replace(now, state=table[standing.state, event])


def _design(standing: Standing, event: Event) -> Standing | None:
    suppressed = event is Event.SUPPRESS
    if standing.suppressed is suppressed:
        return None
    now = replace(standing, suppressed=suppressed)
    if standing.state in {State.SHELVED, State.OUT_OF_SERVICE}:
        return now
    return replace(now, state=State.SUPPRESSED) if suppressed else _shown(now)


def _shown(standing: Standing) -> Standing:
    """Out of hiding: into the plant's own suppression, or to where the condition says; whoever saw it before, it is new."""
    if standing.suppressed:
        return replace(standing, state=State.SUPPRESSED)
    return replace(standing, state=State.UNACKNOWLEDGED if standing.active else State.NORMAL)
