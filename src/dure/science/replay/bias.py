"""The bias update: a weighted mean of what the static model was wrong by, newer labels weighing more.

The exponentially weighted mean is the steady state of the Kalman filter of a local level; several half-lives stand
side by side, and the blend finds the one that suits the drift and the delay.

References
----------
J. F. Muth, "Optimal properties of exponentially weighted forecasts", JASA 55(290), 299-306, 1960.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from dure.science.replay.expert import Floats, Row
from dure.science.replay.packing import packed, unpacked

#: Labels that say "no bias", from which every mean starts.
PRIOR = 0.5
MOST_GROUPS = 64


class Bias:
    """One bias for all rows, for each of several half-lives. [labels]."""

    def __init__(self, halves: Sequence[float], outputs: int) -> None:
        self.names = tuple(f"bias {half:g}" for half in halves)
        self.keep = 0.5 ** (1.0 / np.asarray(halves))
        self.sums = np.zeros((len(halves), outputs))
        self.counts = np.zeros(len(halves))

    @property
    def level(self) -> Floats:
        """The bias of each half-life. [variants, C]."""
        return np.asarray(self.sums / (self.counts + PRIOR)[:, None])

    def say(self, row: Row) -> Floats:
        """The static model, mended by each bias."""
        return np.asarray(row.static + self.level)

    def learn(self, row: Row, y: Floats) -> None:
        """Every older label weighs less, this one fully."""
        self.sums = self.sums * self.keep[:, None] + (y - row.static)
        self.counts = self.counts * self.keep + 1.0

    def mend(self, row: Row, change: Floats, age: int) -> None:
        """What the label weighs by now changes."""
        del row
        self.sums = self.sums + (self.keep**age)[:, None] * change

    def to_dict(self) -> dict[str, Any]:
        """Sums and counts."""
        return {"sums": packed(self.sums), "counts": packed(self.counts)}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Know what `to_dict` wrote."""
        self.sums, self.counts = unpacked(facts["sums"]), unpacked(facts["counts"])


class GroupBias:
    """A bias for each product, state or other word of the inputs, drawn towards 0 where labels are few."""

    names: ClassVar[tuple[str, ...]] = ("bias by group",)

    def __init__(self, half: float, outputs: int) -> None:
        self.keep = 0.5 ** (1.0 / half)
        self.outputs = outputs
        self.groups: dict[str, tuple[Floats, float]] = {}

    def say(self, row: Row) -> Floats:
        """The static model, mended by the bias of the row's group."""
        sums, count = self.groups.get(row.words, (np.zeros(self.outputs), 0.0))
        return np.asarray(row.static + sums / (count + PRIOR))[None]

    def learn(self, row: Row, y: Floats) -> None:
        """Only labels of the group make those of the group weigh less."""
        sums, count = self.groups.pop(row.words, (np.zeros(self.outputs), 0.0))
        self.groups[row.words] = (sums * self.keep + (y - row.static), count * self.keep + 1.0)
        if len(self.groups) > MOST_GROUPS:
            del self.groups[next(iter(self.groups))]

    def mend(self, row: Row, change: Floats, age: int) -> None:
        """How many labels of the group came since is not kept; as many as its share of all is taken."""
        sums, count = self.groups.get(row.words, (np.zeros(self.outputs), 0.0))
        self.groups[row.words] = (sums + self.keep ** (age / max(len(self.groups), 1)) * change, count)

    def to_dict(self) -> dict[str, Any]:
        """Sum and count of each group, the one longest without a label first."""
        return {
            "groups": [
                {"words": words, "sums": packed(sums), "count": count}
                for words, (sums, count) in self.groups.items()
            ]
        }

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Know what `to_dict` wrote."""
        self.groups = {one["words"]: (unpacked(one["sums"]), float(one["count"])) for one in facts["groups"]}
