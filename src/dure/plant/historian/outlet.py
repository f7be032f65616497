"""A file that takes rows part by part: Parquet and CSV as they come, a workbook when all are there."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

_CSV_TIME = "%Y-%m-%dT%H:%M:%S%.9fZ"


def written(frames: "Iterable[pl.DataFrame]", out: Path) -> tuple[int, list[str]]:
    """Write the frames one behind the other to `out`, whole or not at all; how many rows, and the columns.

    One frame alone, and any workbook, goes the way of every other command's table.
    """
    from dure.science.prepare import check_out, write

    check_out(out)
    waiting = iter(frames)
    first, second = next(waiting), next(waiting, None)
    if second is None or out.suffix.lower() == ".xlsx":
        import polars as pl

        whole = first if second is None else pl.concat([first, second, *waiting])
        write(whole, out)
        return whole.height, whole.columns
    return _in_parts([first, second], waiting, out), first.columns


def _in_parts(begun: "list[pl.DataFrame]", waiting: "Iterable[pl.DataFrame]", out: Path) -> int:
    room = out.with_name(f".{out.stem}-{os.getpid()}{out.suffix}")
    rows = 0
    try:
        with room.open("wb") as sink:
            put = _parquet(sink, begun[0]) if out.suffix.lower() == ".parquet" else _csv(sink)
            for frame in _chained(begun, waiting):
                put(frame)
                rows += frame.height
            put(None)
            sink.flush()
            os.fsync(sink.fileno())
        room.replace(out)
    finally:
        room.unlink(missing_ok=True)
    return rows


def _chained(begun: "list[pl.DataFrame]", waiting: "Iterable[pl.DataFrame]") -> "Iterable[pl.DataFrame]":
    while begun:
        yield begun.pop(0)
    yield from waiting


def _parquet(sink: Any, first: "pl.DataFrame") -> Any:
    import pyarrow.parquet as pq

    schema = first.to_arrow().schema
    writer = pq.ParquetWriter(sink, schema, compression="zstd")

    def put(frame: "pl.DataFrame | None") -> None:
        if frame is None:
            writer.close()
        else:
            writer.write_table(frame.to_arrow().cast(schema))

    return put


def _csv(sink: Any) -> Any:
    begun = False

    def put(frame: "pl.DataFrame | None") -> None:
        nonlocal begun
        if frame is not None:
            frame.write_csv(sink, include_header=not begun, datetime_format=_CSV_TIME)
            begun = True

    return put
