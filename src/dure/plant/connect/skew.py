"""How far a source's clock is behind ours, from the readings themselves, and when it jumps.

A reading arrives a delay after its source time, never before it, so the smallest difference of a while is the
skew with the shortest delay on top (the minimum filter of NTP, RFC 5905 §10). One late batch changes nothing.
"""

from collections import deque
from dataclasses import dataclass, field

BUCKET = 5.0
"""Stretch of which one smallest difference is kept. [s]"""
BUCKETS = 12
JUMP = 2.0
"""A change of the smallest difference that no network makes twice alike. [s]"""
SURE = 3
"""So many stretches must have agreed before another is called a jump: at the start, old readings come first."""
STEADY = 0.5
"""How alike the two stretches after a jump must be: what was queued on a link shrinks, a clock stands. [s]"""


@dataclass(slots=True)
class SkewWatch:
    """Estimates `skew` = our clock − the source's [s] from the newest source time of each batch.

    >>> watch = SkewWatch()
    >>> for second in range(60):
    ...     _ = watch.take((second + 41) * 10**9, second * 10**9)
    >>> _ = watch.take(200 * 10**9, 60 * 10**9)  # one batch that was held up for 99 s
    >>> watch.skew
    41.0
    >>> [jump for s in range(200, 230) if (jump := watch.take(s * 10**9, (s - 3641) * 10**9))]
    [(41.0, 3641.0)]
    >>> watch.skew
    3641.0
    """

    bucket: float = BUCKET
    skew: float = 0.0
    _known: deque[float] = field(default_factory=lambda: deque(maxlen=BUCKETS))
    _least: float = float("inf")
    _suspect: float | None = None
    _began: int = 0

    def take(self, received: int, newest: int) -> tuple[float, float] | None:
        """Take a batch: when it came and its newest source time [ns]; a jump as (before, after) [s], or None."""
        jump = None
        if received - self._began >= self.bucket * 1e9 or received < self._began:
            jump = self._close()
            self._began, self._least = received, float("inf")
        self._least = min(self._least, (received - newest) / 1e9)
        if not self._known:
            self.skew = self._least
        elif abs(self._least - self.skew) <= JUMP:
            self.skew = min(self._least, *self._known)
        return jump

    def _close(self) -> tuple[float, float] | None:
        """End a stretch: it joins the known, or is held apart until the next one agrees with it."""
        least = self._least
        if least == float("inf"):
            return None
        if not self._known or abs(least - min(self._known)) <= JUMP:
            self._known.append(least)
            self._suspect, self.skew = None, min(self._known)
            return None
        sure = len(self._known) >= SURE
        if not sure and least > min(self._known):  # a delay, as far as one can know yet
            self._known.append(least)
            return None
        if sure and (self._suspect is None or abs(least - self._suspect) > STEADY):
            self._suspect = least
            return None
        before, after = min(self._known), min(least, self._suspect or least)
        self._known.clear()
        self._known.append(after)
        self._suspect, self.skew = None, after
        return (round(before, 3), round(after, 3)) if sure else None
