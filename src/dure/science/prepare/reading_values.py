"""Single fields of a text table: whether one is a number, a time, a unit or missing, and how numbers are written."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Spreadsheets' and loggers' words for "no value". `None` and `-` may be categories and stay.
MISSING = [
    "",
    "NA",
    "N/A",
    "NaN",
    "nan",
    "NAN",
    "null",
    "NULL",
    "#N/A",
    "#NA",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "1.#QNAN",
    "-nan",
]
_GROUPED = r"\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?:[.,]\d+)?"
_NUMBER = re.compile(
    rf"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+|{_GROUPED})(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)", re.IGNORECASE
)
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?"
_TIME = re.compile(
    rf"\d{{4}}\s*[-./년]\s*\d{{1,2}}\s*[-./월]\s*\d{{1,2}}(?:[ T.일].*)?|\d{{1,2}}[-./]\d{{1,2}}[-./](?:\d{{4}}|\d{{2}})(?:[ T].*)?"
    rf"|\d{{1,2}}[- ][A-Za-z]{{3}}[- ]\d{{2,4}}(?:[ T].*)?|{_CLOCK}|(?:오전|오후)\s*{_CLOCK}"
)
# A decimal comma that cannot part thousands, a comma that may, and a decimal point that cannot part thousands.
_SURE_COMMA = re.compile(
    r"[-+]?(?:\d{1,3}(?:[.]\d{3})+,\d+|\d+,(?:\d{1,2}|\d{4,})|0\d*,\d+|,\d+|\d{4,},\d+|\d+,\d*[eE][-+]?\d+)"
)
_MAY_BE_COMMA = re.compile(r"[-+]?\d{1,3},\d{3}")
_SURE_POINT = re.compile(
    r"[-+]?(?:\d{1,3}(?:,\d{3})+\.\d+|\d*\.(?:\d{1,2}|\d{4,})|0\d*\.\d+|\d{4,}\.\d+|\d+\.\d*[eE][-+]?\d+)"
)
_SURE_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3}){2,}|[-+]?\d{1,3}(?:,\d{3})+\.\d+")
# Units that loggers write and no code of units knows, beside those that one does.
_UNIT_WORDS = {
    "sec",
    "secs",
    "seconds",
    "min",
    "hh:mm:ss",
    "yyyy-mm-dd",
    "a.u.",
    "au",
    "counts",
    "rpm",
    "u/min",
    "초",
    "분",
    "시",
    "%",
    "개",
}
_NO_UNIT = {"", "-", "–", "—", "[-]", "(-)", "[]", "()", "1", "n/a"}


def is_value(field: str) -> bool:
    """Whether a field is a number, a time or nothing: what no header holds.

    >>> [is_value(field) for field in ("1,5", "1.234,5", "05.03.2024 14:05", "NaN", "temp", "12 bar")]
    [True, True, True, True, False, False]
    """
    return field in MISSING or bool(_NUMBER.fullmatch(field) or _TIME.fullmatch(field))


def is_number(field: str) -> bool:
    """Whether a field is a number, however its decimals are marked."""
    return bool(_NUMBER.fullmatch(field))


def unit_of(field: str) -> str:
    """The unit a field names, without brackets; empty if it names none.

    >>> unit_of("[°C]"), unit_of("bar"), unit_of("Pressure"), unit_of("-")
    ('°C', 'bar', '', '')
    """
    from dure.science.quality import unit_in

    bare = field.strip().strip("[](){}（）").strip()
    if field.strip() in _NO_UNIT or not bare:
        return ""
    return bare if bare.lower() in _UNIT_WORDS or unit_in(f"x [{bare}]") else ""


def are_units(fields: Sequence[str]) -> bool:
    """Whether a line holds units: most fields that say anything name one."""
    said = [field for field in fields if field.strip() not in _NO_UNIT]
    return bool(said) and sum(bool(unit_of(field)) for field in said) >= 0.6 * len(said)


@dataclass(frozen=True, slots=True)
class Decimals:
    """How a file marks decimals: `,` or `.`; `sure` unless a comma may as well part thousands."""

    mark: str
    sure: bool = True
    example: str = ""


def decimals_of(fields: Iterable[str], separator: str) -> Decimals:
    """How numbers are written, decided by all fields looked at.

    A comma before three digits may part thousands; it is taken for a decimal mark where the separator says that
    the writer's language has one (`;` in a spreadsheet's export), and then it is said.

    >>> decimals_of(["20,5", "1.234,5"], ";"), decimals_of(["1,234", "5,678"], ";").sure
    (Decimals(mark=',', sure=True, example='20,5'), False)
    """
    commas = maybe = ""
    for field in fields:
        if _SURE_POINT.fullmatch(field) or _SURE_THOUSANDS.fullmatch(field):
            return Decimals(".")
        if not commas and _SURE_COMMA.fullmatch(field):
            commas = field
        elif not maybe and _MAY_BE_COMMA.fullmatch(field):
            maybe = field
    if commas:
        return Decimals(",", example=commas)
    return Decimals(",", sure=False, example=maybe) if maybe and separator == ";" else Decimals(".")
