"""When to try again: exponential waits with jitter and a ceiling, shared by every connector."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits between attempts [s]: `first`, doubled each time up to `ceiling`, spread over its upper half.

    The spread keeps fifty collectors from knocking at one server in the same instant after it restarts.
    """

    first: float = 0.5
    ceiling: float = 30.0

    def wait(self, attempt: int, spread: Callable[[], float] = random.random) -> float:
        """Wait before attempt number `attempt` (0 is the first after a failure) [s].

        >>> [Backoff().wait(attempt, spread=lambda: 1.0) for attempt in (0, 1, 5, 99)]
        [0.5, 1.0, 16.0, 30.0]
        """
        longest = min(self.ceiling, self.first * 2.0 ** min(attempt, 32))
        return longest * (0.5 + 0.5 * spread())


@dataclass(slots=True)
class Attempts:
    """Counts failures in a row; a connection that held for `steady` seconds wipes the count.

    A server that accepts and drops at once is therefore not hammered. `now` is any clock in seconds.

    >>> tries = Attempts(Backoff(first=1.0), spread=lambda: 1.0)
    >>> tries.failed(now=0.0), tries.failed(now=1.0)
    (1.0, 2.0)
    >>> tries.connected(now=3.0); tries.failed(now=4.0)
    4.0
    >>> tries.connected(now=8.0); tries.failed(now=100.0)
    1.0
    """

    backoff: Backoff = field(default_factory=Backoff)
    steady: float = 10.0
    spread: Callable[[], float] = random.random
    count: int = 0
    since: float | None = None

    def connected(self, now: float) -> None:
        """Note that the connection stands since `now`."""
        self.since = now

    def failed(self, now: float) -> float:
        """Note a failure at `now`; how long to wait before the next attempt [s]."""
        if self.since is not None and now - self.since >= self.steady:
            self.count = 0
        self.since = None
        self.count += 1
        return self.backoff.wait(self.count - 1, self.spread)
