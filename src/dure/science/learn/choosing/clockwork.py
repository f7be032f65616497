"""The time of a search: what is spent, what is left, and the tick that ends a fit when its share is over."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dure.science.learn.family import OutOfTime
from dure.vocabulary import Progress

#: What even the smallest budget gives to a fit that must be. [s]
LEAST = 0.3


@dataclass
class Clockwork:
    """A budget in seconds, and the progress that may stop the work.

    Parameters
    ----------
    budget
        Ceiling on the work. [s]
    progress
        Told of every step; what it raises ends the training.
    low, high
        Share of the whole training that is done at the start and the end of this work.
    """

    budget: float
    progress: Progress
    low: float
    high: float
    started: float = field(default_factory=time.monotonic)
    done: float = 0.0
    words: str = "search"
    cut: int = 0
    _until: float = float("inf")

    @property
    def spent(self) -> float:
        """Seconds since the work began."""
        return time.monotonic() - self.started

    def tick(self) -> None:
        """Say that work goes on; raises `OutOfTime` when the share of the fit is over, and what the progress raises."""
        self.progress(self.low + (self.high - self.low) * min(self.done, 1.0), self.words)
        if self.spent > self._until:
            self.cut += 1
            raise OutOfTime

    @contextmanager
    def until(self, seconds: float, *, must: bool = False) -> Iterator[None]:
        """Fits within end at `seconds` after the start; one that `must` be has at least a moment."""
        before = self._until
        self._until = max(seconds, self.spent + LEAST) if must else seconds
        try:
            yield
        finally:
            self._until = before

    def advance(self, done: float) -> None:
        """Move on to `done` of the work; never back."""
        self.done = max(self.done, done)
