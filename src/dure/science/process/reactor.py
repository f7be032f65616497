"""Chemical reactors: rates, conversion, residence, and the balances of heat and mass that must close.

All functions take scalars or arrays of one shape; NaN where a result has no meaning.

References
----------
H. S. Fogler, "Elements of Chemical Reaction Engineering", 5th ed., Prentice Hall, 2016, chapters 2, 3, 5 and 11 to 13.
F. Stoessel, "Thermal Safety of Chemical Processes", Wiley-VCH, 2008, chapters 2 and 3.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

GAS_CONSTANT = 8.314462618  # [J mol⁻¹ K⁻¹], CODATA 2018
ZERO_CELSIUS = 273.15  # [K]


def arrhenius(factor: ArrayLike, activation: ArrayLike, temperature: ArrayLike) -> Floats:
    """Rate constant at a temperature: A · exp(−E / RT) (Fogler, chapter 3). Unit of `factor`.

    Parameters
    ----------
    factor
        Rate constant at endless temperature.
    activation
        Activation energy. [J/mol]
    temperature
        Of the mixture. [°C]

    Examples
    --------
    >>> arrhenius(1e10, 80e3, [60.0, 70.0]).round(5)
    array([0.00286, 0.00665])
    """
    kelvin = _array(temperature) + ZERO_CELSIUS
    return _array(factor) * np.exp(-_array(activation) / (GAS_CONSTANT * kelvin))


def relative_rate(activation: ArrayLike, temperature: ArrayLike, reference: ArrayLike) -> Floats:
    """How many times faster a reaction runs than at a reference temperature [°C], by Arrhenius. [1].

    >>> float(relative_rate(80e3, 70.0, 60.0).round(2))
    2.32
    """
    one, other = _array(temperature) + ZERO_CELSIUS, _array(reference) + ZERO_CELSIUS
    return np.exp(_array(activation) / GAS_CONSTANT * (1.0 / other - 1.0 / one))


def conversion(fed: ArrayLike, left: ArrayLike) -> Floats:
    """Share of the reactant that has reacted, from what was fed and what is left in one unit (Fogler, chapter 2). [1].

    >>> float(conversion(10.0, 2.5))
    0.75
    """
    return _over(_array(fed) - _array(left), _array(fed))


def first_order_conversion(rate: ArrayLike, residence: ArrayLike, *, stirred: bool = True) -> Floats:
    """Conversion of a first-order reaction in a stirred tank, kτ/(1+kτ), or a tube, 1 − exp(−kτ) (Fogler, chapter 5). [1].

    >>> float(first_order_conversion(0.01, 300.0)), float(first_order_conversion(0.01, 300.0, stirred=False).round(3))
    (0.75, 0.95)
    """
    damkohler = _array(rate) * _array(residence)
    return damkohler / (1.0 + damkohler) if stirred else -np.expm1(-damkohler)


def residence_time(volume: ArrayLike, flow: ArrayLike) -> Floats:
    """Mean time in the vessel: volume over volume flow, in their unit of time (Fogler, chapter 2).

    >>> residence_time([2.0, 2.0], [0.5, 0.0])
    array([ 4., nan])
    """
    return _over(_array(volume), _array(flow))


def cooling(flow: ArrayLike, heat_capacity: ArrayLike, inlet: ArrayLike, outlet: ArrayLike) -> Floats:
    """Heat that the coolant carries away: ṁ c (T_out − T_in). [W].

    Parameters
    ----------
    flow
        Of the coolant. [kg/s]
    heat_capacity
        Of the coolant. [J kg⁻¹ K⁻¹]
    inlet, outlet
        Its temperatures. [°C]

    Examples
    --------
    >>> float(cooling(2.0, 4186.0, 20.0, 35.0))
    125580.0
    """
    return _array(flow) * _array(heat_capacity) * (_array(outlet) - _array(inlet))


def heat_residual(
    released: ArrayLike, removed: ArrayLike, heat_capacity: ArrayLike, temperature: ArrayLike, seconds: float
) -> Floats:
    """What the heat balance of a stirred vessel does not explain: released − removed − C dT/dt (Fogler, chapter 13). [W].

    Near 0 while model and sensors hold; a drift of it is fouling, a lost sensor, or an unwanted reaction.

    Parameters
    ----------
    released, removed
        Heat of reaction, and heat carried off. [W] [rows]
    heat_capacity
        Of all that changes temperature. [J/K]
    temperature
        Of the mixture at equal steps. [°C] [rows]
    seconds
        Between two rows. [s]

    Returns
    -------
    One value a row, NaN for the first.

    Examples
    --------
    >>> heat_residual([1000.0, 1000.0], [400.0, 400.0], 6e4, [60.0, 60.1], 10.0).round(1)
    array([nan, -0.])
    """
    rate = np.diff(_array(temperature), prepend=np.nan) / seconds
    return _array(released) - _array(removed) - _array(heat_capacity) * rate


def adiabatic_rise(heat: ArrayLike, concentration: ArrayLike, heat_capacity: ArrayLike) -> Floats:
    """Rise if all reactant were to react without cooling: (−ΔH) C / (ρ c) (Stoessel, chapter 2). [K].

    Parameters
    ----------
    heat
        Heat set free by a mole. [J/mol]
    concentration
        Of the reactant. [mol/m³]
    heat_capacity
        Of the mixture by volume. [J m⁻³ K⁻¹]

    Examples
    --------
    >>> float(adiabatic_rise(100e3, 2000.0, 3.6e6).round(1))
    55.6
    """
    return _over(_array(heat) * _array(concentration), _array(heat_capacity))


def transfer(heat: ArrayLike, difference: ArrayLike) -> Floats:
    """U·A seen from heat [W] and mean difference to the coolant [K]; it falls as a wall fouls. [W/K].

    >>> transfer([125580.0, 1.0], [50.0, 0.0])
    array([2511.6,    nan])
    """
    return _over(_array(heat), _array(difference))


def _array(value: ArrayLike) -> Floats:
    return np.asarray(value, dtype=np.float64)


def _over(top: Floats, bottom: Floats) -> Floats:
    """A quotient, NaN where the divisor is 0."""
    top, bottom = np.broadcast_arrays(top, bottom)
    there = bottom != 0
    return np.where(there, top / np.where(there, bottom, 1.0), np.nan)
