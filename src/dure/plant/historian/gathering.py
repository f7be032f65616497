"""One figure a stretch: last, mean, min, max, sum or count of its samples, and figures weighed by time of a range."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from dure.plant.historian.block import Array, Block
from dure.plant.historian.reading import Reader

_SECOND = 1_000_000_000  # ns
Gathered = Callable[[Array, Array, Array], Array]

_REDUCED: dict[str, np.ufunc] = {"min": np.minimum, "max": np.maximum, "sum": np.add, "mean": np.add}


def gathered(  # noqa: PLR0913, PLR0917 - the parts of one question
    reader: Reader, signals: Sequence[str], start: int, end: int, every: int, how: str
) -> pa.Table:
    """A row a stretch of `every` [ns], `time` its begin, a column a signal: of the good finite samples in it.

    A stretch without one is null (0 for `count`); the last may be shorter. `last` is that of a sample in the stretch;
    `query_every` holds it over the stretches behind it.
    """
    names = sorted(set(signals))
    begins = np.arange(start, end, every, dtype=np.int64)
    reader.refuse_cells("gather", len(begins) * len(names))
    made = {}
    for name in names:
        made[name] = _Column(len(begins), how)
        for low, high in reader.windows(name, start, end):
            made[name].add(_finite(reader.block([name], low, high)), start, every)
    columns = {name: made[name].done() for name in dict.fromkeys(signals)}
    return pa.table({"time": pa.array(begins), **columns})


class _Column:
    """Figures of one signal, fed in order of time."""

    def __init__(self, count: int, how: str) -> None:
        self._how = how
        self._count = np.zeros(count, np.int64)
        fill = {"min": np.inf, "max": -np.inf}.get(how, 0.0)
        self._figure = np.full(count, fill)

    def add(self, block: Block, start: int, every: int) -> None:
        if not len(block):
            return
        stretch = (block["time"] - start) // every
        begins = np.flatnonzero(np.r_[True, np.diff(stretch) != 0])
        at, ends = stretch[begins], np.r_[begins[1:], len(block)] - 1
        self._count[at] += ends + 1 - begins
        if self._how == "last":
            self._figure[at] = block["value"][ends]
        elif (how := _REDUCED.get(self._how)) is not None:
            self._figure[at] = how(self._figure[at], how.reduceat(block["value"], begins))

    def done(self) -> pa.Array:
        if self._how == "count":
            return pa.array(self._count)
        figure = self._figure / np.maximum(self._count, 1) if self._how == "mean" else self._figure
        return pa.array(figure, mask=self._count == 0)


def weighed(reader: Reader, signals: Sequence[str], start: int, end: int) -> pa.Table:
    """Figures of a range in which each good finite value weighs as long as it held: a row a signal.

    signal, samples, seconds (known), mean, deviation (of the values over time), low, high, first, last. What was held
    at the start counts from there. OPC UA Part 13 §5.4.3: TimeAverage, and its like for the standard deviation.
    """
    rows = [_weighed(reader, name, start, end) for name in sorted(set(signals))]
    kinds = {"signal": pa.string(), "samples": pa.int64()}
    names = ("signal", "samples", "seconds", "mean", "deviation", "low", "high", "first", "last")
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in names])
    return pa.Table.from_pylist(rows, schema=schema)


def _weighed(reader: Reader, name: str, start: int, end: int) -> dict[str, Any]:
    held = reader.held([name], start, None).get(name)
    last = held[1] if held is not None and np.isfinite(held[1]) else None
    since, first, count = start, last, 0
    parts: list[
        tuple[float, float, float, float, float]
    ] = []  # seconds, mean, sum of squares about it, low, high
    for low, high in [*reader.windows(name, start, end), (end, end)]:
        block = _finite(reader.block([name], low, high)) if low < high else None
        times = np.zeros(0, np.int64) if block is None else block["time"]
        values = np.zeros(0) if block is None else block["value"]
        count += len(values)
        if last is not None:
            times, values = np.r_[since, times], np.r_[last, values]
        if not len(values):
            continue
        first = float(values[0]) if first is None else first
        until = min(max(high, int(times[-1])), end)
        parts.append(_part(np.diff(np.r_[times, until]) / _SECOND, values))
        since, last = until, float(values[-1])
    seconds, mean, squares = _joined(parts)
    return {
        "signal": name, "samples": count, "seconds": seconds,
        "mean": mean if seconds else None, "deviation": float(np.sqrt(squares / seconds)) if seconds else None,
        "low": min((part[3] for part in parts if part[0]), default=None),
        "high": max((part[4] for part in parts if part[0]), default=None),
        "first": first, "last": last,
    }  # fmt: skip


def _part(weight: Array, values: Array) -> tuple[float, float, float, float, float]:
    seconds = float(weight.sum())
    mean = float((weight * values).sum() / seconds) if seconds else 0.0
    squares = float((weight * (values - mean) ** 2).sum())
    kept = values[weight > 0]
    low, high = (float(kept.min()), float(kept.max())) if len(kept) else (float("inf"), float("-inf"))
    return seconds, mean, squares, low, high


def _joined(parts: Sequence[tuple[float, float, float, float, float]]) -> tuple[float, float, float]:
    """Weight, mean and sum of squares of all parts (Chan, Golub and LeVeque 1983)."""
    seconds = mean = squares = 0.0
    for weight, own, about, _, _ in parts:
        if weight:
            total = seconds + weight
            squares += about + (own - mean) ** 2 * seconds * weight / total
            mean += (own - mean) * weight / total
            seconds = total
    return seconds, mean, squares


def _finite(block: Block) -> Block:
    return block.take((block["quality"] == 0) & np.isfinite(block["value"]))
