"""The probability above which a class is called, found anew on recent labels.

Where the model weighs the cost of a miss against that of a false alarm, its threshold follows from the costs and
stays: the probabilities are kept right, not the threshold.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dure.science.learn import Model, best_threshold
from dure.science.replay.expert import Floats
from dure.science.replay.packing import packed, unpacked

WINDOW, EVERY = 2_000, 100
#: So many rows of either kind are needed before recent labels say more than the training did.
FEWEST = 30


class Threshold:
    """The decision between classes: the likeliest, or of two by a threshold."""

    def __init__(self, positive: int | None, threshold: float | None, *, fixed: bool) -> None:
        self.positive, self.value, self.fixed = positive, threshold, fixed
        self.recent = np.empty((0, 2))
        self.labels = 0

    @classmethod
    def of(cls, model: Model) -> "Threshold":
        """The decision that a model was trained with."""
        if model.task != "classify":
            return cls(None, None, fixed=True)
        threshold, cost = model.card.get("threshold"), model.card.get("cost")
        return cls(model.classes.positive, None if threshold is None else float(threshold), fixed=bool(cost))

    def decide(self, probability: Floats) -> int:
        """Place of the class that is called. [C]."""
        if self.positive is None or self.value is None:
            return int(probability.argmax())
        return self.positive if probability[self.positive] > self.value else 1 - self.positive

    def learn(self, probability: Floats, y: Floats) -> None:
        """Take what was said of a row and what it was; every so many labels the threshold is found anew."""
        if self.fixed or self.positive is None or self.value is None:
            return
        pair = np.array([[probability[self.positive], y[self.positive]]])
        self.recent = np.concatenate([self.recent, pair])[-WINDOW:]
        self.labels += 1
        hits = self.recent[:, 1] > 0.5
        if self.labels % EVERY == 0 and min(hits.sum(), (~hits).sum()) >= FEWEST:
            self.value = best_threshold(hits, self.recent[:, 0])

    def to_dict(self) -> dict[str, Any]:
        """The threshold in force, and the rows for the next."""
        return {"value": self.value, "recent": packed(self.recent), "labels": self.labels}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Know what `to_dict` wrote."""
        self.value = None if facts["value"] is None else float(facts["value"])
        self.recent, self.labels = unpacked(facts["recent"]), int(facts["labels"])
