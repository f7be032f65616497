"""Durable rows a second while another process reads, beside plain DuckDB.

Ours: a writer's logs are on the disk (fsynced); the historian's process takes them in with identity, newest values and
places in one transaction a burst, while another process asks it for trends, newest values and samples without a pause.

DuckDB: one process may write a database or many may read it, so its reader is a thread with a cursor of its own in the
writing process, asking the same three questions. Three ways of writing the same Arrow batches, one transaction each:
`plain` inserts them (nothing keeps a sample from being stored twice), `key` has PRIMARY KEY (signal, time, sequence),
`anti` inserts what an anti-join with the table does not find. None keeps newest values.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
from historian import plant
from trend_year import SECOND, cpu_seconds, running

from dure.plant.historian import Historian
from dure.plant.transport import SegmentLog

BATCH = 50_000
_READER = """
import json, sys, time
from pathlib import Path
from dure.plant.historian import Historian
took, names = [], [f"line1/Cell{n:03d}/Value" for n in range(20)]
with Historian(Path(sys.argv[1])) as client:
    while not Path(sys.argv[2]).exists():
        for ask in (client.last, lambda: client.trend(names, *span, 600), lambda: client.query(names[:1], *span)):
            span = (int(sys.argv[3]), int(sys.argv[4]))
            began = time.perf_counter()
            ask()
            took.append(time.perf_counter() - began)
        time.sleep(0.02)
print(json.dumps(took))
"""
_TABLE = """CREATE TABLE t(signal VARCHAR, time BIGINT, sequence INTEGER, value DOUBLE, text VARCHAR,
    quality UTINYINT, received BIGINT{key})"""
_INSERTS = {
    "plain": "INSERT INTO t FROM batch",
    "key": "INSERT OR IGNORE INTO t FROM batch",
    "anti": "INSERT INTO t FROM batch ANTI JOIN (FROM t WHERE time >= $low) s USING (signal, time, sequence)",
}
_ASKED = (
    "SELECT signal, max(time), arg_max(value, time) FROM t GROUP BY signal",
    """SELECT signal, (time - $low) // 6000000000 AS s, min(value), max(value), avg(value) FROM t
    WHERE signal IN (SELECT unnest($names)) AND time >= $low GROUP BY ALL""",
    "SELECT * FROM t WHERE signal = $name AND time >= $low ORDER BY time",
)


def ours(
    folder: Path, batches: list[pa.RecordBatch], rows: int, span: tuple[int, int]
) -> tuple[float, float, list[float]]:
    """Rows a second, rows a core-second of the historian, and what the reader waited [s]."""
    with SegmentLog(folder / "segments" / "line1") as log:
        for batch in batches:
            log.append(batch)
    stop = folder / "stop"
    with running(folder) as (client, process):
        words = [sys.executable, "-c", _READER, str(folder), str(stop), *map(str, span)]
        reader = subprocess.Popen(words, stdout=subprocess.PIPE)
        began = time.perf_counter()
        cpu = cpu_seconds(process.pid)
        first = stored(client)
        while (now := stored(client)) < rows:
            time.sleep(0.02)
        took, cpu = time.perf_counter() - began, cpu_seconds(process.pid) - cpu
        stop.touch()
        waited = reader.communicate()[0]
    import json

    return (now - first) / took, (now - first) / cpu, json.loads(waited)


def stored(client: Historian) -> int:
    return int(client.health()["position"])


def theirs(
    folder: Path, how: str, batches: list[pa.RecordBatch], rows: int, low: int
) -> tuple[float, float, list[float]]:
    database = duckdb.connect(str(folder / f"{how}.duckdb"), config={"threads": 1, "memory_limit": "256MB"})
    database.execute(_TABLE.format(key=", PRIMARY KEY (signal, time, sequence)" if how == "key" else ""))
    stop, waited = threading.Event(), []
    reader = threading.Thread(target=read_on, args=(database.cursor(), stop, low, waited))
    reader.start()
    began, cpu = time.perf_counter(), time.process_time()
    for batch in batches:
        table = pa.Table.from_batches([batch])
        database.register("batch", table)
        facts = {"low": min(table["time"][0].as_py(), table["time"][-1].as_py())} if how == "anti" else {}
        database.execute(_INSERTS[how], facts).fetchall()
        database.unregister("batch")
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    stop.set()
    reader.join()
    database.close()
    return rows / took, rows / cpu, waited


def read_on(cursor: duckdb.DuckDBPyConnection, stop: threading.Event, low: int, waited: list[float]) -> None:
    names = [f"line1/Cell{n:03d}/Value" for n in range(20)]
    facts = [{}, {"low": low, "names": names}, {"low": low, "name": names[0]}]
    while not stop.is_set():
        for query, known in zip(_ASKED, facts, strict=True):
            began = time.perf_counter()
            cursor.execute(query, known).fetchall()
            waited.append(time.perf_counter() - began)
        time.sleep(0.02)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rows", type=int, default=2_000_000)
    words.add_argument("--repeats", type=int, default=5)
    given = words.parse_args()
    start = time.time_ns() // SECOND * SECOND - given.rows // 500 * SECOND
    table = plant(500, given.rows // 500, start)
    batches = table.to_batches(max_chunksize=BATCH)
    late = start + (given.rows // 500 - 600) * SECOND  # the reader looks at the newest ten minutes
    found: dict[str, list[tuple[float, float, list[float]]]] = {}
    ways: dict[str, Callable[[Path], tuple[float, float, list[float]]]] = {
        "ours": lambda folder: ours(folder, batches, given.rows, (late, late + 600 * SECOND)),
        **{
            f"DuckDB {how}": lambda folder, how=how: theirs(folder, how, batches, given.rows, late)
            for how in _INSERTS
        },
    }
    for _ in range(given.repeats):
        for name, run in ways.items():
            with tempfile.TemporaryDirectory(prefix="dure-") as folder:
                found.setdefault(name, []).append(run(Path(folder)))
    own = [statistics.median(run[n] for run in found["ours"]) for n in (0, 1)]
    for name, runs in found.items():
        rate, core = (statistics.median(run[n] for run in runs) for n in (0, 1))
        waits = sorted(wait for run in runs for wait in run[2]) or [0.0]
        print(
            f"{name}: {rate:,.0f} rows/s, {core:,.0f} a core-second; ours is {own[0] / rate:.2f} and {own[1] / core:.2f} of it; "
            f"its reader waited {waits[len(waits) // 2] * 1e3:.0f} ms, p95 {waits[int(len(waits) * 0.95)] * 1e3:.0f} ms"
        )


if __name__ == "__main__":
    main()
