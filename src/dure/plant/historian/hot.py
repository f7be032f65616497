"""Rows of the hot table as a block."""

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np

from dure.plant.historian.block import Block, in_order, stable_order
from dure.plant.historian.newest import Newest
from dure.plant.historian.rolling import HOUR
from dure.plant.historian.store import arrow

_ROWS = "SELECT signal, time, sequence, value, text, quality, received FROM hot"
_OF_SIGNALS = _ROWS + " WHERE time >= $low AND time < $high AND signal IN (SELECT unnest($ids))"
_OF_ALL = _ROWS + " WHERE time >= $low AND time < $high AND number <= $number"


def hot_rows(
    cursor: duckdb.DuckDBPyConnection, newest: Newest, names: Sequence[str], low: int, high: int
) -> Block:
    """Rows of the sorted `names` with `low` ≤ time < `high`, sorted."""
    ids = [newest.ids[name] for name in names if name in newest.ids]
    return _sorted(arrow(cursor, _OF_SIGNALS, {"low": low, "high": high, "ids": ids}), newest, names)


def hot_day(
    cursor: duckdb.DuckDBPyConnection, newest: Newest, names: Sequence[str], low: int, number: int
) -> Block:
    """Rows of all signals of the day that begins at `low` [ns], numbered up to `number`, sorted."""
    high = low + 24 * HOUR
    return _sorted(arrow(cursor, _OF_ALL, {"low": low, "high": high, "number": number}), newest, names)


def _sorted(rows: Any, newest: Newest, names: Sequence[str]) -> Block:
    known = len(newest.names)
    places = np.full(known, -1, np.int32)
    for place, name in enumerate(names):
        if (found := newest.ids.get(name, known)) < known:
            places[found] = place
    columns = {name: rows[name].to_numpy() for name in ("time", "sequence", "value", "quality", "received")}
    text = rows["text"].combine_chunks()
    made = Block(
        names,
        {
            "code": places[rows["signal"].to_numpy()],
            **columns,
            "text": None if text.null_count == len(text) else text,
        },
    )
    made = made.take(stable_order(made["code"], len(names)))
    if in_order(made, ("time", "sequence")):
        return made
    return made.take(np.lexsort([made["sequence"], made["time"], made["code"]]))
