"""Roll-ups: what a stretch of a minute or an hour held, so that a question over years need not read every sample."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dure.plant.historian.block import Array, Block

MINUTE = 60_000_000_000  # ns
HOUR = 60 * MINUTE
WORTH = 8
"""Samples a minute from which the minutes of a signal are worth their space; hours always are."""

COLUMNS = (
    "time", "part", "count", "bad", "drawn", "middle", "min", "max", "sum", "good", "first", "first_time", "last",
    "last_time", "weighted",
)  # fmt: skip


def rolled_up(block: Block, width: int, part: int = 0) -> Block:
    """Rows of `layout.ROLLUP_SCHEMA` over stretches of `width` [ns] since 1970, of samples sorted by signal and time.

    Good and uncertain finite values are drawn; good finite ones are held from one to the next for `weighted`. Where
    there are none `min`, `max`, `first`, `last` and `weighted` are NaN.

    >>> one = {"code": [0, 0, 0], "time": [0, 30 * 10**9, 90 * 10**9], "value": [1.0, 3.0, 5.0], "quality": [0, 0, 2]}
    >>> rows = rolled_up(Block(["a"], {name: np.array(column) for name, column in one.items()}), MINUTE)
    >>> rows["max"].tolist(), rows["weighted"].tolist(), rows["bad"].tolist()
    ([3.0, nan], [120.0, nan], [0, 1])
    """
    code, time, quality = block["code"], block["time"], block["quality"]
    start = time // width * width
    begins = _begins(code, start)
    stretch = (
        np.cumsum(np.r_[True, np.diff(code) != 0] | np.r_[True, np.diff(start) != 0]) - 1
        if len(code)
        else code
    )
    finite = np.isfinite(block["value"])
    made: dict[str, Any] = {
        "code": code[begins],
        "time": start[begins],
        "part": np.full(len(begins), part, np.int32),
        "count": _counts(begins, len(code)),
        "bad": np.bincount(stretch, quality != 0, len(begins)).astype(np.int32)
        if len(code)
        else np.zeros(0, np.int32),
    }
    made |= _drawn(block, finite & (quality != 2), stretch, start[begins])
    made |= _held(block, finite & (quality == 0), stretch, start[begins] + width)
    return Block(block.names, made)


def worth_minutes(samples: Block, minutes: Block) -> Block:
    """The minutes of the signals that have `WORTH` samples in each of theirs, on the mean."""
    kinds = len(samples.names)
    counts = np.bincount(samples["code"], minlength=kinds)
    stretches = np.bincount(minutes["code"], minlength=kinds)
    worth: Array = counts >= WORTH * stretches
    return minutes.take(worth[minutes["code"]])


def _begins(code: Array, start: Array) -> Array:
    if not len(code):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.r_[True, (code[1:] != code[:-1]) | (start[1:] != start[:-1])])


def _counts(begins: Array, rows: int) -> Array:
    counts: Array = np.diff(np.r_[begins, rows]).astype(np.int32)
    return counts


def _drawn(block: Block, kept: Array, stretch: Array, start: Array) -> dict[str, Array]:
    stretches, value, time = stretch[kept], block["value"][kept], block["time"][kept]
    begins = _begins(stretches, stretches)
    held, counts = stretches[begins], _counts(begins, len(stretches))
    offset = (time - start[stretches]).astype(np.float64)
    middle = start[held] + np.rint(_reduce(np.add, offset, begins) / np.maximum(counts, 1)).astype(np.int64)
    return {
        "drawn": _spread(counts, held, len(start), 0),
        "middle": _spread(middle, held, len(start), 0),
        "min": _spread(_reduce(np.minimum, value, begins), held, len(start), np.nan),
        "max": _spread(_reduce(np.maximum, value, begins), held, len(start), np.nan),
        "sum": _spread(_reduce(np.add, value, begins), held, len(start), 0.0),
    }


def _held(block: Block, kept: Array, stretch: Array, end: Array) -> dict[str, Array]:
    stretches, value, time = stretch[kept], block["value"][kept], block["time"][kept]
    begins = _begins(stretches, stretches)
    held = stretches[begins]
    counts = _counts(begins, len(stretches))
    lasts = np.cumsum(counts) - 1
    until = np.empty_like(time)
    until[:-1] = time[1:]
    until[lasts] = end[held]
    weighted = _reduce(np.add, value * ((until - time) / 1e9), begins)
    return {
        "good": _spread(counts, held, len(end), 0),
        "first": _spread(value[begins], held, len(end), np.nan),
        "first_time": _spread(time[begins], held, len(end), 0),
        "last": _spread(value[lasts], held, len(end), np.nan),
        "last_time": _spread(time[lasts], held, len(end), 0),
        "weighted": _spread(weighted, held, len(end), np.nan),
    }


def _reduce(how: np.ufunc, column: Array, begins: Array) -> Array:
    reduced: Array = how.reduceat(column, begins) if len(begins) else column[:0]
    return reduced


def _spread(found: Array, places: Array, size: int, fill: float) -> Array:
    made = np.full(size, fill, found.dtype)
    made[places] = found
    return made


def stacked(parts: Sequence[Block]) -> Block:
    """Roll-up rows of several blocks over the same names, in the order given."""
    return Block(
        parts[0].names, {name: np.concatenate([part[name] for part in parts]) for name in parts[0].columns}
    )
