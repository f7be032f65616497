"""Heat exchangers, heat pumps and things that warm up: what is reckoned from temperatures, flows and powers.

All functions take scalars or arrays of one shape; NaN where a result has no meaning.

References
----------
F. P. Incropera, D. P. DeWitt, "Fundamentals of Heat and Mass Transfer", 6th ed., Wiley, 2007, chapters 5 and 11.
EN 14511-1:2018, "Air conditioners, liquid chilling packages and heat pumps …: Terms and definitions" (COP).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

ZERO_CELSIUS = 273.15  # [K]


def heat_flow(flow: ArrayLike, heat_capacity: ArrayLike, rise: ArrayLike) -> Floats:
    """Heat that a stream takes up: mass flow [kg/s] × heat capacity [J kg⁻¹ K⁻¹] × rise [K]. [W].

    >>> float(heat_flow(0.5, 4186.0, 10.0))
    20930.0
    """
    return _array(flow) * _array(heat_capacity) * _array(rise)


def log_mean_difference(one_end: ArrayLike, other_end: ArrayLike) -> Floats:
    """Logarithmic mean of the temperature differences at the two ends of an exchanger. [K].

    (ΔT₁ − ΔT₂) / ln(ΔT₁/ΔT₂), and ΔT itself where both are equal (Incropera, equation 11.15); NaN where the
    streams cross, which no exchanger can do.

    Parameters
    ----------
    one_end, other_end
        Hot minus cold stream at either end, above 0. [K]

    Examples
    --------
    >>> log_mean_difference([60.0, 20.0, 30.0], [20.0, 20.0, -5.0]).round(2)
    array([36.41, 20.  ,   nan])
    """
    a, b = np.broadcast_arrays(_array(one_end), _array(other_end))
    sound = (a > 0) & (b > 0)
    ratio = np.where(sound, a, 1.0) / np.where(sound, b, 1.0)
    apart = np.abs(ratio - 1.0) > 1e-6
    mean = np.where(apart, (a - b) / np.where(apart, np.log(np.where(apart, ratio, 2.0)), 1.0), (a + b) / 2.0)
    return np.where(sound, mean, np.nan)


def transfer_units(conductance: ArrayLike, smaller_capacity_flow: ArrayLike) -> Floats:
    """Number of transfer units: U·A [W/K] over the smaller heat capacity flow [W/K] (Incropera, 11.24). [1].

    >>> float(transfer_units(900.0, 600.0))
    1.5
    """
    return _over(_array(conductance), _array(smaller_capacity_flow))


def counterflow_effectiveness(units: ArrayLike, capacity_ratio: ArrayLike) -> Floats:
    """Share of the greatest possible heat that a counterflow exchanger moves (Incropera, 11.29). [1].

    Parameters
    ----------
    units
        Number of transfer units, 0 or more.
    capacity_ratio
        Smaller over larger heat capacity flow, 0 (condensing, boiling) to 1.

    Examples
    --------
    >>> counterflow_effectiveness([1.5, 1.5, 1.5], [0.0, 0.5, 1.0]).round(3)
    array([0.777, 0.691, 0.6  ])
    """
    n, c = np.broadcast_arrays(_array(units), _array(capacity_ratio))
    equal = np.abs(1.0 - c) < 1e-9
    decay = np.exp(-n * (1.0 - c))
    unlike = (1.0 - decay) / np.where(equal, 1.0, 1.0 - c * decay)
    return np.where(equal, n / (1.0 + n), unlike)


def effectiveness(inlet: ArrayLike, outlet: ArrayLike, other_inlet: ArrayLike) -> Floats:
    """Measured effectiveness of the stream of smaller capacity: its change over the greatest possible. [1].

    >>> float(effectiveness(20.0, 56.0, 80.0).round(3))
    0.6
    """
    return _over(_array(outlet) - _array(inlet), _array(other_inlet) - _array(inlet))


def performance(heat: ArrayLike, power: ArrayLike) -> Floats:
    """Coefficient of performance: useful heat over electric power, in one unit (EN 14511-1). [1].

    >>> performance([4.2, 4.2], [0.82, 0.0]).round(2)
    array([5.12,  nan])
    """
    return _over(_array(heat), _array(power))


def carnot_performance(source: ArrayLike, sink: ArrayLike) -> Floats:
    """Greatest coefficient of performance of a heat pump between two temperatures [°C]: T_sink / (T_sink − T_source). [1].

    >>> carnot_performance([7.0, 7.0], [35.0, 7.0]).round(2)
    array([11.01,   nan])
    """
    hot = _array(sink) + ZERO_CELSIUS
    return _over(hot, _array(sink) - _array(source), positive=True)


def carnot_share(heat: ArrayLike, power: ArrayLike, source: ArrayLike, sink: ArrayLike) -> Floats:
    """Measured coefficient of performance over Carnot's: how good the machine is, whatever the weather. [1].

    >>> float(carnot_share(4.2, 0.82, 7.0, 35.0).round(3))
    0.465
    """
    return performance(heat, power) / carnot_performance(source, sink)


def time_constant(heat_capacity: ArrayLike, resistance: ArrayLike) -> Floats:
    """Time in which a lumped body makes 63 % of its way: C [J/K] × R [K/W] (Incropera, 5.7). [s].

    >>> float(time_constant(68.0, 18.8).round(1))
    1278.4
    """
    return _array(heat_capacity) * _array(resistance)


def warmed(start: ArrayLike, around: ArrayLike, seconds: ArrayLike, constant: ArrayLike) -> Floats:
    """Temperature of a lumped body after a time in surroundings of one temperature (Incropera, 5.6). [°C].

    >>> float(warmed(20.0, 80.0, 600.0, 600.0).round(2))
    57.93
    """
    room = _array(around)
    return room + (_array(start) - room) * np.exp(-_array(seconds) / _array(constant))


def _array(value: ArrayLike) -> Floats:
    return np.asarray(value, dtype=np.float64)


def _over(top: Floats, bottom: Floats, *, positive: bool = False) -> Floats:
    """A quotient, NaN where the divisor is 0 (or not above it)."""
    top, bottom = np.broadcast_arrays(top, bottom)
    there = bottom > 0 if positive else bottom != 0
    return np.where(there, top / np.where(there, bottom, 1.0), np.nan)
