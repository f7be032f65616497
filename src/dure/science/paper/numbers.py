"""Numbers as people on the floor read them: three digits, separators, units; never "nan"."""

from dure.vocabulary import language

NOTHING = "–"
#: UCUM codes as they are written on the floor; others stay as they are.
UNITS = {
    "Cel": "°C", "mOhm": "mΩ", "Ohm": "Ω", "A.h": "Ah", "mA.h": "mAh", "W.h": "Wh", "kW.h": "kWh", "/min": "rpm",
    "m3/h": "m³/h", "m3": "m³", "mg/m3": "mg/m³", "kg/m3": "kg/m³", "W/m2": "W/m²", "m/s2": "m/s²", "N.m": "N·m",
    "[ppm]": "ppm", "deg": "°", "um": "µm", "[degF]": "°F", "[psi]": "psi", "%": "%", "1": "",
}  # fmt: skip
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure(value: object, digits: int = 3) -> str:
    """A number with so many significant digits, all of a whole number's; a dash where there is none.

    >>> figure(11.0823), figure(1451), figure(0.0028931), figure(1234567.8), figure(float("nan")), figure(None)
    ('11.1', '1,451', '0.00289', '1,234,568', '–', '–')
    >>> figure(3.1e-9), figure(9.996), figure(-0.0)
    ('3.1×10⁻⁹', '10', '0')
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value - value != 0:
        return NOTHING
    if value == 0:
        return "0"
    if isinstance(value, int) and abs(value) < 1e15:
        return f"{value:,}"
    power = int(f"{value:.{digits - 1}e}".partition("e")[2])
    if not -5 < power < 15:
        head = f"{value:.{digits - 1}e}".partition("e")[0].rstrip("0").rstrip(".")
        return f"{head}×10{str(power).translate(_RAISED)}"
    written = f"{value:,.{max(0, digits - 1 - power)}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def percent(share: object) -> str:
    r"""A share from 0 to 1 as percent; Korean writes the sign without a space.

    >>> from dure.vocabulary import use_language
    >>> with use_language("ko"):
    ...     print(percent(0.183), percent(0.0083), percent(0.9996), percent(1.0))
    18% 0.8% 99.9% 100%
    >>> with use_language("en"):
    ...     percent(0.5)
    '50\xa0%'
    """
    if isinstance(share, bool) or not isinstance(share, (int, float)) or 100 * share - 100 * share != 0:
        return NOTHING
    hundredths = 100 * share
    places = 0 if 10 <= abs(hundredths) < 99 or hundredths in {0, 100} else 1
    written = f"{hundredths:.{places}f}"
    # What is not all is never rounded to all, and what is not nothing never to nothing.
    written = (
        "99.9" if share < 1 and written == "100.0" else "0.1" if share > 0 and written == "0.0" else written
    )
    written = written.removesuffix(".0")
    return f"{written}%" if language() == "ko" else f"{written}\u00a0%"


def unit_name(code: str) -> str:
    """A UCUM code as it is written on the floor.

    >>> unit_name("Cel"), unit_name("kPa"), unit_name("mg/m3")
    ('°C', 'kPa', 'mg/m³')
    """
    return UNITS.get(code, code)


def quantity(value: object, unit: str = "") -> str:
    r"""A number with its unit, which never leaves it.

    >>> quantity(3.5123, "mg/m3")
    '3.51\xa0mg/m³'
    """
    written, name = figure(value), unit_name(unit)
    if not name or written == NOTHING:
        return written
    return f"{written}{name}" if name == "%" and language() == "ko" else f"{written}\u00a0{name}"


def of_hundred(share: float) -> str:
    """A share as so many of a hundred, whole where that says it.

    >>> of_hundred(0.8342), of_hundred(0.0042), of_hundred(0.0), of_hundred(0.998)
    ('83', '0.4', '0', '99.8')
    """
    hundredths = 100 * share
    places = 0 if 1 <= hundredths <= 99 or hundredths in {0, 100} else 1
    return f"{hundredths:.{places}f}".removesuffix(".0")
