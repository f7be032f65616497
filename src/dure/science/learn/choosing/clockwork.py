"""The time of a search: what is spent, what is left, and the tick that ends a fit when its share is over.

What a machine has given is told by the clock of the process: on a busy one a second of the wall may hold a tenth of work.
So speed is judged by the work, and the wall is the ceiling.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dure.science.learn.family import OutOfTime
from dure.vocabulary import Progress

#: What even the smallest budget gives to a fit that must be, by the wall and of work. [s]
LEAST, LEAST_WORK = 0.3, 0.1


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
    started_work: float = field(default_factory=time.process_time)
    done: float = 0.0
    words: str = "search"
    cut: int = 0
    _until: float = float("inf")
    _until_work: float = 0.0

    @property
    def spent(self) -> float:
        """Seconds since the work began."""
        return time.monotonic() - self.started

    @property
    def worked(self) -> float:
        """Seconds of the processor that this process has had since, on all cores."""
        return time.process_time() - self.started_work

    @property
    def stretch(self) -> float:
        """Seconds of the wall that a second of work takes on this machine today; half of one where two cores are free."""
        return min(max(self.spent / max(self.worked, 0.01), 0.5), 100.0)

    def tick(self) -> None:
        """Say that work goes on; raises `OutOfTime` when the share of the fit is over, and what the progress raises."""
        self.say()
        if self.spent > self._until and self.worked > self._until_work:
            self.cut += 1
            raise OutOfTime

    def say(self) -> None:
        """Say that work goes on; raises what the progress raises, but never that the time is over."""
        self.progress(self.low + (self.high - self.low) * min(self.done, 1.0), self.words)

    @contextmanager
    def until(self, seconds: float, *, must: bool = False) -> Iterator[None]:
        """Fits within end at `seconds` after the start; one that `must` be has at least a moment of work."""
        before = self._until, self._until_work
        self._until = max(seconds, self.spent + LEAST) if must else seconds
        self._until_work = self.worked + LEAST_WORK if must else 0.0
        try:
            yield
        finally:
            self._until, self._until_work = before

    def advance(self, done: float) -> None:
        """Move on to `done` of the work; never back."""
        self.done = max(self.done, done)
