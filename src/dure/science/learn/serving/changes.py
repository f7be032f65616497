"""Change points of a detector's score: the rows at which it goes over to another level, up or down.

Two windows lie side by side behind each row; where the means of the score's logarithm differ by so many of their pooled
spreads, something changed about where they meet. The row that first shows it is the change point, so it comes at most a
window late, and depends on a bounded number of rows: a batch, a chunk with its history and a live line say the same.

References
----------
D. M. Hawkins, "Testing a sequence of observations for a shift in location", JASA 72(357), 180-186, 1977 (the two means);
R. Killick, P. Fearnhead, I. A. Eckley, "Optimal detection of changepoints with a linear computational cost", JASA
107(500), 1590-1598, 2012 (`segments`).
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: A score below this share of the limit is as quiet as that.
QUIET = 1e-3


@dataclass(frozen=True, slots=True)
class Changes:
    """How change points are found in scores.

    Parameters
    ----------
    rows
        Rows in each of the two windows.
    limit
        Difference of the means, in pooled spreads, above which it is a change.
    least
        Difference of the means of the natural logarithm below which nothing counts: a very even score moves a little.
    """

    rows: int = 30
    limit: float = 2.0
    least: float = 0.4

    @classmethod
    def of(cls, facts: Mapping[str, Any] | None) -> "Changes":
        """As a card holds it; a card of before has none."""
        return cls(**facts) if facts else cls()

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @property
    def look_back(self) -> int:
        """Rows before a row on which its change point depends."""
        return 2 * self.rows

    def points(self, score: Floats, skip: int = 0) -> Flags:
        """Rows at which a change shows first; the first `skip` say nothing and are in no window. [N].

        >>> calm = 0.5 + 0.01 * np.sin(np.arange(100.0) ** 2)
        >>> score = np.where(np.arange(100) < 50, calm, 4 * calm)
        >>> np.flatnonzero(Changes(rows=10).points(score)).tolist()
        [56]
        """
        if len(score) < skip + 2 * self.rows:
            return np.zeros(len(score), dtype=bool)
        level = np.log(np.maximum(score[skip:], QUIET))
        ends = len(level) - 2 * self.rows + 1
        lanes = [level[at : at + ends] for at in range(2 * self.rows)]
        over = np.concatenate([np.zeros(skip + 2 * self.rows - 1, dtype=bool), self.differ(lanes)])
        before = np.concatenate([np.zeros(1, dtype=bool), over[:-1]])
        return np.asarray(over & ~before, dtype=bool)

    def differ(self, lanes: Sequence[Floats]) -> Flags:
        """Whether the older half of a window and the newer differ; `lanes` are its places, the oldest first. [2·rows] of [N].

        Added place by place, so that one row alone gives the bits of many together.
        """
        before, after = lanes[: self.rows], lanes[self.rows :]
        older, newer = (_total(half) / self.rows for half in (before, after))
        off = [(one - older) * (one - older) for one in before] + [
            (one - newer) * (one - newer) for one in after
        ]
        spread = np.sqrt(_total(off) / len(lanes))
        return np.asarray(np.abs(newer - older) > np.maximum(self.least, self.limit * spread))

    def live(self, skip: int = 0) -> "LiveChanges":
        """The same, one score at a time."""
        return LiveChanges(self, skip)


class LiveChanges:
    """Change points as scores come; to the bits of `Changes.points`, in plain numbers."""

    def __init__(self, changes: Changes, skip: int = 0) -> None:
        self._changes, self._skip = changes, skip
        self._levels: deque[float] = deque(maxlen=2 * changes.rows)
        self._over = False

    def push(self, score: float) -> bool:
        """Whether a change shows first at the next row."""
        if self._skip:
            self._skip -= 1
            return False
        self._levels.append(float(np.log(np.maximum(np.array([score]), QUIET))[0]))
        over = len(self._levels) == self._levels.maxlen and self._differs()
        first = over and not self._over
        self._over = over
        return first

    def _differs(self) -> bool:
        levels, known = list(self._levels), self._changes
        before, after = levels[: known.rows], levels[known.rows :]
        older, newer = sum(before) / known.rows, sum(after) / known.rows
        off = [(one - older) * (one - older) for one in before] + [
            (one - newer) * (one - newer) for one in after
        ]
        spread = float(np.sqrt(sum(off) / len(levels)))
        return abs(newer - older) > max(known.least, known.limit * spread)


def _total(lanes: Sequence[Floats]) -> Floats:
    """The sum, the oldest first."""
    found = lanes[0]
    for lane in lanes[1:]:
        found = found + lane
    return found


def segments(values: Floats, penalty: float = 3.0, least: int = 5) -> list[int]:
    """First rows of the segments of different mean, found with all rows at hand (PELT); the first segment is not told.

    Parameters
    ----------
    values
        A score or a signal, rows in order. [N]
    penalty
        What a further segment must save, in units of the variance between neighbours times log N.
    least
        Rows of a segment at least.

    Examples
    --------
    >>> segments(np.concatenate([np.sin(np.arange(40.0) ** 2), 5 + np.sin(np.arange(60.0) ** 2)]))
    [40]
    """
    rows = len(values)
    if rows < 2 * least:
        return []
    # Neighbours differ by noise alone but at changes, which a median leaves out.
    noise = float(np.median(np.abs(np.diff(values)))) / 0.954
    price = penalty * max(noise**2, 1e-12) * np.log(rows)
    sums, squares = (np.concatenate([[0.0], np.cumsum(one)]) for one in (values, values**2))
    best, last = np.full(rows + 1, np.inf), np.zeros(rows + 1, dtype=np.int64)
    best[0], alive = -price, np.array([0])
    for end in range(least, rows + 1):
        long_enough = alive[end - alive >= least]
        size, total = end - long_enough, sums[end] - sums[long_enough]
        cost = best[long_enough] + squares[end] - squares[long_enough] - total**2 / size
        place = int(np.argmin(cost))
        best[end], last[end] = cost[place] + price, long_enough[place]
        kept = long_enough[cost <= best[end]]
        alive = np.concatenate([kept, alive[end - alive < least], [end - least + 1]])
        alive = np.unique(alive[np.isfinite(best[alive]) | (end - alive < least)])
    found, end = [], rows
    while end > 0:
        end = int(last[end])
        found.append(end)
    return sorted(one for one in found if one > 0)
