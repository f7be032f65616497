"""Columns of text that hold times, as times: what is undecided is decided by the whole column, and said.

The spellings are those of `dure.science.quality.as_times`; here come two-digit years, month names, AM and PM, offsets
that differ from row to row, and the question whether `05/03` is May or March.
"""

import re
from typing import TYPE_CHECKING

from dure.science.prepare.reading_notes import Note, note
from dure.science.prepare.reading_refusals import ZonesUndecided
from dure.science.quality import as_times
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

_LOOKED_AT = 20
_NAMED = r"(?i)^\s*(\d{1,2})[-. ](jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[-. ](\d{4}|\d{2})"
_HALVES = r"(?i)(\d{1,2})(:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*([ap])\.?m\.?"
_OFFSET = r"(?i)[T :]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Two-digit years from here on are of the last century, as POSIX has it.
_PIVOT = 69
DAY, MONTH = Text("day", "일"), Text("month", "월")


def timed(column: "pl.Series", where: str) -> tuple["pl.Series", list[Note], str] | None:
    """A column of text as times, what was decided for that, and whether `day` or `month` surely comes first.

    None if any value is no time.

    Raises
    ------
    ZonesUndecided
        If some of its times carry an offset from UTC and others do not.

    Examples
    --------
    >>> import polars as pl
    >>> found, notes, order = timed(pl.Series("at", ["13.02.24 10:00", "01.03.24 10:00"]), "line.csv")
    >>> found.to_list()[0], [one.key for one in notes], order
    (datetime.datetime(2024, 2, 13, 10, 0), ['year-short'], 'day')
    """
    there = column.drop_nulls()
    if there.is_empty() or not any(_may_be_time(word) for word in there.head(_LOOKED_AT).to_list()[:1]):
        return None
    notes: list[Note] = []
    words = _named_months(_twelve_hours(column.str.strip_chars()))
    words = _full_years(words, notes)
    words, order = _year_first(words, notes)
    words = _point_seconds(words)
    found = as_times(words.alias(column.name))
    offsets = _offsets(words)
    if None in offsets:
        _require_decided(words, column.name, where, offsets)
    if found is None:
        return None
    several = sorted(one for one in offsets if one is not None)
    if len(several) > 1:
        notes.append(note("zones-mixed", column.name, shown=", ".join(several[:4])))
    return found, notes, order


def _may_be_time(word: str) -> bool:
    return bool(re.match(r"\s*(오전|오후|\d{1,4}\s*[-./:년 ]|\d{14})", word))


def _twelve_hours(words: "pl.Series") -> "pl.Series":
    """`2:05 PM` as `14:05`."""
    import polars as pl

    if not _any(words, _HALVES):
        return words
    word = pl.col("word")
    hour = word.str.extract(_HALVES, 1).cast(pl.Int64) % 12
    late = word.str.extract(_HALVES, 3).str.to_lowercase() == "p"
    new = (hour + 12 * late.cast(pl.Int64)).cast(pl.String).str.zfill(2) + word.str.extract(_HALVES, 2)
    before = word.str.extract(r"(?i)^(.*?)\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*[ap]\.?m", 1)
    made = pl.when(word.str.contains(_HALVES)).then(pl.concat_str(before, new, separator=" ")).otherwise(word)
    return words.alias("word").to_frame().select(made.str.strip_chars()).to_series().alias(words.name)


def _named_months(words: "pl.Series") -> "pl.Series":
    """`05-Mar-2024` as `05-03-2024`, and the day is known to come first."""
    if not _any(words, _NAMED):
        return words
    for number, month in enumerate(_MONTHS, 1):
        pattern = rf"(?i)^(\s*\d{{1,2}})[-. ]{month}[a-z]*\.?[-. ](\d{{4}})"
        words = words.str.replace(pattern, f"${{2}}-{number:02}-${{1}}")
        short = rf"(?i)^(\s*\d{{1,2}})[-. ]{month}[a-z]*\.?[-. ](\d{{2}})(\D|$)"
        words = words.str.replace(short, f"20${{2}}-{number:02}-${{1}}${{3}}")
    return words


def _full_years(words: "pl.Series", notes: list[Note]) -> "pl.Series":
    """`05.03.24` as `05.03.2024`; from 69 on the last century is meant."""
    pattern = r"^\s*(\d{1,2}[-./]\d{1,2}[-./])(\d{2})(\D.*|)$"
    if not _any(words, pattern):
        return words
    example = next(word for word in words.drop_nulls().to_list() if re.match(pattern, word))
    notes.append(note("year-short", words.name, example=example, first=1900 + _PIVOT, last=1999 + _PIVOT))
    late = words.str.replace(r"^\s*(\d{1,2}[-./]\d{1,2}[-./])([0-5]\d|6[0-8])(\D.*|)$", "${1}20${2}${3}")
    return late.str.replace(pattern, "${1}19${2}${3}")


