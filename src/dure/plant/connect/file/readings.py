"""Columns of a file as signals, and its rows as readings."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any

from dure.plant.connect import Readings
from dure.plant.connect.file.headers import split_unit
from dure.vocabulary import Quality, Sample, Signal

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

LONGEST = 65_536  # signs of a text that are kept
# Numbers are seconds, milli-, micro- or nanoseconds since 1970 by their size.
_SCALES = ((1e11, 10**9), (1e14, 10**6), (1e17, 10**3), (float("inf"), 1))


def kinds_of(frame: "pl.DataFrame") -> dict[str, str]:
    """Kind of every column: `number`, `boolean` or `text`."""
    return {
        name: "number" if kind.is_numeric() else "boolean" if str(kind) == "Boolean" else "text"
        for name, kind in frame.schema.items()
    }


def time_column(frame: "pl.DataFrame", named: str) -> str | None:
    """Column of source times: the one named, else the first that holds dates, empty if there is none.

    None if the one that is named is not there.
    """
    if named:
        return named if named in frame.columns else None
    import polars as pl

    return next((name for name, kind in frame.schema.items() if kind == pl.Date or isinstance(kind, pl.Datetime)), "")  # fmt: skip


def signals_of(
    source: str, kinds: Mapping[str, str], units: Mapping[str, str], apart: Sequence[str], tag: str = ""
) -> list[Signal]:
    """A signal for each column but those `apart`; its name without the unit, unless two would then be called alike.

    `tag` is the machine or part whose rows they are, if the rows of several lie in one file.
    """
    plain = {name: split_unit(name) for name in kinds if name not in apart}
    short = [name for name, _ in plain.values()]
    place = f"{source}/{' '.join(tag.split())[:200]}" if tag else source
    return [
        Signal(
            id=f"{place}/{(short_name if short.count(short_name) == 1 else name).replace('/', '_')}",
            source=source,
            name=short_name,
            unit=unit or units.get(name, ""),
            address=name,
            equipment=tag or source,
            kind=kinds[name],
        )
        for name, (short_name, unit) in plain.items()
    ]


def by_tag(frame: "pl.DataFrame", tag: str) -> list[tuple[str, "NDArray[np.bool_]"]]:
    """Every word of the column `tag`, and which rows are its; one without a name and all rows if there is no such column."""
    import numpy as np
    import polars as pl

    if not tag or tag not in frame.columns:
        return [("", np.ones(frame.height, bool))]
    words = frame[tag].cast(pl.String).fill_null("-")
    return [(word or "-", (words == word).to_numpy()) for word in words.unique(maintain_order=True).to_list()]


def nanoseconds(column: "pl.Series", zone: tzinfo) -> "NDArray[np.int64]":
    """A column of times [ns since 1970 UTC]; the least integer where a cell holds none.

    A time without a zone is meant in `zone`; of the two that a change to winter time makes equal the first is taken.
    """
    import numpy as np
    import polars as pl

    none = int(np.iinfo(np.int64).min)
    if column.dtype.is_numeric():
        return _of_numbers(column, none)
    if column.dtype == pl.String:
        column = column.str.to_datetime(time_unit="ns", strict=False)
    kind = column.dtype
    moments = column.cast(pl.Datetime("ns", getattr(kind, "time_zone", None)))
    if getattr(kind, "time_zone", None) is None and zone is not UTC:
        moments = moments.dt.replace_time_zone(str(zone), ambiguous="earliest", non_existent="null")
    return np.asarray(moments.to_physical().fill_null(none).to_numpy(), np.int64)


def _of_numbers(column: "pl.Series", none: int) -> "NDArray[np.int64]":
    import numpy as np
    import polars as pl

    known = column.is_not_null().to_numpy()
    largest = float(column.cast(pl.Float64).abs().max() or 0.0)  # type: ignore[arg-type]  # a column of numbers
    scale = next(scale for bound, scale in _SCALES if largest < bound)
    if column.dtype.is_integer():
        stamps = column.cast(pl.Int64).fill_null(0).to_numpy() * scale
    else:  # a double holds microseconds of our time, no more
        micro = np.nan_to_num(column.cast(pl.Float64).fill_null(0).to_numpy() * (scale / 1000))
        stamps = np.round(micro).astype(np.int64) * 1000
    return np.where(known, stamps, none)


def readings(
    frame: "pl.DataFrame", times: "NDArray[np.int64]", signals: Sequence[Signal], words: Mapping[str, str]
) -> Readings:
    """Rows as readings, row by row, within a row signal by signal; empty cells and rows without a time are left out.

    `words` are readings (id to text) that stand before the first row. A word in a column of numbers is kept as
    a bad reading.
    """
    import numpy as np

    rows, width = frame.height, len(signals)
    value = np.full((rows, width), np.nan)
    quality = np.zeros((rows, width), np.uint8)
    kept = np.zeros((rows, width), bool)
    text: dict[int, str] = {}
    timed = times != np.iinfo(np.int64).min
    for place, signal in enumerate(signals):
        if signal.address not in frame.columns:
            continue
        column = frame[signal.address]
        kept[:, place] = column.is_not_null().to_numpy() & timed
        told = _numbers(column) if signal.kind != "text" else None
        said = kept[:, place]
        if told is not None:
            value[:, place] = told
            said = said & np.isnan(told) & _odd(column)
            quality[said, place] = Quality.BAD
            kept[:, place] &= said | ~np.isnan(told)
        for row in np.flatnonzero(said).tolist():
            text[row * width + place] = str(column[row])[:LONGEST]
    return _flat(frame, times, signals, words, (value, quality, kept, text))


def _numbers(column: "pl.Series") -> "NDArray[np.float64]":
    import numpy as np
    import polars as pl

    return np.asarray(column.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy(), np.float64)


def _odd(column: "pl.Series") -> bool:
    """Whether what is no number in a column is a word."""
    return not (column.dtype.is_numeric() or str(column.dtype) == "Boolean")


def _flat(
    frame: "pl.DataFrame",
    times: "NDArray[np.int64]",
    signals: Sequence[Signal],
    words: Mapping[str, str],
    cells: Any,
) -> Readings:
    """Only the cells that hold something, the words of the file's name before them."""
    import numpy as np

    value, quality, kept, text = cells
    width, flat = len(signals), kept.ravel()
    places = np.cumsum(flat) - 1 + len(words)
    index = np.tile(np.arange(width, dtype=np.int32), frame.height)[flat]
    stamps = np.repeat(times, width)[flat]
    begin = int(stamps[0]) if len(stamps) else 0
    more = len(words)
    return Readings(
        (*(signal.id for signal in signals), *words),
        np.concatenate([np.arange(width, width + more, dtype=np.int32), index]),
        np.concatenate([np.full(more, begin, np.int64), stamps]),
        np.concatenate([np.full(more, np.nan), value.ravel()[flat]]),
        np.concatenate([np.zeros(more, np.uint8), quality.ravel()[flat]]),
        time.time_ns(),
        dict(enumerate(words.values())) | {int(places[cell]): said for cell, said in text.items()},
    )


def sample(signal: Signal, frame: "pl.DataFrame", row: int, stamp: int) -> Sample:
    """The reading of a signal in one row (-1 is none); bad where its column or its cell is empty."""
    cell = frame[signal.address][row] if signal.address in frame.columns and row >= 0 else None
    if cell is None:
        return Sample(signal.id, stamp, quality=Quality.BAD)
    if signal.kind == "text":
        return Sample(signal.id, stamp, text=str(cell))
    try:
        return Sample(signal.id, stamp, float(cell))
    except ValueError:
        return Sample(signal.id, stamp, quality=Quality.BAD, text=str(cell))
