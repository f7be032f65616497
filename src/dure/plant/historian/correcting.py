"""What a correction is to do with the samples it finds, as blocks with the reading before and after."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dure.plant.historian.block import Array, Block, in_order
from dure.plant.historian.errors import LaterCorrection, RequestRefused, TooMuch
from dure.plant.historian.matching import BEFORE, KEY, READING, places
from dure.plant.historian.reading import SAMPLES, Reader
from dure.plant.historian.requests import LATEST, MAX_NAME, MAX_TEXT
from dure.plant.historian.writing import DAY

BAD = 2  # quality of a sample that has no value
MAX_TABLE = 200_000
MAX_BACKFILL = 500_000
_COLUMNS = {"signal": pa.string(), "time": pa.int64(), "value": pa.float64(), "text": pa.string()}


@dataclass(frozen=True, slots=True)
class Reading:
    """The new reading of a stretch: one value; or scale x old + offset; or, without both, no value."""

    value: float | None = None
    scale: float | None = None
    offset: float | None = None

    def of(self, block: Block) -> Block:
        """The samples it changes."""
        if self.scale is None and self.offset is None:
            value, quality = (np.nan, BAD) if self.value is None else (self.value, 0)
            return changed(block, value, quality)
        scale, offset = (1.0 if self.scale is None else self.scale), self.offset or 0.0
        block = block.take(np.isfinite(block["value"]))
        return changed(block, block["value"] * scale + offset, block["quality"], block.columns["text"])


def stretch(reader: Reader, names: Sequence[str], start: int, end: int, reading: Reading) -> Iterator[Block]:
    """Samples of the sorted `names` with `start` ≤ time < `end`, some at a time."""
    refuse_many(reader, reader.count(names, start, end))
    for name in names:
        for low, high in reader.windows(name, start, end):
            block = reading.of(reader.block([name], low, high, SAMPLES))
            if len(block):
                yield block


def table(reader: Reader, rows: Block, missing: list[int]) -> Iterator[Block]:
    """Samples at the signals and times of sorted `rows`, with their values; `missing` counts those that match none.

    A row without value and text takes the value away. Of samples of one time all are meant.
    """
    for name, place in rows.each():
        own = alone(rows.take(place), name)
        for day in np.unique(own["time"] // DAY).tolist():
            some = own.take(own["time"] // DAY == day)
            low, high = int(some["time"][0]), int(some["time"][-1]) + 1
            block = reader.block([name], low, high, SAMPLES)
            at = places(block, some, ["time"])
            hit = at >= 0
            missing[0] += len(some) - len(np.unique(at[hit]))
            if hit.any() and len(new := _with(block.take(hit), some, at[hit])):
                yield new


def _with(block: Block, rows: Block, at: Array) -> Block:
    text = rows.columns["text"]
    words = None if text is None else text.take(pa.array(at))
    value = rows["value"][at]
    absent = np.isnan(value)
    if words is not None:
        absent &= words.is_null().to_numpy(zero_copy_only=False)
    return changed(block, value, np.where(absent, BAD, 0), words)


def rows_of(payload: bytes) -> Block:
    """The table of a correction, checked as foreign input, sorted by signal and time.

    Raises
    ------
    RequestRefused
        If it is no Arrow stream of signal, time, value and perhaps text, or one time is named twice.
    """
    found = _read(payload)
    coded = found["signal"].combine_chunks().dictionary_encode()
    known = coded.dictionary.to_pylist()
    names = sorted(known)
    place = {name: at for at, name in enumerate(names)}
    code = np.array([place[name] for name in known], np.int32)[coded.indices.to_numpy()]
    time = found["time"].to_numpy()
    order = np.lexsort([time, code])
    text = found["text"].combine_chunks().take(pa.array(order)) if "text" in found.column_names else None
    value = found["value"].fill_null(np.nan).to_numpy()[order]
    block = Block(names, {"code": code[order], "time": time[order], "value": value, "text": text})
    if np.any((np.diff(block["code"]) == 0) & (np.diff(block["time"]) == 0)):
        raise RequestRefused("correct", reason="a time of a signal is named twice")
    return block


def backfilled(samples: pa.Table) -> pa.Table:
    """Samples to be brought in, if each has a time that a clock can show and a name.

    Raises
    ------
    RequestRefused
        If one has not.
    """
    if not 0 < samples.num_rows <= MAX_BACKFILL:
        raise RequestRefused("backfill", reason=f"the table has no rows, or more than {MAX_BACKFILL}")
    bounds = pc.min_max(samples["time"]).as_py()
    if bounds["min"] < 0 or bounds["max"] >= LATEST:
        raise RequestRefused("backfill", reason="a time lies before 1970 or after 2116")
    if _longest(samples["signal"]) > MAX_NAME or not pc.min(pc.utf8_length(samples["signal"])).as_py():
        raise RequestRefused("backfill", reason="a name is empty or too long")
    return samples


def _read(payload: bytes) -> pa.Table:
    try:
        with pa.ipc.open_stream(payload) as stream:
            found = stream.read_all()
            found.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, EOFError) as refused:
        raise RequestRefused("correct", reason="the table is no Arrow stream") from refused
    given = dict(zip(found.schema.names, found.schema.types, strict=True))
    wanted = {name: kind for name, kind in _COLUMNS.items() if name != "text" or "text" in given}
    if given != wanted:
        raise RequestRefused("correct", reason="the table has no signal, time, value and perhaps text")
    if not 0 < found.num_rows <= MAX_TABLE:
        raise RequestRefused("correct", reason=f"the table has no rows, or more than {MAX_TABLE}")
    if found["signal"].null_count or found["time"].null_count:
        raise RequestRefused("correct", reason="a signal or a time is empty")
    bounds = pc.min_max(found["time"]).as_py()
    if bounds["min"] < 0 or bounds["max"] >= LATEST or _longest(found["signal"]) > MAX_NAME:
        raise RequestRefused("correct", reason="a time or a name is out of bounds")
    if "text" in given and (_longest(found["text"]) or 0) > MAX_TEXT:
        raise RequestRefused("correct", reason="a text is too long")
    return found


def _longest(texts: Any) -> int:
    return int(pc.max(pc.utf8_length(texts)).as_py() or 0)


def refuse_many(reader: Reader, rows: int) -> None:
    """Refuse a correction of more samples than one may change."""
    if rows > reader.settings.max_rows:
        raise TooMuch("correct", asked=rows, what="samples", limit=reader.settings.max_rows)


def changed(block: Block, value: Any, quality: Any, text: Any = None) -> Block:
    """Samples with a new reading beside that of before, without those that have it already.

    `value` and `quality` are one for all, or an array.
    """
    count = len(block)
    new = np.broadcast_to(np.asarray(value, float), count)
    trust = np.broadcast_to(np.asarray(quality, np.uint8), count)
    differs = ~_alike(new, block["value"]) | (trust != block["quality"]) | _other_words(text, block)
    made = Block(
        block.names,
        {
            **{name: block.columns[name] for name in ("code", *KEY)},
            "value": new,
            "text": text,
            "quality": trust,
            **{before: block.columns[name] for name, before in zip(READING, BEFORE, strict=True)},
        },
    )
    return made if differs.all() else made.take(differs)


def blank(fresh: Block) -> Block:
    """Samples that came by a backfill, `code` their ids: sorted by name, before them nothing."""
    names = sorted({fresh.names[one] for one in np.unique(fresh["code"]).tolist()})
    place = {name: at for at, name in enumerate(names)}
    ids = np.zeros(len(fresh.names), np.int32)
    for at, name in enumerate(fresh.names):
        ids[at] = place.get(name, 0)
    moved = Block(names, {**fresh.columns, "code": ids[fresh["code"]]})
    if not np.all(np.diff(moved["code"]) >= 0) or not in_order(moved, KEY):
        moved = moved.take(np.lexsort([moved["sequence"], moved["time"], moved["code"]]))
    columns = {name: moved.columns[name] for name in ("code", *KEY, *READING)}
    nothing = {"value_before": np.full(len(moved), np.nan), "text_before": None}
    return Block(names, {**columns, **nothing, "quality_before": np.full(len(moved), BAD, np.uint8)})


def reverted(reader: Reader, rows: Block, number: int) -> Iterator[Block]:
    """Samples of a record with their reading of before, as long as none was changed again.

    Raises
    ------
    LaterCorrection
        If one was.
    """
    for name, place in rows.each():
        own = alone(rows.take(place), name)
        now = reader.block([name], int(own["time"][0]), int(own["time"][-1]) + 1, SAMPLES)
        at = places(own, now)
        own, now = own.take(at >= 0), now.take(at[at >= 0])  # retention may have removed some since
        if not np.all(_alike(own["value"], now["value"]) & (own["quality"] == now["quality"])):
            raise LaterCorrection(str(number), signal=name)
        if len(own):
            yield changed(now, own["value_before"], own["quality_before"], own.columns["text_before"])


def alone(block: Block, name: str) -> Block:
    """Rows of one signal as a block over that alone."""
    return Block([name], {**block.columns, "code": np.zeros(len(block), np.int32)})


def _alike(one: Array, other: Array) -> Array:
    same: Array = (one == other) | (np.isnan(one) & np.isnan(other))
    return same


def _other_words(text: Any, block: Block) -> Array:
    old = block.columns["text"]
    if text is None and old is None:
        return np.zeros(len(block), bool)
    first, second = (pa.nulls(len(block), pa.string()) if one is None else one for one in (text, old))
    same = pc.fill_null(pc.equal(first, second), False)
    both = pc.and_(first.is_null(), second.is_null())
    found: Array = ~pc.or_(same, both).to_numpy(zero_copy_only=False)
    return found
