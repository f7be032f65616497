"""The historian: ingest beside plain DuckDB, fsync to readable, bytes a sample, query times, memory and idle CPU."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    import polars as pl

from dure.plant.historian import Historian
from dure.plant.transport import SAMPLE_SCHEMA, SegmentLog

SECOND = 1_000_000_000
SETS = (
    "skab",
    "die-casting-kr",
    "gas-turbine-emissions",
    "steel-energy-daewoo",
    "tennessee-eastman",
    "c-mapss",
    "cnc-kamp",
)
SHARED = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[2] / "shared"))


@contextmanager
def running(home: Path) -> Iterator[tuple[Historian, psutil.Process]]:
    with (home / "historian.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dure.plant.historian"],
            env={**os.environ, "DURE_HOME": str(home)},
            stderr=log,
        )
        try:
            with Historian(home) as client:
                assert client.wait(60)
                yield client, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(60)


def plant(signals: int, seconds: int, start: int) -> pa.Table:
    """One row a second and signal: a slow wave in steps of 1/40 with noise, as a 12-bit sensor gives it."""
    dice = np.random.default_rng(0)
    time_ = start + np.repeat(np.arange(seconds), signals) * SECOND
    wave = np.sin(np.repeat(np.arange(seconds), signals) / 600 + np.tile(np.arange(signals), seconds))
    value = np.round((wave * 20 + dice.normal(0, 0.2, len(time_))) * 40) / 40
    names = pa.array(np.tile([f"line1/Cell{n:03d}/Value" for n in range(signals)], seconds))
    rows = len(time_)
    columns = [
        names,
        time_,
        np.zeros(rows, np.int32),
        value,
        pa.nulls(rows, pa.string()),
        np.zeros(rows, np.uint8),
    ]
    return pa.table([*columns, time_ + 1_000_000], schema=SAMPLE_SCHEMA)


def bulk(home: Path, rows: int) -> None:
    table = plant(500, rows // 500, time.time_ns() // SECOND * SECOND - rows // 500 * SECOND)
    batches = table.to_batches(max_chunksize=50_000)
    began = time.perf_counter()
    with SegmentLog(home / "segments" / "bulk") as log:
        for batch in batches:
            log.append(batch)
    print(
        f"segment log, 50,000 samples a frame: {rows / (time.perf_counter() - began):,.0f} samples/s fsynced"
    )
    with running(home) as (client, process):
        before, began = sum(process.cpu_times()[:2]), time.perf_counter()
        while client.health()["position"] < rows:
            time.sleep(0.05)
        took, cpu = time.perf_counter() - began, sum(process.cpu_times()[:2]) - before
        print(f"ingest: {rows / took:,.0f} samples/s, {rows / cpu:,.0f} a core-second")
        queries(client, table)
        memory(process, "after bulk ingest and queries")
        began = time.perf_counter()
        days = {
            time.strftime("%Y-%m-%d", time.gmtime(t // SECOND))
            for t in (table["time"][0].as_py(), table["time"][-1].as_py())
        }
        size = sum(client.compact(day)["bytes"] for day in days)
        print(
            f"day file: {rows / (time.perf_counter() - began):,.0f} samples/s, {size / rows:.2f} bytes/sample"
        )
        queries(client, table)
        time.sleep(65)  # it lets go of what it does not need each minute
        memory(process, "a minute after the day file")
    plain = plain_duckdb(home, batches)
    print(
        f"plain DuckDB insert of the same batches: {rows / plain:,.0f} samples/s; ours is {plain / took:.2f} of it"
    )


def plain_duckdb(home: Path, batches: list[pa.RecordBatch]) -> float:
    """The least a durable store can do: one transaction a batch, no identity check, no last value, no log."""
    database = duckdb.connect(str(home / "plain.duckdb"), config={"threads": 1, "memory_limit": "256MB"})
    database.execute(
        "CREATE TABLE t(signal VARCHAR, time BIGINT, sequence INTEGER, value DOUBLE, text VARCHAR, quality UTINYINT, received BIGINT)"
    )
    began = time.perf_counter()
    for batch in batches:
        database.register("batch", pa.Table.from_batches([batch]))
        database.execute("INSERT INTO t FROM batch")
    took = time.perf_counter() - began
    database.close()
    return took


def queries(client: Historian, table: pa.Table) -> None:
    names = [f"line1/Cell{n:03d}/Value" for n in range(24)]
    end = table["time"][-1].as_py() + 1
    hour = end - 3600 * SECOND
    for label, ask in {
        "last of 500": client.last,
        "1 signal, 1 h raw": lambda: client.query(names[:1], hour, end),
        "24 signals, 10 min every 1 s": lambda: client.query_every(names, end - 600 * SECOND, end, SECOND),
        "24 signals, trend of 1 h in 600 points": lambda: client.trend(names, hour, end, 600),
        "measure of 24": lambda: client.measure(names),
    }.items():
        times = []
        for _ in range(5):
            began = time.perf_counter()
            ask()
            times.append(time.perf_counter() - began)
        print(f"  {label}: {statistics.median(times) * 1e3:.0f} ms")


def live(home: Path, seconds: int) -> None:
    """500 signals at 1 Hz in ten appends a second; each is timed from the return of fsync to its arrival in the feed."""
    with running(home) as (client, process):
        time.sleep(3)
        idle = cpu_share(process, 10)
        print(f"idle: {idle:.1f} % CPU")
        memory(process, "idle")
        done, late = {}, []
        position, _ = client.feed(None, wait=0, as_json=True)
        stop = threading.Event()

        def follow() -> None:
            place = position
            while not stop.is_set():
                place, rows = client.feed(place, wait=1, as_json=True)
                now = time.perf_counter()
                late.extend(now - done[sent] for sent in {row["time"] for row in rows})

        follower = threading.Thread(target=follow)
        follower.start()
        used = sum(process.cpu_times()[:2])
        with SegmentLog(home / "segments" / "line1") as log:
            for n in range(seconds * 10):
                part = plant(500, 1, time.time_ns()).slice(n % 10 * 50, 50)
                done[part["time"][0].as_py()] = (
                    time.perf_counter()
                )  # replaced at once, lest the feed be faster
                log.append(part.combine_chunks().to_batches()[0])
                done[part["time"][0].as_py()] = time.perf_counter()
                time.sleep(0.1)
        used = sum(process.cpu_times()[:2]) - used
        time.sleep(1)
        stop.set()
        follower.join()
        late.sort()
        print(
            f"fsync to readable: p50 {late[len(late) // 2] * 1e3:.0f} ms, p95 {late[int(len(late) * 0.95)] * 1e3:.0f} ms, longest {late[-1] * 1e3:.0f} ms"
        )
        print(f"500 signals at 1 Hz with a follower: {used / seconds * 90:.1f} % of a core")
        memory(process, "at 500 signals x 1 Hz")


def cpu_share(process: psutil.Process, seconds: float) -> float:
    before = sum(process.cpu_times()[:2])
    time.sleep(seconds)
    return (sum(process.cpu_times()[:2]) - before) / seconds * 100


def memory(process: psutil.Process, when: str) -> None:
    full = process.memory_full_info()
    print(
        f"memory {when}: RSS {full.rss / 2**20:.0f} MB, PSS {full.pss / 2**20:.0f} MB, private {full.uss / 2**20:.0f} MB"
    )


def recorded(name: str) -> pa.Table | None:
    """A recorded set as samples: a signal a column and file, a second from row to row where the file names no time."""
    import polars as pl

    parts = []
    for number, frame in enumerate(frames(name)):
        numbers = frame.select(pl.selectors.numeric().cast(pl.Float64))
        when = pl.int_range(frame.height, dtype=pl.Int64) * SECOND + number * 86_400 * SECOND
        long = numbers.with_columns(time=when).unpivot(index="time", variable_name="signal").drop_nulls()
        label = pl.format("f{}/{}", pl.lit(number), "signal").alias("signal")
        parts.append(long.select(label, "time", "value"))
    if not parts:
        return None
    frame = pl.concat(parts).with_columns(
        sequence=pl.lit(0, pl.Int32),
        text=pl.lit(None, pl.String),
        quality=pl.lit(0, pl.UInt8),
        received=pl.col("time") + 2_500_000 + pl.col("time") // SECOND % 7 * 331_000,
    )
    return frame.select(SAMPLE_SCHEMA.names).sort("signal", "time").to_arrow().cast(SAMPLE_SCHEMA)


def frames(name: str) -> "Iterator[pl.DataFrame]":
    """Tables of a set: comma, semicolon or blanks between the numbers, with a head or without."""
    import gzip

    import polars as pl

    for file in sorted((SHARED / "data" / name).rglob("*")):
        if not file.name.removesuffix(".gz").endswith((".csv", ".dat", ".txt")) or file.name.startswith(
            ("var_", "readme", "RUL")
        ):
            continue
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        first = content.split(b"\n", 1)[0]
        if b"," in first or b";" in first:
            mark = ";" if first.count(b";") > first.count(b",") else ","
            yield pl.read_csv(content, separator=mark, infer_schema_length=None, encoding="utf8-lossy")
        else:
            table = np.loadtxt(content.decode().splitlines())
            yield pl.DataFrame(table, schema=[f"c{n:02}" for n in range(table.shape[1])])


def sizes(name: str, table: pa.Table) -> None:
    """Bytes a sample of a day file as the historian writes it, beside other ways."""
    rows, folder = table.num_rows, Path(tempfile.mkdtemp())
    own = written(folder, table)
    pq.write_table(table, folder / "pyarrow zstd", compression="zstd")
    with duckdb.connect() as database:
        database.register("t", table)
        database.execute(
            f"COPY (FROM t) TO '{folder}/duckdb parquet' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)"
        )
    with duckdb.connect(str(folder / "duckdb table")) as database:
        database.register("t", table)
        database.execute("CREATE TABLE s AS FROM t")
    lean(folder / "duckdb lean table", table)
    found = {file.name: file.stat().st_size / rows for file in folder.iterdir() if file.is_file()} | own
    print(
        f"{name}, {rows:,} samples of {len(table['signal'].unique())} signals: "
        + ", ".join(f"{key} {found[key]:.2f}" for key in sorted(found, key=lambda one: found[one]))
        + f" bytes/sample; ours is {own['ours'] / found['duckdb table']:.2f} of DuckDB's table, "
        + f"{own['ours'] / found['duckdb lean table']:.2f} of its lean one"
    )


def lean(file: Path, table: pa.Table) -> None:
    """DuckDB's best case: the signal as a number, and no column but time, value, quality and received."""
    with duckdb.connect(str(file)) as database:
        database.register("t", table)
        database.execute(
            "CREATE TABLE s AS SELECT (dense_rank() OVER (ORDER BY signal))::INTEGER AS signal, time, value, quality, received FROM t"
        )
        database.execute("CREATE TABLE u AS FROM s ORDER BY signal, time")
        database.execute("DROP TABLE s")
        database.execute("CHECKPOINT")
    with duckdb.connect(str(file)) as old, duckdb.connect(str(file) + ".new") as new:
        new.register("t", old.execute("FROM u").to_arrow_table())
        new.execute("CREATE TABLE u AS FROM t")
    Path(str(file) + ".new").rename(file)


