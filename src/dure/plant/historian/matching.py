"""Samples found again by their key, which is signal, time and sequence; and read as a correction has them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from dure.plant.historian.block import Array, Block

READING = ("value", "text", "quality")
KEY = ("time", "sequence")
BEFORE = tuple(f"{name}_before" for name in READING)


def places(asked: Block, stored: Block, by: Sequence[str] = KEY) -> Array:
    """Row of `stored` with the key of each row of `asked`, -1 where there is none; both over the same names.

    >>> one, two = (Block(["a"], {"code": np.zeros(len(t), np.int32), "time": np.array(t)}) for t in ([1, 2, 3], [3, 1]))
    >>> places(one, two, ["time"]).tolist()
    [1, -1, 0]
    """
    both = {name: np.concatenate([stored[name], asked[name]]) for name in ("code", *by)}
    count = len(stored)
    if not len(both["code"]):
        return np.zeros(0, np.int64)
    order = np.lexsort([*(both[name] for name in reversed(by)), both["code"]])
    turns = np.zeros(len(order) - 1, bool)
    for column in both.values():
        turns |= column[order][1:] != column[order][:-1]
    begins = np.r_[True, turns]
    firsts = order[begins]  # the sort is stable: a stored row stands before its equals that are asked
    found = np.where(firsts < count, firsts, -1)[np.cumsum(begins) - 1]
    result = np.empty(len(order), np.int64)
    result[order] = found
    return result[count:]


def replaced(block: Block, rows: Block, columns: Sequence[str] = READING) -> Block:
    """The block with the reading that `rows` hold in `columns` where they have its sample."""
    at = places(block, rows)
    hit = at >= 0
    if not hit.any():
        return block
    made = dict(block.columns)
    for name, source in zip(READING, columns, strict=True):
        if name in made:
            made[name] = _chosen(made[name], rows.columns[source], hit, at, texts=name == "text")
    return Block(block.names, made)


def _chosen(old: Any, new: Any, hit: Array, at: Array, *, texts: bool) -> Any:
    if not texts:
        made = np.array(old)
        made[hit] = new[at[hit]]
        return made
    if old is None and new is None:
        return None
    count = len(hit)
    first = pa.nulls(count, pa.string()) if old is None else _one(old)
    length = int(at.max()) + 1
    second = pa.nulls(length, pa.string()) if new is None else _one(new)
    return pa.concat_arrays([first, second]).take(pa.array(np.where(hit, count + at, np.arange(count))))


def _one(text: Any) -> pa.Array:
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
