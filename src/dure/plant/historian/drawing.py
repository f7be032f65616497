"""Trends: what a picture of many samples needs, from roll-ups where a stretch is wider than theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dure.plant.historian.block import Array, Block
from dure.plant.historian.reading import Reader
from dure.plant.historian.rolling import HOUR, MINUTE

_SAMPLE = ("time", "value", "quality")
_ROLLED = ("time", "drawn", "middle", "min", "max", "sum")
_WIDER = 2  # times: from a stretch of two minutes or two hours on, roll-ups are read


@dataclass(frozen=True, slots=True)
class Stretches:
    """Equal stretches of `width` from `anchor` on [ns], whole ones of `level` unless that is 0."""

    anchor: int
    width: int
    level: int


@dataclass(frozen=True, slots=True)
class Sums:
    """Partial sums a signal and stretch, sorted by both."""

    code: Array
    stretch: Array
    count: Array
    low: Array
    high: Array
    total: Array
    offset: Array  # sum of the times from the anchor [ns]


def stretches(start: int, end: int, points: int) -> Stretches:
    """At most `points` equal stretches over a range; the wide ones begin at a whole minute or hour.

    >>> stretches(30 * MINUTE, 30 * MINUTE + 48 * HOUR, 24)
    Stretches(anchor=0, width=10800000000000, level=3600000000000)
    >>> stretches(7, 1007, 10)
    Stretches(anchor=7, width=100, level=0)
    """
    width = max(1, -(-(end - start) // points))
    level = next((level for level in (HOUR, MINUTE) if width >= _WIDER * level), 0)
    if not level:
        return Stretches(start, width, 0)
    anchor = start // level * level
    return Stretches(anchor, -(-(end - anchor) // (points * level)) * level, level)


def trend(reader: Reader, signals: Sequence[str], start: int, end: int, points: int) -> dict[str, Any]:
    """Smallest, largest and mean value of each signal over at most `points` equal stretches; empty ones left out."""
    names = sorted(set(signals))
    grid = stretches(start, end, points)
    parts = [_of_samples(block, grid) for low, high in _edges(grid, start, end) for block in reader.blocks(names, low, high, _SAMPLE)]  # fmt: skip
    low, high = _inner(grid, start, end)
    if low < high:
        rolled, raw = reader.rolled(names, low, high, grid.level, _ROLLED)
        parts += [_of_samples(block, grid) for block in raw]
        parts += [_of_rollups(rolled, grid)] if rolled is not None else []
    drawn: dict[str, Any] = {name: {"time": [], "min": [], "max": [], "mean": []} for name in signals}
    return drawn | (_drawn(_together(parts), names, grid) if parts else {})


def _inner(grid: Stretches, start: int, end: int) -> tuple[int, int]:
    """The whole minutes or hours of a range."""
    if not grid.level:
        return end, end
    return -(-start // grid.level) * grid.level, end // grid.level * grid.level


def _edges(grid: Stretches, start: int, end: int) -> list[tuple[int, int]]:
    low, high = _inner(grid, start, end)
    if low >= high:
        return [(start, end)]
    return [(first, last) for first, last in ((start, low), (high, end)) if first < last]


def _of_samples(block: Block, grid: Stretches) -> Sums:
    kept = (block["quality"] != 2) & np.isfinite(block["value"])
    block = block if kept.all() else block.take(kept)
    offset = block["time"] - grid.anchor
    value = block["value"]
    return _summed(block["code"], offset // grid.width, np.ones(len(block), np.int64), value, value, value, offset)


def _of_rollups(rows: Block, grid: Stretches) -> Sums:
    rows = rows.take(rows["drawn"] > 0)
    count = rows["drawn"].astype(np.int64)
    offset = (rows["middle"] - grid.anchor).astype(np.float64) * count
    stretch = (rows["time"] - grid.anchor) // grid.width
    return _summed(rows["code"], stretch, count, rows["min"], rows["max"], rows["sum"], offset)


def _summed(  # noqa: PLR0913 - the columns of Sums
    code: Array, stretch: Array, count: Array, low: Array, high: Array, total: Array, offset: Array
) -> Sums:
    if not len(code):
        return Sums(code, stretch, count, low, high, total, offset.astype(np.float64))
    begins = np.flatnonzero(np.r_[True, (code[1:] != code[:-1]) | (stretch[1:] != stretch[:-1])])
    return Sums(
        code[begins],
        stretch[begins],
        np.add.reduceat(count, begins),
        np.minimum.reduceat(low, begins),
        np.maximum.reduceat(high, begins),
        np.add.reduceat(total, begins),
        np.add.reduceat(offset.astype(np.float64), begins),
    )


def _together(parts: Sequence[Sums]) -> Sums:
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in Sums.__dataclass_fields__]
    order = np.lexsort([columns[1], columns[0]])
    return _summed(*(column[order] for column in columns))


def _drawn(sums: Sums, names: Sequence[str], grid: Stretches) -> dict[str, Any]:
    bounds = np.searchsorted(sums.code, np.arange(len(names) + 1))
    time = np.round((grid.anchor + sums.offset / np.maximum(sums.count, 1)) / 1e9, 3)
    mean = sums.total / np.maximum(sums.count, 1)
    drawn = {}
    for place, name in enumerate(names):
        rows = slice(bounds[place], bounds[place + 1])
        drawn[name] = {
            "time": time[rows].tolist(),
            "min": sums.low[rows].tolist(),
            "max": sums.high[rows].tolist(),
            "mean": mean[rows].tolist(),
        }
    return drawn


