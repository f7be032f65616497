"""The historian's feed as the live stream follows it: it goes on whatever was missed, and says only what is so."""

import time
from collections.abc import Callable
from typing import Any

from dure.plant.historian import FeedBehind, Historian

# From a sample's receipt to the feed: what came so long before the last answer may not have been in it. [ns]
ON_ITS_WAY = 5_000_000_000


class Following:
    """Asks what was ingested since a position.

    Where the feed no longer reaches back (the stream stood still for long, or a large import has passed by), it
    goes on from now, with the newest sample of each signal that spoke meanwhile: a browser that is told of changes
    alone would else show an old value for good. Signals that were silent are not repeated: they are not fresh.
    """

    def __init__(
        self, historian: Historian, clock: Callable[[], int] = time.time_ns, wait: float = 1.0
    ) -> None:
        self._historian, self._clock, self._wait = historian, clock, wait
        self._answered = clock()

    def __call__(self, after: int | None) -> tuple[int, list[dict[str, Any]]]:
        """The new position, and the samples; waits up to `wait` [s] for one. `None`: from now."""
        try:
            answer = self._historian.feed(after, wait=self._wait, as_json=True)
        except FeedBehind:
            answer = self._newest()
        self._answered = self._clock()
        return answer

    def _newest(self) -> tuple[int, list[dict[str, Any]]]:
        # The position first: what is ingested in between comes twice, which harms nobody.
        position, _nothing = self._historian.feed(None, [], wait=0.0, as_json=True)
        since = self._answered - ON_ITS_WAY
        return position, [sample for sample in self._historian.last() if sample["received"] >= since]