def written(folder: Path, table: pa.Table) -> dict[str, float]:
    """Bytes a sample of the pieces that closing a day writes: its samples, and with its minutes and hours."""
    from dure.plant.historian.block import Block
    from dure.plant.historian.layout import ROLLUP_SCHEMA, Sheet
    from dure.plant.historian.writing import Pair

    coded = table["signal"].combine_chunks().dictionary_encode()
    columns = {name: table[name].to_numpy() for name in SAMPLE_SCHEMA.names if name not in {"signal", "text"}}
    block = Block(coded.dictionary.to_pylist(), {"code": coded.indices.to_numpy(), **columns, "text": None})
    pair = Pair(folder, "day=2024-01-01", 1, table.num_rows)
    pair.add(block)
    for made in pair.made.values():
        made.finish()
        hours = Sheet(folder / "hour" / f"{made.part}.parquet", ROLLUP_SCHEMA, level=6, group=16_384)
        for some in made.hours:
            hours.add(some)
        hours.finish()
    day = sum(file.stat().st_size for file in folder.glob("day=*/*.parquet"))
    every = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
    return {"ours": day / table.num_rows, "ours with minutes and hours": every / table.num_rows}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=2_000_000)
    options.add_argument("--seconds", type=int, default=20)
    asked = options.parse_args()
    for data in SETS:
        if (table := recorded(data)) is not None:
            sizes(data, table)
    for part, amount in ((live, asked.seconds), (bulk, asked.rows)):
        with tempfile.TemporaryDirectory(prefix="dure-") as folder:
            part(Path(folder), amount)


if __name__ == "__main__":
    main()
