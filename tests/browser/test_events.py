"""Events and lots in a real browser: a table is tried, kept and read; a frame shows its signals, a lot its genealogy."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import polars as pl
import pytest

from dure.plant.historian import Historian
from machines.historian_process import experiment, play, samples
from running_node import running, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SECRET = "정직한 기계의 말 2026"
SCREENS = ((1440, "light"), (390, "dark"))
# What a connector leaves in the inventory is made here: connecting has a test of its own.
INVENTORY = """
import sys
import django
django.setup()
from dure.plant.inventory import Signal
for name in sys.argv[1:]:
    Signal.objects.create(id=f"line1/Pump/{name}", name=name, source="line1", equipment="line1/Pump")
"""


def begin(node, visitor):
    """The owner's first steps, in Korean."""
    hana = visitor(f"http://localhost:{node.port}", locale="ko-KR", timezone_id="Asia/Seoul")
    hana.page.goto(str(until(lambda: node.said("owner's account"))).rpartition(" ")[2])
    hana.fill(
        organisation="다온제약", name="김하나", username="hana", email="hana@daon.example", password=SECRET
    )
    hana.page.locator("main form button").last.click()
    hana.page.wait_for_url("**/data/")
    return hana


def play_a_pump(home, recorded):
    """A recorded experiment as signals of the pump, and where it begins [ns]."""
    table = experiment(recorded / "skab/valve1/1.csv.gz")
    with Historian(home) as historian:
        play(historian, "line1", [samples("line1/Pump", table)])
    subprocess.run(
        [sys.executable, "-c", INVENTORY, *table.columns[1:]],
        env={**os.environ, "DURE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "dure.node.settings"},
        check=True,
    )
    return int(table["time"][0])


def orders(folder, begin):
    """An export of batches over the recording, one of them with a time that is none."""
    clock = [
        datetime.fromtimestamp(begin / 1e9 + n, UTC).isoformat(timespec="seconds") for n in range(0, 600, 50)
    ]
    rows = {
        "batch": [f"B-{n:03}" for n in range(1, 6)],
        "machine": ["P-01"] * 5,
        "from": [*clock[0:8:2], "어제"],
        "to": [*clock[1:9:2], ""],
        "lot": [f"L{n:03}" for n in range(1, 6)],
        "operator": ["김", "이", "박", "최", "김"],
    }
    pl.DataFrame(rows).write_csv(folder / "orders.csv")
    return folder / "orders.csv"


def look_over(hana, faults, name):
    """Axe, and nothing wider than the screen, by day on the desk and by night on the phone."""
    for width, scheme in SCREENS:
        hana.see(width, scheme)
        faults += hana.violations() + hana.too_wide()
        if os.environ.get("LOOK_IN"):
            hana.page.screenshot(path=f"{os.environ['LOOK_IN']}/events-{name}-{width}.png", full_page=True)
    hana.see(1440, "light")


def define_materials(hana, workbook, faults):
    """A wrong line is named and nothing typed is lost; tried, the table is seen; then it is kept."""
    hana.page.click("main a:has-text('표 읽기')")
    hana.fill(name="materials", written=f'kind = "genealogies"\nfile = "{workbook}"\n')
    hana.press("표 살펴보기")
    assert "genealogies" in hana.page.inner_text("[role=alert]")
    assert "genealogies" in hana.page.input_value("[name=written]")
    assert hana.page.input_value("[name=name]") == "materials"
    look_over(hana, faults, "refused")
    lines = [
        'kind = "genealogy"', f'file = "{workbook}"', 'table = "Materials"', 'lot = "Finished Product Lot"',
        'uses = "Material Lot"', 'used_quantity = "Ratio or Quantity"', 'material = "Material"',
    ]  # fmt: skip
    hana.fill(written="\n".join(lines))
    hana.press("표 살펴보기")
    assert "Ratio or Quantity" in hana.page.inner_text("section[aria-labelledby=table] table")
    look_over(hana, faults, "tried")
    hana.press("저장하고 읽기")
    hana.page.wait_for_url("**/definitions/materials/**")
    assert "투입" in hana.page.inner_text(".messages")


def define_batches(hana, file, faults):
    """Batches from an export; the row with a time that is none is left out by number and reason."""
    hana.open("/events/definitions/new/")
    lines = [
        'kind = "batch"', f'file = "{file}"', 'key = "batch"', 'start = "from"', 'end = "to"', 'lot = "lot"',
        'equipment = "line1/{machine}"', "[equipments]", '"line1/P-01" = "line1/Pump"',
    ]  # fmt: skip
    hana.fill(name="batches", written="\n".join(lines))
    hana.press("저장하고 읽기")
    hana.page.wait_for_url("**/definitions/batches/**")
    assert "5행" in hana.page.inner_text("section[aria-labelledby=wrong]")
    look_over(hana, faults, "definition")


def open_frame(hana, faults):
    """The list is narrowed by a word; a frame shows each signal of its machine meanwhile."""
    hana.open("/events/")
    look_over(hana, faults, "frames")
    hana.fill(words="B-002")
    hana.page.keyboard.press("Enter")
    hana.page.wait_for_url("**words=B-002**")
    assert hana.page.locator("main table tbody tr").count() >= 1
    hana.page.click("main table tbody a:text-is('B-002')")
    table = hana.page.locator("section[aria-labelledby=said] table.folds")
    assert table.locator("tbody tr").count() == 8
    assert hana.page.locator(".gallery svg").count() == 8
    assert "이" in hana.page.inner_text("section[aria-labelledby=facts]")
    look_over(hana, faults, "frame")
    with hana.page.expect_download() as file:
        hana.page.click("a[href$='as=parquet']")
    got = pl.read_parquet(file.value.path())
    assert got["signal"].n_unique() == 8


def open_lot(hana, faults):
    """The lot's genealogy as a picture whose boxes are links, reached by the keyboard."""
    hana.page.click(".page-head a:has-text('L002')")
    hana.page.wait_for_url("**/events/lot/L002/")
    family = hana.page.locator("svg.family")
    assert family.locator("a").count() > 5
    look_over(hana, faults, "lot")
    other = family.locator("a").first
    name = other.get_attribute("href").split("/")[-2]
    other.focus()
    hana.page.keyboard.press("Enter")
    hana.page.wait_for_url(f"**/events/lot/{name}/")
    assert hana.page.inner_text("h1") == name
    look_over(hana, faults, "material")
    hana.page.click(".crumbs a[href='/events/lots/']")
    hana.page.wait_for_url("**/events/lots/")
    look_over(hana, faults, "lots")
    hana.fill(words="nothing-like-it")
    hana.page.keyboard.press("Enter")
    hana.page.wait_for_selector(".empty")


def stop_reading(hana, faults):
    """A definition is forgotten after a question; what came of it stays."""
    hana.open("/events/definitions/batches/")
    hana.press("그만 읽기")
    hana.page.wait_for_selector("dialog[open]")
    look_over(hana, faults, "question")
    hana.page.click("dialog[open] button[value=yes]")
    hana.page.wait_for_url("**/events/")
    assert "B-002" in hana.page.inner_text("main")


def test_a_table_becomes_frames_and_lots_with_their_signals(chromium, visitor, recorded, tmp_path):  # noqa: ARG001 - the browser lives as long as this module
    faults = []
    with running(tmp_path / "home", within=180.0) as node:
        hana = begin(node, visitor)
        begins = play_a_pump(tmp_path / "home", recorded)
        hana.open("/equipment/")
        hana.press("이벤트와 로트")
        hana.page.wait_for_url("**/events/")
        look_over(hana, faults, "empty")
        workbook = shutil.copy(recorded / "process-pyphi-xlsx/jrpls_tpls_dataset.xlsx", tmp_path)
        define_materials(hana, workbook, faults)
        define_batches(hana, orders(tmp_path, begins), faults)
        open_frame(hana, faults)
        open_lot(hana, faults)
        stop_reading(hana, faults)
        assert "\n".join(faults) == ""
        assert [hana.complaints, hana.foreign] == [[], []]
