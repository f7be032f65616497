"""Ten million rows in the sheet: time to the first cells, to the end and to the middle, and the time between frames.

    .venv/bin/python benchmarks/sheet_scroll.py [rows]

A node of its own is started in a folder that is gone afterwards; the table is made (a clock, a sine, counts, a class).
The browser is a real Chromium without a screen; a frame is what `requestAnimationFrame` counts while the wheel turns.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests")]

from conftest import ARGUMENTS, CHROMIUM, Visitor  # noqa: E402 - the tests' own visitor
from running_node import Node, running, until  # noqa: E402

SECRET = "정직한 기계의 말 2026"  # noqa: S105 - of a node that lives for this run
MAKE = """
import sys, numpy as np, polars as pl, django
django.setup()
from datetime import datetime
from dure.foundation.parties import Person
from dure.plant.studio.opening import make
rows = int(sys.argv[1])
at = np.arange(rows)
frame = pl.DataFrame({
    "time": pl.Series(at * 1_000_000 + 1_700_000_000_000_000).cast(pl.Datetime("us")),
    "n": at, "sine": np.round(np.sin(at / 5000) * 50, 3), "load": (at * 7919 % 1000) / 10, "even": at % 2 == 0,
    "class": pl.Series(at % 4).cast(pl.String),
})
print(make(frame, "ten million", Person.objects.first(), {"kind": "paste", "data": [], "title": "", "obligations": []}).pk)
"""
FRAMES = """() => { window.frames_ = []; let last = performance.now(); window.on_ = true;
  const step = () => { const now = performance.now(); frames_.push(now - last); last = now; if (on_) requestAnimationFrame(step); };
  requestAnimationFrame(step); }"""


def sign_in(node: Node, browser: Browser) -> Visitor:
    """The owner."""
    one = Visitor(browser, f"http://localhost:{node.port}", locale="en-GB")
    one.page.goto(str(until(lambda: node.said("owner's account"))).rpartition(" ")[2])
    one.fill(organisation="D", name="H", username="hana", email="h@d.example", password=SECRET)
    one.page.locator("main form button").last.click()
    one.page.wait_for_url("**/data/")
    return one


def shows(page: Page, row: int) -> bool:
    """Whether the cells of a row are there."""
    return page.evaluate(
        "row => [...document.querySelectorAll(`.sg-row:not([hidden])[aria-rowindex='${row + 2}'] .sg-cell:not([hidden])`)].some(c => c.textContent.trim() === String(row))",
        row,
    )


def seconds(act: Callable[[], object], done: Callable[[], object]) -> float:
    """How long until it is done. [s]"""
    start = time.perf_counter()
    act()
    until(done, within=120)
    return time.perf_counter() - start


def wheel(page: Page, turns: int = 60) -> list[float]:
    """Times between frames while the wheel turns. [ms]"""
    box = page.locator(".sg-scroller").bounding_box()
    page.mouse.move(box["x"] + 400, box["y"] + 300)
    page.evaluate(FRAMES)
    for _ in range(turns):
        page.mouse.wheel(0, 400)
        time.sleep(0.03)
    return sorted(page.evaluate("() => { window.on_ = false; return window.frames_; }"))


def main() -> None:
    """Print one JSON object."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    told = {"rows": rows, "load": os.getloadavg()[0]}
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), within=120) as node,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(
            executable_path=next(one for one in CHROMIUM if Path(one).exists()), args=ARGUMENTS
        )
        one = sign_in(node, browser)
        at_home = {**os.environ, "DURE_HOME": folder, "DJANGO_SETTINGS_MODULE": "dure.node.settings"}
        pk = subprocess.run(
            [sys.executable, "-c", MAKE, str(rows)], env=at_home, check=True, capture_output=True, text=True
        ).stdout.strip()
        page = one.page
        told["open_s"] = seconds(
            lambda: one.open(f"/sheet/{pk}/"), lambda: page.query_selector("[data-ready]") and shows(page, 0)
        )
        scroller = ".sg-scroller"
        bar = "(share) => { const box = document.querySelector('.sg-scroller'); box.scrollTop = share * (box.scrollHeight - box.clientHeight); }"
        told["end_by_bar_s"] = seconds(lambda: page.evaluate(bar, 1), lambda: shows(page, rows - 1))
        told["start_by_key_s"] = seconds(
            lambda: page.press(".sg-field", "Control+Home"), lambda: shows(page, 0)
        )
        told["end_by_key_s"] = seconds(
            lambda: page.press(".sg-field", "Control+End"), lambda: shows(page, rows - 1)
        )
        middle = []
        for place in (rows // 2, rows // 3, rows // 5 * 4, rows // 7, rows // 9 * 5):
            page.fill("[data-name-box]", f"n {place + 1}")
            middle.append(
                seconds(
                    lambda: page.press("[data-name-box]", "Enter"), lambda place=place: shows(page, place)
                )
            )
        told["jump_s"] = median(middle)
        found = [wheel(page) for _ in range(5)]
        told["frame_ms_p50"] = median(one[len(one) // 2] for one in found)
        told["frame_ms_p95"] = median(one[int(len(one) * 0.95)] for one in found)
        told["frame_ms_worst"] = max(one[-1] for one in found)
        told["heap_mb"] = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
        told["elements"] = page.evaluate(f"document.querySelectorAll('{scroller} *').length")
        browser.close()
    print(json.dumps({name: round(value, 3) for name, value in told.items()}))


if __name__ == "__main__":
    main()
