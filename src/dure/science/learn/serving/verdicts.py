"""From raw scores to verdicts: which fit judges a row by the state of its machine, and when that is an alarm.

One place for `predict`, `evaluate`, the promise on the card and the live line, so that all say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.serving.changes import Changes
from dure.science.learn.serving.states import StateRule
from dure.science.learn.serving.steady import Live, Steadiness

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Raw score of a row whose state was never learnt: nothing is said of it.
SILENT = 0.0


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How the raw scores of a detector become scores and alarms.

    Parameters
    ----------
    threshold
        Score above which it is an alarm.
    skip
        Rows at the start of a source that have no whole window behind them.
    steady
        How scores are calmed and alarms held.
    rule
        How the operating state of a row is known; None where none is.
    changes
        How change points of the score are found; None where none are told.
    by_state
        For each state that was learnt the file of its fit.
    """

    threshold: float = 1.0
    skip: int = 0
    steady: Steadiness = field(default_factory=Steadiness)
    rule: StateRule | None = None
    changes: Changes | None = None
    by_state: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, card: Mapping[str, Any], window: int) -> "Verdicts":
        """As a detector's card says; `window` is how many rows its features look back."""
        by_state = {one["state"]: one["file"] for one in card["fits"] if one.get("state")}
        steady, rule = Steadiness.of(card.get("steady")), StateRule.of(card.get("state"))
        changes = Changes.of(card["changes"]) if card.get("changes") else None
        return cls(float(card["threshold"]), window, steady, rule, changes, by_state)

    @property
    def look_back(self) -> int:
        """Rows before a row on which its score and alarm depend; a change point looks further back in a batch."""
        return max(self.skip, self.rule.settle if self.rule else 0) + self.steady.look_back

    def change_points(self, score: Floats, segments: Sequence[int] = ()) -> Flags | None:
        """Rows at which the score of each segment goes over to another level; None where none are told. [N]."""
        if self.changes is None:
            return None
        edges = np.cumsum(np.array(segments, dtype=np.int64))[:-1]
        return np.concatenate([self.changes.points(part, self.skip) for part in np.split(score, edges)])

    def files(self, states: Sequence[str]) -> dict[str, NDArray[np.int64]]:
        """Places of the rows that each fit judges; rows in states never learnt are in none."""
        named = np.array(states)
        found = {file: np.flatnonzero(named == state) for state, file in self.by_state.items()}
        return {file: rows for file, rows in found.items() if len(rows)}

    def judged(self, raw: Floats, segments: Sequence[int] = ()) -> tuple[Floats, Flags]:
        """Score and alarm of each row of one source; nothing reaches from one segment into the next. [N] each.

        >>> Verdicts(skip=1, steady=Steadiness(rows=3)).judged(np.array([9.0, 2.0, 0.5, 3.0]))
        (array([9., 2., 2., 2.]), array([False,  True,  True,  True]))
        """
        edges = np.cumsum(np.array(segments, dtype=np.int64))[:-1]
        scores = [self.steady.scores(part) for part in np.split(raw, edges)]
        alarms = [self.steady.alarms(part, self.threshold, self.skip) for part in scores]
        return np.concatenate(scores), np.concatenate(alarms)

    def live(self) -> Live:
        """The same, one raw score at a time."""
        return self.steady.live(self.threshold, self.skip)
