"""What a device sends, as points: a name, a time, a value or words; and points as readings."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation

from dure.plant.connect import Readings
from dure.plant.connect.push.refusals import BodyRefused
from dure.vocabulary import Quality, Text

MOST = 100_000  # readings in one request
LONGEST_NAME = 200
LONGEST_TEXT = 65_536
_QUALITY = {"good": 0, "uncertain": 1, "bad": 2, "0": 0, "1": 1, "2": 2}
_LAST = 2**63 - 1
# A number without a unit is seconds, milli-, micro- or nanoseconds by its size.
_SIZES = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3))
UNITS = {
    "s": 10**9,
    "ms": 10**6,
    "us": 10**3,
    "u": 10**3,
    "ns": 1,
    "n": 1,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}


@dataclass(frozen=True, slots=True)
class Point:
    """One reading of a device; `time` in ns since 1970 UTC, `unit` as it was written."""

    name: str
    time: int
    value: float = math.nan
    text: str | None = None
    quality: int = 0
    unit: str = ""


def point(  # noqa: PLR0913 - the parts of a reading
    name: object, when: int, value: object, *, quality: object = "good", unit: object = "", at: str = ""
) -> Point:
    """A point from foreign parts; `at` says where it stands, for the refusal.

    Raises
    ------
    BodyRefused

    Examples
    --------
    >>> point("oven/T", 1, True), point("state", 1, "run").text, point("p", 1, None).quality
    (Point(name='oven/T', time=1, value=1.0, text=None, quality=0, unit=''), 'run', 2)
    """
    name = name_of(name, at)
    grade = _QUALITY.get(str(quality).lower())
    if grade is None:
        raise BodyRefused(
            Text(f"{at}the quality is {str(quality)[:40]!r}", f"{at}품질이 {str(quality)[:40]!r}입니다")
        )
    if not isinstance(unit, str) or len(unit) > 40:
        raise BodyRefused(Text(f"{at}the unit is no short text", f"{at}단위가 짧은 문자열이 아닙니다"))
    if value is None:
        return Point(name, when, quality=int(Quality.BAD), unit=unit)
    if isinstance(value, str):
        return Point(name, when, text=value[:LONGEST_TEXT], quality=grade, unit=unit)
    if not isinstance(value, bool | int | float):
        raise BodyRefused(Text(f"{at}the value of {name} is neither number nor text", f"{at}{name} 값이 숫자도 문자도 아닙니다"))  # fmt: skip
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise BodyRefused(Text(f"{at}the value of {name} is too large", f"{at}{name} 값이 너무 큽니다"))
    return Point(name, when, number, quality=grade, unit=unit)


def name_of(name: object, at: str = "") -> str:
    """A signal's name within its device: words between slashes, without control signs.

    Raises
    ------
    BodyRefused
    """
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise BodyRefused(Text(f"{at}a signal needs a name of 1 to {LONGEST_NAME} signs", f"{at}신호 이름은 1–{LONGEST_NAME}자여야 합니다"))  # fmt: skip
    plain = "/".join(part.strip() for part in name.split("/") if part.strip() not in ("", ".", ".."))
    if not plain:
        raise BodyRefused(Text(f"{at}a signal has no name", f"{at}신호 이름이 비어 있습니다"))
    return plain


def time_of(given: object, zone: tzinfo, *, unit: str = "", at: str = "") -> int:
    """A time [ns since 1970 UTC] from ISO 8601 words or a number; `unit` says of what, else its size does.

    Raises
    ------
    BodyRefused

    Examples
    --------
    >>> [time_of(given, UTC) for given in ("2026-01-01T00:00:00Z", 1767225600, 1767225600000, "1767225600.25")]
    [1767225600000000000, 1767225600000000000, 1767225600000000000, 1767225600250000000]
    """
    if isinstance(given, str) and not given.strip().lstrip("-").replace(".", "", 1).isdecimal():
        return _of_words(given, zone, at)
    try:
        number = (
            Decimal(str(given))
            if isinstance(given, int | float | str) and not isinstance(given, bool)
            else None
        )
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or abs(number) > _LAST:
        raise BodyRefused(
            Text(f"{at}the time is {str(given)[:40]!r}", f"{at}시각이 {str(given)[:40]!r}입니다")
        )
    scale = UNITS[unit] if unit else next((scale for bound, scale in _SIZES if abs(number) < bound), 1)
    return _bounded(round(number * scale), given, at)


def _of_words(given: str, zone: tzinfo, at: str) -> int:
    try:
        moment = datetime.fromisoformat(given.strip())
    except ValueError:
        raise BodyRefused(
            Text(f"{at}the time is {given[:40]!r}", f"{at}시각이 {given[:40]!r}입니다")
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return _bounded(((since.days * 86_400 + since.seconds) * 10**6 + since.microseconds) * 1000, given, at)


def _bounded(nanoseconds: int, given: object, at: str) -> int:
    """A time that any clock can show: from 1970 to 2200."""
    if not 0 < nanoseconds < 7_258_118_400 * 10**9:
        raise BodyRefused(
            Text(f"{at}the time is {str(given)[:40]!r}", f"{at}시각이 {str(given)[:40]!r}입니다")
        )
    return nanoseconds


def enough(points: Sequence[object]) -> None:
    """Refuse more readings than one request may hold."""
    if len(points) > MOST:
        raise BodyRefused(Text(f"it holds more than {MOST} readings", f"측정값이 {MOST}개를 넘습니다"))


def readings(source: str, device: str, points: Sequence[Point]) -> Readings:
    """Points of a device as readings; the device is the first level of their ids."""
    import numpy as np

    names: dict[str, int] = {}
    index = [names.setdefault(f"{source}/{device}/{one.name}", len(names)) for one in points]
    return Readings(
        tuple(names),
        np.array(index, np.int32),
        np.array([one.time for one in points], np.int64),
        np.array([one.value for one in points], np.float64),
        np.array([one.quality for one in points], np.uint8),
        time.time_ns(),
        {row: one.text for row, one in enumerate(points) if one.text is not None},
    )
