"""The five historian queries of the plant reference, beside plain DuckDB on its own sorted table, asked in turn.

20 signals at 1 s and 200 at 30 s over nine days, sent through the logs, ingested and compacted by a running
historian. DuckDB holds the same rows in one table sorted by signal and time (signal as a number, as its best case has it)
and answers in process; the historian answers another process through its socket. CPU counts the historian and its client.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import psutil
import pyarrow as pa
from trend_year import DAY, SECOND, START, cpu_seconds, running

from dure.plant.historian import Historian
from dure.plant.transport import SAMPLE_SCHEMA, SegmentLog

FAST, SLOW, DAYS = 20, 200, 9
HOUR = 3600 * SECOND
NAMES = [f"line1/Fast{n:02}/Value" for n in range(FAST)] + [f"line1/Slow{n:03}/Value" for n in range(SLOW)]
Ask = Callable[[], Any]

_Q1 = "SELECT signal, max(time), arg_max(value, time) FROM t GROUP BY signal"
_Q2 = (
    "SELECT signal, time, value, quality FROM t WHERE signal = $s AND time >= $a AND time < $b ORDER BY time"
)
_Q3 = """SELECT signal, (time - $a) // $w AS stretch, min(value), max(value), avg(value) FROM t
WHERE signal IN (SELECT unnest($s)) AND time >= $a AND time < $b GROUP BY ALL ORDER BY ALL"""
_Q4 = """SELECT signal, hour, sum(value * held) / sum(held) FROM (
    SELECT signal, value, time // 3600000000000 AS hour,
        least(coalesce(lead(time) OVER w, $b), (time // 3600000000000 + 1) * 3600000000000) - time AS held
    FROM t WHERE signal IN (SELECT unnest($s)) AND time >= $a AND time < $b WINDOW w AS (PARTITION BY signal ORDER BY time))
GROUP BY ALL ORDER BY ALL"""
_Q5 = """SELECT l.signal, l.time, t.value FROM (SELECT unnest($s) AS signal, time FROM (SELECT unnest($l) AS time)) l
ASOF LEFT JOIN (FROM t WHERE signal IN (SELECT unnest($s))) t ON t.signal = l.signal AND t.time <= l.time ORDER BY ALL"""


def batch(number: int) -> pa.RecordBatch:
    """An hour of all signals, in order of time."""
    dice = np.random.default_rng(number)
    seconds = np.arange(3600)
    code = np.concatenate([np.tile(np.arange(FAST), 3600), np.tile(np.arange(FAST, FAST + SLOW), 120)])
    second = np.concatenate([np.repeat(seconds, FAST), np.repeat(np.arange(0, 3600, 30), SLOW)])
    order = np.argsort(second, kind="stable")
    code, second = code[order], second[order]
    time_ = START + (number * 3600 + second) * SECOND + code * 1_000_000
    wave = 20 + 5 * np.sin((number * 3600 + second) / 5000 + code)
    value = np.round((wave + dice.normal(0, 0.2, len(code))) * 40) / 40
    columns = [
        pa.DictionaryArray.from_arrays(code.astype(np.int32), pa.array(NAMES)).cast(pa.string()),
        time_,
        np.zeros(len(code), np.int32),
        value,
        pa.nulls(len(code), pa.string()),
        np.zeros(len(code), np.uint8),
        time_ + 3_000_000,
    ]
    return pa.record_batch(columns, schema=SAMPLE_SCHEMA)


def filled(home: Path, client: Historian, hours: int) -> None:
    rows = 0
    with SegmentLog(home / "segments" / "line1") as log:
        for number in range(hours):
            part = batch(number)
            rows += part.num_rows
            log.append(part)
    while sum(row["count"] for row in client.signals()) < rows:
        time.sleep(0.2)
    for number in range(hours // 24):
        client.compact(datetime.fromtimestamp((START + number * DAY) // SECOND, UTC).date().isoformat())
    files = (home / "historian" / "archive").glob("day=*/*.parquet")
    print(
        f"{rows:,} samples; day files {sum(file.stat().st_size for file in files) / rows:.2f} bytes a sample"
    )


def peer(folder: Path, hours: int) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect(str(folder / "plain.duckdb"), config={"threads": 1})
    database.execute("CREATE TABLE names AS SELECT row_number() OVER () - 1 AS id, name FROM (SELECT unnest($n) AS name)", {"n": NAMES})  # fmt: skip
    database.execute("CREATE TABLE raw(signal INTEGER, time BIGINT, value DOUBLE, quality UTINYINT)")
    for number in range(hours):
        database.register("rows", pa.Table.from_batches([batch(number)]))
        database.execute(
            "INSERT INTO raw SELECT id::INTEGER, time, value, quality FROM rows JOIN names ON name = signal"
        )
    database.execute("CREATE TABLE t AS FROM raw ORDER BY signal, time")
    database.execute("DROP TABLE raw")
    database.execute("CHECKPOINT")
    # Left alone it guesses one row on the left and joins by a loop: 19 s of CPU instead of the sorted join asked here.
    database.execute("SET asof_loop_join_threshold = 0")
    return database


def questions(
    client: Historian, database: duckdb.DuckDBPyConnection, days: int
) -> dict[str, tuple[Ask, Ask]]:
    end = START + days * DAY
    week = end - 7 * DAY
    lab = np.sort(np.random.default_rng(9).integers(week, end, 500)).tolist()
    fast = list(range(FAST))

    def ask(query: str, **facts: Any) -> Ask:
        return lambda: database.execute(query, facts).to_arrow_table()

    span, width = {"a": week, "b": end}, -(-(7 * DAY) // 1000)
    day = {"a": end - 2 * DAY, "b": end - DAY}
    slow = list(range(FAST, FAST + 20))
    return {
        "Q1 last of all": (client.last, ask(_Q1)),
        "Q2 one day raw, 86,400 rows": (
            lambda: client.query(NAMES[3:4], day["a"], day["b"]), ask(_Q2, s=3, **day)),
        "Q2 one day raw, 2,880 rows": (
            lambda: client.query(NAMES[40:41], day["a"], day["b"]), ask(_Q2, s=40, **day)),
        "Q3 a week x 20 in 1,000 stretches, 1 s": (
            lambda: client.trend(NAMES[:FAST], week, end, 1000), ask(_Q3, s=fast, w=width, **span)),
        "Q3 a week x 20 in 1,000 stretches, 30 s": (
            lambda: client.trend(NAMES[FAST : FAST + 20], week, end, 1000), ask(_Q3, s=slow, w=width, **span)),
        "Q4 hourly average, a week x 20, 1 s": (
            lambda: client.average(NAMES[:FAST], week, end, HOUR), ask(_Q4, s=fast, **span)),
        "Q4 hourly average, a week x 20, 30 s": (
            lambda: client.average(NAMES[FAST : FAST + 20], week, end, HOUR), ask(_Q4, s=slow, **span)),
        "Q5 as of 500 times x 5, 1 s": (
            lambda: client.asof(NAMES[:5], lab), ask(_Q5, s=fast[:5], l=lab)),
        "Q5 as of 500 times x 5, 30 s": (
            lambda: client.asof(NAMES[FAST : FAST + 5], lab), ask(_Q5, s=slow[:5], l=lab)),
    }  # fmt: skip


def compare(process: psutil.Process, label: str, ours: Ask, theirs: Ask, repeats: int) -> None:
    own: list[tuple[float, float]] = []
    other: list[tuple[float, float]] = []
    for _ in range(repeats):
        cpu, began = cpu_seconds(process.pid) + time.process_time(), time.perf_counter()
        ours()
        own.append((time.perf_counter() - began, cpu_seconds(process.pid) + time.process_time() - cpu))
        cpu, began = time.process_time(), time.perf_counter()
        theirs()
        other.append((time.perf_counter() - began, time.process_time() - cpu))
    wall, cpu, peer_wall, peer_cpu = (
        statistics.median(one[n] for one in rows) * 1e3 for rows in (own, other) for n in (0, 1)
    )
    print(
        f"{label}: {wall:.1f} ms, {cpu:.1f} ms CPU; DuckDB {peer_wall:.1f} ms, {peer_cpu:.1f} ms CPU; "
        f"ratio {wall / peer_wall:.2f} wall, {cpu / peer_cpu:.2f} CPU",
        flush=True,
    )


def agree(client: Historian, database: duckdb.DuckDBPyConnection, days: int) -> None:
    """Both give the same averages and values: a benchmark of wrong answers would be worth nothing."""
    asked = questions(client, database, days)
    ours, theirs = (ask() for ask in asked["Q4 hourly average, a week x 20, 1 s"])
    found = np.array([ours[name].to_pylist() for name in NAMES[:FAST]]).ravel()
    # Theirs begins each hour at its first sample, ours at the value held from before: 20 ms of 3600 s.
    assert np.allclose(found, theirs.column(2).to_numpy(), atol=1e-3)
    ours, theirs = (ask() for ask in asked["Q5 as of 500 times x 5, 1 s"])
    found = np.array([ours[name].to_pylist() for name in NAMES[:5]]).ravel()
    assert np.array_equal(found, theirs.column(2).to_numpy())


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--days", type=int, default=DAYS)
    words.add_argument("--repeats", type=int, default=9)
    given = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="dure-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        with running(home) as (client, process):
            filled(home, client, given.days * 24)
            database = peer(Path(folder), given.days * 24)
            print(f"DuckDB's file: {(Path(folder) / 'plain.duckdb').stat().st_size / 1e6:.0f} MB")
            if given.days >= 7:  # a week is compared value by value
                agree(client, database, given.days)
            for label, (ours, theirs) in questions(client, database, given.days).items():
                compare(process, label, ours, theirs, given.repeats)


if __name__ == "__main__":
    main()
