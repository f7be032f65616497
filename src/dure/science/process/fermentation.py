"""Cultures in a stirred or shaken vessel: growth, oxygen, carbon dioxide, and what they tell of each other.

All functions take scalars or arrays of one shape; NaN where a result has no meaning.

References
----------
P. M. Doran, "Bioprocess Engineering Principles", 2nd ed., Academic Press, 2013, chapters 4, 10 and 12.
F. Garcia-Ochoa, E. Gomez, Biotechnology Advances 27(2), 153-176, 2009, doi:10.1016/j.biotechadv.2008.10.006
(oxygen transfer, dynamic method).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: Volume of a mole of ideal gas at 0 °C and 101.325 kPa. [L/mol]
MOLAR_VOLUME = 22.414


def specific_growth_rate(biomass: ArrayLike, hours: ArrayLike) -> Floats:
    """Growth per biomass between neighbouring measurements: Δ ln X / Δt (Doran, chapter 12). [h⁻¹].

    Parameters
    ----------
    biomass
        Any measure in proportion to biomass, above 0: dry weight, optical density, backscatter less its blank. [rows]
    hours
        When each was measured. [h] [rows]

    Returns
    -------
    One value a row, NaN for the first, and where biomass is not above 0 or time stands still.

    Examples
    --------
    >>> specific_growth_rate([1.0, 1.5, 2.25], [0.0, 1.0, 2.0]).round(4)
    array([   nan, 0.4055, 0.4055])
    """
    x, at = _array(biomass), _array(hours)
    grown = np.diff(np.log(np.where(x > 0, x, np.nan)), prepend=np.nan)
    return _over(grown, np.diff(at, prepend=np.nan))


def doubling_time(rate: ArrayLike) -> Floats:
    """Time in which biomass doubles: ln 2 / µ [h]; NaN for what does not grow.

    >>> doubling_time([0.4055, 0.0]).round(3)
    array([1.709,   nan])
    """
    mu = _array(rate)
    return _over(np.full_like(mu, np.log(2.0)), np.where(mu > 0, mu, 0.0))


def monod(substrate: ArrayLike, most: ArrayLike, half: ArrayLike) -> Floats:
    """Growth rate on a limiting substrate: µ_max S / (K_S + S) (Doran, chapter 12). Unit of `most`.

    >>> monod([0.0, 0.1, 10.0], 0.5, 0.1).round(3)
    array([0.   , 0.25 , 0.495])
    """
    s = _array(substrate)
    return _array(most) * _over(s, _array(half) + s)


@dataclass(frozen=True, slots=True)
class OffGas:
    """What goes into a vessel and comes out of it, as mole fractions in dry gas, 0 to 1; the supply is air by default."""

    oxygen_out: ArrayLike
    carbon_out: ArrayLike
    oxygen_in: ArrayLike = 0.2095
    carbon_in: ArrayLike = 0.0004

    @property
    def inert(self) -> Floats:
        """Gas out per gas in: the inert gas goes through, and ties both (Doran, chapter 4)."""
        left = 1.0 - _array(self.oxygen_in) - _array(self.carbon_in)
        return _over(left, 1.0 - _array(self.oxygen_out) - _array(self.carbon_out))


def oxygen_uptake(gas_flow: ArrayLike, volume: ArrayLike, gas: OffGas) -> Floats:
    """Oxygen uptake rate by the balance of the off-gas (Doran, chapter 4). [mmol L⁻¹ h⁻¹].

    Parameters
    ----------
    gas_flow
        Dry gas in, at 0 °C and 101.325 kPa. [L/min]
    volume
        Of the liquid. [L]
    gas
        What was measured.

    Examples
    --------
    >>> float(oxygen_uptake(10.0, 10.0, OffGas(oxygen_out=0.195, carbon_out=0.014)).round(2))
    39.41
    """
    return _molar(gas_flow, volume) * (_array(gas.oxygen_in) - gas.inert * _array(gas.oxygen_out))


def carbon_evolution(gas_flow: ArrayLike, volume: ArrayLike, gas: OffGas) -> Floats:
    """Carbon dioxide evolution rate by the same balance, with the same parameters. [mmol L⁻¹ h⁻¹].

    >>> float(carbon_evolution(10.0, 10.0, OffGas(oxygen_out=0.195, carbon_out=0.014)).round(2))
    36.36
    """
    return _molar(gas_flow, volume) * (gas.inert * _array(gas.carbon_out) - _array(gas.carbon_in))


def respiratory_quotient(carbon: ArrayLike, oxygen: ArrayLike) -> Floats:
    """Carbon dioxide evolved per oxygen taken up, both in one unit (Doran, chapter 4). [1]. About 1 on glucose with air.

    >>> float(respiratory_quotient(36.36, 39.41).round(3))
    0.923
    """
    return _over(_array(carbon), _array(oxygen))


def transfer_coefficient(uptake: ArrayLike, saturation: ArrayLike, dissolved: ArrayLike) -> Floats:
    """Volumetric oxygen transfer coefficient in steady state: kLa = OUR / (C* − C) (Garcia-Ochoa 2009). [h⁻¹].

    Parameters
    ----------
    uptake
        Oxygen uptake rate. [mmol L⁻¹ h⁻¹]
    saturation, dissolved
        Dissolved oxygen in equilibrium with the gas, and measured. [mmol/L]

    Examples
    --------
    >>> transfer_coefficient([40.0, 40.0], 0.21, [0.06, 0.21]).round(1)
    array([266.7,   nan])
    """
    return _over(*np.broadcast_arrays(_array(uptake), _array(saturation) - _array(dissolved)))


def yield_of(product: ArrayLike, substrate: ArrayLike) -> Floats:
    """Formed over consumed, both as differences in one unit (Doran, chapter 4). [1].

    >>> float(yield_of(4.5, 10.0))
    0.45
    """
    return _over(_array(product), _array(substrate))


def _molar(gas_flow: ArrayLike, volume: ArrayLike) -> Floats:
    """Gas per liquid. [mmol L⁻¹ h⁻¹]."""
    return _over(_array(gas_flow) * 60.0 * 1000.0 / MOLAR_VOLUME, _array(volume))


def _array(value: ArrayLike) -> Floats:
    return np.asarray(value, dtype=np.float64)


def _over(top: Floats, bottom: Floats) -> Floats:
    """A quotient, NaN where the divisor is 0."""
    top, bottom = np.broadcast_arrays(top, bottom)
    there = bottom != 0
    return np.where(there, top / np.where(there, bottom, 1.0), np.nan)
