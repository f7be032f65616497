"""Where a question stands, and what may become of it: one table."""

from enum import StrEnum


class State(StrEnum):
    """Where a thread stands."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Act(StrEnum):
    """What somebody does with it."""

    ASKED = "asked"
    SAID = "said"
    ANSWERED = "answered"
    HANDED = "handed"
    CHOSEN = "chosen"
    NOTED = "noted"
    CLOSED = "closed"
    REOPENED = "reopened"


TURNS: dict[tuple[State, Act], State] = {
    (State.OPEN, Act.SAID): State.OPEN,
    (State.OPEN, Act.ANSWERED): State.ANSWERED,
    (State.OPEN, Act.HANDED): State.OPEN,
    (State.OPEN, Act.CHOSEN): State.ANSWERED,
    (State.OPEN, Act.NOTED): State.OPEN,
    (State.OPEN, Act.CLOSED): State.CLOSED,
    (State.ANSWERED, Act.SAID): State.ANSWERED,
    (State.ANSWERED, Act.ASKED): State.OPEN,  # the asker asks on
    (State.OPEN, Act.ASKED): State.OPEN,
    (State.ANSWERED, Act.ANSWERED): State.ANSWERED,
    (State.ANSWERED, Act.HANDED): State.OPEN,
    (State.ANSWERED, Act.CHOSEN): State.ANSWERED,
    (State.ANSWERED, Act.NOTED): State.ANSWERED,
    (State.ANSWERED, Act.CLOSED): State.CLOSED,
    (State.CLOSED, Act.CHOSEN): State.CLOSED,  # a best answer may be found later, from what was said
    (State.CLOSED, Act.NOTED): State.CLOSED,
    (State.CLOSED, Act.REOPENED): State.OPEN,
}
"""The whole of it; what is not here cannot be done."""


def after(state: State, act: Act) -> State | None:
    """State after an act; None where it cannot be done.

    >>> after(State.OPEN, Act.ANSWERED), after(State.CLOSED, Act.SAID)
    (<State.ANSWERED: 'answered'>, None)
    """
    return TURNS.get((state, act))
