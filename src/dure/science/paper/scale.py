"""Values on lengths, and the round numbers and dates beside an axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor, log10

DAY = 86_400.0
#: Steps between the marks of an axis of time, up to a week; beyond, whole months. [s]
_STEPS = (
    1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 21_600.0, 43_200.0, DAY,
    2 * DAY, 7 * DAY, 14 * DAY,
)  # fmt: skip
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` laid on lengths from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Length at which `value` lies.

        >>> Scale(0.0, 10.0, 100.0, 200.0)(2.5)
        125.0
        """
        spread = self.high - self.low or 1.0
        return round(self.start + (value - self.low) / spread * (self.end - self.start), 1)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers that cover `low` to `high`, about so many (Heckbert, Graphics Gems, 1990).

    >>> ticks(2.91, 3.42)
    [2.8, 3.0, 3.2, 3.4, 3.6]
    """
    step = _round(max(high - low, abs(high) * 1e-9, 1e-300) / about)
    places = max(0, -floor(log10(step)))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(index * step, places) for index in range(first, max(last, first + 1) + 1)]


def _round(step: float) -> float:
    scale = 10.0 ** floor(log10(step))
    return float(next(nice for nice in (1, 2, 5, 10) if step <= nice * scale * 1.0001) * scale)


def dates(low: float, high: float, about: int = 4) -> list[tuple[float, str]]:
    """Round moments between two times [s since 1970 UTC] with how they are written.

    >>> [word for _, word in dates(1356998400.0, 1388534400.0)]
    ['2013-01', '2013-04', '2013-07', '2013-10', '2014-01']
    >>> [word for _, word in dates(1767600000.0, 1767603600.0)]
    ['08:00', '08:15', '08:30', '08:45', '09:00']
    """
    wanted = max(high - low, 1e-6) / about
    step = next((one for one in _STEPS if one >= wanted * 0.7), None)
    if step is None:
        return _months(low, high, wanted)
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < DAY else "%m-%d"
    marks = [step * index for index in range(ceil(low / step), floor(high / step) + 1)]
    return [(mark, _moment(mark).strftime(form)) for mark in marks]


def _months(low: float, high: float, wanted: float) -> list[tuple[float, str]]:
    step = next((one for one in _MONTHS if one * 30.4 * DAY >= wanted * 0.7), _MONTHS[-1])
    first, last = (_moment(one).year * 12 + _moment(one).month - 1 for one in (low, high))
    starts = [
        datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
        for month in range(ceil(first / step) * step, last + 1, step)
    ]
    form = "%Y" if step >= 12 else "%Y-%m"
    return [(one.timestamp(), one.strftime(form)) for one in starts if low <= one.timestamp() <= high]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, -6e10), 2.5e11), tz=UTC)


def reach(*series: Sequence[float]) -> tuple[float, float]:
    """Lowest and highest of all values that are numbers; 0 to 1 where there are none.

    >>> reach([2.0, float("nan")], [5.0])
    (2.0, 5.0)
    """
    found = [value for one in series for value in one if value - value == 0]
    return (min(found), max(found)) if found else (0.0, 1.0)
