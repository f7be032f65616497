"""Bursts of a stream: a ring of the newest values, from which N are cut about a trigger."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dure.plant.connect.pcm import SampleClock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MARGIN = 2.0  # s of values that are kept beyond a burst, for a trigger that is told late


@dataclass(frozen=True, slots=True)
class Burst:
    """N × channels values, when the first was taken and when it was triggered [ns since 1970 UTC]."""

    values: "NDArray[np.float64]"
    time: int
    trigger: int = 0


@dataclass(slots=True)
class Ring:
    """The newest values of a stream; `first` is the number of the oldest that is kept."""

    clock: SampleClock
    most: int
    first: int = 0
    _parts: "list[NDArray[np.float64]]" = field(default_factory=list)
    _kept: int = 0

    def add(self, values: "NDArray[np.float64]", now: int) -> None:
        """Take what came at `now`; the oldest go."""
        self.clock.arrived(len(values), now)
        self._parts.append(values)
        self._kept += len(values)
        while self._parts and self._kept - len(self._parts[0]) >= self.most:
            gone = self._parts.pop(0)
            self.first += len(gone)
            self._kept -= len(gone)

    @property
    def end(self) -> int:
        """Number of the value that comes next."""
        return self.first + self._kept

    def number_at(self, moment: int) -> int:
        """Number of the value taken at a moment [ns since 1970 UTC]."""
        return round((moment - self.clock.at(0)) * self.clock.rate / 1e9)

    def cut(self, start: int, count: int, trigger: int = 0) -> Burst | None:
        """Values `start` to `start + count`, None if some are gone or still to come."""
        import numpy as np

        if start < self.first or start + count > self.end:
            return None
        whole = np.concatenate(self._parts)
        found = whole[start - self.first : start - self.first + count]
        return Burst(found, self.clock.at(start), trigger)


@dataclass(slots=True)
class Crossing:
    """Where the magnitude of a channel rises above a level; `above` says how it stood last."""

    level: float
    above: bool = True

    def places(self, values: "NDArray[np.float64]") -> list[int]:
        """Places of the rises in a stretch.

        >>> import numpy as np
        >>> crossing = Crossing(1.0, above=False)
        >>> crossing.places(np.array([0.0, -2.0, 2.0, 0.0, 3.0])), crossing.places(np.array([3.0, 0.0]))
        ([1, 4], [])
        """
        import numpy as np

        over = np.abs(values) > self.level
        before = np.concatenate(([self.above], over[:-1]))
        if len(over):
            self.above = bool(over[-1])
        places: list[int] = np.flatnonzero(over & ~before).tolist()
        return places
