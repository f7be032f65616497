"""A steady alarm: scores are calmed by a median, and an alarm holds while the score stays near its limit.

One strange row is no fault, and a fault does not end because one row looks usual. The score of a row is the median
of the raw scores of the last few rows; an alarm is on above the limit, and stays on for at most `hold` more rows
while the score is above `low` of it (deadband and off-delay of ISA-18.2-2016). Both look back a bounded number of
rows, so that a batch, a chunk with its history and the live line give the same bits.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How scores become alarms.

    Parameters
    ----------
    rows
        The score is the median of the raw scores of so many rows, the newest last; 1 leaves it as it is.
    hold
        An alarm lives on for at most so many rows after the last score above the limit …
    low
        … while the score stays above this share of the limit.
    """

    rows: int = 1
    hold: int = 0
    low: float = 1.0

    @classmethod
    def of(cls, facts: Mapping[str, Any] | None) -> "Steadiness":
        """As a card holds it; a card of before has none, and its scores stand as they are."""
        return cls(**facts) if facts else cls()

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @property
    def look_back(self) -> int:
        """Rows before a row on which its alarm depends, over those on which its raw score does."""
        return self.rows - 1 + self.hold

    def scores(self, raw: Floats) -> Floats:
        """Lower median of the last `rows` raw scores, of fewer at the start. [N].

        >>> Steadiness(rows=3).scores(np.array([0.1, 9.0, 0.2, 8.0, 7.0])).tolist()
        [0.1, 0.1, 0.2, 8.0, 7.0]
        """
        if self.rows == 1:
            return raw
        head = [_lower_median(raw[: at + 1]) for at in range(min(self.rows - 1, len(raw)))]
        if len(raw) < self.rows:
            return np.array(head, dtype=np.float64)
        windows = np.lib.stride_tricks.sliding_window_view(raw, self.rows)
        middle = (self.rows - 1) // 2
        return np.concatenate([head, np.partition(windows, middle, axis=1)[:, middle]])

    def alarms(self, score: Floats, threshold: float = 1.0, skip: int = 0) -> Flags:
        """Rows on alarm; the first `skip` have too little history and say nothing. [N].

        >>> steady = Steadiness(hold=2, low=0.8)
        >>> steady.alarms(np.array([0.9, 1.1, 0.9, 0.9, 0.9, 1.1, 0.5])).astype(int).tolist()
        [0, 1, 1, 1, 0, 1, 0]
        """
        at = np.arange(len(score))
        on = (score > threshold) & (at >= skip)
        if not self.hold:
            return on
        last = np.maximum.accumulate(np.where(on, at, -self.hold - 1))
        return np.asarray(on | ((score > self.low * threshold) & (at - last <= self.hold)))

    def live(self, threshold: float = 1.0, skip: int = 0) -> "Live":
        """The same, one row at a time; keeps `rows` scores and a count."""
        return Live(self, threshold, skip)


class Live:
    """Scores made steady as they come."""

    def __init__(self, steady: Steadiness, threshold: float, skip: int) -> None:
        self._steady, self._threshold, self._skip = steady, threshold, skip
        self._raw: deque[float] = deque(maxlen=steady.rows)
        self._seen, self._since = 0, steady.hold + 1

    def push(self, raw: float) -> tuple[float, bool]:
        """Score and alarm of the next row."""
        self._raw.append(raw)
        score = _lower_median(self._raw) if self._steady.rows > 1 else raw
        on = score > self._threshold and self._seen >= self._skip
        self._seen += 1
        self._since = 0 if on else self._since + 1
        held = score > self._steady.low * self._threshold and self._since <= self._steady.hold
        return score, on or held


def _lower_median(values: Iterable[float]) -> float:
    ranked = sorted(values)
    return float(ranked[(len(ranked) - 1) // 2])
