"""A light lithium-ion cell: open-circuit voltage, two RC pairs, lumped heat; and what is read off its signals.

A current that charges is positive. All functions take scalars or arrays of cells of one shape.

References
----------
G. L. Plett, "Battery Management Systems, Volume I: Battery Modeling", Artech House, 2015, chapter 2.
C.-H. Chen et al., "Development of Experimental Techniques for Parameterization of Multi-scale Lithium-ion
Battery Models", J. Electrochem. Soc. 167, 080534, 2020, doi:10.1149/1945-7111/ab9050.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Lithium in each electrode of the LG M50 at 0 % and 100 % state of charge (Chen et al. 2020).
NEGATIVE_STOICHIOMETRY = (0.0279, 0.9014)
POSITIVE_STOICHIOMETRY = (0.9084, 0.2661)
BLOCK_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Cell:
    """Equivalent circuit and heat path of a cell; the defaults stand for a 5 Ah NMC cell of size 21700.

    Capacity and the two heat figures come from the LG M50 of Chen et al. (2020): 5 A h; 24.2 cm³ at
    2.8 J cm⁻³ K⁻¹; 53.1 cm² cooled at 10 W m⁻² K⁻¹. The resistances and time constants are round figures for
    demonstrations, not a fit: replace them by those of your own pulse tests.

    Parameters
    ----------
    capacity
        Charge between 0 % and 100 %. [A h]
    ohmic
        Resistance without delay. [Ω]
    fast, slow
        Resistances of the two RC pairs. [Ω]
    fast_time, slow_time
        Their time constants. [s]
    heat_capacity
        Of the whole cell. [J K⁻¹]
    thermal_resistance
        From the cell to the air around it. [K W⁻¹]
    """

    capacity: float | Floats = 5.0
    ohmic: float | Floats = 0.022
    fast: float | Floats = 0.008
    slow: float | Floats = 0.006
    fast_time: float | Floats = 6.0
    slow_time: float | Floats = 90.0
    heat_capacity: float | Floats = 68.0
    thermal_resistance: float | Floats = 18.8


@dataclass(frozen=True, slots=True)
class CellState:
    """Where a cell stands: state of charge (0 to 1), voltages of the two RC pairs [V], temperature [°C].

    The defaults are a cell at half charge that has rested in a room of 25 °C.
    """

    charge: float | Floats = 0.5
    fast: float | Floats = 0.0
    slow: float | Floats = 0.0
    temperature: float | Floats = 25.0


def open_circuit_voltage(charge: ArrayLike) -> Floats:
    """Voltage of a rested NMC 811 / graphite-SiOx cell (LG M50) at 25 °C.

    The difference of the two electrode curves fitted by Chen et al. (2020), between the stoichiometries that
    they give for an empty and a full cell.

    Parameters
    ----------
    charge
        State of charge, 0 to 1, any shape; outside it the curves are not measured and the ends are held.

    Returns
    -------
    Open-circuit voltage, the shape of `charge`. [V]

    Examples
    --------
    >>> open_circuit_voltage([0.0, 0.5, 1.0]).round(3)
    array([2.498, 3.708, 4.193])
    """
    share = np.clip(np.asarray(charge, dtype=np.float64), 0.0, 1.0)
    x = NEGATIVE_STOICHIOMETRY[0] + share * (NEGATIVE_STOICHIOMETRY[1] - NEGATIVE_STOICHIOMETRY[0])
    y = POSITIVE_STOICHIOMETRY[0] + share * (POSITIVE_STOICHIOMETRY[1] - POSITIVE_STOICHIOMETRY[0])
    negative = (
        1.9793 * np.exp(-39.3631 * x)
        + 0.2482
        - 0.0909 * np.tanh(29.8538 * (x - 0.1234))
        - 0.04478 * np.tanh(14.9159 * (x - 0.2769))
        - 0.0205 * np.tanh(30.4444 * (x - 0.6103))
    )
    positive = (
        -0.8090 * y
        + 4.4875
        - 0.0428 * np.tanh(18.5138 * (y - 0.5542))
        - 17.7326 * np.tanh(15.7890 * (y - 0.3117))
        + 17.5842 * np.tanh(15.9308 * (y - 0.3120))
    )
    return np.asarray(positive - negative)


def terminal_voltage(cell: Cell, state: CellState, current: ArrayLike) -> Floats:
    """Voltage at the terminals [V] under `current` [A, charging positive].

    >>> float(terminal_voltage(Cell(), CellState(), 2.5).round(4))
    3.7628
    """
    ohmic = np.asarray(current, dtype=np.float64) * cell.ohmic
    return np.asarray(open_circuit_voltage(state.charge) + ohmic + state.fast + state.slow)


def heat(cell: Cell, state: CellState, current: ArrayLike) -> Floats:
    """Heat set free in the three resistances [W] under `current` [A].

    The reversible (entropic) heat is left out: over a cycle that gives back the charge it took it cancels.

    >>> float(heat(Cell(), CellState(), 2.5).round(4))
    0.1375
    """
    amperes = np.asarray(current, dtype=np.float64)
    pairs = np.square(state.fast) / cell.fast + np.square(state.slow) / cell.slow
    return np.asarray(np.square(amperes) * cell.ohmic + pairs)


def advance(
    cell: Cell, state: CellState, current: ArrayLike, ambient: ArrayLike, seconds: float
) -> CellState:
    """State after `seconds` of constant current and ambient temperature, exact for any step length.

    The RC voltages relax by exp(−t/τ) towards R·I (Plett 2015, chapter 2). The heat is then a sum of
    exponentials, whose way through the thermal mass is integrated in closed form, not by small steps.

    Parameters
    ----------
    cell, state
        The cell, and where it stands.
    current
        Charging positive. [A]
    ambient
        Temperature of the air around it. [°C]
    seconds
        Length of the step, zero or more. [s]

    Raises
    ------
    ValueError
        If time would run backwards.

    Examples
    --------
    A 5 A h cell that takes 2.5 A for an hour gains half its charge, and its RC pairs stand at R·I:

    >>> after = advance(Cell(), CellState(charge=0.2), 2.5, 25.0, 3600.0)
    >>> [round(float(value), 4) for value in (after.charge, after.fast, after.slow, after.temperature)]
    [0.7, 0.02, 0.015, 28.9716]
    """
    if seconds < 0:
        raise ValueError(f"a step of {seconds} s runs backwards")
    amperes, air = np.asarray(current, dtype=np.float64), np.asarray(ambient, dtype=np.float64)
    cooling = 1.0 / (np.asarray(cell.heat_capacity) * cell.thermal_resistance)
    warmth = np.square(amperes) * cell.ohmic * _through(cooling, 0.0, seconds)
    pairs = []
    for voltage, resistance, constant in (
        (state.fast, cell.fast, cell.fast_time),
        (state.slow, cell.slow, cell.slow_time),
    ):
        rate, settled = 1.0 / np.asarray(constant), resistance * amperes
        off = voltage - settled
        pairs.append(settled + off * np.exp(-rate * seconds))
        warmth = warmth + (
            np.square(settled) * _through(cooling, 0.0, seconds)
            + 2.0 * settled * off * _through(cooling, rate, seconds)
            + np.square(off) * _through(cooling, 2.0 * rate, seconds)
        ) / np.asarray(resistance)
    above = (state.temperature - air) * np.exp(-cooling * seconds)
    return CellState(
        charge=np.asarray(state.charge + amperes * seconds / (3600.0 * np.asarray(cell.capacity))),
        fast=pairs[0],
        slow=pairs[1],
        temperature=np.asarray(air + above + warmth / cell.heat_capacity),
    )


def _through(cooling: ArrayLike, rate: ArrayLike, seconds: float) -> Floats:
    """Integral over a step of exp(−cooling·(t−s))·exp(−rate·s) ds, also where both rates are equal."""
    z = (np.asarray(cooling) - np.asarray(rate)) * seconds
    away = np.abs(z) > 1e-9
    shape = np.where(away, np.expm1(z) / np.where(away, z, 1.0), 1.0 + z / 2.0)
    return np.asarray(np.exp(-np.asarray(cooling) * seconds) * seconds * shape)


def dc_resistance(current: ArrayLike, voltage: ArrayLike, window: int, least_step: float = 0.5) -> Floats:
    """Direct-current resistance seen in the current steps of the last `window` rows.

    The least-squares slope of ΔV over ΔI between neighbouring rows, of those rows in the window where the
    current stepped by at least `least_step`; so it holds the ohmic part and what relaxes within one row.

    Parameters
    ----------
    current, voltage
        Readings of the same moments, in time order, shape (rows,); NaN where missing. [A], [V]
    window
        Rows that one value looks back over, itself included; two or more.
    least_step
        Smaller changes of current are noise, not a step. [A]

    Returns
    -------
    Resistance at each row, shape (rows,); NaN while the window holds no step. A row's value depends on the
    last `window` rows only, and is the same to the bit whatever stands before them. [Ω]

    Raises
    ------
    ValueError
        If the two differ in length, or the window is shorter than two rows.

    Examples
    --------
    >>> dc_resistance([0, 0, 2, 2, 2], [3.7, 3.7, 3.75, 3.75, 3.75], window=3).round(4)
    array([ nan,   nan, 0.025, 0.025,   nan])
    """
    amperes, volts = np.asarray(current, dtype=np.float64), np.asarray(voltage, dtype=np.float64)
    if amperes.shape != volts.shape or amperes.ndim != 1:
        raise ValueError(f"current {amperes.shape} and voltage {volts.shape} are not two equal columns")
    if window < 2:
        raise ValueError(f"a window of {window} rows holds no step")
    if amperes.size == 0:
        return np.empty(0)
    step, answer = np.diff(amperes, prepend=np.nan), np.diff(volts, prepend=np.nan)
    seen = (np.abs(step) >= least_step) & np.isfinite(answer)
    products = _rolling_sum(np.where(seen, step * answer, 0.0), window - 1)
    squares = _rolling_sum(np.where(seen, np.square(step), 0.0), window - 1)
    return np.where(squares > 0, products / np.where(squares > 0, squares, 1.0), np.nan)


def newest_resistance(current: Floats, voltage: Floats, least_step: float = 0.5) -> float:
    """What `dc_resistance` gives for the last row of one whole window, to the bit, without the rows before it. [Ω].

    >>> round(newest_resistance(np.array([0.0, 0.0, 2.0]), np.array([3.7, 3.7, 3.75])), 4)
    0.025
    """
    step, answer = np.diff(current), np.diff(voltage)
    seen = (np.abs(step) >= least_step) & np.isfinite(answer)
    squares = np.where(seen, np.square(step), 0.0).sum()
    return float(np.where(seen, step * answer, 0.0).sum() / squares) if squares > 0 else float("nan")


def _rolling_sum(values: Floats, window: int) -> Floats:
    """Sum of the last `window` values at each row, each row added up in the same order by itself."""
    padded = np.concatenate([np.zeros(window - 1), values])
    total = np.empty(values.size)
    for start in range(0, values.size, BLOCK_ROWS):
        rows = min(BLOCK_ROWS, values.size - start)
        part = padded[start : start + rows + window - 1]
        # A contiguous copy: summing a strided view would add in another order, and bits would differ.
        total[start : start + rows] = np.ascontiguousarray(
            np.lib.stride_tricks.sliding_window_view(part, window)
        ).sum(axis=1)
    return total
