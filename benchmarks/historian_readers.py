"""Sixteen clients ask at once while logs come in as fast as they are ingested: latencies of each question, and errors.

The collector appends 500 signals in batches of 10,000 samples without a pause; what is not ingested yet waits in the log.
Each client asks its question again and again for some seconds; first without ingest, then with.
"""

import argparse
import statistics
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from trend_year import DAY, SECOND, START, running

from dure.plant.historian import Historian
from dure.plant.transport import SAMPLE_SCHEMA, SegmentLog
from dure.vocabulary import DureError

NAMES = [f"line1/Cell{n:03}/Value" for n in range(500)]
CLIENTS = 16


def batch(second: int) -> pa.RecordBatch:
    """Twenty seconds of all signals."""
    code = np.tile(np.arange(500, dtype=np.int32), 20)
    time_ = START + (second + np.repeat(np.arange(20), 500)) * SECOND
    value = np.round(np.random.default_rng(second).normal(20, 1, 10_000), 2)
    columns = [
        pa.DictionaryArray.from_arrays(code, pa.array(NAMES)).cast(pa.string()),
        time_,
        np.zeros(10_000, np.int32),
        value,
        pa.nulls(10_000, pa.string()),
        np.zeros(10_000, np.uint8),
        time_ + 3_000_000,
    ]
    return pa.record_batch(columns, schema=SAMPLE_SCHEMA)


def ask(
    home: Path, number: int, stop: threading.Event, took: dict[str, list[float]], wrong: list[str]
) -> None:
    """One client, with a connection of its own."""
    span = START, START + DAY // 4
    names = NAMES[number * 10 : number * 10 + 10]
    with Historian(home) as client:
        questions = (
            ("last of all", client.last),
            ("query of a signal", lambda: client.query(names[:1], *span)),
            ("trend of ten", lambda: client.trend(names, *span, 500)),
            ("average of ten", lambda: client.average(names, *span, 60 * SECOND)),
        )
        label, question = questions[number % len(questions)]
        while not stop.is_set():
            began = time.perf_counter()
            try:
                question()
            except DureError as refused:
                wrong.append(str(refused))
            took.setdefault(label, []).append(time.perf_counter() - began)


def measured(home: Path, seconds: float, word: str) -> None:
    """Latencies of sixteen clients for so long."""
    stop, took, wrong = threading.Event(), dict[str, list[float]](), list[str]()
    clients = [threading.Thread(target=ask, args=(home, n, stop, took, wrong)) for n in range(CLIENTS)]
    for one in clients:
        one.start()
    time.sleep(seconds)
    stop.set()
    for one in clients:
        one.join()
    for label, times in sorted(took.items()):
        ranked = sorted(times)
        print(
            f"{word}: {label}: {len(times)} answers, p50 {statistics.median(times) * 1e3:.0f} ms, "
            f"p95 {ranked[int(0.95 * len(ranked))] * 1e3:.0f} ms"
        )
    print(f"{word}: {len(wrong)} errors {wrong[:1]}", flush=True)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=10.0)
    given = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="dure-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        with running(home) as (client, _), SegmentLog(home / "segments" / "line1") as log:
            for second in range(0, 4000, 20):
                log.append(batch(second))
            while any(one["behind"] for one in client.health()["sources"].values()):
                time.sleep(0.1)
            measured(home, given.seconds, "quiet")
            stop, second = threading.Event(), 4000

            def feed() -> None:
                nonlocal second
                while not stop.is_set():
                    log.append(batch(second))
                    second += 20
                    while client.health()["sources"]["line1"]["behind"] > 4_000_000:
                        time.sleep(0.005)

            feeding = threading.Thread(target=feed)
            before, began = sum(row["count"] for row in client.signals()), time.perf_counter()
            feeding.start()
            measured(home, given.seconds, "while ingesting")
            rows = sum(row["count"] for row in client.signals()) - before
            print(f"ingested meanwhile {rows / (time.perf_counter() - began):,.0f} samples a second")
            stop.set()
            feeding.join()


if __name__ == "__main__":
    main()
