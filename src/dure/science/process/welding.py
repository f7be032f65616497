"""Arc welding: what the arc gives the seam, how steadily, and how long it takes to cool.

All functions take scalars or arrays of one shape; NaN where a result has no meaning.

References
----------
EN 1011-1:2009, "Welding: Recommendations for welding of metallic materials, part 1", clause 19 (heat input).
EN 1011-2:2001, annex D (cooling time t8/5). ISO/TR 18491:2015 (heat input from instantaneous values).
ISO/TR 17671-1:2002 (thermal efficiency).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: Thermal efficiency by process number of ISO 4063 (EN 1011-1, table 1): submerged arc, MIG/MAG, flux cored, TIG, plasma.
EFFICIENCY = {"121": 1.0, "111": 0.8, "131": 0.8, "135": 0.8, "136": 0.8, "138": 0.8, "141": 0.6, "15": 0.6}


def arc_power(voltage: ArrayLike, current: ArrayLike) -> Floats:
    """Power of the arc: voltage [V] × current [A]. [W].

    >>> float(arc_power(25.0, 200.0))
    5000.0
    """
    return _array(voltage) * _array(current)


def heat_input(
    voltage: ArrayLike, current: ArrayLike, travel_speed: ArrayLike, efficiency: ArrayLike = 0.8
) -> Floats:
    """Heat that a length of seam gets: k · U · I / v · 10⁻³ (EN 1011-1, 19.2). [kJ/mm].

    Parameters
    ----------
    voltage, current
        Of the arc. [V], [A]
    travel_speed
        Of the torch along the seam. [mm/s]
    efficiency
        Thermal efficiency k of the process, see `EFFICIENCY`. [1]

    Examples
    --------
    >>> heat_input(25.0, 200.0, [5.0, 0.0]).round(2)
    array([0.8, nan])
    """
    return _over(_array(efficiency) * arc_power(voltage, current), _array(travel_speed) * 1000.0)


def energy_per_length(voltage: ArrayLike, current: ArrayLike, seconds: float, length: float) -> float:
    """Energy of instantaneous values over the length that they welded, without the efficiency (ISO/TR 18491). [kJ/mm].

    The mean of products, not the product of means: with pulses the two differ.

    Parameters
    ----------
    voltage, current
        Instantaneous values at equal steps. [V], [A] [rows]
    seconds
        Time that they span. [s]
    length
        Length welded in that time. [mm]

    Examples
    --------
    >>> round(energy_per_length([20.0, 30.0], [100.0, 300.0], 10.0, 50.0), 3)
    1.1
    """
    return float(np.mean(arc_power(voltage, current)) * seconds / length / 1000.0)


def arc_resistance(voltage: ArrayLike, current: ArrayLike) -> Floats:
    """Voltage over current: rises with the length of the arc, falls to that of the wire in a short circuit. [Ω].

    >>> float(arc_resistance(25.0, 200.0))
    0.125
    """
    return _over(_array(voltage), _array(current))


def wire_feed_ratio(wire_speed: ArrayLike, travel_speed: ArrayLike) -> Floats:
    """Wire fed per seam, both speeds in one unit; times the wire's area it is the area of the bead. [1].

    >>> float(wire_feed_ratio(8000.0 / 60.0, 5.0).round(2))
    26.67
    """
    return _over(_array(wire_speed), _array(travel_speed))


def deposited_area(wire_diameter: ArrayLike, wire_speed: ArrayLike, travel_speed: ArrayLike) -> Floats:
    """Cross-section of the metal laid down, without losses: π d²/4 times the wire feed ratio. [mm²].

    >>> float(deposited_area(1.2, 8000.0 / 60.0, 5.0).round(2))
    30.16
    """
    return np.pi * np.square(_array(wire_diameter)) / 4.0 * wire_feed_ratio(wire_speed, travel_speed)


def unsteadiness(spread: ArrayLike, mean: ArrayLike) -> Floats:
    """Standard deviation over mean of a current or voltage; a calm arc has little. [1].

    >>> float(unsteadiness(12.0, 200.0))
    0.06
    """
    return _over(_array(spread), _array(mean))


def cooling_time_thick(heat: ArrayLike, preheat: ArrayLike, shape: float = 1.0) -> Floats:
    """Time from 800 to 500 °C in thick plate of plain steel: heat flows in three dimensions (EN 1011-2, D.1). [s].

    Parameters
    ----------
    heat
        Heat input with its efficiency. [kJ/mm]
    preheat
        Temperature of the work before the pass, below 500. [°C]
    shape
        Shape factor F₃ of the joint: 1 for a run on plate, 0.9 for a butt, 0.67 for a fillet on a T joint.

    Examples
    --------
    >>> cooling_time_thick(1.5, [20.0, 150.0]).round(2)
    array([ 7.93, 11.77])
    """
    start = _array(preheat)
    sound = start < 500.0
    t = np.where(sound, start, 0.0)
    slope = (6700.0 - 5.0 * t) * _array(heat) * (1.0 / (500.0 - t) - 1.0 / (800.0 - t)) * shape
    return np.where(sound, slope, np.nan)


def _array(value: ArrayLike) -> Floats:
    return np.asarray(value, dtype=np.float64)


def _over(top: Floats, bottom: Floats) -> Floats:
    """A quotient, NaN where the divisor is 0."""
    top, bottom = np.broadcast_arrays(top, bottom)
    there = bottom != 0
    return np.where(there, top / np.where(there, bottom, 1.0), np.nan)
