"""A table as the asked task reads it when a model is served: in order of time, with what is known ahead, with the truth.

For every other model a table is taken as it lies.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.judging.intervals import bounds
from dure.science.learn.reckoning.ahead import Ahead
from dure.science.learn.reckoning.lives import Lives

if TYPE_CHECKING:
    import polars as pl

Rows = NDArray[np.int64]
Card = Mapping[str, Any]


def ahead_of(card: Card) -> Ahead | None:
    """What a forecast foretells; None for another model."""
    found = (card.get("reckoned") or {}).get("ahead")
    return Ahead.from_dict(found) if found else None


def lives_of(card: Card) -> Lives | None:
    """How a model of lives reckons them; None for another model."""
    found = (card.get("reckoned") or {}).get("lives")
    return Lives.from_dict(found) if found else None


def order_of(card: Card, frame: "pl.DataFrame") -> Rows | None:
    """Places of the rows as windows must see them: thing by thing, in time; None where they lie so already. [N].

    A single row, and rows of a model that looks at each alone, are taken as they lie.
    """
    found = ahead_of(card) or lives_of(card)
    return found.order(frame) if found is not None and len(frame) > 1 else None


def with_known(card: Card, frame: "pl.DataFrame") -> "pl.DataFrame":
    """The rows in their order, with what is known ahead beside each where the table carries it further down."""
    import polars as pl

    ahead = ahead_of(card)
    if ahead is None or not ahead.known or all(ahead.of_known(name) in frame.columns for name in ahead.known):
        return frame
    order = ahead.order(frame)
    if order is None:
        return ahead.with_known(frame)
    back = pl.Series(np.argsort(order))
    return ahead.with_known(frame[order])[back]


def no_less(card: Card, said: Any) -> Any:
    """Numbers as the asked task can have them: a remaining life is never below 0. [N], or one number.

    >>> no_less({"reckoned": {"lives": {"group": "pump"}}}, np.array([-0.5, 2.0])).tolist(), no_less({}, -0.5)
    ([0.0, 2.0], -0.5)
    """
    return np.where(np.less(said, 0.0), 0.0, said) if (card.get("reckoned") or {}).get("lives") else said


def bounded(card: Card, said: Any) -> tuple[Any, Any, Any]:
    """What is said, with its lower and upper bound, none of them less than it can be. [N] each, or numbers."""
    said = no_less(card, said)
    lower, upper = bounds(card["interval"], said)
    return said, no_less(card, lower), no_less(card, upper)


def with_truth(card: Card, frame: "pl.DataFrame") -> "pl.DataFrame":
    """The rows in their order, with the target that the asked task reckons and what it knows without a model."""
    found = ahead_of(card) or lives_of(card)
    if found is None or not found.reckons(frame):
        return frame
    order = found.order(frame)
    if order is None:
        return found.with_truth(frame)
    return found.with_truth(frame[order])[np.argsort(order)]


def told_at(card: Card, frame: "pl.DataFrame") -> Rows:
    """Place of the row at which the truth of each row is known: its own, but for what lies ahead; -1 for never. [N]."""
    found = ahead_of(card) or lives_of(card)
    if found is None or not found.reckons(frame):
        return np.arange(len(frame))
    order = found.order(frame)
    if order is None:
        return found.told_at(frame)
    back, place = np.argsort(order), found.told_at(frame[order])
    return np.where(place < 0, -1, order[place])[back]


def own_target(card: Card, target: str | None) -> str | None:
    """The column of the truth: the model's own where nobody names another, or where the signal itself is named."""
    ahead = ahead_of(card)
    return card.get("target") if target is None or (ahead is not None and target == ahead.of) else target
