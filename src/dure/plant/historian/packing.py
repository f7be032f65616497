"""Samples on the wire: the columns that vary, as Arrow, and in words what is the same in every row.

The signal of a sorted block comes in runs, and most streams have no text, quality good and sequence 0: sent as a
column each, they were two thirds of the bytes of an answer.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from dure.plant.historian.block import Block
from dure.plant.transport import SAMPLE_SCHEMA

Facts = dict[str, Any]
_PLAIN = ("sequence", "quality")


def packed(block: Block) -> tuple[pa.RecordBatch, Facts]:
    """The varying columns of a sorted block of samples, and the rest of it in words.

    >>> one = {"code": [0, 0], "time": [1, 2], "sequence": [0, 0], "value": [3.0, 4.0], "quality": [0, 0]}
    >>> columns = {name: np.array(column) for name, column in one.items()}
    >>> batch, facts = packed(Block(["a"], {**columns, "received": np.array([6, 7]), "text": None}))
    >>> batch.schema.names, facts["same"], facts["delay"]
    (['time', 'value'], {'sequence': 0, 'quality': 0, 'text': None}, 5)
    """
    made = {name: pa.array(block[name]) for name in ("time", "value")}
    facts: Facts = {"runs": [[name, place.stop - place.start] for name, place in block.each()], "same": {}}
    for name in _PLAIN:
        if (block[name] == block[name][0]).all():
            facts["same"][name] = int(block[name][0])
        else:
            made[name] = pa.array(block[name])
    text = block.columns["text"]
    if text is None:
        facts["same"]["text"] = None
    else:
        made["text"] = text
    delay = block["received"] - block["time"]
    if (delay == delay[0]).all():
        facts["delay"] = int(delay[0])
    else:
        made["received"] = pa.array(block["received"])
    return pa.record_batch(made), facts


def unpacked(table: pa.Table, facts: Facts) -> pa.Table:
    """The samples again, of `SAMPLE_SCHEMA`."""
    rows = table.num_rows
    made: dict[str, Any] = {name: table[name] for name in table.column_names}
    parts = [pa.repeat(pa.scalar(name, pa.string()), count) for name, count in facts["runs"]]
    made["signal"] = pa.chunked_array(parts, pa.string())
    for name, value in facts["same"].items():
        kind = SAMPLE_SCHEMA.field(name).type
        made[name] = pa.nulls(rows, kind) if value is None else pa.repeat(pa.scalar(value, kind), rows)
    if "delay" in facts:
        made["received"] = pa.array(table["time"].to_numpy() + np.int64(facts["delay"]))
    return pa.table([made[name] for name in SAMPLE_SCHEMA.names], schema=SAMPLE_SCHEMA)


def read_all(payload: bytes, parts: Sequence[Facts]) -> pa.Table:
    """Samples of an answer: as many Arrow streams, one behind the other, as there are parts."""
    source = pa.BufferReader(payload)
    tables = []
    for facts in parts:
        with pa.ipc.open_stream(source) as stream:
            tables.append(unpacked(stream.read_all(), facts))
    return pa.concat_tables(tables) if tables else SAMPLE_SCHEMA.empty_table()
