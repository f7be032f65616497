"""How late labels come, and in which order rows and labels follow each other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dure.science.replay.refusals import DelayUnclear, NoClock
from dure.vocabulary import Text

Floats = NDArray[np.float64]

_SECONDS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*(rows?|s|m|min|h|d|행)?")


@dataclass(frozen=True, slots=True)
class Delay:
    """How late a label comes: after so many rows, or so many seconds by the table's clock.

    The label of row i is known to row i + `rows`, never to row i itself: 0 and 1 are the same. With `seconds` it is
    known to every later row that is so much later in time.

    >>> Delay.of("24h"), Delay.of("24 rows")
    (Delay(rows=0, seconds=86400.0), Delay(rows=24, seconds=0.0))
    """

    rows: int = 0
    seconds: float = 0.0

    @classmethod
    def of(cls, words: str) -> "Delay":
        """The delay written as `24h`, `7d`, `90s`, `24 rows` or a bare count of rows.

        Raises
        ------
        DelayUnclear
            If it is none of these.
        """
        found = _FORM.fullmatch(words.strip().lower())
        count, unit = found.groups() if found else ("", "")
        if not found or (unit not in _SECONDS and not float(count).is_integer()) or float(count) > 1e9:
            raise DelayUnclear(words[:40])
        if unit in _SECONDS:
            return cls(seconds=float(count) * _SECONDS[unit])
        return cls(rows=int(float(count)))

    def __str__(self) -> str:
        if self.seconds:
            return f"{self.seconds / 3600:g} h" if self.seconds >= 3600 else f"{self.seconds:g} s"
        return str(Text(f"{self.rows} row{'s' * (self.rows != 1)}", f"{self.rows}행"))

    def known(self, rows: int, seconds: Floats | None, where: str) -> NDArray[np.int64]:
        """For each row in order how many of the first labels have arrived before it is predicted. [N].

        Raises
        ------
        NoClock
            If the delay is in time and there is no clock.

        Examples
        --------
        >>> Delay(rows=2).known(4, None, "").tolist(), Delay().known(3, None, "").tolist()
        ([0, 0, 1, 2], [0, 1, 2])
        >>> Delay(seconds=60.0).known(4, np.array([0.0, 30.0, 60.0, 61.0]), "").tolist()
        [0, 0, 1, 1]
        """
        if not self.seconds:
            return np.maximum(np.arange(rows) - max(self.rows, 1) + 1, 0)
        if seconds is None or not len(seconds):
            raise NoClock(where, delay=str(self))
        return np.asarray(np.searchsorted(seconds, seconds - self.seconds, side="right"), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Labels as they arrive: rows in the order in which their labels do, and how many have before each row. [N] each."""

    order: NDArray[np.int64]
    known: NDArray[np.int64]

    @classmethod
    def of(cls, known: NDArray[np.int64], told: NDArray[np.int64]) -> "Arrivals":
        """From how many rows are known before each (`Delay.known`), and at which row the truth of each is measured (-1: never).

        Examples
        --------
        >>> found = Arrivals.of(np.array([0, 0, 1, 2]), np.array([1, 2, 3, -1]))
        >>> found.order.tolist(), found.known.tolist()
        ([0, 1, 2], [0, 0, 0, 1])
        """
        order = np.argsort(told, kind="stable")
        order = order[told[order] >= 0]
        return cls(order, np.asarray(np.searchsorted(told[order], known, side="left"), dtype=np.int64))


def turns(known: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Each row in order with the labels that have just arrived: from the second figure up to the third."""
    before = 0
    for row, arrived in enumerate(known.tolist()):
        yield row, before, arrived
        before = max(before, arrived)
