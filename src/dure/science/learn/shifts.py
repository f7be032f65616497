"""Alarms as the shift sees them: how many in eight hours, with what is not known said as well."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHIFT = 8 * 3600.0

Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Watch:
    """A stretch that was watched: how many rows, how many of them alarmed, how often an alarm began, how long. [s]."""

    rows: int
    alarmed: int
    began: int
    seconds: float

    @classmethod
    def over(cls, alarm: Flags, rows: Rows, period: float) -> "Watch":
        """What `alarm` would have meant on `rows` (their places in the table), `period` seconds apart.

        >>> Watch.over(np.array([True, True, False, True]), np.array([0, 1, 2, 9]), 3600.0).began
        2
        """
        order = np.argsort(rows, kind="stable")
        alarm, rows = alarm[order], rows[order]
        before = np.concatenate([[False], alarm[:-1] & (np.diff(rows) == 1)])
        return cls(len(alarm), int(alarm.sum()), int((alarm & ~before).sum()), len(alarm) * period)

    def and_(self, other: "Watch") -> "Watch":
        """Both stretches together."""
        return Watch(
            self.rows + other.rows,
            self.alarmed + other.alarmed,
            self.began + other.began,
            self.seconds + other.seconds,
        )

    def facts(self) -> dict[str, float]:
        """Alarms a shift of 8 h, and a bound below which the true number lies with 95 % (Poisson, exact).

        Without a clock, alarms a thousand rows stand in for them.

        >>> Watch(3600, 0, 0, 3600.0).facts()["alarms_per_shift"]
        0.0
        """
        from scipy.special import gammaincinv

        bound = float(gammaincinv(self.began + 1, 0.95))
        if self.seconds > 0:
            shifts = self.seconds / SHIFT
            return {"alarms_per_shift": self.began / shifts, "alarms_per_shift_upper": bound / shifts}
        thousands = max(self.rows, 1) / 1000
        return {
            "alarms_per_1000_rows": self.began / thousands,
            "alarms_per_1000_rows_upper": bound / thousands,
        }
