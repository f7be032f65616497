"""What surrounds the formation line: its rooms, its power meter and its chiller, second by second.

Plain arithmetic over what the line does; `gateway.py` publishes the rooms, `registers.py` holds the other two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, pi, sin

import numpy as np

from dure.node.demo.formation import Readings

# Supply, fans and controls draw this whatever is charged; the cyclers give a discharge back to the supply. [W], share
IDLE_WATTS, EFFICIENCY = 340.0, 0.92
# Water: 4.186 kJ/(kg K), taken as 1 kg/L.
HEAT_CAPACITY = 4186.0
ROOMS: Mapping[str, str] = {
    "DryRoom/Temperature": "°C",
    "DryRoom/DewPoint": "°C",
    "DryRoom/Pressure": "Pa",
    "AgeingRoom/Temperature": "°C",
    "AgeingRoom/Humidity": "%",
    "FormationRoom/Temperature": "°C",
    "FormationRoom/Humidity": "%",
}
"""What the rooms' gateway tells, each with its unit as the gateway writes it."""


@dataclass(frozen=True, slots=True)
class Door:
    """The dry room's door stands open `stays` seconds, first `opens_at` seconds after the start, then `every` so many."""

    opens_at: int = 300
    stays: int = 40
    every: int = 900

    def is_open(self, second: int) -> bool:
        """Whether it is open in that second of line time.

        >>> [Door().is_open(second) for second in (299, 300, 339, 340, 1200)]
        [False, True, True, False, True]
        """
        return second >= self.opens_at and (second - self.opens_at) % self.every < self.stays


@dataclass(frozen=True, slots=True)
class Around:
    """What the instruments around the line show at one second; keys of `rooms` are those of `ROOMS`.

    `watts` is drawn from the supply [W], `joules` since the start; the chiller's water [°C], [L/min].
    """

    second: int
    rooms: Mapping[str, float]
    watts: float
    joules: float
    supply: float
    back: float
    flow: float
    running: bool


@dataclass(slots=True)
class Hall:
    """The hall, one step for each of the line's readings; the same seed gives the same hall.

    The dew point follows the door with a time constant of 12 s out and 20 s back; the chiller's water takes up what
    the cells and the cyclers lose.
    """

    seed: int = 0
    door: Door = field(default_factory=Door)
    _random: np.random.Generator = field(init=False, repr=False)
    _wet: float = field(default=0.0, init=False, repr=False)
    _joules: float = field(default=0.0, init=False, repr=False)

    def __post_init__(self) -> None:
        """Noise of its own, so that the line's stays what it is without a hall."""
        self._random = np.random.default_rng(self.seed + 2)

    def step(self, readings: Readings) -> Around:
        """What is shown at the end of the line's second."""
        second = readings.second
        is_open = self.door.is_open(second)
        self._wet += (float(is_open) - self._wet) * (1.0 - exp(-1.0 / (12.0 if is_open else 20.0)))
        watts = self._watts(readings)
        self._joules += watts
        supply = 18.0 + 0.4 * sin(2 * pi * second / 90.0)
        flow = 24.0 + self._noise(0.1, 1)
        return Around(
            second=second,
            rooms=self._rooms(second, is_open=is_open),
            watts=watts,
            joules=self._joules,
            supply=round(supply + self._noise(0.03, 2), 1),
            back=round(supply + watts / (flow / 60.0 * HEAT_CAPACITY) + self._noise(0.03, 2), 1),
            flow=round(flow, 1),
            running=sin(2 * pi * second / 90.0) > -0.5,
        )

    def _watts(self, readings: Readings) -> float:
        power = readings.voltage * readings.current
        cells = float(np.where(power > 0, power / EFFICIENCY, power * EFFICIENCY).sum())
        return round(IDLE_WATTS + cells + self._noise(1.5, 1), 1)

    def _rooms(self, second: int, *, is_open: bool) -> dict[str, float]:
        slow = sin(2 * pi * second / 600.0)
        true = {
            "DryRoom/Temperature": 22.0 + 0.3 * slow + 0.6 * self._wet,
            "DryRoom/DewPoint": -42.0 + 0.4 * slow + 14.0 * self._wet,
            "DryRoom/Pressure": (7.0 if is_open else 25.0) + slow,
            "AgeingRoom/Temperature": 45.0 + 0.2 * slow,
            "AgeingRoom/Humidity": 12.0 - 0.5 * slow,
            "FormationRoom/Temperature": 25.0 + 0.5 * slow,
            "FormationRoom/Humidity": 38.0 - 1.5 * slow,
        }
        return {path: round(value + self._noise(0.05, 2), 1) for path, value in true.items()}

    def _noise(self, deviation: float, digits: int) -> float:
        return round(float(deviation * self._random.standard_normal()), digits)
