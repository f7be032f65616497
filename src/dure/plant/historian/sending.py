"""Tables to a client as Arrow streams, in pieces of about a megabyte: the historian never holds the whole of one twice."""

from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from typing import Any

import pyarrow as pa

from dure.plant.historian.block import Block
from dure.plant.historian.packing import packed
from dure.plant.historian.wire import ARROW

PIECE = 2**20  # bytes
_BATCH = 100_000  # rows
Facts = dict[str, Any]


def send_table(connection: Connection, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Facts:
    """Send a table as an Arrow stream, some batches at a time; how many rows."""
    rows, sink = 0, _Sink(connection)
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), schema) as stream:
        for part in batches:
            rows += part.num_rows
            stream.write_batch(part)
    sink.send()
    return {"rows": rows}


def send_block(connection: Connection, block: Block) -> Facts:
    """Send samples as a stream of the columns that vary; the rest of them in words."""
    batch, facts = packed(block)
    batches = (batch.slice(start, _BATCH) for start in range(0, batch.num_rows, _BATCH))
    send_table(connection, batch.schema, batches)
    return facts


def unbroken(batches: Iterable[Block]) -> Iterator[Block]:
    """Blocks of an answer; a file replaced when some are sent ends the connection, and the client asks anew."""
    sent = False
    try:
        for part in batches:
            yield part
            sent = True
    except FileNotFoundError as gone:
        if sent:
            raise EOFError("a file was replaced while it was read") from gone
        raise


class _Sink:
    """A file whose bytes go to a client in pieces of about a megabyte."""

    closed = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._held, self._size = [ARROW], 0

    def write(self, piece: bytes) -> int:
        """Take some, and send what has come together."""
        self._held.append(piece)
        self._size += len(piece)
        if self._size > PIECE:
            self.send()
        return len(piece)

    def send(self) -> None:
        """Send what is held."""
        if self._size:
            self._connection.send_bytes(b"".join(self._held))
            self._held, self._size = [ARROW], 0

    def flush(self) -> None:
        """It is sent when it is long enough, or at the end."""
