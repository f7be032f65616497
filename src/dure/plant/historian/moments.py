"""Times and steps as people write them."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dure.vocabulary import InputError, Text

if TYPE_CHECKING:
    import polars as pl

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_STEP = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)\s*(ms|s|min|m|h|d|w)")


class TimeUnreadable(InputError):
    """A time or a step that cannot be understood."""

    key = "time-unreadable"
    says = Text("“{where}” is no {what}.", "“{where}”은(는) {what}이(가) 아닙니다.")
    remedy = Text(
        "Write a time as 2026-11-24T08:00 (UTC unless it says otherwise), now or -1h; a step as 500ms, 1s, 1m, 1h or 1d.",
        "시각은 2026-11-24T08:00(따로 적지 않으면 UTC), now, -1h로, 간격은 500ms, 1s, 1m, 1h, 1d로 적어 주세요.",
    )


def duration(written: str) -> int:
    """Length of a step [ns].

    >>> duration("1m"), duration("250ms")
    (60000000000, 250000000)

    Raises
    ------
    TimeUnreadable
        If it is no number above zero with a unit.
    """
    found = _STEP.fullmatch(written.strip())
    length = round(float(found[1]) * _SECONDS[found[2]] * 1e9) if found else 0
    if not 0 < length < 2**62:
        raise TimeUnreadable(written, what=Text("step", "시간 간격"))
    return length


def moment(written: str, now: int) -> int:
    """Time [ns since 1970-01-01 UTC] of an ISO 8601 text, `now`, or a step back from `now` such as -1h.

    >>> moment("2023-11-14T22:13:20+00:00", now=0), moment("-1h", now=7_200_000_000_000)
    (1700000000000000000, 3600000000000)

    Raises
    ------
    TimeUnreadable
        If it is none of them, or lies before 1970.
    """
    text = written.strip()
    if text == "now":
        return now
    found = now - duration(text[1:]) if text.startswith("-") else _iso(written)
    if not 0 <= found < 2**62:
        raise TimeUnreadable(written, what=Text("time after 1970", "1970년 이후의 시각"))
    return found


def _iso(written: str) -> int:
    try:
        when = datetime.fromisoformat(written.strip())
    except ValueError as refused:
        raise TimeUnreadable(written, what=Text("time", "시각")) from refused
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1000


def stamps(column: "pl.Series") -> "pl.Series":
    """A column of times as ns since 1970; what names no zone is UTC.

    >>> import polars as pl
    >>> stamps(pl.Series(["2023-11-14T22:13:20"]).str.to_datetime()).to_list()
    [1700000000000000000]
    """
    import polars as pl

    kind = column.dtype
    aware = column if isinstance(kind, pl.Datetime) and kind.time_zone else column.dt.replace_time_zone("UTC")
    return aware.dt.timestamp("ns")
