"""The trend of one year of one signal at 1 s (31.5 million samples), asked of a running historian.

A synthetic year is written to a segment log, ingested and compacted by the process; then trends of a year, a month,
a day and an hour are timed in another process as a page would ask for them. Beside each stands plain DuckDB on its
own sorted table, in process, asked for the same picture.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import psutil
import pyarrow as pa

from dure.plant.historian import Historian
from dure.plant.transport import SAMPLE_SCHEMA, SegmentLog

if TYPE_CHECKING:
    from collections.abc import Iterator

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
SIGNAL = "line1/Press01/Temperature"
START = 20_000 * DAY  # 2024-10-04
_TREND = """
SELECT (time - $start) // $width AS stretch, min(value), max(value), avg(value) FROM t
WHERE signal = $signal AND time >= $start AND time < $end GROUP BY stretch ORDER BY stretch
"""


@contextmanager
def running(home: Path) -> "Iterator[tuple[Historian, psutil.Process]]":
    with (home / "historian.log").open("ab") as log:
        command = [sys.executable, "-m", "dure.plant.historian"]
        process = subprocess.Popen(command, env={**os.environ, "DURE_HOME": str(home)}, stderr=log)
        try:
            with Historian(home, patience=600) as client:
                assert client.wait(60)
                yield client, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(120)


def day(number: int) -> pa.RecordBatch:
    """One day at 1 s: a daily and a weekly wave, noise, in steps of 0.01 as a transmitter gives them."""
    dice = np.random.default_rng(number)
    seconds = number * 86_400 + np.arange(86_400)
    wave = 20 + 5 * np.sin(seconds / 86_400 * 2 * np.pi) + 2 * np.sin(seconds / 604_800 * 2 * np.pi)
    value = np.round(wave + dice.normal(0, 0.3, len(seconds)), 2)
    times = START + seconds * SECOND + dice.integers(0, 20_000_000, len(seconds))
    columns = [
        pa.array(np.full(len(seconds), SIGNAL)),
        times,
        np.zeros(len(seconds), np.int32),
        value,
        pa.nulls(len(seconds), pa.string()),
        np.zeros(len(seconds), np.uint8),
        times + 1_500_000,
    ]
    return pa.record_batch(columns, schema=SAMPLE_SCHEMA)


def filled(home: Path, client: Historian, days: int) -> None:
    began = time.perf_counter()
    with SegmentLog(home / "segments" / "line1") as log:
        for number in range(days):
            log.append(day(number))
    while sum(row["count"] for row in client.signals()) < days * 86_400:
        time.sleep(0.2)
    print(f"{days * 86_400:,} samples ingested in {time.perf_counter() - began:.0f} s")
    began = time.perf_counter()
    size = sum(
        client.compact(datetime.fromtimestamp((START + n * DAY) // SECOND, UTC).date().isoformat())["bytes"]
        for n in range(days)
    )
    archive = sum(file.stat().st_size for file in (home / "historian" / "archive").rglob("*.parquet"))
    print(
        f"compacted in {time.perf_counter() - began:.0f} s: {size / days / 86_400:.2f} bytes a sample, "
        f"with minutes and hours {archive / days / 86_400:.2f}"
    )


def peer(folder: Path, days: int) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect(str(folder / "plain.duckdb"), config={"threads": 1})
    database.execute("CREATE TABLE t(signal VARCHAR, time BIGINT, value DOUBLE, quality UTINYINT)")
    for number in range(days):
        database.register("rows", pa.Table.from_batches([day(number)]))
        database.execute("INSERT INTO t SELECT signal, time, value, quality FROM rows ORDER BY time")
    database.execute("CHECKPOINT")
    return database


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--days", type=int, default=365)
    words.add_argument("--repeats", type=int, default=9)
    given = words.parse_args()
    end = START + given.days * DAY
    with tempfile.TemporaryDirectory(prefix="dure-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        with running(home) as (client, process):
            filled(home, client, given.days)
            database = peer(Path(folder), given.days)
            for label, start, stop in (
                ("all", START, end),
                ("all, not at whole hours", START + 1234 * SECOND + 7, end - 4321 * SECOND),
                ("30 days", end - 30 * DAY, end),
                ("1 day", end - DAY, end),
                ("1 hour", end - DAY // 24, end),
            ):
                compare(label, client, process, database, start, stop, given.repeats)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, to the nanosecond: the kernel's figure of all its threads."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def compare(  # noqa: PLR0913, PLR0917 - one line of the table
    label: str,
    client: Historian,
    process: psutil.Process,
    database: duckdb.DuckDBPyConnection,
    start: int,
    end: int,
    repeats: int,
) -> None:
    """Both asked in turn; the first of each is the cold one."""
    own: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    for _ in range(repeats):
        cpu, began = cpu_seconds(process.pid) + time.process_time(), time.perf_counter()
        drawn = client.trend([SIGNAL], start, end, 1000)[SIGNAL]
        own.append((time.perf_counter() - began, cpu_seconds(process.pid) + time.process_time() - cpu))
        cpu, began = time.process_time(), time.perf_counter()
        facts = {"signal": SIGNAL, "start": start, "end": end, "width": -(-(end - start) // 1000)}
        rows = database.execute(_TREND, facts).fetchall()
        theirs.append((time.perf_counter() - began, time.process_time() - cpu))
        assert min(drawn["min"]) == min(row[1] for row in rows)
        assert max(drawn["max"]) == max(row[2] for row in rows)
    wall, cpu = (statistics.median(one[n] for one in own) * 1e3 for n in (0, 1))
    peer_wall, peer_cpu = (statistics.median(one[n] for one in theirs) * 1e3 for n in (0, 1))
    print(
        f"{label}: {wall:.1f} ms wall (first {own[0][0] * 1e3:.0f}), {cpu:.1f} ms CPU, {len(drawn['time'])} points; "
        f"DuckDB {peer_wall:.1f} ms, {peer_cpu:.1f} ms CPU; ratio {wall / peer_wall:.2f} wall, {cpu / peer_cpu:.2f} CPU"
    )


if __name__ == "__main__":
    main()
