"""How samples and roll-ups lie in Parquet: sort order, row groups, encodings. Any reader of Parquet opens the files.

Format 2 of a day file has the columns of a sample, but `delay` (received − time, ns) in place of `received`: a delay
of a source varies little, two clocks do. Rows are sorted by signal, time, sequence; a row group ends where a signal
ends, so that one signal's day is read alone and its encodings fit it. `benchmarks/historian.py` prints the sizes.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dure.plant.historian.block import Block

SMALLEST_GROUP, LARGEST_GROUP = 16_384, 500_000
_GROUPS_A_FILE = 1500
_TRIAL = 8192  # values of a signal that are compressed either way to see which is smaller
FORMAT = {b"dure.format": b"2"}

DAY_SCHEMA = pa.schema(
    [
        pa.field("signal", pa.string(), nullable=False),
        pa.field("time", pa.int64(), nullable=False),
        pa.field("sequence", pa.int32(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("text", pa.string()),
        pa.field("quality", pa.uint8(), nullable=False),
        pa.field("delay", pa.int64(), nullable=False),
    ],
    FORMAT,
)
ROLLUP_SCHEMA = pa.schema(
    [
        pa.field("signal", pa.string(), nullable=False),
        pa.field("time", pa.int64(), nullable=False),  # begin of the stretch, ns
        pa.field("part", pa.int32(), nullable=False),  # number of the day file it was made from
        pa.field("count", pa.int32(), nullable=False),  # samples
        pa.field("bad", pa.int32(), nullable=False),  # of them not good
        pa.field(
            "drawn", pa.int32(), nullable=False
        ),  # finite numbers that are not bad; the next four are of them
        pa.field("middle", pa.int64(), nullable=False),  # mean of their times, ns
        pa.field("min", pa.float64(), nullable=False),
        pa.field("max", pa.float64(), nullable=False),
        pa.field("sum", pa.float64(), nullable=False),
        pa.field(
            "good", pa.int32(), nullable=False
        ),  # finite numbers of quality good; the next five are of them
        pa.field("first", pa.float64(), nullable=False),
        pa.field("first_time", pa.int64(), nullable=False),
        pa.field("last", pa.float64(), nullable=False),
        pa.field("last_time", pa.int64(), nullable=False),
        pa.field(
            "weighted", pa.float64(), nullable=False
        ),  # each held to the next, the last to the end: value x s
    ],
    FORMAT,
)
CORRECTION_SCHEMA = pa.schema(
    [
        pa.field("signal", pa.string(), nullable=False),
        pa.field("time", pa.int64(), nullable=False),
        pa.field("sequence", pa.int32(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),  # as it is since
        pa.field("text", pa.string()),
        pa.field("quality", pa.uint8(), nullable=False),
        pa.field("value_before", pa.float64(), nullable=False),
        pa.field("text_before", pa.string()),
        pa.field("quality_before", pa.uint8(), nullable=False),
    ],
    FORMAT,
)
_DELTA = (
    "time",
    "sequence",
    "delay",
    "part",
    "count",
    "bad",
    "drawn",
    "middle",
    "good",
    "first_time",
    "last_time",
)


class Sheet:
    """One Parquet file being written: whole or absent, and on the disk when `finish` has returned."""

    def __init__(self, file: Path, schema: pa.Schema, *, level: int, group: int, split: bool = False) -> None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file, self._schema, self._group = file, schema, group
        self.rows, self.low, self.high, self.bytes = 0, 2**63 - 1, -(2**63), 0
        self.signals: set[str] = set()
        self._unfinished = file.with_suffix(".tmp")
        self._sink = self._unfinished.open("wb")
        self._writer = _writer(self._sink, schema, level, split=split)
        self._waiting: list[Block] = []
        self._held = 0

    def add(self, block: Block) -> None:
        """Write rows that come behind those written, one signal whole or in pieces."""
        for _, place in block.each():
            self._add_one(block.take(place))

    def _add_one(self, part: Block) -> None:
        name = part.names[int(part["code"][0])]
        self.signals.add(name)
        last = self._waiting[-1] if self._waiting else None
        turns = last is not None and last.names[int(last["code"][0])] != name
        if turns and (self._held >= self._group or self._held + len(part) > LARGEST_GROUP):
            self._write_group()
        for start in range(0, len(part), LARGEST_GROUP):
            some = part.take(slice(start, start + LARGEST_GROUP))
            self._waiting.append(some)
            self._held += len(some)
            if self._held >= LARGEST_GROUP:
                self._write_group()

    def finish(self) -> "Sheet":
        """Close the file and bring it to the disk."""
        if self._waiting:
            self._write_group()
        self._writer.close()
        with self._sink as sink:
            sink.flush()
            os.fsync(sink.fileno())
        unfinished = self._unfinished
        unfinished.rename(self.file)
        for folder in (self.file.parent, self.file.parent.parent):
            _sync_folder(folder)
        self.bytes = self.file.stat().st_size
        return self

    def give_up(self) -> None:
        """Leave nothing."""
        with suppress(
            OSError, ValueError
        ):  # or its end would be written when it is forgotten, to a closed file
            self._writer.close()
        self._sink.close()
        self._unfinished.unlink(missing_ok=True)

    def _write_group(self) -> None:
        table = pa.concat_tables([_table(part, self._schema) for part in self._waiting])
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        self.rows += table.num_rows
        for part in self._waiting:
            self.low = min(self.low, int(part["time"].min()))
            self.high = max(self.high, int(part["time"].max()))
        self._waiting, self._held = [], 0


def group_rows(rows: int) -> int:
    """Least rows of a row group in a file of so many: enough groups to read one signal alone, not too many to list.

    >>> group_rows(1_000_000), group_rows(86_400_000)
    (16384, 57600)
    """
    return int(np.clip(rows // _GROUPS_A_FILE, SMALLEST_GROUP, LARGEST_GROUP))


def splits(values: Any) -> bool:
    """Whether values are smaller with their bytes split by place (BYTE_STREAM_SPLIT) than as they are.

    Measured values with noise in the last digits are; values in steps of 0.1, which have the same eight bytes each
    time they come, are not.

    >>> splits(np.sin(np.arange(4096.0))), splits(np.random.default_rng(0).integers(0, 200, 4096) / 10)
    (True, False)
    """
    some = np.ascontiguousarray(values[:_TRIAL])
    zstd = pa.Codec("zstd", compression_level=1)
    plain = zstd.compress(some.tobytes())
    apart = zstd.compress(some.view(np.uint8).reshape(len(some), 8).T.tobytes())
    return len(apart) < len(plain)


def _writer(sink: Any, schema: pa.Schema, level: int, *, split: bool) -> pq.ParquetWriter:
    encodings = dict.fromkeys((name for name in _DELTA if name in schema.names), "DELTA_BINARY_PACKED")
    doubles = [field.name for field in schema if field.type == pa.float64()]
    encodings |= dict.fromkeys(doubles, "BYTE_STREAM_SPLIT" if split else "PLAIN")
    return pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        compression_level=level,
        use_dictionary=[name for name in ("signal", "text", "quality") if name in schema.names],
        column_encoding=encodings,
        write_statistics=[
            name for name in ("signal", "time", "sequence", "text", "quality") if name in schema.names
        ],
        version="2.6",
    )


def _table(part: Block, schema: pa.Schema) -> pa.Table:
    coded = pa.DictionaryArray.from_arrays(pa.array(part["code"]), pa.array(part.names, pa.string()))
    arrays = []
    for field in schema:
        if field.name == "signal":
            arrays.append(coded.cast(pa.string()))
        elif field.name == "delay":
            arrays.append(pa.array(part["received"] - part["time"]))
        elif field.type == pa.string():
            text = part.columns[field.name]
            arrays.append(pa.nulls(len(part), pa.string()) if text is None else text)
        else:
            arrays.append(pa.array(part[field.name]).cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
