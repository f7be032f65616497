"""Time-weighted averages, and the value at any times: both hold a good value until the next."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import pyarrow as pa

from dure.plant.historian.block import Array, Block, empty, joined
from dure.plant.historian.reading import NUMBERS, Reader, at, good
from dure.plant.historian.rolling import HOUR, MINUTE
from dure.plant.historian.writing import DAY

_ROLLED = ("time", "good", "first_time", "last", "weighted")
Held = dict[str, tuple[int, float]]
Series = tuple[Array, Array]


def average(reader: Reader, signals: Sequence[str], start: int, end: int, every: int) -> pa.Table:
    """Time-weighted average over each stretch of `every` [ns]: a row a stretch, `time` its begin, a column a signal.

    A good finite value holds until the next one (bad and uncertain samples are passed over, as at a tick of
    `query_every`); a stretch counts from the first value known in it; null where none is known. OPC UA Part 13
    §5.4.3.5 TimeAverage with stepped interpolation.
    """
    names = sorted(set(signals))
    borders = np.append(np.arange(start, end, every, dtype=np.int64), end)
    reader.refuse_cells("average", (len(borders) - 1) * len(names))
    held = {name: kept for name, kept in reader.held(names, start, None).items() if np.isfinite(kept[1])}
    series = _series(reader, names, start, end, every)
    columns = {name: _averages(_begun(series.get(name), held.get(name), start), borders) for name in names}
    return pa.table(
        {"time": pa.array(borders[:-1]), **{name: columns[name] for name in dict.fromkeys(signals)}}
    )


def asof(reader: Reader, signals: Sequence[str], times: Sequence[int], max_age: int | None) -> pa.Table:
    """The value at each of the times, as at a tick of `query_every`: a row a time in the order given."""
    names = sorted(set(signals))
    asked = np.array(times, np.int64)
    reader.refuse_cells("asof", len(asked) * len(names))
    found = {name: np.full(len(asked), np.nan) for name in names}
    absent = {name: np.ones(len(asked), bool) for name in names}
    order = np.argsort(asked, kind="stable")
    for _, part in groupby(order.tolist(), key=lambda place: int(asked[place]) // DAY):
        places = np.array(list(part))
        for name, values in _values_at(reader, names, asked[places], max_age).items():
            absent[name][places] = values.is_null().to_numpy(zero_copy_only=False)
            found[name][places] = values.fill_null(np.nan).to_numpy(zero_copy_only=False)
    columns = {name: pa.array(found[name], mask=absent[name]) for name in dict.fromkeys(signals)}
    return pa.table({"time": pa.array(asked), **columns})


def _values_at(
    reader: Reader, names: Sequence[str], times: Array, max_age: int | None
) -> dict[str, pa.Array]:
    """Values at sorted times of one day: read from its begin, or as far back as a value may be old."""
    first = int(times[0])
    start = first // DAY * DAY if max_age is None else max(0, first - max_age)
    block = good(reader.block(names, start, int(times[-1]) + 1))
    bounds = block.bounds()
    begun = {name: int(block["time"][bounds[n]]) for n, name in enumerate(names) if bounds[n + 1] > bounds[n]}
    late = [name for name in names if begun.get(name, first + 1) > first]
    held = reader.held(late, start, None) if max_age is None and late else {}
    values = {}
    for place, name in enumerate(names):
        rows = slice(bounds[place], bounds[place + 1])
        series = _begun((block["time"][rows], block["value"][rows]), held.get(name), None)
        values[name] = at(*series, times, max_age)
    return values


def _begun(series: Series | None, held: tuple[int, float] | None, start: int | None) -> Series:
    """A series that begins with what was held before it."""
    times, values = series or (np.zeros(0, np.int64), np.zeros(0))
    if held is None:
        return times, values
    return np.r_[held[0] if start is None else start, times], np.r_[held[1], values]


def _averages(series: Series, borders: Array) -> pa.Array:
    times, values = series
    if not len(times):
        return pa.nulls(len(borders) - 1, pa.float64())
    edges = np.sort(np.concatenate([borders, times[(times > borders[0]) & (times < borders[-1])]]))
    place = np.searchsorted(times, edges[:-1], side="right") - 1
    stretch = np.searchsorted(borders, edges[:-1], side="right") - 1
    known = np.where(place >= 0, np.diff(edges), 0) / 1e9
    count = len(borders) - 1
    area = np.bincount(stretch, np.where(known > 0, values[place] * known, 0.0), count)
    span = np.bincount(stretch, known, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        return pa.array(area / span, mask=span <= 0)


def _series(reader: Reader, names: Sequence[str], start: int, end: int, every: int) -> dict[str, Series]:
    """Finite good values of each signal, or what is held in its hours or minutes where only those are needed."""
    width = next((one for one in (HOUR, MINUTE) if every % one == 0 and start % one == 0), 0)
    border = end // width * width if width else start
    if border <= start:
        return _of(_finite(reader.block(names, start, end)))
    parts, raw = reader.rolled(names, start, border, width, _ROLLED)
    rest = reader.blocks(names, border, end) if border < end else []
    samples = _finite(joined([*raw, *rest])) if raw or rest else empty(names, NUMBERS)
    series = _of(samples)
    if not parts:
        return series
    rolled = joined(parts, ("time",))
    rolled = rolled.take(rolled["good"] > 0)
    mixed = _mixed(rolled, samples, width)
    for name, place in rolled.each():
        if name not in mixed:
            series[name] = _merged(_held_in(rolled.take(place), width), series.get(name))
    return series | (_of(_finite(reader.block(mixed, start, end))) if mixed else {})


def _mixed(rolled: Block, samples: Block, width: int) -> list[str]:
    """Signals one of whose stretches came in two parts (late samples): what each held says nothing of both."""
    own = {name: set((samples["time"][place] // width * width).tolist()) for name, place in samples.each()}
    found = []
    for name, place in rolled.each():
        times = rolled["time"][place]
        if np.any(times[1:] == times[:-1]) or own.get(name, set()) & set(times.tolist()):
            found.append(name)
    return found


def _held_in(rows: Block, width: int) -> Series:
    """Two values a stretch that hold as much as its samples: from its first time its mean, from its end its last."""
    end = rows["time"] + width
    mean = rows["weighted"] / ((end - rows["first_time"]) / 1e9)
    return np.stack([rows["first_time"], end], 1).ravel(), np.stack([mean, rows["last"]], 1).ravel()


def _merged(first: Series, second: Series | None) -> Series:
    if second is None:
        return first
    times, values = np.r_[first[0], second[0]], np.r_[first[1], second[1]]
    order = np.argsort(times, kind="stable")
    return times[order], values[order]


def _finite(block: Block) -> Block:
    return block.take((block["quality"] == 0) & np.isfinite(block["value"]))


def _of(block: Block) -> dict[str, Series]:
    return {name: (block["time"][place], block["value"][place]) for name, place in block.each()}
