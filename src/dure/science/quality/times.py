"""Times as machines and people write them, and the clock of a table's rows.

Read are ISO 8601 with or without offset, `2024.3.5 14:05`, `20240305140500`, `05/03/2024 14:05`, and Korean
`2024년 3월 5일 오후 2시 5분`. Whether `05/03` is May or March is decided by the whole column; where both are
possible the day comes first.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

_LIKE_A_TIME = re.compile(
    r"\s*(\d{4}\s*[-./년]\s*\d{1,2}\s*[-./월]\s*\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}|\d{14}$|\d{1,2}:\d{2}(:\d{2})?|(오전|오후)\s*\d)"
)
_OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})$"
_DATE_TIMES = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M")
_TIME_NAMES = re.compile(
    r"(^|[^a-z])(time|datetime|timestamp|date|t|ts|시각|시간|일시|일자)([^a-z]|$)", re.IGNORECASE
)
# seconds in a unit of time
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True)
class Clock:
    """When each row was measured: the column's name, and seconds [s] since some zero, NaN where unknown."""

    name: str
    seconds: NDArray[np.float64]


def as_times(words: "pl.Series") -> "pl.Series | None":
    """A column of text as times (date, time of day or both), or None if any value is not one.

    An offset is kept: the same instant in a zone of that offset, in UTC where offsets differ.

    >>> import polars as pl
    >>> as_times(pl.Series(["2024년 3월 5일 오후 2시 5분", "2024. 3. 6. 오전 12:00:00"])).to_list()
    [datetime.datetime(2024, 3, 5, 14, 5), datetime.datetime(2024, 3, 6, 0, 0)]
    """
    there = words.drop_nulls()
    if there.is_empty() or not all(_LIKE_A_TIME.match(word) for word in there.head(20)):
        return None
    plain = _plain(words)
    return _dates(plain, words.name) if "-" in str(plain.drop_nulls()[0])[:6] else _times_of_day(plain)


def _plain(words: "pl.Series") -> "pl.Series":
    """Every spelling as `YYYY-MM-DD HH:MM:SS` with an English AM/PM shift already made."""
    plain = words.str.strip_chars()
    if _any(plain, r"[년월일시분초오]"):
        plain = _from_korean(plain)
    plain = plain.str.replace(r"^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$", "$1-$2-$3 $4:$5:$6")
    plain = plain.str.replace(r"^(\d{4})\s*[./]\s*(\d{1,2})\s*[./]\s*(\d{1,2})\.?", "$1-$2-$3")
    plain = _day_or_month_first(plain)
    return plain.str.replace(r"^(\d+-\d+-\d+)[T\s]+", "$1 ").str.replace(r"[.:]$", "")


def _from_korean(words: "pl.Series") -> "pl.Series":
    plain = words.str.replace(r"^(\d{4})\s*년\s*(\d{1,2})\s*월\s*(\d{1,2})\s*일", "$1-$2-$3")
    plain = plain.str.replace(r"(\d+)\s*시\s*(\d+)\s*분\s*(\d+)\s*초", "$1:$2:$3")
    plain = plain.str.replace(r"(\d+)\s*시\s*(\d+)\s*분", "$1:$2:00").str.replace(r"(\d+)\s*시", "$1:00:00")
    return _twenty_four_hours(plain)


def _twenty_four_hours(words: "pl.Series") -> "pl.Series":
    import polars as pl

    if not _any(words, "오전|오후"):
        return words
    word = pl.first()
    hour = word.str.extract(r"(?:오전|오후)\s*(\d{1,2})").cast(pl.Int64)
    shifted = (hour % 12 + 12 * word.str.contains("오후").cast(pl.Int64)).cast(pl.String).str.zfill(2)
    before, after = (
        word.str.extract(r"^(.*?)\s*(?:오전|오후)"),
        word.str.extract(r"(?:오전|오후)\s*\d{1,2}(.*)$"),
    )
    joined = pl.concat_str([before.str.strip_chars(), shifted + after], separator=" ").str.strip_chars()
    marked = pl.when(word.str.contains("오전|오후")).then(joined).otherwise(word)
    return words.to_frame().select(marked).to_series()


def _day_or_month_first(words: "pl.Series") -> "pl.Series":
    """`31/12/2024` and `12/31/2024` as `2024-12-31`, decided by the whole column."""
    import polars as pl

    pattern = r"^(\d{1,2})[-./](\d{1,2})[-./](\d{4})"
    if not _any(words, pattern):
        return words
    second = words.str.extract(pattern, 2).cast(pl.Int64).max()
    first = words.str.extract(pattern, 1).cast(pl.Int64).max()
    month_first = isinstance(second, int) and isinstance(first, int) and second > 12 >= first
    return words.str.replace(pattern, "$3-$1-$2" if month_first else "$3-$2-$1")


