"""The threshold of a detector, re-set on rows that a person has confirmed to be normal.

A detector's score of 1 is the threshold it was trained with: 1.3 times the 0.99 quantile of normal rows held back.
When the plant drifts, confirmed-normal rows drift with it; the same rule on the newest of them gives the limit in
force. An acknowledged false alarm is such a row.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dure.science.replay.expert import Floats
from dure.science.replay.packing import packed, unpacked

WINDOW, QUANTILE, FACTOR = 500, 0.99, 1.3
#: With so many confirmed rows the limit is theirs alone; with fewer, theirs and the trained one's in proportion.
ENOUGH = 200
LOWEST, HIGHEST = 0.5, 10.0
MOST_GROUPS = 64


class Limit:
    """Limits by state, from the newest confirmed-normal scores of each.

    >>> limit = Limit()
    >>> limit.at("")
    1.0
    >>> for _ in range(200):
    ...     limit.learn("", 2.0)
    >>> limit.at("")
    2.6
    """

    def __init__(self) -> None:
        self.scores: dict[str, Floats] = {}

    def at(self, words: str) -> float:
        """The limit for a row of that state."""
        known = self.scores.get(words)
        if known is None:
            return 1.0
        wanted = FACTOR * float(np.quantile(known, QUANTILE))
        share = min(len(known) / ENOUGH, 1.0)
        return float(np.clip(1.0 + share * (wanted - 1.0), LOWEST, HIGHEST))

    def learn(self, words: str, score: float) -> None:
        """Take the score of a row confirmed to be normal."""
        known = self.scores.pop(words, np.empty(0))
        self.scores[words] = np.append(known, score)[-WINDOW:]
        if len(self.scores) > MOST_GROUPS:
            del self.scores[next(iter(self.scores))]

    def mend(self, words: str, score: float) -> None:
        """A row once confirmed to be normal was not: its score goes."""
        known = self.scores.get(words, np.empty(0))
        place = np.flatnonzero(known == score)
        if len(place):
            self.scores[words] = np.delete(known, place[-1])
        if not len(self.scores.get(words, ())):
            self.scores.pop(words, None)

    def to_dict(self) -> dict[str, Any]:
        """The scores of each state."""
        return {"states": [{"words": words, "scores": packed(one)} for words, one in self.scores.items()]}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Know what `to_dict` wrote."""
        self.scores = {one["words"]: unpacked(one["scores"]) for one in facts["states"]}