def _year_first(words: "pl.Series", notes: list[Note]) -> tuple["pl.Series", str]:
    """`31/12/2024` and `12/31/2024` as `2024-12-31`; where both are possible, the one that keeps rows together."""
    import polars as pl

    pattern = r"^\s*(\d{1,2})[-./](\d{1,2})[-./](\d{4})"
    if not _any(words, pattern):
        return words, ""
    first, second = (words.str.extract(pattern, part).cast(pl.Int64) for part in (1, 2))
    above_first, above_second = bool((first > 12).any()), bool((second > 12).any())
    if above_first and above_second:
        return words, ""
    if not above_first and not above_second:
        year = words.str.extract(pattern, 3).cast(pl.Int64)
        return _undecided(words, first, second, year, notes), ""
    written = words.str.replace(pattern, "${3}-${1}-${2}" if above_second else "${3}-${2}-${1}")
    return written, "month" if above_second else "day"


def _undecided(
    words: "pl.Series", first: "pl.Series", second: "pl.Series", year: "pl.Series", notes: list[Note]
) -> "pl.Series":
    pattern = r"^\s*(\d{1,2})[-./](\d{1,2})[-./](\d{4})"
    by_day, by_month = _steps(year, second, first), _steps(year, first, second)
    month_first = by_month < by_day
    why = (
        Text(", for so the rows follow each other closely", "(그래야 행이 촘촘히 이어집니다)")
        if by_month != by_day
        else Text("", "")
    )
    order = MONTH if month_first else DAY
    notes.append(
        note("date-order-undecided", words.name, example=words.drop_nulls()[0], order=order, why=why)
    )
    return words.str.replace(pattern, "${3}-${1}-${2}" if month_first else "${3}-${2}-${1}")


def _steps(year: "pl.Series", month: "pl.Series", day: "pl.Series") -> float:
    """Days from row to row, all together: the less, the likelier the order."""
    import polars as pl

    days = pl.DataFrame({"y": year, "m": month, "d": day}).select(
        pl.date("y", "m", "d").to_physical().cast(pl.Int64)
    )
    total = days.to_series().drop_nulls().diff().abs().sum()
    return float(total or 0)


def _point_seconds(words: "pl.Series") -> "pl.Series":
    """`10:00:00,125` as `10:00:00.125`."""
    pattern = r"(:\d{2}:\d{2}),(\d{1,9})"
    return words.str.replace(pattern, "${1}.${2}") if _any(words, pattern) else words


def _offsets(words: "pl.Series") -> set[str | None]:
    """Offsets from UTC that times carry, None among them if some carry none; empty if none does."""
    found = words.drop_nulls().str.extract(_OFFSET, 1).unique().to_list()
    named = {one and one.upper().replace(":", "") for one in found}
    return named if named - {None} else set()


def _require_decided(words: "pl.Series", column: str, where: str, offsets: set[str | None]) -> None:
    bare = words.str.replace(r"(?i)\s*(Z|[+-]\d{2}:?\d{2})$", "")
    if None in offsets and as_times(bare) is not None:
        there = words.drop_nulls()
        without = there.filter(~there.str.contains(_OFFSET))[0]
        raise ZonesUndecided(
            where, column=column, aware=there.filter(there.str.contains(_OFFSET))[0], naive=without
        )


def swapped(column: "pl.Series") -> "pl.Series":
    """Times with day and month changed over, for a column that was read the other way than its neighbours."""
    import polars as pl

    one = pl.col(column.name)
    if column.dtype == pl.Date:
        return (
            column.to_frame()
            .select(pl.date(one.dt.year(), one.dt.day(), one.dt.month()))
            .to_series()
            .alias(column.name)
        )
    day = pl.date(one.dt.year(), one.dt.day(), one.dt.month())
    return column.to_frame().select(day.dt.combine(one.dt.time(), "ns").alias(column.name)).to_series()


def _any(words: "pl.Series", pattern: str) -> bool:
    return bool(words.drop_nulls().head(1000).str.contains(pattern).any())


def in_utc(column: "pl.Series") -> "pl.Series":
    """Times with a zone as the same instants in UTC."""
    return column.dt.convert_time_zone("UTC")
