"""When something is worth a sentence: a bias that has moved, an error that has grown."""

from collections.abc import Mapping
from typing import Any

#: The error of the last labels against the usual one: half-lives [labels], and how many times it must be.
FAST, SLOW, TIMES = 30.0, 500.0, 3.0
#: Labels before anything is said, and between two drifts of the error.
WAIT = 100
#: A bias is told when it has moved by so much of the half width of the static interval.
MOVED = 0.5


class Watch:
    """Follows the squared error of what is deployed, and the bias of the static model."""

    def __init__(self) -> None:
        self.fast = self.slow = self.told = 0.0
        self.labels, self.since = 0, 0

    def grown(self, loss: float) -> bool:
        """Whether the error has just grown to several times the usual one."""
        self.labels += 1
        self.since += 1
        self.fast += (loss - self.fast) * max(1.0 / self.labels, 1.0 - 0.5 ** (1.0 / FAST))
        self.slow += (loss - self.slow) * max(1.0 / self.labels, 1.0 - 0.5 ** (1.0 / SLOW))
        if self.labels < WAIT or self.since < WAIT or self.fast < TIMES * self.slow:
            return False
        self.since = 0
        return True

    def moved(self, bias: float, width: float) -> bool:
        """Whether the bias has moved enough since it was told last to be told again."""
        if self.labels < FAST or abs(bias - self.told) <= MOVED * width:
            return False
        self.told = bias
        return True

    def to_dict(self) -> dict[str, Any]:
        """Means and counts."""
        return {name: getattr(self, name) for name in ("fast", "slow", "told", "labels", "since")}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Know what `to_dict` wrote."""
        self.fast, self.slow, self.told = (float(facts[name]) for name in ("fast", "slow", "told"))
        self.labels, self.since = int(facts["labels"]), int(facts["since"])
