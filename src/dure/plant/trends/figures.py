"""Figures of a window: exact from its samples while they are few, from roll-ups where they are many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dure.vocabulary import Text

if TYPE_CHECKING:
    import pyarrow as pa

    from dure.plant.historian import Historian

MINUTE = 60_000_000_000
HOUR = 60 * MINUTE
EXACT = 300_000
"""Samples up to which all of them are read."""
USUAL_RATE = 1.0
"""Samples a second of a signal that was never measured. [Hz]"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One signal over one window; None is what is not known.

    low, high
        Smallest and largest good or uncertain value.
    mean
        Weighted by time, each good value holding until the next (OPC UA Part 13, TimeAverage, stepped).
    std
        Of the good samples (n − 1).
    bad
        Share of samples that are not good, 0 … 1.
    count
        Samples.
    """

    signal: str
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    std: float | None = None
    bad: float | None = None
    count: int | None = None


def expected(signals: Sequence[str], start: int, end: int, rates: Mapping[str, float]) -> int:
    """About how many samples a window has, by the rates [Hz] that were measured.

    >>> expected(["a", "b"], 0, 60 * 10**9, {"a": 10.0})
    660
    """
    return int(sum(rates.get(one, USUAL_RATE) for one in signals) * (end - start) / 1e9)


def measured(
    historian: "Historian", signals: Sequence[str], start: int, end: int, rates: Mapping[str, float]
) -> list[Measured]:
    """Figures of each signal over `start` ≤ time < `end` [ns].

    Where more than `EXACT` samples are expected, std, bad and count stay unknown and the mean is that of the whole
    hours that hold the window.
    """
    if not signals:
        return []
    exact = expected(signals, start, end, rates) <= EXACT
    drawn = historian.trend(signals, start, end, 1)
    means = _means(historian, signals, start, end, exact=exact)
    counted = _counted(historian.query(signals, start, end)) if exact else {}
    return [
        Measured(
            one,
            min(drawn[one]["min"], default=None),
            max(drawn[one]["max"], default=None),
            means[one],
            *counted.get(one, (None, None, 0 if exact else None)),
        )
        for one in signals
    ]


def _means(
    historian: "Historian", signals: Sequence[str], start: int, end: int, *, exact: bool
) -> dict[str, float | None]:
    if not exact:
        start, end = start // HOUR * HOUR, -(-end // HOUR) * HOUR
    found = historian.average(signals, start, end, end - start)
    return {one: found.column(one)[0].as_py() for one in signals}


def _counted(table: "pa.Table") -> dict[str, tuple[float | None, float | None, int]]:
    import polars as pl

    good = (pl.col("quality") == 0) & pl.col("value").is_finite()
    rows = (
        pl.DataFrame(table)
        .group_by("signal")
        .agg(
            pl.col("value").filter(good).std().alias("std"),
            (pl.col("quality") != 0).mean().alias("bad"),
            pl.len().alias("count"),
        )
    )
    return {signal: (std, bad, count) for signal, std, bad, count in rows.iter_rows()}


def stretches(start: int, end: int, rows: int) -> tuple[int, int]:
    """Where a table of about `rows` rows begins, and the step of it [ns]: whole minutes or hours, where roll-ups help.

    >>> stretches(30 * MINUTE, 30 * MINUTE + 48 * HOUR, 24)
    (0, 10800000000000)
    >>> stretches(7, 2_400_000_007, 24)
    (7, 100000000)
    """
    width = max(1, -(-(end - start) // rows))
    level = next((one for one in (HOUR, MINUTE) if width >= 2 * one), 0)
    if not level:
        return start, width
    anchor = start // level * level
    return anchor, -(-(end - anchor) // (rows * level)) * level


def difference(name: str, now: Measured, then: Measured, unit: str = "") -> Text:
    """How the means of two windows differ, in plain words.

    >>> difference("Pressure", Measured("p", mean=2.2), Measured("p", mean=2.0), "bar").en
    'Pressure: on average 2.2 bar, before 2 bar: 0.2 bar higher (+10 %).'
    >>> difference("압력", Measured("p"), Measured("p", mean=2.0), "bar").ko
    '압력: 두 기간 가운데 하나에 값이 없어 비교하지 못합니다.'
    """
    if now.mean is None or then.mean is None:
        return Text(
            f"{name}: one of the two periods has no values, so they cannot be compared.",
            f"{name}: 두 기간 가운데 하나에 값이 없어 비교하지 못합니다.",
        )
    step = now.mean - then.mean
    means = [f"{_figure(one)} {unit}".rstrip() for one in (now.mean, then.mean)]
    if _figure(now.mean) == _figure(then.mean):
        return Text(
            f"{name}: on average {means[0]} in both periods.",
            f"{name}: 두 기간의 평균이 {means[0]}(으)로 같습니다.",
        )
    size = f"{_figure(abs(step))} {unit}".rstrip()
    share = f" ({100 * step / abs(then.mean):+.3g} %)" if abs(then.mean) > 1e-12 else ""
    way = ("higher", "높습니다") if step > 0 else ("lower", "낮습니다")
    return Text(
        f"{name}: on average {means[0]}, before {means[1]}: {size} {way[0]}{share}.",
        f"{name}: 평균 {means[0]}, 비교 기간 {means[1]}: {size} {way[1]}{share}.",
    )


def _figure(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
