"""The newest pictures and waves in a real browser, by two people's habits: wide and light, narrow and dark."""

import os
import time

import pytest

from browser.test_connect import WIDTHS, begin
from dure.plant.connect import float_wav
from dure.plant.transport import Content, SegmentLog, batch
from dure.vocabulary import Sample
from running_node import running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def collected(home, recorded):
    """Recorded cells of a solar module and a recorded bearing, as an earlier collector left them."""
    import polars as pl

    content, now = Content(home), time.time_ns()
    (home / "segments").mkdir(parents=True, exist_ok=True)
    cells = sorted((recorded / "pv-el-cells-elpv").glob("*.png"))[:9]
    with SegmentLog(home / "segments/eye") as log:
        for number, cell in enumerate(cells):
            moment = now - (60 - number) * 10**9
            told = {"part": f"A-{number + 11}", "trigger": moment - 80_000_000, "width": 300, "height": 300}
            text = content.put(cell.read_bytes(), "image/png", source="eye", **told).text
            log.append(batch([Sample("eye/picture", moment, text=text)], received=moment))
    burst = pl.read_parquet(recorded / "bearing-cwru" / "12k_Drive_End_OR007@6_0_130.parquet")[
        "DE_time"
    ].to_numpy()
    with SegmentLog(home / "segments/rig") as log:
        for number in range(4):
            moment = now - (3000 - number * 60) * 10**9
            piece = float_wav(burst[number * 6000 :][:6000], 12_000)
            text = content.put(
                piece, "audio/wav", source="rig", part=f"B-{number}", rate=12_000, unit="g"
            ).text
            log.append(batch([Sample("rig/DE/wave", moment, text=text)], received=moment))


def test_the_newest_are_seen_heard_and_kept(tmp_path, recorded, visitor, pictures):
    faults = []
    with running(tmp_path / "home", within=180.0) as node:
        hana = begin(node, visitor)
        collected(tmp_path / "home", recorded)
        end = time.monotonic() + 60
        while time.monotonic() < end and not hana.open("/data/content/").query_selector(
            "option:nth-child(2)"
        ):
            time.sleep(0.5)
        for name, language in (("eye/picture", "ko"), ("rig/DE/wave", "en")):
            hana.speak(language)
            hana.open(f"/data/content/?signal={name}")
            hana.page.wait_for_load_state("networkidle")
            for width, scheme in WIDTHS:
                hana.see(width, scheme)
                faults += hana.violations() + hana.too_wide()
                if os.environ.get("LOOK"):
                    hana.page.screenshot(path=pictures / f"content-{name.replace('/', '-')}-{width}.png")
        hana.page.locator("button:text-is('Keep for good')").first.click()
        hana.page.wait_for_selector("button:text-is('Let it go with its age')")
        hana.open("/data/content/?signal=eye/picture")
        shown = hana.page.wait_for_selector("ul.contents img")
        assert shown.evaluate("one => one.decode().then(() => one.naturalWidth)") == 300
    assert faults + hana.complaints + hana.foreign == []