def _dates(plain: "pl.Series", name: str) -> "pl.Series | None":
    import polars as pl

    if _any(plain, _OFFSET) and not _any(plain, r"^\d+-\d+-\d+$"):
        return _with_offset(plain, name)
    for style in _DATE_TIMES:
        found = plain.str.to_datetime(style, time_unit="ns", strict=False)
        if found.null_count() == plain.null_count():
            return found.rename(name)
    day = plain.str.to_date("%Y-%m-%d", strict=False)
    if day.null_count() == plain.null_count():
        return day.rename(name)
    mixed = (
        plain.to_frame()
        .select(
            pl.coalesce(
                *[pl.first().str.to_datetime(style, time_unit="ns", strict=False) for style in _DATE_TIMES],
                pl.first().str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("ns")),
            )
        )
        .to_series()
    )
    return mixed.rename(name) if mixed.null_count() == plain.null_count() else None


def _with_offset(plain: "pl.Series", name: str) -> "pl.Series | None":
    offsets = plain.str.extract(f"({_OFFSET})").str.replace(":", "").str.replace("^Z$", "+0000")
    body = plain.str.replace(_OFFSET, "").str.strip_chars()
    for style in _DATE_TIMES:
        found = (body + offsets).str.to_datetime(f"{style}%z", time_unit="ns", strict=False)
        if found.null_count() == plain.null_count():
            return found.dt.convert_time_zone(_zone(offsets)).rename(name)
    return None


def _zone(offsets: "pl.Series") -> str:
    """Name of the zone of one common offset; the IANA names count hours westward, so the sign turns round."""
    kinds = offsets.drop_nulls().unique().to_list()
    if len(kinds) != 1 or kinds[0][-2:] != "00" or kinds[0] in ("+0000", "-0000"):
        return "UTC"
    hours = int(kinds[0][:3])
    return f"Etc/GMT{-hours:+d}" if abs(hours) <= 12 else "UTC"


def _times_of_day(plain: "pl.Series") -> "pl.Series | None":
    import polars as pl

    padded = plain.str.replace(r"^(\d{1,2}:\d{2})$", "$1:00").str.zfill(8)
    found = padded.str.to_time("%H:%M:%S%.f", strict=False)
    return found if found.dtype == pl.Time and found.null_count() == plain.null_count() else None


def _any(words: "pl.Series", pattern: str) -> bool:
    return bool(words.head(1000).str.contains(pattern).any())


def clock(frame: "pl.DataFrame", name: str | None = None) -> Clock | None:
    """The clock of a table's rows, by name or the likeliest: a date with time, a date beside a time, counted time.

    >>> import polars as pl
    >>> clock(pl.DataFrame({"time [ms]": [0, 20, 40], "bar": [1, 2, 3]})).seconds
    array([0.  , 0.02, 0.04])
    """
    import polars as pl

    if name is not None:
        return _clock_of(frame.get_column(name)) if name in frame.columns else None
    for column in frame.get_columns():
        if column.dtype == pl.Datetime:
            return _clock_of(column)
    dates = [c for c in frame.get_columns() if c.dtype == pl.Date]
    days = [c for c in frame.get_columns() if c.dtype == pl.Time]
    if dates and days:
        joined = frame.select(pl.col(dates[0].name).dt.combine(pl.col(days[0].name), "ns")).to_series()
        return _clock_of(joined.rename(f"{dates[0].name} + {days[0].name}"))
    if dates and dates[0].n_unique() > 0.9 * len(frame):
        return _clock_of(dates[0])
    return next((_clock_of(c) for c in frame.get_columns() if _counts_time(c)), None)


def _counts_time(column: "pl.Series") -> bool:
    from dure.science.quality.columns import unit_in

    if not column.dtype.is_numeric() or not _TIME_NAMES.search(column.name.split("[")[0].split("(")[0]):
        return False
    unit = unit_in(column.name)
    rising = column.drop_nulls().diff().drop_nulls()
    return (not unit or unit in _SECONDS) and len(rising) > 1 and float((rising > 0).mean() or 0.0) > 0.9  # type: ignore[arg-type]  # a mean of booleans is a float


def _clock_of(column: "pl.Series") -> Clock | None:
    import polars as pl

    from dure.science.quality.columns import unit_in

    if column.dtype.is_numeric():
        scale = _SECONDS.get(unit_in(column.name), 1.0)
        return Clock(column.name, column.cast(pl.Float64).fill_null(float("nan")).to_numpy() * scale)
    if column.dtype not in (pl.Datetime, pl.Date):
        return None
    counted = column.cast(pl.Datetime("ns")) if column.dtype == pl.Date else column.dt.cast_time_unit("ns")
    since = counted.to_physical() - int(counted.to_physical().min() or 0)  # type: ignore[arg-type]  # physical values are integers
    return Clock(column.name, since.cast(pl.Float64).fill_null(float("nan")).to_numpy() / 1e9)
