"""A simulated formation line: 24 cells under current pulses, measured as real instruments measure, with faults.

Plain arithmetic by the second of line time; `line.py` serves it over OPC UA. The same seed gives the same line.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from dure.science.process.battery import Cell, CellState, advance, heat, terminal_voltage

Floats = NDArray[np.float64]

# A cycler that grades cells: charge, rest, discharge, rest. What goes in comes out, so the line can run for days.
PULSE_AMPERES = 2.5
PULSE_SECONDS, REST_SECONDS = 8, 2
PERIOD_SECONDS = 2 * (PULSE_SECONDS + REST_SECONDS)
FIRST_SILENCE = 60  # second at which messages first get lost
GROUPS = 4  # cells of one group pulse together; the groups follow each other to spare the supply


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with the line, as data: cells by number from 1 (0 for none), times in seconds of line time.

    The resistance of `rising` begins to grow `rises_after` seconds after the start and stands `rises_by` higher
    (a share) `rises_over` seconds later. The messages of `lossy` get lost `silent_for` seconds long, once in every
    `silent_every` seconds.
    """

    stuck: int = 8
    late_clock: int = 15
    behind: float = 41.0
    rising: int = 17
    rises_after: float = 150.0
    rises_over: float = 60.0
    rises_by: float = 0.18
    lossy: int = 11
    silent_for: int = 6
    silent_every: int = 240


@dataclass(frozen=True, slots=True)
class Readings:
    """What the instruments show at one second of line time; arrays hold a value a cell.

    `sent` is False where a cell's message got lost; `behind` is how far each cell's clock lags. [V], [A], [°C], [s]
    """

    second: int
    voltage: Floats
    current: Floats
    temperature: Floats
    chamber: float
    sent: NDArray[np.bool_]
    behind: Floats


@dataclass(slots=True)
class FormationLine:
    """The line, second by second.

    Cells differ as those of one batch do (standard deviation 1.5 % in resistance, 0.5 % in capacity). Voltage is
    read with 0.3 mV noise to 0.1 mV, current with 2 mA noise to 1 mA, temperature with 0.05 °C noise to 0.1 °C.

    >>> line = FormationLine(seed=0)
    >>> first = line.step()
    >>> first.second, first.voltage.shape, float(first.current.round(1).max())
    (1, (24,), 2.5)
    """

    seed: int = 0
    cells: int = 24
    faults: Faults = field(default_factory=Faults)
    second: int = 0
    _random: np.random.Generator = field(init=False, repr=False)
    _healthy: Cell = field(init=False, repr=False)
    _state: CellState = field(init=False, repr=False)
    _stuck_at: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Draw the batch, and let it run warm before the first reading."""
        self._random = np.random.default_rng(self.seed)
        spread = 1.0 + 0.015 * self._random.standard_normal(self.cells)
        typical = Cell()
        self._healthy = replace(
            typical,
            capacity=typical.capacity * (1.0 + 0.005 * self._random.standard_normal(self.cells)),
            ohmic=typical.ohmic * spread,
            fast=typical.fast * spread,
            slow=typical.slow * spread,
        )
        charge = 0.5 + 0.002 * self._random.standard_normal(self.cells)
        self._state = self._warm(
            CellState(charge=charge, fast=np.zeros(self.cells), slow=np.zeros(self.cells))
        )
        self._stuck_at = float(np.round(np.mean(self._state.temperature), 1))

    def _warm(self, state: CellState) -> CellState:
        """State at which a period gives off the heat it makes: measured over some periods, then set."""
        watts = np.zeros(self.cells)
        for second in range(-6 * PERIOD_SECONDS, 0):
            current = self._schedule(second)
            if second >= -PERIOD_SECONDS:
                watts += heat(self._healthy, state, current) / PERIOD_SECONDS
            state = advance(self._healthy, state, current, 25.0, 1.0)
        return replace(state, temperature=25.0 + watts * self._healthy.thermal_resistance)

    def _schedule(self, second: int) -> Floats:
        """Current [A] that the cycler gives each cell during the second that ends at `second`."""
        shift = np.arange(self.cells) % GROUPS * (PERIOD_SECONDS // GROUPS)
        phase = (second + shift) % PERIOD_SECONDS
        half, within = phase // (PERIOD_SECONDS // 2), phase % (PERIOD_SECONDS // 2)
        return np.where(within < PULSE_SECONDS, np.where(half == 0, PULSE_AMPERES, -PULSE_AMPERES), 0.0)

    def risen(self) -> float:
        """How far the faulty cell's resistance has risen by now, as a share."""
        ramp = (self.second - self.faults.rises_after) / max(self.faults.rises_over, 1e-9)
        return self.faults.rises_by * float(np.clip(ramp, 0.0, 1.0))

    def _cell(self) -> Cell:
        scale = np.ones(self.cells)
        if self.faults.rising:
            scale[self.faults.rising - 1] += self.risen()
        healthy = self._healthy
        return replace(
            healthy, ohmic=healthy.ohmic * scale, fast=healthy.fast * scale, slow=healthy.slow * scale
        )

    def step(self) -> Readings:
        """One second further; what the instruments show at its end."""
        self.second += 1
        chamber = 25.0 + 0.15 * float(np.sin(2 * np.pi * self.second / 60.0))  # the thermostat's own cycle
        cell, current = self._cell(), self._schedule(self.second)
        self._state = advance(cell, self._state, current, chamber, 1.0)
        temperature = self._read(np.asarray(self._state.temperature), noise=0.05, digits=1)
        if self.faults.stuck:
            temperature[self.faults.stuck - 1] = self._stuck_at
        return Readings(
            second=self.second,
            voltage=self._read(terminal_voltage(cell, self._state, current), noise=0.0003, digits=4),
            current=self._read(current, noise=0.002, digits=3),
            temperature=temperature,
            chamber=float(self._read(np.asarray([chamber]), noise=0.03, digits=1)[0]),
            sent=self._sent(),
            behind=self._one(self.faults.late_clock, self.faults.behind),
        )

    def _read(self, true: Floats, noise: float, digits: int) -> Floats:
        """What an instrument of that noise and that many decimals shows."""
        # Adding zero makes of the minus zero that rounding leaves what a display shows.
        return np.round(true + noise * self._random.standard_normal(true.shape), digits) + 0.0

    def _sent(self) -> NDArray[np.bool_]:
        within = (self.second - FIRST_SILENCE) % self.faults.silent_every
        silent = self.second >= FIRST_SILENCE and within < self.faults.silent_for
        return np.asarray(self._one(self.faults.lossy, float(silent)) == 0)

    def capacity_test(self, days: int) -> Floats:
        """What the laboratory reads in a test a day, for each cell: shape (days, cells), to 1 mA h. [A h]."""
        random = np.random.default_rng(self.seed + 1)
        fade = 1.0 - 0.0002 * np.arange(days)[:, None]
        return np.round(fade * self._healthy.capacity + 0.002 * random.standard_normal((days, self.cells)), 3)

    def _one(self, cell: int, value: float) -> Floats:
        """`value` for that cell (by number from 1), zero for the others."""
        return np.where(np.arange(1, self.cells + 1) == cell, value, 0.0)
