"""Who may act as whom: the roles of a plant and what each includes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

# The order is the rule: an owner may do what an engineer may, an engineer what a worker may. An expert is from outside
# the plant (a supplier's): such a person sees the questions handed to them and nothing else.
RANKS = ("expert", "worker", "engineer", "owner")
# Roles of an office, of a supplier and of those who judge: none includes another, and an owner of a node has none of them.
OFFICES = (
    "supplier",
    "steward",
    "analyst",
    "reviewer",
    "evaluator",
    "assessor",
    "officer",
    "centre",
    "ministry",
)
_ORDER = (*OFFICES, *RANKS)


class Held(Protocol):
    """A role as it was given: its name, and the time during which it holds."""

    @property
    def role(self) -> str:
        """One of `RANKS` or `OFFICES`."""

    @property
    def since(self) -> datetime:
        """From when it holds."""

    @property
    def until(self) -> datetime | None:
        """Until when it holds; None as long as nobody ends it."""


def covers(held: str, asked: str) -> bool:
    """Whether a person who is `held` may do what only `asked` may.

    >>> covers("owner", "engineer"), covers("worker", "engineer"), covers("owner", "reviewer")
    (True, False, False)

    Raises
    ------
    ValueError
        If one of the two is no role.
    """
    if held not in _ORDER or asked not in _ORDER:
        raise ValueError(held)
    if held in OFFICES or asked in OFFICES:
        return held == asked
    return RANKS.index(held) >= RANKS.index(asked)


def in_force(roles: Iterable[Held], now: datetime) -> list[str]:
    """The names of the roles that hold at `now`, the widest first."""
    names = {held.role for held in roles if held.since <= now and (held.until is None or now < held.until)}
    return sorted(names, key=_ORDER.index, reverse=True)
