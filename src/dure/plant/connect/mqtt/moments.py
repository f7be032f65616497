"""Times as devices write them: ISO 8601, or a number of seconds, milli-, micro- or nanoseconds since 1970."""

import math
import re
from datetime import UTC, datetime, tzinfo
from typing import Any

# Names of fields that hold a time, in lower case without - and _; such a field counts only if its value is one.
NAMES = frozenset({
    "time", "timestamp", "ts", "t", "datetime", "date", "lastseen", "epoch", "epochms", "unixtime", "sourcetime",
    "measuredat", "createdat", "timestampms", "timestampns", "eventtime", "sampletime", "utc",
})  # fmt: skip
_FINE = re.compile(r"(\.\d{6})(\d{1,3})\d*")
_SCALES = ((1e8, 1e11, 10**9), (1e11, 1e14, 10**6), (1e14, 1e17, 10**3), (1e17, 9.2e18, 1))


def moment(value: Any, zone: tzinfo = UTC) -> int | None:
    """Nanoseconds since 1970 UTC, None where the value is no time between 1973 and 2255.

    A number is taken for seconds, milli-, micro- or nanoseconds by its size; a text without a zone is in `zone`.

    >>> moment(1_700_000_000.5), moment(1_700_000_000_500), moment("1700000000500")
    (1700000000500000000, 1700000000500000000, 1700000000500000000)
    >>> moment("2023-11-14T22:13:20.123456789Z"), moment("2023-11-15T07:13:20+09:00"), moment(21.5)
    (1700000000123456789, 1700000000000000000, None)
    """
    if type(value) in (int, float):
        return _of_number(value)
    if not isinstance(value, str) or not 8 <= len(value) <= 40:
        return None
    if value.replace(".", "", 1).isdecimal():
        return _of_number(float(value) if "." in value else int(value))
    return _of_text(value, zone)


def is_name(key: str) -> bool:
    """Whether a field of this name may hold the time.

    >>> is_name("last_seen"), is_name("Time"), is_name("temperature")
    (True, True, False)
    """
    return key.lower().replace("_", "").replace("-", "") in NAMES


def _of_number(value: float) -> int | None:
    for low, high, scale in _SCALES:
        if low <= value < high:
            if type(value) is int:
                return value * scale
            parts = math.modf(value)
            return int(parts[1]) * scale + round(parts[0] * scale)
    return None


def _of_text(value: str, zone: tzinfo) -> int | None:
    try:
        read = datetime.fromisoformat(_FINE.sub(r"\1", value))
    except ValueError:
        return None
    if read.tzinfo is None:
        read = read.replace(tzinfo=zone)
    try:
        span = read - datetime(1970, 1, 1, tzinfo=UTC)
    except OverflowError:
        return None
    nanoseconds = ((span.days * 86_400 + span.seconds) * 10**6 + span.microseconds) * 1000
    fine = _FINE.search(value)
    nanoseconds += int(fine[2].ljust(3, "0")) if fine else 0
    return nanoseconds if 0 < nanoseconds < 2**63 else None
