"""What a signal is like, measured from its samples; all signals at once, over sorted columns."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from dure.plant.historian.block import Array, Block
from dure.plant.historian.errors import TooMuch
from dure.plant.historian.reading import SAMPLES, Reader, Row

_SECOND = 1_000_000_000  # ns
_DAY = 86_400 * _SECOND
_ROWS_AT_ONCE = 500_000
_ROWS_OF_SILENT = 100_000
_COLUMNS = tuple(name for name in SAMPLES if name != "sequence")


def measure(reader: Reader, signals: Sequence[str] | None, start: int | None, end: int | None) -> list[Row]:
    """Measured properties of each signal over a range, or over the newest stretch that is cheap to read.

    A signal that fell silent before that stretch is measured over the newest stretch of its own.
    """
    chosen = None if signals is None else set(signals)
    known = [row for row in reader.signals() if chosen is None or row["signal"] in chosen]
    if not known:
        return []
    low, high = _span(known, start, end, reader.settings.measure_rows)
    silent = [row for row in known if start is None and end is None and row["last"] < low]
    apart = {row["signal"] for row in silent}
    measured = _measured(reader, [row["signal"] for row in known if row["signal"] not in apart], low, high)
    for row in silent:
        measured += _measured(reader, [row["signal"]], *_span([row], None, None, _ROWS_OF_SILENT))
    return sorted(measured, key=lambda row: str(row["signal"]))


def _span(known: list[Row], start: int | None, end: int | None, rows: int) -> tuple[int, int]:
    """The range named, else the newest stretch of about `rows` samples, at most a day."""
    high = max(row["last"] for row in known) + 1 if end is None else end
    rate = sum(row["count"] / max(_SECOND, row["last"] - row["first"]) for row in known)  # samples per ns
    return (max(0, high - min(_DAY, int(rows / rate))) if start is None else start), high


def _measured(reader: Reader, names: list[str], low: int, high: int) -> list[Row]:
    """Some signals at a time, so that what is read stays in memory."""
    expected, most = int(reader.expected(names, low, high).sum()), reader.settings.max_measure
    if int(reader.counted(names).sum()) > most and (asked := reader.count(names, low, high)) > most:
        raise TooMuch("measure", asked=asked, what="samples", limit=most)
    step = max(1, len(names) * _ROWS_AT_ONCE // max(1, expected))
    rows: list[Row] = []
    for place in range(0, len(names), step):
        rows += described(reader.block(names[place : place + step], low, high, ("sequence", *_COLUMNS)))
    return rows


def described(block: Block) -> list[Row]:
    """Measures of each signal of a sorted block.

    A step is the time from one sample to the next, the period the median of the steps above zero; a gap is a step of
    more than three periods. A run is a stretch of good samples without a change.
    """
    bounds = block.bounds()
    present = np.flatnonzero(np.diff(bounds))
    if not len(present):
        return []
    begins = bounds[present]
    signal = np.repeat(np.arange(len(present)), np.diff(np.r_[begins, len(block)]))
    time, ends = block["time"], np.r_[begins[1:], len(block)] - 1
    span = (time[ends] - time[begins]).astype(float)
    count = np.diff(np.r_[begins, len(block)])
    with np.errstate(divide="ignore", invalid="ignore"):
        columns: dict[str, Any] = {
            "count": count,
            "rate_hz": np.where(span > 0, (count - 1) * 1e9 / span, np.nan),
            **_steps(time, signal, span),
            "stuck_s": _stuck(block, signal, len(present)),
            "distinct": _distinct(block, signal, len(present)),
            "skew_s": _skew(block, signal, len(present)),
            "bad_share": np.bincount(signal, block["quality"] != 0, len(present)) / count,
            **_range(block, signal, len(present)),
            "first": time[begins],
            "last": time[ends],
        }
    lists = {name: _plain(column) for name, column in columns.items()}
    return [
        {"signal": block.names[place], **{name: column[n] for name, column in lists.items()}}
        for n, place in enumerate(present.tolist())
    ]


def _steps(time: Array, signal: Array, span: Array) -> dict[str, Array]:
    kinds = len(span)
    inner = signal[1:] == signal[:-1]
    steps, owner = np.diff(time)[inner], signal[1:][inner]
    above = steps > 0
    period = _medians(steps[above], owner[above], kinds)
    gap = steps > 3 * period[owner]
    gaps, whose = steps[gap], owner[gap]
    missing = np.bincount(whose, gaps - period[whose], kinds)
    longest = np.zeros(kinds)
    np.maximum.at(longest, whose, gaps / 1e9)
    return {
        "period_s": period / 1e9,
        "gaps": np.bincount(whose, minlength=kinds),
        "gap_share": np.where(span > 0, missing / span, 0.0),
        "longest_gap_s": longest,
    }


def _stuck(block: Block, signal: Array, kinds: int) -> Array:
    """The longest run of each [s]."""
    kept = block["quality"] == 0
    owner, time, word = signal[kept], block["time"][kept], _words(block)[kept]
    stuck = np.zeros(kinds)
    if not len(owner):
        return stuck
    turns = np.flatnonzero(np.r_[True, (owner[1:] != owner[:-1]) | (word[1:] != word[:-1])])
    ends = np.r_[turns[1:], len(owner)] - 1
    np.maximum.at(stuck, owner[turns], (time[ends] - time[turns]) / 1e9)
    return stuck


def _words(block: Block) -> Array:
    """Equal numbers for equal readings: the bits of the value, and where there are texts a code of theirs."""
    bits = (block["value"] + 0.0).view(np.int64)  # -0.0 is 0.0
    bits = np.where(np.isnan(block["value"]), np.int64(-1), bits)
    text = block.columns["text"]
    if text is None:
        return bits
    code = text.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    _, pairs = np.unique(np.stack([bits, code], 1), axis=0, return_inverse=True)
    return pairs.reshape(-1).astype(np.int64)


def _distinct(block: Block, signal: Array, kinds: int) -> Array:
    """How many values or texts; a NaN without a text is no reading."""
    kept = ~np.isnan(block["value"])
    if (text := block.columns["text"]) is not None:
        kept |= text.is_valid().to_numpy(zero_copy_only=False)
    owner, word = signal[kept], _words(block)[kept]
    order = np.lexsort([word, owner])
    owner, word = owner[order], word[order]
    new = np.r_[True, (owner[1:] != owner[:-1]) | (word[1:] != word[:-1])] if len(owner) else owner == 0
    return np.bincount(owner[new], minlength=kinds)


def _skew(block: Block, signal: Array, kinds: int) -> Array:
    known = block["received"] > 0
    return _medians((block["received"] - block["time"])[known], signal[known], kinds) / 1e9


def _range(block: Block, signal: Array, kinds: int) -> dict[str, Array]:
    kept = (block["quality"] == 0) & np.isfinite(block["value"])
    owner, value = signal[kept], block["value"][kept]
    begins = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else np.zeros(0, np.int64)
    found = {}
    for name, least in (("low", np.minimum), ("high", np.maximum)):
        found[name] = np.full(kinds, np.nan)
        if len(begins):
            found[name][owner[begins]] = least.reduceat(value, begins)
    return found


def _medians(values: Array, owner: Array, kinds: int) -> Array:
    """Median of the values of each owner; NaN for one without."""
    made = np.full(kinds, np.nan)
    if not len(values):
        return made
    order = np.lexsort([values, owner])
    owner, values = owner[order], values[order].astype(float)
    begins = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    counts = np.diff(np.r_[begins, len(owner)])
    made[owner[begins]] = (values[begins + (counts - 1) // 2] + values[begins + counts // 2]) / 2
    return made


def _plain(column: Array) -> list[Any]:
    """Plain numbers; what is not known is None."""
    if column.dtype.kind != "f":
        return list(column.tolist())
    return [None if math.isnan(value) else value for value in column.tolist()]
