"""What a search tries: families with their settings, and how well each did."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.family import Family, Settings, families

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A family with settings, one of those compared."""

    family: Family
    settings: Settings

    @property
    def name(self) -> str:
        """Family and settings, short."""
        return f"{self.family.name} " + " ".join(f"{name}={value}" for name, value in self.settings.items())

    def for_median(self) -> "Candidate":
        """The same that lessens the absolute error, where the family can."""
        return replace(self, settings={**self.settings, "median": True})

    def hurried(self, haste: float) -> "Candidate":
        """The same with a learning rate so much higher, where the family has one; never above 0.3."""
        if haste <= 1.0 or "learning_rate" not in self.settings:
            return self
        rate = min(round(self.settings["learning_rate"] * haste, 3), 0.3)
        return replace(self, settings={**self.settings, "learning_rate": rate})


@dataclass
class Standing:
    """How a candidate did on the inner splits of a fold: its loss, iterations and answers on each."""

    candidate: Candidate
    losses: list[float] = field(default_factory=list)
    iterations: list[int] = field(default_factory=list)
    answers: list[Floats] = field(default_factory=list)

    @property
    def loss(self) -> float:
        """Mean loss over the splits that it was compared on."""
        return float(np.mean(self.losses))

    @property
    def usual_iterations(self) -> int:
        """Median of the iterations; 0 for a family that has none."""
        return int(np.median(self.iterations))


def candidates(
    task: str, wanted: Sequence[str], rows: int, columns: int, *, words: bool = True
) -> list[Candidate]:
    """What is tried: the best guess of every family first, then the second of each.

    Parameters
    ----------
    words
        Whether any column holds words; settings for words are passed over where none does.

    Examples
    --------
    >>> [one.name.split()[0] for one in candidates("estimate", (), 1000, 5)][:3]
    ['boosting', 'neighbours', 'ridge']
    """
    members = [family for name, family in sorted(families(task).items()) if not wanted or name in wanted]
    lists = [
        [
            Candidate(family, settings)
            for settings in family.candidates(rows, columns)
            if words or not settings.get("words_apart")
        ]
        for family in members
    ]
    most = max(len(one) for one in lists)
    return [one[at] for at in range(most) for one in lists if at < len(one)]


def with_iterations(settings: Settings, iterations: int) -> Settings:
    """Settings with the number of iterations that was found, where the family has any."""
    return {**settings, "iterations": max(iterations, 1)} if iterations else settings
