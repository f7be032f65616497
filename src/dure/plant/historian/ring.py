"""The newest ingested samples in memory, for those who follow the feed."""

import threading
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples numbered `first` … `first + rows - 1` in the order in which they were ingested."""

    first: int
    table: pa.Table  # of SAMPLE_SCHEMA, the signal perhaps as a dictionary

    @property
    def end(self) -> int:
        """Number of its last sample."""
        return self.first + int(self.table.num_rows) - 1


class Ring:
    """Holds the newest `limit` samples or the newest stretch alone, whichever is more."""

    def __init__(self, newest: int, limit: int) -> None:
        self.newest = (
            newest  # number of the newest sample ingested; the position of a follower who is up to date
        )
        self._limit, self._rows = limit, 0
        self._stretches: deque[Stretch] = deque()
        self._came = threading.Condition()

    def put(self, stretch: Stretch) -> None:
        """Add what was just committed, and wake the waiting."""
        with self._came:
            self._stretches.append(stretch)
            self._rows += stretch.table.num_rows
            while self._rows > self._limit and len(self._stretches) > 1:
                self._rows -= self._stretches.popleft().table.num_rows
            self.newest = stretch.end
            self._came.notify_all()

    @property
    def oldest(self) -> int:
        """Number of the oldest sample it holds, or of the next to come."""
        with self._came:
            return self._stretches[0].first if self._stretches else self.newest + 1

    def wait(self, after: int, seconds: float) -> bool:
        """Whether something newer than `after` is there within `seconds`."""
        with self._came:
            return self._came.wait_for(lambda: self.newest > after, seconds)

    def take(self, after: int, limit: int) -> Stretch | None:
        """At most `limit` samples behind `after`; None if the ring no longer reaches back so far."""
        with self._came:
            held = list(self._stretches)
        place = bisect_right(held, after, key=lambda stretch: stretch.end)
        if place == len(held) or held[0].first > after + 1:
            return None
        stretch = held[place]
        skipped = max(0, after + 1 - stretch.first)
        taken = [stretch.table.slice(skipped, limit)]
        for later in held[place + 1 :]:
            limit -= taken[-1].num_rows
            if limit <= 0:
                break
            taken.append(later.table.slice(0, limit))
        return Stretch(stretch.first + skipped, pa.concat_tables(taken))
