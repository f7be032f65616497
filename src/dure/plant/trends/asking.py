"""What an address asks for: signals and a range. All of it is foreign, so all of it is bounded."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from dure.vocabulary import InputError, Text

LATEST = 2**62
"""Year 2116, where the historian's times end. [ns]"""
MOST_SIGNALS = 24
MOST_POINTS = 2000
SHORTEST = 1_000_000
"""[ns]"""
SECOND = 1_000_000_000
USUAL = 600 * SECOND
"""What a page shows that was asked for nothing. [ns]"""
_STEP = re.compile(r"-(\d{1,6})(ms|s|m|h|d|w|y)")
_UNITS = {
    "ms": 10**6,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": 86_400 * SECOND,
    "w": 7 * 86_400 * SECOND,
    "y": 365 * 86_400 * SECOND,
}


class TrendRefused(InputError):
    """A trend that cannot be drawn as it was asked for."""

    key = "trend-refused"
    says = Text(
        "This trend cannot be shown ({where}): {why}.", "이 추세를 보여 드릴 수 없습니다({where}): {why}."
    )
    remedy = Text("Choose again on the Trends page.", "추세 페이지에서 다시 골라 주세요.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Signals over `start` ≤ time < `end` [ns since 1970 UTC]; `follows` where the end is the present."""

    signals: tuple[str, ...]
    start: int
    end: int
    follows: bool = False

    @property
    def span(self) -> int:
        """Its length in ns."""
        return self.end - self.start


def moment(written: str, now: int, zone: tzinfo = UTC) -> int:
    """A time as addresses write it: `now`, a step back (`-10m`, `-5y`), ISO 8601, or ms since 1970; in ns.

    A time without an offset is one of `zone`.

    >>> moment("-10m", 10**18) - 10**18
    -600000000000
    >>> moment("2026-11-24T06:00:00+09:00", 0) == moment("1795467600000", 0) == moment("2026-11-23T21:00", 0)
    True

    Raises
    ------
    TrendRefused
        If it is none of these, or before 1970 or after 2116.
    """
    found = _moment(written.strip()[:64], now, zone)
    if not 0 <= found < LATEST:
        raise TrendRefused(
            written[:64], why=Text("it lies outside 1970 to 2116", "1970년에서 2116년 밖입니다")
        )
    return found


def _moment(written: str, now: int, zone: tzinfo) -> int:
    if written == "now":
        return now
    if step := _STEP.fullmatch(written):
        return max(0, now - int(step[1]) * _UNITS[step[2]])
    if written.isascii() and written.isdigit():
        return int(written[:16]) * 10**6
    try:
        read = datetime.fromisoformat(written)
        read = read if read.tzinfo else read.replace(tzinfo=zone)
        since = read - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError) as odd:
        raise TrendRefused(written, why=Text("it is no time", "시각이 아닙니다")) from odd
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * 1000


def range_of(written: Mapping[str, str], now: int, zone: tzinfo = UTC) -> tuple[int, int, bool]:
    """Start and end [ns] of `from` and `to`, and whether it follows the present; the last ten minutes unless said.

    Raises
    ------
    TrendRefused
    """
    last = written.get("to") or "now"
    end = moment(last, now, zone)
    first = written.get("from") or ""
    # A step back counts from the end that is shown, not from the present.
    start = moment(first, end, zone) if first else max(0, end - USUAL)
    if end - start < SHORTEST:
        raise TrendRefused(
            f"{first} – {last}"[:80], why=Text("it ends before it begins", "끝이 시작보다 앞섭니다")
        )
    return start, end, last == "now" and (not first or first.startswith("-"))


def names(written: Sequence[str], known: Mapping[str, object] | None = None) -> tuple[str, ...]:
    """Signal ids of an address: repeated, or with commas between where the whole is no id itself.

    >>> names(["a/x,a/y", "a/x"])
    ('a/x', 'a/y')

    Raises
    ------
    TrendRefused
        If there are more than `MOST_SIGNALS`.
    """
    parts = (
        part.strip() for one in written for part in ([one] if known and one in known else one.split(","))
    )
    found = tuple(dict.fromkeys(part for part in parts if part))
    if len(found) > MOST_SIGNALS:
        many = Text(
            f"{len(found)} signals; at most {MOST_SIGNALS}",
            f"신호 {len(found)}개는 한도 {MOST_SIGNALS}개를 넘습니다",
        )
        raise TrendRefused("signals", why=many)
    if odd := next((one for one in found if len(one) > 400 or not one.isprintable()), None):
        raise TrendRefused(odd[:40], why=Text("that is no signal", "그런 신호는 없습니다"))
    return found


def read_asked(
    signals: Sequence[str],
    written: Mapping[str, str],
    now: int,
    zone: tzinfo = UTC,
    known: Mapping[str, object] | None = None,
) -> Asked:
    """What an address asks for.

    >>> read_asked(["a/x"], {"from": "-1h", "to": "now"}, 10**18).span // 10**9
    3600

    Raises
    ------
    TrendRefused
    """
    start, end, follows = range_of(written, now, zone)
    return Asked(names(signals, known), start, end, follows)


def points_of(written: str) -> int:
    """How many stretches were asked for, 1 … `MOST_POINTS`.

    Raises
    ------
    TrendRefused
    """
    if not (
        written.isascii() and written.isdigit() and len(written) < 6 and 1 <= int(written) <= MOST_POINTS
    ):
        raise TrendRefused(
            "points",
            why=Text(f"it is no number from 1 to {MOST_POINTS}", f"1에서 {MOST_POINTS} 사이의 수가 아닙니다"),
        )
    return int(written)
