"""The Trends page in a real browser: opened over a year of eight signals, and following 500 readings a second.

A node is started; a year of eight signals is written by day and compacted, so that roll-ups serve it. Then Chromium
opens the page: the time from the request to the picture, and what came over the wire. At last 500 signals of one
reading a second are appended while the page follows twenty-four of them, and the share of time that the browser's
main thread works is read from its own tracing (Performance.getMetrics, TaskDuration).
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from playwright.sync_api import Page, sync_playwright

from dure.plant.historian import Historian

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from machines.historian_process import play, samples  # noqa: E402 - the tests' folder is no package
from running_node import running, until  # noqa: E402 - as above

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
CHROMIUM = "/usr/bin/chromium"
FIELDS = {
    "organisation": "Daon", "name": "Hana", "username": "hana", "email": "hana@daon.example",
    "password": "정직한 기계의 말 2026",
}  # fmt: skip


def day(number: int, period: int) -> pl.DataFrame:
    """One day of eight signals, a reading each `period` seconds."""
    dice = np.random.default_rng(number)
    seconds = number * 86_400 + np.arange(0, 86_400, period)
    wave = 20 + 5 * np.sin(seconds / 86_400 * 2 * np.pi)
    columns = {f"T{n}": np.round(wave + n + dice.normal(0, 0.3, len(seconds)), 2) for n in range(8)}
    return pl.DataFrame({"time": seconds * SECOND, **columns})


def filled(historian: Historian, first: int, days: int, period: int) -> None:
    """Each month appended, each day of it moved to its file."""
    began = time.perf_counter()
    for begin in range(first, first + days, 30):
        month = range(begin, min(begin + 30, first + days))
        play(historian, "year", [samples("line1", day(number, period)) for number in month], patience=240)
        for number in month:
            historian.compact(datetime.fromtimestamp(number * 86_400, UTC).date().isoformat())
    print(f"{days * 86_400 // period * 8:,} samples kept in {time.perf_counter() - began:.0f} s")


def opened(page: Page, address: str) -> tuple[float, float, int]:
    """From the request to the drawn picture [ms], of it the fetch of the series [ms], and its bytes on the wire."""
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("[data-drawn]", state="attached")
    wall = (time.perf_counter() - began) * 1e3
    script = (
        "performance.getEntriesByType('resource').filter(e => e.name.includes('/series/'))"
        ".map(e => [e.responseEnd - e.startTime, e.transferSize])"
    )
    rows = page.evaluate(script)
    return wall, max(row[0] for row in rows), sum(row[1] for row in rows)


def working(page: Page, seconds: float) -> float:
    """Share of the time that the main thread works."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def busy() -> float:
        return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}[
            "TaskDuration"
        ]

    before, began = busy(), time.perf_counter()
    page.wait_for_timeout(seconds * 1e3)
    return (busy() - before) / (time.perf_counter() - began)


def speaking(home: Path, signals: int, stop: threading.Event) -> None:
    """`signals` readings a second, in ten batches."""
    with Historian(home) as historian:
        number = 0
        while not stop.wait(max(0.0, 0.1 - (time.time() % 0.1))):
            share = range(number % 10, signals, 10)
            number += 1
            row = pl.DataFrame(
                {"time": [time.time_ns()], **{f"S{n}": [float(np.sin(time.time() + n))] for n in share}}
            )
            historian.append("fast", samples("fast", row, late=10**6))


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--days", type=int, default=365)
    words.add_argument("--period", type=int, default=60, help="seconds between two readings of the year")
    words.add_argument("--repeats", type=int, default=7)
    words.add_argument("--seconds", type=float, default=20.0)
    given = words.parse_args()
    first = int(time.time()) // 86_400 - given.days - 1
    with tempfile.TemporaryDirectory(prefix="dure-") as folder, sync_playwright() as play_wright:
        home = Path(folder) / "home"
        with running(home, within=240.0) as node:
            browser = play_wright.chromium.launch(
                executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(str(until(lambda: node.said("owner's account"))).rpartition(" ")[2])
            for name, value in FIELDS.items():
                page.fill(f"[name={name}]", value)
            page.locator("main form button").last.click()
            page.wait_for_url("**/data/")
            with Historian(home, patience=600) as historian:
                filled(historian, first, given.days, given.period)
            year(page, node.port, first, given)
            live(page, node.port, home, given.seconds)
            browser.close()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {datetime.now(UTC):%Y-%m-%d}")


def year(page: Page, port: int, first: int, given: argparse.Namespace) -> None:
    query = "&".join(f"signals=line1/T{n}" for n in range(8))
    address = f"http://localhost:{port}/trends/?{query}&from={first * 86_400_000}&to={(first + given.days) * 86_400_000}"
    rows = [opened(page, address) for _ in range(given.repeats)]
    wall, fetch = (statistics.median(row[place] for row in rows) for place in range(2))
    print(
        f"8 signals over {given.days} days: drawn {wall:.0f} ms after the request (first {rows[0][0]:.0f}), series {fetch:.0f} ms, {rows[0][2] / 1e3:.0f} kB"
    )


def live(page: Page, port: int, home: Path, seconds: float) -> None:
    stop = threading.Event()
    speaker = threading.Thread(target=speaking, args=(home, 500, stop))
    speaker.start()
    try:
        page.goto(
            f"http://localhost:{port}/trends/?{'&'.join(f'signals=fast/S{n}' for n in range(24))}&from=-10m&to=now"
        )
        page.wait_for_selector("[data-beat][data-state=live]")
        page.wait_for_timeout(5000)
        print(
            f"500 readings a second, 24 of them drawn: main thread works {working(page, seconds):.0%} of the time"
        )
    finally:
        stop.set()
        speaker.join()


if __name__ == "__main__":
    main()
