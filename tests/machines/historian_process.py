"""A real historian in a process of its own, and recorded experiments played into it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import gmtime, strftime

import numpy as np
import polars as pl
import pyarrow as pa

from dure.plant.historian import Historian
from dure.plant.transport import SAMPLE_SCHEMA

SECOND = 1_000_000_000


@contextmanager
def historian_process(home: Path) -> Iterator[Historian]:
    """Start `python -m dure.plant.historian` on `home`, give its client, and end it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "historian.txt").open("ab") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", "dure.plant.historian"],
            env={**os.environ, "DURE_HOME": str(home)},
            stderr=words,
        )
    try:
        with Historian(home) as client:
            assert client.wait(60), (home / "historian.txt").read_text()
            yield client
    finally:
        process.terminate()
        process.wait(30)


def experiment(file: Path) -> pl.DataFrame:
    """A SKAB experiment: `time` [ns], and its eight signals."""
    table = pl.read_csv(file, separator=";", try_parse_dates=True)
    return table.select(
        pl.col("datetime").dt.epoch("ns").alias("time"),
        pl.exclude("datetime", "anomaly", "changepoint").cast(pl.Float64),
    )


def samples(asset: str, table: pl.DataFrame, *, late: int = 0) -> pa.RecordBatch:
    """The rows of a table as samples of `asset`, received `late` [ns] after their source time."""
    columns = [name for name in table.columns if name != "time"]
    times = table["time"].to_numpy()
    count = len(times) * len(columns)
    every = np.tile(times, len(columns))
    return pa.RecordBatch.from_arrays(
        [
            pa.array(np.repeat([f"{asset}/{name}" for name in columns], len(times)).tolist(), pa.string()),
            pa.array(every),
            pa.array(np.zeros(count, dtype=np.int32)),
            pa.array(np.concatenate([table[name].to_numpy() for name in columns])),
            pa.nulls(count, pa.string()),
            pa.array(np.zeros(count, dtype=np.uint8)),
            pa.array(every + late),
        ],
        schema=SAMPLE_SCHEMA,
    )


def play(
    historian: Historian, source: str, batches: Sequence[pa.RecordBatch], patience: float = 30.0
) -> None:
    """Append the batches and wait until they can be read."""
    from time import monotonic, sleep

    awaited = {}
    for batch in batches:
        historian.append(source, batch)
        for signal, time in zip(batch["signal"].to_pylist(), batch["time"].to_pylist(), strict=True):
            awaited[signal] = max(time, awaited.get(signal, 0))
    end = monotonic() + patience
    while monotonic() < end:
        last = {one["signal"]: one["time"] for one in historian.last(list(awaited))}
        if all(last.get(signal, 0) >= time for signal, time in awaited.items()):
            return
        sleep(0.02)
    raise AssertionError("the historian did not take in what was played")


def leave_behind(historian: Historian, at: int) -> None:
    """Ingest more than the feed holds in memory, and move the UTC day of `at` [ns] to its file.

    Whoever stood in the feed before what was played of that day is behind.
    """
    crowd = pl.DataFrame({"time": range(at, at + 30_000), "x": [0.0] * 30_000, "y": [0.0] * 30_000})
    play(historian, "crowd", [samples("crowd", crowd)])
    historian.compact(strftime("%Y-%m-%d", gmtime(at // SECOND)))
