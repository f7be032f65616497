"""Times as databases give them: with a zone, without one, as numbers or as words; all as ns since 1970 UTC."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dure.plant.connect.sql.refusals import ZoneUnknown

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1700, 2200)  # within them 64 bits hold a time in ns, whatever the zone
# Numbers are seconds, milli-, micro- or nanoseconds by their size: each reading lies between 1973 and 5138.
_SCALES = ((1e11, 10**9), (1e14, 10**6), (1e17, 10**3), (float("inf"), 1))


def zone_of(name: str, where: str) -> tzinfo:
    """The IANA time zone of that name.

    Raises
    ------
    ZoneUnknown
    """
    try:
        return UTC if name.upper() == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ZoneUnknown(where, zone=name) from unknown


def nanoseconds(value: Any, zone: tzinfo) -> int | None:
    """Time of one cell [ns since 1970 UTC], None where it holds none, or only a word for always or never.

    `zone` is meant where the time has none of its own; of the two times that a change to winter time makes equal
    the first is taken.

    Raises
    ------
    ValueError
        If it is no time.

    Examples
    --------
    >>> nanoseconds(datetime(2026, 1, 1, 9), ZoneInfo("Asia/Seoul"))
    1767225600000000000
    >>> [nanoseconds(value, UTC) for value in ("2026-01-01T00:00:00.5Z", 1767225600, 1767225600500)]
    [1767225600500000000, 1767225600000000000, 1767225600500000000]
    """
    if value is None:
        return None
    if isinstance(value, datetime):
        return _of_datetime(value, zone)
    if isinstance(value, date):
        return _of_datetime(datetime(value.year, value.month, value.day), zone)  # noqa: DTZ001 - the zone follows
    if isinstance(value, bool | bytes):
        raise ValueError(value)  # noqa: TRY004 - the type is right, it is no time
    if isinstance(value, str):
        return _of_words(value.strip(), zone)
    return _of_number(Decimal(value))


def zoned(values: Sequence[Any]) -> bool:
    """Whether the times say their zone, judged by the first there is.

    >>> zoned([None, datetime(2026, 1, 1)]), zoned([5]), zoned(["2026-01-01T00:00:00Z"])
    (False, True, True)
    """
    first = next((value for value in values if value is not None), None)
    if isinstance(first, str):
        try:
            first = datetime.fromisoformat(first.strip())
        except ValueError:
            return True
    return not isinstance(first, date) or (isinstance(first, datetime) and first.tzinfo is not None)


def as_raw(time: int, like: Any, zone: tzinfo) -> Any:
    """A time [ns since 1970 UTC], rounded down, in the form in which a column holds `like`.

    >>> as_raw(1767225600000000000, "2025-12-01 08:00:00", ZoneInfo("Asia/Seoul"))
    '2026-01-01 09:00:00'
    >>> as_raw(1767225600000000000, 1767225600500, UTC)
    1767225600000
    """
    moment = _EPOCH + timedelta(microseconds=time // 1000)
    if isinstance(like, str):
        return (
            moment.astimezone(zone)
            .replace(tzinfo=None)
            .isoformat(like[10:11] if like[10:11] in "T " else " ")
        )
    if isinstance(like, datetime):
        return moment if like.tzinfo is not None else moment.astimezone(zone).replace(tzinfo=None)
    if isinstance(like, date):
        return moment.astimezone(zone).date()
    return time // next(scale for bound, scale in _SCALES if abs(like) < bound)


def _of_datetime(value: datetime, zone: tzinfo) -> int | None:
    if value.year not in _YEARS:
        return None
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    since = value - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1000


def _of_words(words: str, zone: tzinfo) -> int | None:
    if not words:
        return None
    try:
        return _of_datetime(datetime.fromisoformat(words.replace("/", "-")), zone)
    except ValueError:
        pass
    try:
        return _of_number(Decimal(words))
    except InvalidOperation:
        raise ValueError(words) from None


def _of_number(number: Decimal) -> int:
    if not number.is_finite():
        raise ValueError(number)
    scale = next(scale for bound, scale in _SCALES if abs(number) < bound)
    return round(number * scale)
