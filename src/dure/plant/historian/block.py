"""Samples, or roll-up rows, as columns: what the read path hands from file to answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dure.plant.transport import SAMPLE_SCHEMA

Array = NDArray[Any]
_LONG = ("time", "received", "middle", "first_time", "last_time")
_INT = ("sequence", "part", "count", "bad", "drawn", "good")


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of several signals.

    names
        Ids of the signals, sorted.
    columns
        Arrays of one length by name; `code` is the place of a row's signal in `names`; `text`, where it is there, an
        Arrow array or None if every text is absent.
    """

    names: Sequence[str]
    columns: Mapping[str, Any]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.columns["code"])

    def __getitem__(self, name: str) -> Array:
        """Column of that name."""
        found: Array = self.columns[name]
        return found

    def take(self, chosen: Any) -> "Block":
        """The rows of a mask, a slice or an order."""
        return Block(self.names, {name: _take(column, chosen) for name, column in self.columns.items()})

    def bounds(self) -> Array:
        """Where the rows of each signal begin, and the end: one more than `names`; the block must be sorted."""
        return np.searchsorted(self["code"], np.arange(len(self.names) + 1))

    def each(self) -> Iterator[tuple[str, slice]]:
        """Each signal that has rows, and where they stand."""
        bounds = self.bounds()
        for place, name in enumerate(self.names):
            if bounds[place + 1] > bounds[place]:
                yield name, slice(int(bounds[place]), int(bounds[place + 1]))

    def to_table(self) -> pa.Table:
        """Table of `SAMPLE_SCHEMA`."""
        text = self.columns["text"]
        arrays = [
            _names(self),
            *(pa.array(self[name]) for name in ("time", "sequence", "value")),
            pa.nulls(len(self), pa.string()) if text is None else text,
            *(pa.array(self[name]) for name in ("quality", "received")),
        ]
        return pa.Table.from_arrays(arrays, schema=SAMPLE_SCHEMA)


def _names(block: Block) -> Any:
    """The signal of each row as text; long stretches of a sorted block are repeated, which is quicker."""
    if len(block) > 500 * len(block.names):
        parts = [
            pa.repeat(pa.scalar(name, pa.string()), place.stop - place.start) for name, place in block.each()
        ]
        return pa.chunked_array(parts, pa.string())
    coded = pa.DictionaryArray.from_arrays(pa.array(block["code"]), pa.array(block.names, pa.string()))
    return coded.cast(pa.string())


def empty(names: Sequence[str], columns: Sequence[str]) -> Block:
    """No rows."""
    made: dict[str, Any] = {"code": np.zeros(0, np.int32)}
    return Block(
        names, made | {name: None if name.startswith("text") else np.zeros(0, kind(name)) for name in columns}
    )


def kind(column: str) -> Any:
    """NumPy type of a column that is no text."""
    if column.startswith("quality"):
        return np.uint8
    return np.int64 if column in _LONG else np.int32 if column in _INT else np.float64


def joined(parts: Sequence[Block], by: Sequence[str] = ("time", "sequence")) -> Block:
    """Blocks over the same names as one, sorted by signal and then `by`; parts in order of time cost no sort.

    >>> late, early = (Block(["a"], {"code": np.zeros(1, np.int32), "time": np.array([t])}) for t in (5, 3))
    >>> joined([late, early], ["time"])["time"].tolist()
    [3, 5]
    """
    if len(parts) == 1:
        return parts[0]
    columns = {name: _concat([part.columns[name] for part in parts], parts) for name in parts[0].columns}
    block = Block(parts[0].names, columns)
    block = block.take(stable_order(block["code"], len(block.names)))
    if in_order(block, by):
        return block
    return block.take(np.lexsort([*(block[name] for name in reversed(by)), block["code"]]))


def stable_order(code: Array, kinds: int) -> Array:
    """Places of the rows by code, rows of one code in their order; 16-bit codes are sorted in linear time."""
    return np.argsort(code.astype(np.uint16) if kinds <= 2**16 else code, kind="stable")


def in_order(block: Block, by: Sequence[str]) -> bool:
    """Whether the rows of a block sorted by code ascend by these columns too."""
    code = block["code"]
    settled = code[1:] > code[:-1]
    for name in by:
        column = block[name]
        if np.any(~settled & (column[1:] < column[:-1])):
            return False
        settled |= column[1:] > column[:-1]
    return True


def _take(column: Any, chosen: Any) -> Any:
    if column is None or isinstance(column, np.ndarray):
        return None if column is None else column[chosen]
    if isinstance(chosen, slice):
        return column[chosen]
    return column.filter(pa.array(chosen)) if chosen.dtype == bool else column.take(pa.array(chosen))


def _concat(columns: Sequence[Any], parts: Sequence[Block]) -> Any:
    if all(column is None for column in columns):
        return None
    if any(column is None or isinstance(column, pa.Array | pa.ChunkedArray) for column in columns):
        return _concat_texts(columns, parts)
    return np.concatenate(columns)


def _concat_texts(columns: Sequence[Any], parts: Sequence[Block]) -> pa.Array:
    chunks: list[pa.Array] = []
    for column, part in zip(columns, parts, strict=True):
        if column is None:
            chunks.append(pa.nulls(len(part), pa.string()))
        else:
            chunks.extend(column.chunks if isinstance(column, pa.ChunkedArray) else [column])
    return pa.concat_arrays(chunks)
