"""The live stream: from append to browser, with 200 browsers and 500 signals a second; memory and CPU of its process."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from dure.foundation.web import issue, key_in
from dure.plant.historian import Historian
from dure.vocabulary import Sample

CLIENTS, SIGNALS, SECONDS, PORT = 200, 500, 20, 8930


def start(home: Path) -> list[subprocess.Popen[bytes]]:
    """A prepared home, its historian and its live process."""
    environment = {**os.environ, "DURE_HOME": str(home), "DURE_PORT": str(PORT)}
    subprocess.run(
        [sys.executable, "-m", "dure.node.preparation"], env=environment, check=True, capture_output=True
    )
    commands = (["dure.plant.historian"], ["dure.node.serving", "live"])
    return [subprocess.Popen([sys.executable, "-m", *words], env=environment) for words in commands]


async def listen(home: Path, lags: list[float]) -> None:
    """One browser: every sample's age when it arrives. [s]"""
    words = issue(key_in(home), "1", "worker", now=time.time())
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT + 1)
    lines = [
        f"GET /live?pass={words} HTTP/1.1",
        "Host: localhost",
        f"Origin: http://localhost:{PORT}",
        "",
        "",
    ]
    writer.write("\r\n".join(lines).encode())
    try:
        while line := await reader.readline():
            if line.startswith(b"data: ["):
                sent = json.loads(line[6:])[-1]["time"]
                lags.append(time.time() - sent)
    finally:
        writer.close()


async def tell(historian: Historian) -> None:
    """500 signals once a second."""
    for _ in range(SECONDS):
        now = time.time_ns()
        batch = [Sample(f"line/cell{n:03d}/value", time=now, value=float(n)) for n in range(SIGNALS)]
        await asyncio.to_thread(historian.append, "bench", batch)
        await asyncio.sleep(max(0.0, 1 - (time.time_ns() - now) / 1e9))


async def play(home: Path, live: psutil.Process) -> None:
    """Listen while it is told, then say what was measured."""
    lags: list[float] = []
    browsers = [asyncio.create_task(listen(home, lags)) for _ in range(CLIENTS)]
    await asyncio.sleep(2)
    family = [live, *live.children(recursive=True)]
    before = sum(sum(one.cpu_times()[:2]) for one in family)
    with Historian(home) as historian:
        await tell(historian)
    await asyncio.sleep(1)
    spent = sum(sum(one.cpu_times()[:2]) for one in family) - before
    memory = sum(one.memory_info().rss for one in family) / 1e6
    for one in browsers:
        one.cancel()
    await asyncio.gather(*browsers, return_exceptions=True)
    p50, p95 = (statistics.quantiles(lags, n=100)[place] for place in (49, 94))
    print(f"browsers {CLIENTS}  signals {SIGNALS}/s  events {len(lags)} of {CLIENTS * SECONDS}")
    print(f"append to browser: p50 {p50 * 1000:.0f} ms  p95 {p95 * 1000:.0f} ms")
    print(f"live process: {memory:.0f} MB, {100 * spent / SECONDS:.0f} % of a core")
    assert len(lags) >= CLIENTS * SECONDS * 0.9


def main() -> None:
    """Run it in a home of its own."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        processes = start(home)
        try:
            with Historian(home) as historian:
                assert historian.wait(30)
            time.sleep(2)
            asyncio.run(play(home, psutil.Process(processes[1].pid)))
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(10)


if __name__ == "__main__":
    main()
