"""What people type and paste, as values: numbers, dates and times as Excel and Korean offices write them."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from dure.plant.studio.refusals import CellWrong
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

MISSING = frozenset(
    {"", "#N/A", "N/A", "n/a", "NaN", "nan", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NULL!", "#NAME?"}
)
LONGEST = 32_767
"""Characters of a cell, as in Excel."""
_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])?\s*[₩$€¥]?\s*(?P<whole>\d{1,3}(?:,\d{3})+|\d+)?(?P<part>\.\d*)?(?P<power>[eE][+-]?\d{1,3})?\s*(?P<share>%)?\s*원?(?P<close>\))?"
)
_DATE = re.compile(
    r"(?P<y>\d{4})(?:\s*[.\-/]\s*|\s*년\s*)(?P<m>\d{1,2})(?:\s*[.\-/]\s*|\s*월\s*)(?P<d>\d{1,2})(?:\s*일|\s*\.)?"
)
_TIME = re.compile(
    r"(?:(?P<half>오전|오후|AM|PM|am|pm)\s*)?(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?P<f>\.\d{1,9})?)?(?:\s*(?P<after>AM|PM|am|pm|오전|오후))?"
)
_KOREAN_TIME = re.compile(
    r"(?:(?P<half>오전|오후)\s*)?(?P<h>\d{1,2})시(?:\s*(?P<mi>\d{1,2})분)?(?:\s*(?P<s>\d{1,2})초)?"
)
_ZONE = re.compile(r"\s*(Z|[+-]\d{2}:?\d{2})$")
_TRUTH = {"TRUE": True, "FALSE": False, "참": True, "거짓": False}
_CODE = re.compile(r"[+-]?0\d+")
HOLDS = {
    "number": Text("numbers", "숫자"), "text": Text("text", "글자"), "time": Text("times", "시각"), "bool": Text("yes and no", "예/아니오"),
}  # fmt: skip


def number(text: str) -> float | int | None:
    """A number as people write it; None if it is none.

    >>> number("1,234"), number("25%"), number("(3.5)"), number("1,23"), number("007")
    (1234, 0.25, -3.5, None, None)
    """
    found = _NUMBER.fullmatch(text.strip())
    if (
        found is None
        or not (found["whole"] or len(found["part"] or "") > 1)
        or bool(found["open"]) != bool(found["close"])
    ):
        return None
    whole = (found["whole"] or "0").replace(",", "")
    if len(whole) > 1 and whole[0] == "0":
        return None  # 007 is a code, not seven
    plain = not found["part"] and not found["power"] and not found["share"]
    value: float | int = (
        int(whole)
        if plain and len(whole) <= 18
        else float(f"{whole}{found['part'] or ''}{found['power'] or ''}")
    )
    negative = (found["sign"] == "-") != bool(found["open"])
    value = -value if negative else value
    if found["share"]:
        value = value / 100
    return value if abs(value) < 1e308 else None


def moment(text: str) -> datetime | time | None:
    """A date, a time of day, or both; None if it is none.

    >>> moment("2024.3.5"), moment("오후 3:05"), moment("2024년 3월 5일 오전 9:00")
    (datetime.datetime(2024, 3, 5, 0, 0), datetime.time(15, 5), datetime.datetime(2024, 3, 5, 9, 0))
    """
    words = text.strip()
    zone = _ZONE.search(words) if ":" in words else None
    words = words[: zone.start()] if zone else words
    day = _DATE.match(words)
    rest = words[day.end() :].lstrip(" T") if day else words
    clock = _clock(rest) if rest else time()
    if clock is None or (not day and not rest):
        return None
    if day is None:
        return clock
    try:
        found = datetime.combine(date(int(day["y"]), int(day["m"]), int(day["d"])), clock)
        return (
            datetime.fromisoformat(f"{found.isoformat()}{zone[1].replace('Z', '+00:00')}").astimezone(UTC)
            if zone
            else found
        )
    except ValueError:
        return None


def _clock(text: str) -> time | None:
    found = _TIME.fullmatch(text) or _KOREAN_TIME.fullmatch(text)
    if found is None:
        return None
    facts = found.groupdict()
    hour, half = int(facts["h"]), (facts.get("half") or facts.get("after") or "").lower()
    if half in ("오후", "pm") and hour < 12:
        hour += 12
    if half in ("오전", "am") and hour == 12:
        hour = 0
    try:
        micro = round(float(facts.get("f") or 0) * 1e6)
        return time(hour, int(facts["mi"] or 0), int(facts["s"] or 0), min(micro, 999_999))
    except ValueError:
        return None


def truth(text: str) -> bool | None:
    """Yes or no as Excel writes it; None if it is neither.

    >>> truth("TRUE"), truth("거짓"), truth("yes")
    (True, False, None)
    """
    return _TRUTH.get(text.strip().upper() if text.isascii() else text.strip())


_READERS: tuple[Callable[[str], Any], ...] = (number, moment, truth)


def column_of(texts: Sequence[str], name: str = "") -> "pl.Series":
    """A column of the kind that all its texts have: numbers, times, yes and no; else text.

    >>> column_of(["1,234", "", "25%"]).to_list(), column_of(["1", "x"]).to_list()
    ([1234.0, None, 0.25], ['1', 'x'])
    """
    import polars as pl

    plain = [text.strip() for text in texts]
    full = [text for text in plain if text not in MISSING]
    for reader in _READERS:
        if not full or (first := reader(full[0])) is None:
            continue
        found = [None if text in MISSING else reader(text) for text in plain]
        known = [one for one in found if one is not None]
        if len(known) == len(full) and _alike(known, type(first)):
            return _series(found, name)
    return pl.Series(
        name, [text[:LONGEST] if text not in MISSING else None for text in plain], dtype=pl.String
    )


def _alike(known: Sequence[Any], first: type) -> bool:
    """Whether they go together in one column: a time of day and a date do not, nor times with and without a zone."""
    if first in (int, float):
        return True
    if first is datetime:
        return len({isinstance(one, datetime) and one.tzinfo for one in known}) == 1
    return all(type(one) is first for one in known)


def _series(found: Sequence[Any], name: str) -> "pl.Series":
    import polars as pl

    if any(isinstance(one, float) for one in found):
        found = [None if one is None else float(one) for one in found]
    return pl.Series(name, found)


def kind_of(dtype: "pl.DataType") -> str:
    """`number`, `text`, `time` or `bool`: how the sheet speaks of a type."""
    import polars as pl

    if dtype == pl.Boolean:
        return "bool"
    if dtype.is_numeric() or dtype in (pl.Null, pl.Duration):
        return "number"
    return "time" if dtype in (pl.Date, pl.Datetime, pl.Time) else "text"


def value_for(value: Any, dtype: "pl.DataType", column: str) -> Any:
    """A value from the browser as a column of that type holds it.

    Raises
    ------
    CellWrong
    """
    kind = kind_of(dtype)
    if value is None or (isinstance(value, str) and value.strip() in MISSING):
        return None
    found = _read(value, kind)
    if found is None or not _fits(found, kind, dtype):
        raise CellWrong(column, value=str(value)[:40], holds=HOLDS[kind])
    return found


def _read(value: Any, kind: str) -> Any:
    if kind == "text":
        return (value if isinstance(value, str) else str(value))[:LONGEST]
    if isinstance(value, str):
        return {"number": number, "time": moment, "bool": truth}[kind](value)
    if kind == "number" and isinstance(value, (int, float)) and abs(value) < 1e308:
        return int(value) if isinstance(value, bool) else value
    return value if kind == "bool" and isinstance(value, bool) else None


def _fits(found: Any, kind: str, dtype: "pl.DataType") -> bool:
    import polars as pl

    return kind != "time" or (isinstance(found, datetime) != (dtype == pl.Time))
