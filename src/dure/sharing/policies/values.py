"""Values of constraints: from JSON-LD and back, durations, and the comparison of a fact with a value.

A comparison answers `True`, `False`, or `None` where the fact is unknown or of another kind: nobody is let in by a value that cannot
be compared.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from operator import ge, gt, le, lt
from typing import Any

from dure.sharing.policies.policy import Value, moment

TIMED = {"dateTime"}
LASTING = {"elapsedTime", "delayPeriod", "meteredTime", "timeInterval"}
MOST_DIGITS = 30
SETS = {"isAllOf", "isAnyOf", "isNoneOf"}
_NUMBERS = {"integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger", "positiveInteger"}
_DURATION = re.compile(
    r"P(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?"
)
# Sections of ISIC Rev.4 with their divisions, first and last (UN Statistical Papers, Series M No. 4/Rev.4).
SECTIONS = {
    "A": (1, 3), "B": (5, 9), "C": (10, 33), "D": (35, 35), "E": (36, 39), "F": (41, 43), "G": (45, 47), "H": (49, 53),
    "I": (55, 56), "J": (58, 63), "K": (64, 66), "L": (68, 68), "M": (69, 75), "N": (77, 82), "O": (84, 84), "P": (85, 85),
    "Q": (86, 88), "R": (90, 93), "S": (94, 96), "T": (97, 98), "U": (99, 99),
}  # fmt: skip


def value_of(written: Any, left: str, operator: str) -> Value:
    """The value of a `rightOperand`; raises ValueError where it cannot be one.

    >>> value_of({"@value": "2026-12-31T15:00:00Z", "@type": "xsd:dateTime"}, "dateTime", "lteq").isoformat()
    '2026-12-31T15:00:00+00:00'
    """
    if isinstance(written, list):
        return tuple(_single(one, left) for one in written)
    single = _single(written, left)
    return (single,) if operator in SETS else single


def _single(written: Any, left: str) -> Value:
    if isinstance(written, Mapping):
        if isinstance(written.get("@id"), str) and left not in TIMED | LASTING:
            return str(written["@id"])
        if "@value" not in written:
            raise ValueError("neither @value nor @id")
        return _typed(
            written["@value"], str(written.get("@type", "")).replace("#", ":").rsplit(":", 1)[-1], left
        )
    if written is None or isinstance(written, list):
        raise ValueError("no value")
    return _typed(written, "", left)


def _typed(written: Any, datatype: str, left: str) -> Value:
    if left in TIMED or datatype in ("dateTime", "date"):
        return _moment(str(written))
    if left in LASTING or datatype == "duration":
        length(str(written), datetime(2000, 1, 1, tzinfo=UTC))
        return str(written)
    if datatype in _NUMBERS and isinstance(written, str):
        return _number(written)
    if isinstance(written, str | int | float | bool):
        return written
    raise ValueError("no value")


def _moment(written: str) -> datetime:
    at = datetime.fromisoformat(written)
    if not 1000 < at.year < 9000:
        raise ValueError("a date beyond the calendar")
    return moment(at).astimezone(UTC)


def _number(written: str) -> int | float:
    number = float(written)
    if not math.isfinite(number) or len(written) > MOST_DIGITS:
        raise ValueError("a number too large")
    return number if "." in written or "e" in written.lower() else int(written)


def length(duration: str, since: datetime) -> timedelta:
    """How long an ISO 8601 duration is, counted from a moment; months keep the day where the month has it.

    >>> length("P1M", datetime(2026, 1, 31, tzinfo=UTC)).days
    28
    """
    parts = _DURATION.fullmatch(duration)
    if parts is None or duration in ("P", "PT") or duration.endswith("T"):
        raise ValueError("no ISO 8601 duration")
    number = {name: float(value) for name, value in parts.groupdict(default="0").items()}
    months = int(number["years"]) * 12 + int(number["months"])
    try:
        later = _months_later(since, months)
        return later - since + timedelta(
            weeks=number["weeks"], days=number["days"], hours=number["hours"], minutes=number["minutes"],
            seconds=number["seconds"],
        )  # fmt: skip
    except (OverflowError, ValueError):
        raise ValueError("a duration beyond the calendar") from None


def _months_later(since: datetime, months: int) -> datetime:
    year, month = divmod(since.year * 12 + since.month - 1 + months, 12)
    for day in range(since.day, since.day - 4, -1):
        try:
            return since.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise ValueError("a date beyond the calendar")


ORDER: dict[str, Callable[[Any, Any], bool]] = {"lt": lt, "lteq": le, "gt": gt, "gteq": ge}
Belongs = Callable[[str, str], bool]


def compared(left: object, operator: str, right: Value, belongs: Belongs) -> bool | None:
    """Whether `left operator right` holds; `None` if it cannot be said.

    A fact may be several values (credentials held, say): `eq` then asks whether one of them is it.

    >>> compared(3, "lteq", 5, lambda part, whole: False), compared("x", "lt", 5, lambda part, whole: False)
    (True, None)
    """
    if left is None:
        return None
    several = _several(left)
    if operator in ORDER:
        return _ordered(left, operator, right)
    if operator in ("eq", "neq"):
        same = any(_same(one, other) for one in several for other in _several(right))
        return same if operator == "eq" else not same
    if operator in SETS:
        return _sets(several, operator, _several(right))
    whole = [str(one) for one in _several(right)]
    inside = any(belongs(str(one), other) for one in several for other in whole)
    return (
        inside
        if operator in ("isA", "isPartOf")
        else any(belongs(o, str(one)) for one in several for o in whole)
    )


def _sets(left: tuple[object, ...], operator: str, right: tuple[object, ...]) -> bool:
    met = [any(_same(one, other) for one in left) for other in right]
    if operator == "isAllOf":
        return all(met)
    return any(met) if operator == "isAnyOf" else not any(met)


def _several(value: object) -> tuple[object, ...]:
    return (
        tuple(value)
        if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
        else (value,)
    )


def _ordered(left: object, operator: str, right: Value) -> bool | None:
    pair = _alike(left, right)
    return None if pair is None else ORDER[operator](*pair)


def _same(left: object, right: object) -> bool:
    pair = _alike(left, right)
    return left == right if pair is None else bool(pair[0] == pair[1])


def _alike(left: object, right: object) -> tuple[Any, Any] | None:
    """Both as numbers, moments or lengths of time; two texts only if both are, and then by equality alone."""
    if isinstance(left, datetime) and isinstance(right, datetime):
        return moment(left), moment(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return None
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return left, right
    return (left, right) if isinstance(left, int | float) and isinstance(right, int | float) else None


def within(left: str, part: str, whole: str) -> bool:
    """Whether a code lies within another: ISIC by its digits, ISO 3166-2 by its parts, all else by being the same.

    >>> within("industry", "2720", "C"), within("industry", "2720", "28"), within("spatial", "KR-48", "KR")
    (True, False, True)
    """
    if part == whole:
        return True
    if left == "industry":
        return part.startswith(whole) if whole.isdigit() else _in_section(part, whole)
    return left == "spatial" and part.startswith(f"{whole}-")


def _in_section(part: str, section: str) -> bool:
    first, last = SECTIONS.get(section.upper(), (1, 0))
    return part[:2].isdigit() and len(part) >= 2 and first <= int(part[:2]) <= last
