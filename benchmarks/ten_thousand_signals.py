"""10,000 signals at 1 Hz on one node: CPU and memory of the historian and of a collector's writer, with a follower.

A process of its own is the collector: each 200 ms it gives `GroupCommit` the readings of 2,000 signals, as a connector
does, and `GroupCommit` writes them to the segment log and fsyncs. The historian ingests; the worker's follower asks the
feed for 200 signals each second; a page draws a trend of 8 signals each 2 s; the inventory measures all signals once.
With `--server` the collector is the real one, subscribed to as many variables of an Eclipse Milo server (Maven, JDK 17).
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from trend_year import SECOND, cpu_seconds, running

from dure.plant.connect import Source, add_source
from dure.plant.historian import Historian

_COLLECTOR = """
import asyncio, sys, time
from pathlib import Path
import numpy as np
from dure.plant.connect.commit import GroupCommit
from dure.plant.connect.promise import Readings
from dure.plant.transport import SegmentLog
signals, parts = int(sys.argv[2]), 5
names = [f"line1/Machine{n // 20:03d}/Value{n % 20:02d}" for n in range(signals)]
dice = np.random.default_rng(0)
async def run():
    with SegmentLog(Path(sys.argv[1])) as log:
        async with GroupCommit(log) as sink:
            began, n = time.time(), 0
            while True:
                some = np.arange(n % parts, signals, parts)
                now = time.time_ns()
                wave = np.round((np.sin(now / 6e11 + some) * 20 + dice.normal(0, 0.2, len(some))) * 40) / 40
                sink.put(Readings(names, some, np.full(len(some), now), wave, np.zeros(len(some), np.uint8), now))
                n += 1
                await asyncio.sleep(max(0.0, began + n / parts - time.time()))
asyncio.run(run())
"""


@contextmanager
def collecting(home: Path, signals: int, *, server: bool) -> Iterator[psutil.Process]:
    """The collector's process: the real one on a Milo server, or a writer alone."""
    if not server:
        words = [sys.executable, "-c", _COLLECTOR, str(home / "segments" / "line1"), str(signals)]
        process = psutil.Popen(words, env=dict(os.environ))
        yield process
        process.terminate()
        process.wait(20)
        return
    from opcua_offered import offering

    with offering(signals, 1.0) as url:
        add_source(home, Source("line1", url, {"security": "none"}))
        words = [sys.executable, "-m", "dure.plant.connect", "line1"]
        process = psutil.Popen(words, env={**os.environ, "DURE_HOME": str(home)})
        yield process
        process.terminate()
        process.wait(20)


def follow(home: Path, stop: threading.Event, late: list[float]) -> None:
    """The worker: 200 signals of the feed, as Arrow."""
    with Historian(home) as client:
        names = [signal["signal"] for signal in client.signals()][:200]
        place, _ = client.feed(None, [], wait=0.0)
        while not stop.is_set():
            place, rows = client.feed(place, names, wait=1.0)
            if rows.num_rows:
                late.append((time.time_ns() - rows["time"][-1].as_py()) / 1e9)
            stop.wait(1.0)


def draw(home: Path, stop: threading.Event, took: list[float]) -> None:
    with Historian(home) as client:
        names = [signal["signal"] for signal in client.signals() if "Value" in signal["signal"]][:8]
        while not stop.wait(2.0):
            now, began = time.time_ns(), time.perf_counter()
            client.trend(names, now - 600 * SECOND, now, 600)
            took.append(time.perf_counter() - began)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--signals", type=int, default=10_000)
    words.add_argument("--seconds", type=float, default=60)
    words.add_argument("--warm", type=float, default=20)
    words.add_argument("--server", action="store_true")
    given = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="dure-") as folder:
        home = Path(folder)
        with (
            running(home) as (client, historian),
            collecting(home, given.signals, server=given.server) as collector,
        ):
            while len(client.signals()) < given.signals:
                time.sleep(0.5)
            stop, late, took = threading.Event(), [], []
            threads = [threading.Thread(target=one, args=(home, stop, kept)) for one, kept in ((follow, late), (draw, took))]  # fmt: skip
            for thread in threads:
                thread.start()
            time.sleep(given.warm)
            both = (historian, collector)
            before, first = [cpu_seconds(one.pid) for one in both], client.health()["position"]
            most = [0.0, 0.0]
            ends, began = time.monotonic() + given.seconds, time.monotonic()
            while time.monotonic() < ends:
                most = [
                    max(old, one.memory_full_info().pss / 1e6) for old, one in zip(most, both, strict=True)
                ]
                time.sleep(2)
            spent = [cpu_seconds(one.pid) - old for one, old in zip(both, before, strict=True)]
            took_all, rows = time.monotonic() - began, client.health()["position"] - first
            share = [100 * one / took_all for one in spent]
            print(f"{rows / took_all:,.0f} samples/s ingested, {len(client.signals()):,} signals")
            print(
                f"historian {share[0]:.1f} % of a core, {most[0]:.0f} MB PSS; collector {share[1]:.1f} %, {most[1]:.0f} MB"
            )
            print(f"together {sum(share):.1f} % of a core (bound 60), {sum(most):.0f} MB PSS (bound 600)")
            late.sort()
            took.sort()
            print(
                f"source to follower, asked each second: p50 {late[len(late) // 2]:.2f} s, longest {late[-1]:.2f} s"
            )
            print(
                f"trend of 8 signals over ten minutes: p50 {took[len(took) // 2] * 1e3:.0f} ms, longest {took[-1] * 1e3:.0f} ms"
            )
            began, cpu = time.perf_counter(), cpu_seconds(historian.pid)
            measured = client.measure()
            print(
                f"measure of {len(measured):,} signals: {time.perf_counter() - began:.2f} s, "
                f"{cpu_seconds(historian.pid) - cpu:.2f} s CPU (ingest beside it included)"
            )
            stop.set()
            for thread in threads:
                thread.join()


if __name__ == "__main__":
    main()
