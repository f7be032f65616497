"""Solar power: what a plant should give under the light and warmth that it has, and what it gives of that.

All functions take scalars or arrays of one shape; NaN where a result has no meaning.

References
----------
IEC 61724-1:2021, "Photovoltaic system performance, part 1: Monitoring" (yields, performance ratio).
D. Faiman, Progress in Photovoltaics 16(4), 307-315, 2008, doi:10.1002/pip.813 (module temperature).
IEC 61215-2:2021 (nominal module operating temperature). R. G. Ross, "Flat-plate photovoltaic array design
optimization", 14th IEEE PVSC, 1126-1132, 1980 (cell temperature from NOCT).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

STANDARD_IRRADIANCE = 1000.0  # [W/m²], standard test conditions of IEC 60904-3
STANDARD_TEMPERATURE = 25.0  # [°C]


def faiman_temperature(
    irradiance: ArrayLike, ambient: ArrayLike, wind: ArrayLike, u0: float = 25.0, u1: float = 6.84
) -> Floats:
    """Temperature of a module by light and wind: T_a + G / (u₀ + u₁ v) (Faiman 2008). [°C].

    Parameters
    ----------
    irradiance
        In the plane of the modules. [W/m²]
    ambient
        Temperature of the air. [°C]
    wind
        At the modules. [m/s]
    u0, u1
        Heat loss without wind [W m⁻² K⁻¹] and by wind [W s m⁻³ K⁻¹]; Faiman's means of seven module kinds.

    Examples
    --------
    >>> faiman_temperature(1000.0, 20.0, [0.0, 5.0]).round(1)
    array([60. , 36.9])
    """
    return _array(ambient) + _array(irradiance) / (u0 + u1 * _array(wind))


def noct_temperature(irradiance: ArrayLike, ambient: ArrayLike, noct: float = 45.0) -> Floats:
    """Temperature of a cell from the nominal operating cell temperature: T_a + (NOCT − 20) G / 800 (Ross 1980). [°C].

    >>> float(noct_temperature(800.0, 20.0))
    45.0
    """
    return _array(ambient) + (noct - 20.0) * _array(irradiance) / 800.0


def expected_share(irradiance: ArrayLike, cell: ArrayLike, coefficient: float = -0.004) -> Floats:
    """Power under this light and warmth over that under standard test conditions (IEC 61724-1). [1].

    Parameters
    ----------
    irradiance
        In the plane of the modules. [W/m²]
    cell
        Temperature of the cells. [°C]
    coefficient
        Change of power by temperature; −0.004 is usual for crystalline silicon. [K⁻¹]

    Examples
    --------
    >>> expected_share([1000.0, 500.0], [25.0, 50.0])
    array([1.  , 0.45])
    """
    warm = 1.0 + coefficient * (_array(cell) - STANDARD_TEMPERATURE)
    return _array(irradiance) / STANDARD_IRRADIANCE * warm


def performance_ratio(power: ArrayLike, rated: ArrayLike, irradiance: ArrayLike) -> Floats:
    """Power over what the light alone would give at standard conditions (IEC 61724-1). [1].

    Parameters
    ----------
    power, rated
        Measured, and under standard test conditions, in one unit.
    irradiance
        In the plane of the modules; at night there is no ratio. [W/m²]

    Examples
    --------
    >>> performance_ratio([400.0, 0.0], 1000.0, [500.0, 0.0])
    array([0.8, nan])
    """
    return _over(_array(power) * STANDARD_IRRADIANCE, _array(rated) * _array(irradiance))


def corrected_performance_ratio(
    power: ArrayLike, rated: ArrayLike, irradiance: ArrayLike, cell: ArrayLike, coefficient: float = -0.004
) -> Floats:
    """The performance ratio at 25 °C, so that summer and winter compare (IEC 61724-1). [1].

    >>> float(corrected_performance_ratio(400.0, 1000.0, 500.0, 50.0).round(4))
    0.8889
    """
    return _over(_array(power), _array(rated) * expected_share(irradiance, cell, coefficient))


def corrected_power(power: ArrayLike, cell: ArrayLike, coefficient: float = -0.004) -> Floats:
    """Power that the same light would give at cells of 25 °C (IEC 60891, linear). Unit of `power`.

    >>> float(corrected_power(900.0, 50.0))
    1000.0
    """
    return _over(_array(power), 1.0 + coefficient * (_array(cell) - STANDARD_TEMPERATURE))


def inverter_efficiency(ac: ArrayLike, dc: ArrayLike) -> Floats:
    """Alternating over direct power, in one unit (IEC 61683). [1].

    >>> inverter_efficiency([970.0, 0.0], [1000.0, 0.0])
    array([0.97,  nan])
    """
    return _over(_array(ac), _array(dc))


def _array(value: ArrayLike) -> Floats:
    return np.asarray(value, dtype=np.float64)


def _over(top: Floats, bottom: Floats) -> Floats:
    """A quotient, NaN where the divisor is 0."""
    top, bottom = np.broadcast_arrays(top, bottom)
    there = bottom != 0
    return np.where(there, top / np.where(there, bottom, 1.0), np.nan)
