"""Between samples: lines drawn from one to the next, and how long each state was held."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from dure.plant.historian.block import Array, Block
from dure.plant.historian.errors import TooMuch
from dure.plant.historian.reading import SAMPLES, Reader, at, good

MAX_STATES = 1000  # different states of a signal
_LOOK_AHEAD = (60, 3600, 86_400, 7 * 86_400, 30 * 86_400)  # s
State = tuple[float | None, str | None]  # a value or a text
_SECOND = 1_000_000_000  # ns


def interpolate(
    reader: Reader, signals: Sequence[str], times: Sequence[int] | Array, how: str, max_age: int | None
) -> pa.Table:
    """Value of each signal at each of the sorted times: on the line between the good samples around it, or stepped.

    A line needs a sample on either side, not more than `max_age` [ns] apart from each other; else, and at a step, the
    value before holds, if it is not older than that (OPC UA Part 13 §5.4.3.4: interpolated, stepped where `how` is step).
    """
    names = sorted(set(signals))
    asked = np.asarray(times, np.int64)
    reader.refuse_cells("interpolate", len(asked) * len(names))
    order = np.argsort(asked, kind="stable")
    ticks, back = asked[order], np.empty(len(asked), np.int64)
    back[order] = np.arange(len(asked))
    found = {
        name: column.take(pa.array(back)) for name, column in _at_ticks(reader, names, ticks, how, max_age)
    }
    return pa.table({"time": pa.array(asked), **{name: found[name] for name in dict.fromkeys(signals)}})


def _at_ticks(reader: Reader, names: list[str], ticks: Array, how: str, max_age: int | None) -> Any:
    if not len(ticks):
        yield from ((name, pa.nulls(0, pa.float64())) for name in names)
        return
    start, end = int(ticks[0]), int(ticks[-1]) + 1
    for some in reader.some(names, start, end):
        held = reader.held(some, start, max_age)
        after = following(reader, some, end, max_age) if how == "linear" else {}
        block = good(reader.block(some, start, end))
        bounds = block.bounds()
        for place, name in enumerate(some):
            rows = slice(bounds[place], bounds[place + 1])
            edges = [[one] if one else [] for one in (held.get(name), after.get(name))]
            series = _edged(block["time"][rows], block["value"][rows], *edges)
            yield name, (on_lines if how == "linear" else at)(*series, ticks, max_age)


def on_lines(times: Array, values: Array, ticks: Array, max_age: int | None) -> pa.Array:
    """Value at each tick, on the line between the samples around it; behind the last sample its own.

    >>> on_lines(np.array([0, 10]), np.array([1.0, 2.0]), np.array([-1, 0, 4, 10, 12]), None).to_pylist()
    [None, 1.0, 1.4, 2.0, 2.0]
    """
    if not len(times):
        return pa.nulls(len(ticks), pa.float64())
    before = np.searchsorted(times, ticks, side="right") - 1
    known = np.maximum(before, 0)
    after = np.minimum(known + 1, len(times) - 1)
    span = (times[after] - times[known]).astype(float)
    line = (span > 0) & np.isfinite(values[after]) & np.isfinite(values[known])
    if max_age is not None:
        line &= span <= max_age
    share = np.where(line, (ticks - times[known]) / np.where(span > 0, span, 1.0), 0.0)
    rise = np.where(line, values[after] - values[known], 0.0)
    absent = before < 0
    if max_age is not None:
        absent |= ~line & (ticks - times[known] > max_age)
    return pa.array(values[known] + share * rise, mask=absent)


def following(
    reader: Reader, names: Sequence[str], end: int, max_age: int | None
) -> dict[str, tuple[int, float]]:
    """Oldest good sample at or behind `end` of each of the sorted names: near first, then further."""
    newest = reader.shelf.newest
    wanted = [name for name in names if name in newest.ids and newest["time"][newest.ids[name]] >= end]
    latest = max((int(newest["time"][newest.ids[name]]) for name in wanted), default=end) + 1
    bound = latest if max_age is None else min(latest, end + max_age + 1)
    found: dict[str, tuple[int, float]] = {}
    first = end
    for until in (*(end + seconds * _SECOND for seconds in _LOOK_AHEAD), bound):
        missing = [name for name in wanted if name not in found]
        until = min(until, bound)  # noqa: PLW2901 - not further than a value may be used
        if not missing or first >= until:
            continue
        block = good(reader.block(missing, first, until))
        for name, place in block.each():
            found[name] = (int(block["time"][place][0]), float(block["value"][place][0]))
        first = until
    return found


def states(reader: Reader, signals: Sequence[str], start: int, end: int) -> pa.Table:
    """How long each signal held each of its values or texts in a range: a row a signal and state, longest first.

    signal, value, text, seconds, share (of the time known), turns (times it began, or was there at the start), open
    (whether it was held at the end). A good reading holds until the next; bad and uncertain ones are passed over. The
    state at the end stays open: it is counted up to `end`.
    """
    rows: list[dict[str, Any]] = []
    for name in sorted(set(signals)):
        rows += _of_signal(reader, name, start, end)
    return pa.Table.from_pylist(rows, schema=_STATE_SCHEMA)


_STATE_SCHEMA = pa.schema(
    [
        ("signal", pa.string()), ("value", pa.float64()), ("text", pa.string()), ("seconds", pa.float64()),
        ("share", pa.float64()), ("turns", pa.int64()), ("open", pa.bool_()),
    ]
)  # fmt: skip


def _of_signal(reader: Reader, name: str, start: int, end: int) -> list[dict[str, Any]]:
    """Sums over windows of time, so that a year of samples is never held at once."""
    held: dict[State, list[float]] = {}
    last = _held_reading(reader, name, start)
    since = start
    if last is not None:
        held[last] = [0.0, 1]
    for low, high in reader.windows(name, start, end):
        block = readings(reader.block([name], low, high, SAMPLES))
        for time, word in _turns(block, last):
            if last is not None:
                held[last][0] += (time - since) / _SECOND
            held.setdefault(word, [0.0, 0])[1] += 1
            since, last = time, word
        if len(held) > MAX_STATES:
            raise TooMuch("state_durations", asked=len(held), what="different values", limit=MAX_STATES)
    if last is not None:
        held[last][0] += (end - since) / _SECOND
    known = sum(seconds for seconds, _ in held.values()) or 1.0
    return [
        {
            "signal": name, "value": word[0], "text": word[1], "seconds": seconds, "share": seconds / known,
            "turns": int(turns), "open": word == last,
        }
        for word, (seconds, turns) in sorted(held.items(), key=lambda one: -one[1][0])
    ]  # fmt: skip


def readings(block: Block) -> Block:
    """Samples of quality good that hold a finite number or a text."""
    kept = (block["quality"] == 0) & np.isfinite(block["value"])
    text = block.columns["text"]
    if text is not None:
        kept |= (block["quality"] == 0) & text.is_valid().to_numpy(zero_copy_only=False)
    return block if kept.all() else block.take(kept)


def _turns(block: Block, last: State | None) -> list[tuple[int, State]]:
    """Times at which the reading became another, and which."""
    if not len(block):
        return []
    value, text = block["value"] + 0.0, block.columns["text"]
    words = np.full(len(block), -1) if text is None else _coded(text)
    new = np.r_[True, (words[1:] != words[:-1]) | ((value[1:] != value[:-1]) & (words[1:] < 0))]
    some = np.flatnonzero(new)
    texts = [None] * len(some) if text is None else text.take(pa.array(some)).to_pylist()
    found: list[tuple[int, State]] = []
    for place, word in zip(some.tolist(), texts, strict=True):
        state: State = (None, word) if word is not None else (float(value[place]), None)
        if state != last:
            found.append((int(block["time"][place]), state))
        last = state
    return found


def _coded(text: Any) -> Array:
    whole = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    code: Array = whole.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return code


def _held_reading(reader: Reader, name: str, start: int) -> State | None:
    """The last good reading before `start`, number or text."""
    newest = reader.shelf.newest
    if name not in newest.ids or newest["first"][newest.ids[name]] >= start:
        return None
    later = start
    for seconds in (*_LOOK_AHEAD, 0):
        earlier = max(0, start - seconds * _SECOND) if seconds else 0
        block = readings(reader.block([name], earlier, later, SAMPLES))
        if len(block):
            text = block.columns["text"]
            word = None if text is None else text[len(block) - 1].as_py()
            return (None, word) if word is not None else (float(block["value"][-1] + 0.0), None)
        later = earlier
    return None


def _edged(times: Array, values: Array, before: Any, after: Any) -> tuple[Array, Array]:
    """Samples with what stands before and behind them."""
    parts = [*before, *after]
    if not parts:
        return times, values
    first, second = ([one[n] for one in before] for n in (0, 1))
    third, fourth = ([one[n] for one in after] for n in (0, 1))
    return (
        np.concatenate([np.array(first, np.int64), times, np.array(third, np.int64)]),
        np.concatenate([np.array(second, float), values, np.array(fourth, float)]),
    )
