"""Alarms as the shift sees them: how many in eight hours, with what is not known said as well.

Alarms come in clusters: a plant has bad hours. How much more unevenly than chance they fell is measured over stretches of
the watch (Pearson's dispersion) and widens the interval, so that a promise made on a calm day is not taken for more.

References
----------
F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28(3/4), 437-442, 1936 (exact interval); P.
McCullagh, J. A. Nelder, "Generalized Linear Models", 1989, §6.2.3 (counts with dispersion).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHIFT = 8 * 3600.0
#: A watch is cut into so many stretches to see how unevenly alarms fell.
BLOCKS = 20
#: Share of intervals that hold the true number.
LEVEL = 0.95

Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Watch:
    """A stretch that was watched: how many rows, how many of them alarmed, how often an alarm began, how long. [s].

    `blocks` are rows and beginnings of its parts, in order.
    """

    rows: int
    alarmed: int
    began: int
    seconds: float
    blocks: tuple[tuple[int, int], ...] = ()

    @classmethod
    def over(cls, alarm: Flags, rows: Rows, period: float) -> "Watch":
        """What `alarm` would have meant on `rows` (their places in the table), `period` seconds apart.

        >>> Watch.over(np.array([True, True, False, True]), np.array([0, 1, 2, 9]), 3600.0).began
        2
        """
        order = np.argsort(rows, kind="stable")
        alarm = alarm[order]
        return cls.of(alarm, beginnings(alarm, rows[order]), period)

    @classmethod
    def of(cls, alarm: Flags, begins: Flags, period: float) -> "Watch":
        """Rows in order with their alarms, and those at which one began."""
        parts = np.array_split(begins, min(BLOCKS, max(len(begins), 1)))
        blocks = tuple((len(part), int(part.sum())) for part in parts if len(part))
        return cls(len(alarm), int(alarm.sum()), int(begins.sum()), len(alarm) * period, blocks)

    def and_(self, other: "Watch") -> "Watch":
        """Both stretches together."""
        return Watch(
            self.rows + other.rows,
            self.alarmed + other.alarmed,
            self.began + other.began,
            self.seconds + other.seconds,
            self.blocks + other.blocks,
        )

    @property
    def dispersion(self) -> float:
        """How many times more unevenly than by chance alarms began; at least 1.

        >>> Watch(40, 4, 4, 40.0, ((10, 4), (10, 0), (10, 0), (10, 0))).dispersion
        4.0
        """
        if self.began == 0 or len(self.blocks) < 2:
            return 1.0
        sizes, counts = np.array(self.blocks, dtype=np.float64).T
        expected = sizes * counts.sum() / sizes.sum()
        return max(1.0, float(((counts - expected) ** 2 / expected).sum() / (len(sizes) - 1)))

    def facts(self) -> dict[str, float]:
        """Alarms a shift of 8 h, and a bound below which the true number lies with 95 %.

        Without a clock, alarms a thousand rows stand in for them.

        >>> Watch(3600, 0, 0, 3600.0).facts()["alarms_per_shift"]
        0.0
        """
        name, units = self._units
        bound = _quantile(self.began / self.dispersion + 1, LEVEL) * self.dispersion
        return {name: self.began / units, f"{name}_upper": bound / units}

    def interval(self) -> tuple[float, float]:
        """Bounds of the true alarms a shift (or a thousand rows), 95 %.

        >>> low, high = Watch(28_800, 3, 3, 28_800.0).interval()
        >>> round(low, 2), round(high, 2)
        (0.62, 8.77)
        """
        spread, units = self.dispersion, self._units[1]
        count, tail = self.began / spread, (1 - LEVEL) / 2
        low = _quantile(count, tail) * spread if self.began else 0.0
        return low / units, _quantile(count + 1, 1 - tail) * spread / units

    def said(self, state: str) -> dict[str, Any]:
        """A line of the promise, or of what was measured: state, rows, alarms and their rate with its interval."""
        low, high = self.interval()
        name, units = self._units
        return {
            "state": state,
            "rows": self.rows,
            "alarms": self.began,
            name: self.began / units,
            "low": low,
            "high": high,
        }

    @property
    def _units(self) -> tuple[str, float]:
        """What alarms are counted by, and how many of it were watched."""
        if self.seconds > 0:
            return "alarms_per_shift", self.seconds / SHIFT
        return "alarms_per_1000_rows", max(self.rows, 1) / 1000


def beginnings(alarm: Flags, rows: Rows) -> Flags:
    """Rows at which an alarm begins; a row that does not follow the one before begins anew. [N].

    >>> beginnings(np.array([True, True, True]), np.array([3, 4, 9])).tolist()
    [True, False, True]
    """
    follows = np.concatenate([[False], np.diff(rows) == 1])
    return np.asarray(alarm & ~(np.concatenate([[False], alarm[:-1]]) & follows), dtype=bool)


def by_state(alarm: Flags, rows: Rows, states: Sequence[str], period: float) -> dict[str, Watch]:
    """The watch of each state; an alarm belongs to the state in which it began, a shift is eight hours in that state.

    >>> found = by_state(np.array([False, True, True]), np.arange(3), ["off", "on", "on"], 3600.0)
    >>> {name: one.began for name, one in found.items()}
    {'off': 0, 'on': 1}
    """
    begins, named = beginnings(alarm, rows), np.array(states)
    found = {}
    for name in dict.fromkeys(states):
        own = named == name
        found[name] = Watch.of(alarm[own], begins[own], period)
    return found


def _quantile(shape: float, level: float) -> float:
    from scipy.special import gammaincinv

    return float(gammaincinv(shape, level))
