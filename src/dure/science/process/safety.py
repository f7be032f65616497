"""Safety at work: what a shift adds up to of a substance, noise or heat, and how often people are hurt.

All functions take scalars or arrays of one shape unless they say otherwise; NaN where a result has no meaning. They
reckon; whether a limit holds is judged by the rule of the country.

References
----------
ISO 9612:2009, "Acoustics: Determination of occupational noise exposure". ISO 1999:2013.
ISO 7243:2017, "Ergonomics of the thermal environment: … WBGT index".
EN 689:2018 (time-weighted average). IEC 60079-10-1:2020 (lower flammable limit).
OSHA 29 CFR 1904 (recordable cases per 200,000 hours); GRI 403:2018 (per 1,000,000 hours).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SHIFT_HOURS = 8.0  # [h], reference day of EN 689 and ISO 9612


def time_weighted_average(exposure: ArrayLike, hours: ArrayLike, shift: float = SHIFT_HOURS) -> float:
    """Mean exposure of a shift: Σ C·t over its hours (EN 689). Unit of `exposure`.

    Parameters
    ----------
    exposure
        Concentration in each part of the day. [parts]
    hours
        Length of each part; what is left of the shift counts as clean air. [h] [parts]
    shift
        Hours that a limit is set for. [h]

    Examples
    --------
    >>> time_weighted_average([10.0, 40.0], [4.0, 2.0])
    15.0
    """
    return float(np.sum(_array(exposure) * _array(hours)) / shift)


def mixture_index(exposure: ArrayLike, limit: ArrayLike) -> float:
    """Sum of exposure over limit for substances that act on the same organ; above 1 is too much (EN 689). [1].

    >>> mixture_index([25.0, 10.0], [100.0, 20.0])
    0.75
    """
    return float(np.sum(_array(exposure) / _array(limit)))


def daily_noise(levels: ArrayLike, hours: ArrayLike, shift: float = SHIFT_HOURS) -> float:
    """Noise of a day as one level of eight hours: energies added, not decibels (ISO 9612). [dB(A)].

    Parameters
    ----------
    levels
        Equivalent level of each task. [dB(A)] [tasks]
    hours
        Time of each task. [h] [tasks]
    shift
        Reference hours. [h]

    Examples
    --------
    >>> round(daily_noise([85.0, 88.0], [4.0, 4.0]), 2)
    86.75
    """
    energy = np.sum(_array(hours) * 10.0 ** (_array(levels) / 10.0)) / shift
    return float(10.0 * np.log10(energy))


def noise_dose(level: ArrayLike, criterion: float = 85.0, exchange: float = 3.0) -> Floats:
    """Share of the allowed noise of a day, halved or doubled by every `exchange` decibels. [1]; 1 is all of it.

    >>> noise_dose([85.0, 88.0, 91.0])
    array([1., 2., 4.])
    """
    return np.asarray(2.0 ** ((_array(level) - criterion) / exchange))


def wet_bulb_globe(wet_bulb: ArrayLike, globe: ArrayLike, air: ArrayLike | None = None) -> Floats:
    """Heat index WBGT: 0.7 t_nw + 0.3 t_g indoors, 0.7 t_nw + 0.2 t_g + 0.1 t_a in the sun (ISO 7243). [°C].

    Parameters
    ----------
    wet_bulb, globe
        Natural wet bulb and black globe temperature. [°C]
    air
        Air temperature, where the sun shines on people. [°C]

    Examples
    --------
    >>> float(wet_bulb_globe(25.0, 40.0)), float(wet_bulb_globe(25.0, 40.0, 32.0).round(2))
    (29.5, 28.7)
    """
    base = 0.7 * _array(wet_bulb)
    if air is None:
        return base + 0.3 * _array(globe)
    return base + 0.2 * _array(globe) + 0.1 * _array(air)


def flammable_share(concentration: ArrayLike, lower_limit: ArrayLike) -> Floats:
    """Concentration over the lower flammable limit, in one unit: 0.1 to 0.25 is where alarms are set. [1].

    >>> float(flammable_share(0.5, 4.4).round(3))
    0.114
    """
    return _over(_array(concentration), _array(lower_limit))


def recordable_rate(cases: ArrayLike, hours: ArrayLike) -> Floats:
    """Total recordable incident rate: cases per 200,000 hours worked (OSHA 29 CFR 1904). [1].

    >>> float(recordable_rate(3, 480_000))
    1.25
    """
    return _over(_array(cases) * 200_000.0, _array(hours))


def lost_time_frequency(injuries: ArrayLike, hours: ArrayLike) -> Floats:
    """Lost time injury frequency rate: injuries per 1,000,000 hours worked (GRI 403). [1].

    >>> float(lost_time_frequency(2, 800_000))
    2.5
    """
    return _over(_array(injuries) * 1_000_000.0, _array(hours))


def severity_rate(days: ArrayLike, hours: ArrayLike) -> Floats:
    """Days lost per 1,000 hours worked, as Korean statistics have it. [1].

    >>> float(severity_rate(120, 800_000))
    0.15
    """
    return _over(_array(days) * 1_000.0, _array(hours))


def _array(value: ArrayLike) -> Floats:
    return np.asarray(value, dtype=np.float64)


def _over(top: Floats, bottom: Floats) -> Floats:
    """A quotient, NaN where the divisor is 0."""
    top, bottom = np.broadcast_arrays(top, bottom)
    there = bottom != 0
    return np.where(there, top / np.where(there, bottom, 1.0), np.nan)
