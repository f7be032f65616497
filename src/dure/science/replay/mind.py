"""Experts, their blend and its interval: what is said of a row, and what a label teaches.

Numbers and classes go the same way: a class is the vector of its probabilities.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dure.science.replay.bias import Bias, GroupBias
from dure.science.replay.blend import Blend
from dure.science.replay.expert import Expert, Floats, Row
from dure.science.replay.interval import Interval
from dure.science.replay.local import Local
from dure.science.replay.policy import Policy
from dure.science.replay.ridge import Ridge
from dure.science.replay.trees import Trees

#: Products of inputs are made of so many inputs at most.
MOST_SQUARE = 13
#: A probability is at least so much.
LEAST = 1e-3
#: Half-life of the losses by which champion and challengers are compared, and labels a champion serves at least.
HALF, LEAST_SERVED = 200.0, 200
#: The model as trained may be challenged after so many labels.
FIRST_AFTER = 50
#: Half-life of the bias by a group's own labels. [labels]
GROUP_HALF = 48.0


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of a row: by every expert [E, C], by the one in force [C], the half width and its unit; labels known then."""

    row: Row
    experts: Floats
    served: Floats
    width: float
    usual: float
    known: int


@dataclass(frozen=True, slots=True)
class Size:
    """How wide things are: numeric inputs P, columns of the model F, classes C (0 for a number)."""

    columns: int
    features: int
    classes: int


class Mind:
    """Everything that labels teach about a number or a class."""

    def __init__(self, policy: Policy, size: Size, level: float, error: float) -> None:
        columns, features, classes = size.columns, size.features, size.classes
        outputs = max(classes, 1)
        self.policy, self.classes = policy, classes
        self.bias = Bias(policy.bias, outputs)
        self.trees = Trees(policy.window, features, outputs) if policy.refit_every else None
        self.experts = _experts(policy, columns, outputs, self.bias, self.trees)
        self.names = ("static", *(name for one in self.experts for name in one.names))
        self.blend = Blend(len(self.names), rate=policy.rate, share=policy.share, mean=error)
        self.interval = Interval(level, policy.adapt)
        self.losses = np.zeros(len(self.names))
        self.champion, self.labels, self.crowned = 0, 0, FIRST_AFTER - LEAST_SERVED
        self.low, self.high = np.inf, -np.inf

    def say(self, row: Row, static_width: float) -> Said:
        """What each expert and the one in force say of a row."""
        found = np.concatenate([row.static[None], *(one.say(row) for one in self.experts)])
        found = self._possible(found, row)
        if self.policy.serve == "static":
            served = row.static
        elif self.policy.serve == "champion":
            served = found[self.champion]
        else:
            served = np.einsum("e,ec->c", self.blend.weights, found)
        width, usual = self.interval.width(static_width)
        return Said(row, found, served, width, usual, self.labels)

    def _possible(self, found: Floats, row: Row) -> Floats:
        """Outputs that can be: probabilities that sum to 1; numbers not far outside of what was ever measured."""
        if self.classes:
            kept = np.clip(np.nan_to_num(found, nan=LEAST), LEAST, 1.0)
            return np.asarray(kept / kept.sum(axis=1, keepdims=True))
        found = np.where(np.isfinite(found), found, row.static)
        if not self.labels:
            return np.asarray(found)
        low, high = min(self.low, float(row.static[0])), max(self.high, float(row.static[0]))
        margin = 0.25 * (high - low)
        return np.clip(found, low - margin, high + margin)

    def learn(self, said: Said, y: Floats) -> None:
        """Take the label of a row: weigh the experts, move the interval, teach everyone."""
        losses = ((said.experts - y) ** 2).sum(axis=1)
        own = float(((said.served - y) ** 2).sum())
        self.blend.learn(losses, own)
        self.losses = self.losses * 0.5 ** (1.0 / HALF) + losses
        if not self.classes:
            error = float(abs(said.served[0] - y[0]))
            self.interval.learn(error, said.usual, inside=error <= said.width, lag=self.labels - said.known)
            self.low, self.high = min(self.low, float(y[0])), max(self.high, float(y[0]))
        for one in self.experts:
            one.learn(said.row, y)
        self.labels += 1

    def mend(self, row: Row, change: Floats, age: int) -> None:
        """A label taken `age` labels ago is corrected; what experts were weighed by stays."""
        for one in self.experts:
            one.mend(row, change, age)

    def challenge(self) -> str:
        """Name of the challenger that takes over now; empty if the champion stays."""
        best = int(self.losses.argmin())
        if best == self.champion or self.labels - self.crowned < LEAST_SERVED:
            return ""
        if self.losses[best] >= self.policy.hysteresis * self.losses[self.champion]:
            return ""
        self.champion, self.crowned = best, self.labels
        return self.names[best]

    def to_dict(self) -> dict[str, Any]:
        """Everything, as JSON holds it."""
        return {
            "experts": [one.to_dict() for one in self.experts],
            "blend": self.blend.to_dict(),
            "interval": self.interval.to_dict(),
            "losses": self.losses.tolist(),
            "champion": self.champion,
            "labels": self.labels,
            "crowned": self.crowned,
            "range": [self.low, self.high] if self.labels and not self.classes else None,
        }

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Know what `to_dict` wrote."""
        for one, known in zip(self.experts, facts["experts"], strict=True):
            one.restore(known)
        self.blend.restore(facts["blend"])
        self.interval.restore(facts["interval"])
        self.losses = np.asarray(facts["losses"], dtype=np.float64)
        self.champion, self.labels, self.crowned = (int(facts[n]) for n in ("champion", "labels", "crowned"))
        if facts["range"]:
            self.low, self.high = map(float, facts["range"])


def _experts(policy: Policy, columns: int, outputs: int, bias: Bias, trees: Trees | None) -> list[Expert]:
    """The experts of a policy, in a fixed order."""

    def ridge(halves: tuple[float, ...], *, square: bool, own: bool) -> list[Expert]:
        return [Ridge(halves, columns, outputs, policy.penalty, square=square, own=own)] if halves else []

    found: list[Expert] = [bias, GroupBias(GROUP_HALF, outputs)]
    if columns:
        few = columns <= MOST_SQUARE
        found += ridge(policy.linear, square=False, own=False)
        found += ridge(policy.square, square=True, own=False) if few else []
        found += ridge(policy.own, square=few, own=True) if outputs == 1 else []
        found += [Local(policy.local, columns, outputs)] if policy.local else []
    return [*found, trees] if trees else found
