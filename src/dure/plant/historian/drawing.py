"""Trends: what a picture of many samples needs, from roll-ups where a stretch is wider than theirs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dure.plant.historian.block import Array, Block
from dure.plant.historian.coarse import coarser
from dure.plant.historian.reading import Reader
from dure.plant.historian.rolling import HOUR, MINUTE

Drawn = dict[str, Array]
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


def trend(reader: Reader, signals: Sequence[str], start: int, end: int, points: int) -> Drawn:
    """Smallest, largest and mean value of each signal over at most `points` equal stretches; empty ones left out.

    Each signal's array has the rows time [s since 1970], min, max, mean.
    """
    names = sorted(set(signals))
    grid = stretches(start, end, points)
    parts = [_of_samples(block, grid) for low, high in _edges(grid, start, end) for block in reader.blocks(names, low, high, _SAMPLE)]  # fmt: skip
    low, high = _inner(grid, start, end)
    if low < high:
        rolled, raw = reader.rolled(names, low, high, grid.level, _ROLLED)
        parts += [_of_samples(block, grid) for block in raw]
        parts += [_of_rollups(rows, grid) for rows in rolled]
    if grid.level != HOUR:
        coarse = coarser(reader, names, (start, end), grid.level, _ROLLED)
        parts += [_of_rollups(_at_their_middle(rows, start, end), grid) for rows in coarse]
    found = _drawn(_together(parts), names, grid) if parts else {}
    return {name: found.get(name, np.zeros((4, 0))) for name in signals}


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
    return _summed(block["code"], offset // grid.width, None, value, value, value, offset)


def _at_their_middle(rows: Block, start: int, end: int) -> Block:
    """Rows of stretches wider than those drawn, each as one point where its samples were on the mean."""
    inside = (rows["drawn"] > 0) & (rows["middle"] >= start) & (rows["middle"] < end)
    rows = rows.take(inside)
    return Block(rows.names, {**rows.columns, "time": rows["middle"]})


def _of_rollups(rows: Block, grid: Stretches) -> Sums:
    drawn = rows["drawn"] > 0
    rows = rows if drawn.all() else rows.take(drawn)
    count = rows["drawn"].astype(np.int64)
    offset = (rows["middle"] - grid.anchor).astype(np.float64) * count
    stretch = (rows["time"] - grid.anchor) // grid.width
    return _summed(rows["code"], stretch, count, rows["min"], rows["max"], rows["sum"], offset)


def _summed(  # noqa: PLR0913, PLR0917 - the columns of Sums
    code: Array, stretch: Array, count: Array | None, low: Array, high: Array, total: Array, offset: Array
) -> Sums:
    """Rows of one signal and stretch, which stand side by side, as one; without `count` each is one sample."""
    turns = (stretch[1:] != stretch[:-1]) | (code[1:] != code[:-1])
    begins = np.r_[0, np.flatnonzero(turns) + 1] if len(code) else np.zeros(0, np.int64)
    numbers = np.diff(np.r_[begins, len(code)]) if count is None else _added(count, begins)
    return Sums(
        code[begins],
        stretch[begins],
        numbers,
        np.minimum.reduceat(low, begins) if len(begins) else low,
        np.maximum.reduceat(high, begins) if len(begins) else high,
        _added(total, begins),
        _added(_summable(offset, numbers), begins).astype(np.float64),
    )


def _summable(offset: Array, numbers: Array) -> Array:
    """Offsets whose sums stay within 64 bits, as floats where whole numbers would not."""
    if offset.dtype.kind == "f" or not len(offset):
        return offset
    return offset if int(np.abs(offset).max()) * int(numbers.max()) < 2**62 else offset.astype(np.float64)


def _added(column: Array, begins: Array) -> Array:
    return np.add.reduceat(column, begins) if len(begins) else column[:0]


def _together(parts: Sequence[Sums]) -> Sums:
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in Sums.__dataclass_fields__]
    order = np.lexsort([columns[1], columns[0]])
    return _summed(*(column[order] for column in columns))


def _drawn(sums: Sums, names: Sequence[str], grid: Stretches) -> Drawn:
    bounds = np.searchsorted(sums.code, np.arange(len(names) + 1))
    time = np.round((grid.anchor + sums.offset / np.maximum(sums.count, 1)) / 1e9, 3)
    rows = np.stack([time, sums.low, sums.high, sums.total / np.maximum(sums.count, 1)])
    return {name: rows[:, bounds[place] : bounds[place + 1]] for place, name in enumerate(names)}
