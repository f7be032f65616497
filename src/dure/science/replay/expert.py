"""The promise of an expert: one way of saying what a row's target will be, from what labels have taught so far.

Experts are strangers to each other; `bank.py` lists them and `blend.py` weighs what they say. All of them learn what
is added to the static model (its residual), so that one without labels says what the static model says. A number is
a vector of length 1, a class the vector of its probabilities.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the experts see it.

    Parameters
    ----------
    at
        Its number since the deployment began.
    static
        What the model as trained says of it. [C]
    z
        Its numeric inputs, standardised by the range learnt from, bounded, 0 where missing. [P]
    words
        Its inputs that are words.
    x
        The row as the model sees it, NaN where missing. [F]
    """

    at: int
    static: Floats
    z: Floats
    words: str
    x: Floats


class Expert(Protocol):
    """What an expert promises; with the same rows and labels in the same order it says the same bits."""

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each of its variants."""

    def say(self, row: Row) -> Floats:
        """What each of its variants says of the row. [variants, C]."""

    def learn(self, row: Row, y: Floats) -> None:
        """Take the label of a row."""

    def mend(self, row: Row, change: Floats, age: int) -> None:
        """A label taken `age` labels ago is corrected by `change`."""

    def to_dict(self) -> dict[str, Any]:
        """Everything it knows, as JSON holds it."""

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Know what `to_dict` wrote."""
