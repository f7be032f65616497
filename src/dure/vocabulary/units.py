"""Units of measure by their UCUM code, the one way dure writes a unit.

Source: The Unified Code for Units of Measure, version 2.2, https://ucum.org. Loaded at first use: the
registry takes most of a second to build.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from dure.vocabulary.errors import InputError
from dure.vocabulary.text import Text

if TYPE_CHECKING:
    from ucumvert import PintUcumRegistry

# What people and machines write for the UCUM code on the right; only spellings that mean one thing.
SPELLINGS = {
    "°C": "Cel", "℃": "Cel", "degC": "Cel", "deg C": "Cel", "C": "Cel", "°F": "[degF]", "degF": "[degF]", "K": "K",
    "rpm": "/min", "RPM": "/min", "1/min": "/min", "ppm": "[ppm]", "mΩ": "mOhm", "Ω": "Ohm", "ohm": "Ohm",
    "Ah": "A.h", "mAh": "mA.h", "Wh": "W.h", "kWh": "kW.h", "VA": "V.A", "var": "V.A", "l/min": "L/min",
    "lpm": "L/min", "m³/h": "m3/h", "m^3/h": "m3/h", "sec": "s", "msec": "ms", "hr": "h", "psi": "[psi]", "Nm": "N.m",
    "mm/sec": "mm/s", "m/sec": "m/s", "°": "deg", "µm": "um", "μm": "um", "kgf": "kgf", "ton": "t", "ea": "1", "개": "1",
}  # fmt: skip


class UnknownUnit(InputError):
    """A unit that UCUM does not know."""

    key = "unit-unknown"
    says = Text("“{where}” is not a unit that UCUM knows.", "“{where}”은(는) UCUM에 없는 단위입니다.")
    remedy = Text(
        "Write it as a UCUM code, for example Cel, kPa or A.h.", "Cel, kPa, A.h처럼 UCUM 코드로 적어 주세요."
    )


@cache
def _registry() -> "PintUcumRegistry":
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()


@cache
def _parsed(code: str) -> Any:
    from lark.exceptions import LarkError
    from ucumvert.parser import InvalidUcumError

    try:
        return _registry().from_ucum(code)
    except (InvalidUcumError, LarkError, ValueError, KeyError, TypeError) as refused:
        raise UnknownUnit(code) from refused


def ucum(written: str) -> str:
    """UCUM code of a unit as people write it.

    Raises
    ------
    UnknownUnit
        If neither the spelling nor the code is known.

    Examples
    --------
    >>> ucum("°C"), ucum("rpm"), ucum("kPa")
    ('Cel', '/min', 'kPa')
    """
    code = SPELLINGS.get(written.strip(), written.strip())
    _parsed(code)
    return code


def convert(value: float, unit: str, to: str) -> float:
    """`value` [`unit`] expressed in `to`, both UCUM codes.

    Raises
    ------
    UnknownUnit
        If a code is not known.
    UnitsDiffer
        If the two measure different things.

    Examples
    --------
    >>> convert(25.0, "Cel", "K")
    298.15
    """
    source, target = _parsed(unit), _parsed(to)
    if source.dimensionality != target.dimensionality:
        raise UnitsDiffer(unit, to=to)
    return float(_registry().Quantity(value, source.units).to(target.units).magnitude)


class UnitsDiffer(InputError):
    """Two units that measure different things."""

    key = "units-differ"
    says = Text(
        "{where} cannot be turned into {to}: they measure different things.",
        "{where}은(는) {to}(으)로 바꿀 수 없습니다. 서로 다른 양의 단위입니다.",
    )
    remedy = Text("Correct one of the two units.", "둘 중 하나의 단위를 고쳐 주세요.")


def same_kind(unit: str, other: str) -> bool:
    """Whether two UCUM codes measure the same kind of quantity.

    >>> same_kind("bar", "kPa"), same_kind("bar", "Cel")
    (True, False)
    """
    return bool(_parsed(unit).dimensionality == _parsed(other).dimensionality)
