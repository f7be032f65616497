"""The deployment loop as a state machine: predict, take labels, refit."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dure.science.learn import Model
from dure.science.replay.event import Event, Prediction
from dure.science.replay.policy import Policy
from dure.vocabulary import Progress

if TYPE_CHECKING:
    import polars as pl


class Loop:
    """A model at work: it predicts, takes labels that arrive late, and adapts."""

    def __init__(self, model: Model, policy: Policy = Policy()) -> None:
        self.model, self.policy = model, policy

    def predict(self, frame: "pl.DataFrame", keys: Sequence[str]) -> list[Prediction]:
        """What is said of each row, in order; the rows follow those of the call before."""
        raise NotImplementedError

    def label(self, keys: Sequence[str], values: Sequence[Any], now: str | None = None) -> list[Event]:
        """Take labels as they arrive: late, out of order, twice, corrected."""
        raise NotImplementedError

    def due(self) -> bool:
        """Whether a refit waits to be made."""
        raise NotImplementedError

    def refit(self, progress: Progress) -> list[Event]:
        """Make the refit that is due."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Everything the loop knows, as JSON holds it."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls, model: Model, facts: Mapping[str, Any]) -> "Loop":
        """The loop that `to_dict` wrote: it goes on with the same bits."""
        raise NotImplementedError
