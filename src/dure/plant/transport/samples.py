"""Samples as columns: the Arrow schema that logs, historian and feed share."""

import io
from collections.abc import Iterable

import pyarrow as pa

from dure.plant.transport.errors import WrongSamples
from dure.vocabulary import Quality, Sample

SAMPLE_SCHEMA = pa.schema(
    [
        pa.field("signal", pa.string(), nullable=False),
        pa.field("time", pa.int64(), nullable=False),  # the source's clock, ns since 1970-01-01 UTC
        pa.field("sequence", pa.int32(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),  # NaN where `text` holds the reading
        pa.field("text", pa.string()),
        pa.field("quality", pa.uint8(), nullable=False),  # 0 good, 1 uncertain, 2 bad
        pa.field("received", pa.int64(), nullable=False),  # our clock, ns since 1970-01-01 UTC
    ]
)


def batch(samples: Iterable[Sample], *, received: int = 0) -> pa.RecordBatch:
    """Samples as one Arrow batch of `SAMPLE_SCHEMA`; `received` [ns] fills in where a sample has none.

    >>> batch([Sample("line1/Cell01/Voltage", time=1_700_000_000_000_000_000, value=3.71)]).num_rows
    1
    """
    rows = list(samples)
    columns = [[getattr(row, name) for row in rows] for name in SAMPLE_SCHEMA.names[:-1]]
    columns.append([row.received or received for row in rows])
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SAMPLE_SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SAMPLE_SCHEMA)


def samples(table: pa.Table | pa.RecordBatch) -> list[Sample]:
    """The rows of a table of `SAMPLE_SCHEMA` as samples."""
    return [Sample(**{**row, "quality": Quality(row["quality"])}) for row in table.to_pylist()]


def encode(rows: pa.RecordBatch) -> bytes:
    """Bytes of a batch as an Arrow IPC stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_batch(rows)
    return sink.getvalue()


def decode(payload: bytes, where: str = "a log") -> pa.Table:
    """Table of `SAMPLE_SCHEMA` from the bytes of `encode`, checked as foreign input.

    Raises
    ------
    WrongSamples
        If the bytes are no Arrow stream, have other columns, or lack a value where one is due.
    """
    try:
        with pa.ipc.open_stream(payload) as stream:
            table = stream.read_all()
        table.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, EOFError) as refused:
        raise WrongSamples(where, reason=str(refused).split("\n")[0]) from refused
    check(table, where)
    return table


def check(table: pa.Table | pa.RecordBatch, where: str) -> None:
    """Raise `WrongSamples` unless `table` has the columns of a sample and a value in each that needs one."""
    if not table.schema.equals(SAMPLE_SCHEMA):
        raise WrongSamples(where, reason=f"columns {', '.join(table.schema.names)}")
    for field in SAMPLE_SCHEMA:
        if not field.nullable and table.column(field.name).null_count:
            raise WrongSamples(where, reason=f"an empty {field.name}")
