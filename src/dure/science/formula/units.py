"""Units under arithmetic: products and powers of UCUM codes, and which codes mean the same.

Source: The Unified Code for Units of Measure, version 2.2, §2 (terms), https://ucum.org. A code that is no plain
product of atoms has no product here; its unit then is not known, which is never an error.
"""

import re
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

from dure.vocabulary import InputError, convert, same_kind

_ATOM = re.compile(r"(10[*^]|(?:\[[^\]]*\]|\{[^}]*\}|[A-Za-z%'°µ])+)([+-]?\d+)?")
_INTERVALS = {"Cel": "K", "[degF]": "[degR]", "[degRe]": "K"}


def interval(unit: str) -> str:
    """Unit of a difference: K for Cel; another unit is its own.

    >>> interval("Cel"), interval("bar")
    ('K', 'bar')
    """
    return _INTERVALS.get(unit, unit)


def has_zero_by_agreement(unit: str) -> bool:
    """Whether a unit counts from a zero that is not nothing, as Cel does."""
    return unit in _INTERVALS


@lru_cache(maxsize=1024)
def alike(one: str, other: str) -> str:
    """How two codes compare: `same`, `kind` (as W and kW) or `different`.

    >>> alike("W", "J/s"), alike("W", "kW"), alike("W", "Cel")
    ('same', 'kind', 'different')
    """
    if one == other:
        return "same"
    try:
        if not same_kind(one, other):
            return "different"
        apart = abs(convert(1.0, one, other) - 1.0) + abs(convert(0.0, one, other))
    except (InputError, ArithmeticError, ValueError, TypeError, AttributeError):
        return "different"
    return "same" if apart < 1e-12 else "kind"


def product(factors: Iterable[tuple[str, Fraction]]) -> str | None:
    """Code of a product of powers; None where it has none.

    >>> product([("N.m", Fraction(1)), ("min", Fraction(-1))]), product([("m3/h", Fraction(1)), ("h", Fraction(1))])
    ('N.m/min', 'm3')
    """
    powers: dict[str, Fraction] = {}
    for unit, power in factors:
        atoms = _atoms(unit)
        if atoms is None or has_zero_by_agreement(unit):
            return None
        for atom, own in atoms:
            powers[atom] = powers.get(atom, Fraction(0)) + own * power
    if any(power.denominator != 1 for power in powers.values()):
        return None
    return _code({atom: int(power) for atom, power in powers.items() if power})


def _code(powers: dict[str, int]) -> str:
    above = [f"{atom}{power if power != 1 else ''}" for atom, power in powers.items() if power > 0]
    under = [f"/{atom}{-power if power != -1 else ''}" for atom, power in powers.items() if power < 0]
    return ".".join(above) + "".join(under) or "1"


@lru_cache(maxsize=1024)
def _atoms(unit: str) -> tuple[tuple[str, int], ...] | None:
    """Atoms of a code with their powers: kg.m2/s3 → kg 1, m 2, s −3."""
    found: list[tuple[str, int]] = []
    for sign, term in re.findall(r"(^|[./])([^./]*)", unit):
        if term in ("", "1"):
            continue
        atom = _ATOM.fullmatch(term)
        if atom is None:
            return None
        power = int(atom[2] or 1)
        found.append((atom[1], -power if sign == "/" else power))
    return tuple(found)
