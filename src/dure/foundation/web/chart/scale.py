"""Values on lengths, and the round numbers beside an axis."""

from dataclasses import dataclass
from math import ceil, floor, log10


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
