"""Trends in a real browser: chosen by search, zoomed, noted by keyboard, compared, taken to a spreadsheet, gone back to, followed."""

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import fastexcel
import polars as pl
import pytest

from dure.plant.historian import Historian
from machines.historian_process import SECOND, experiment, play, samples
from running_node import running, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SECRET = "정직한 기계의 말 2026"
SCREENS = (("en", "light", 1440), ("ko", "dark", 390))
CHOSEN = ("pump/Pressure", "pump/Thermocouple")
# What an MES would have brought: two batches at the pump, as the room of events keeps them.
BATCHES = """
import sys
import django
django.setup()
from dure.plant.events import Frame
start, end = int(sys.argv[1]), int(sys.argv[2])
middle = (start + end) // 2
for key, first, last in (("B-17", start, middle), ("B-18", middle, end)):
    Frame.objects.create(origin="mes", key=key, kind="batch", title=key, equipment="pump", start=first, end=last)
"""


def begin(node, visitor):
    """The owner's first steps, by the link that the node has printed."""
    hana = visitor(f"http://localhost:{node.port}", locale="en-GB", timezone_id="Asia/Seoul")
    hana.page.goto(str(until(lambda: node.said("owner's account"))).rpartition(" ")[2])
    hana.fill(
        organisation="Daon", name="Hana Kim", username="hana", email="hana@daon.example", password=SECRET
    )
    hana.page.locator("main form button").last.click()
    hana.page.wait_for_url("**/data/")
    if hana.page.get_attribute("html", "lang") != "en":
        hana.speak("en")
    return hana


def bring_in(home, recorded, hana):
    """A recorded experiment of a pump, at its own time, and its two batches."""
    table = experiment(next((recorded / "skab" / "valve1").glob("1.csv*")))
    with Historian(home) as historian:
        play(historian, "import", [samples("pump", table)])
    first, last = int(table["time"].min()), int(table["time"].max())
    at_home = {**os.environ, "DURE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "dure.node.settings"}
    subprocess.run([sys.executable, "-c", BATCHES, str(first), str(last)], env=at_home, check=True)
    hana.press("Measure again")
    hana.page.wait_for_selector("text=8 signals are measured")
    return table


def shown(hana):
    """Wait until what was asked for is drawn and marked."""
    hana.page.wait_for_selector("[data-drawn][data-marked]")
    until(
        lambda: hana.page.evaluate(
            "(({drawn, marked}) => drawn === marked)(document.querySelector('[data-trends]').dataset)"
        )
    )
    return hana.page.locator("[data-trends]")


def where(hana):
    """The address as the browser has it now."""
    return hana.page.evaluate("location.href")


def choose(hana, table):
    """Two signals by their words; the address holds them and the time."""
    hana.open("/trends/")
    assert "No signal is chosen yet." in hana.page.inner_text("main")
    for name in ("thermocouple", "pressure"):
        hana.page.fill("#words", name)
        box = hana.page.locator(f"#hits input[value='pump/{name.capitalize()}']")
        box.wait_for()
        until(lambda: hana.page.locator("#hits input").count() < 8)
        box.check()
    hana.press("Show these signals")
    hana.page.wait_for_url("**signals=pump/**")
    first, last = (
        datetime.fromtimestamp(one / 1e9, UTC).isoformat()
        for one in (table["time"].min(), table["time"].max())
    )
    query = "&".join([*(f"signals={one}" for one in CHOSEN), f"from={first}", f"to={last}"]).replace(
        "+", "%2B"
    )
    hana.open(f"/trends/?{query}")
    shown(hana)
    assert hana.page.locator(".pane").count() == 2  # without units nobody can say that they share a scale
    assert hana.page.locator(".strip-text", has_text="B-17").count() == 1
    whole = hana.page.locator("[data-figures-part] tbody tr")
    whole.first.wait_for()
    low, high = (float(table["Pressure"].min()), float(table["Pressure"].max()))
    cells = [cell.replace(",", "") for cell in whole.first.locator("td").all_inner_texts()]
    assert [float(cells[0].replace("−", "-")), float(cells[1])] == pytest.approx([low, high], rel=1e-3)
    assert cells[-1] == str(table.height - 1)  # the end itself is left out


def count_ink(hana):
    """Pixels of the first plot that are not empty."""
    return hana.page.evaluate(
        "(() => { const c = document.querySelector('.pane canvas'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; })()"
    )


def zoom_and_go_back(hana):
    """Keys and the wheel go closer; the browser's own button goes back."""
    assert count_ink(hana) > 2000
    before = where(hana)
    panes = hana.page.locator("[data-panes]")
    panes.focus()
    hana.page.keyboard.press("ArrowRight")
    until(lambda: "Pressure" in hana.page.inner_text("[data-said]"))
    hana.page.keyboard.press("+")
    hana.page.keyboard.press("+")
    until(lambda: where(hana) != before)
    closer = where(hana)
    box = panes.locator(".u-over").first.bounding_box()
    hana.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    hana.page.mouse.wheel(0, -300)
    until(lambda: where(hana) != closer)
    hana.page.go_back()
    until(lambda: where(hana) == closer)
    hana.page.go_back()
    until(lambda: where(hana) == before)
    hana.page.mouse.move(box["x"] + 100, box["y"] + 40)
    hana.page.mouse.down()
    hana.page.mouse.move(box["x"] + 400, box["y"] + 60, steps=5)
    hana.page.mouse.up()
    until(lambda: where(hana) != before)
    hana.page.go_back()
    until(lambda: where(hana) == before)
    shown(hana)


def note_by_keyboard(hana):
    """A stretch from one place of the cursor to another, with a text; listed beside, edited, found by its words."""
    hana.page.locator("[data-panes]").focus()
    press = hana.page.keyboard.press
    press("Home")
    for _ in range(6):
        press("Shift+ArrowRight")
    press("s")
    for _ in range(3):
        press("Shift+ArrowRight")
    press("n")
    hana.page.wait_for_selector("dialog[open]")
    hana.page.keyboard.type("valve closed by hand")
    press("Control+Enter")
    hana.page.wait_for_selector("[data-notes-list] li:has-text('valve closed by hand')")
    hana.page.wait_for_selector(".strip-row .note-bar")
    assert hana.page.evaluate("document.activeElement.hasAttribute('data-panes')")
    hana.page.click("[data-notes-list] button:text-is('edit')")
    hana.page.fill("#note-text", "valve closed by hand, 30 %")
    hana.page.click("dialog button:text-is('Keep')")
    hana.page.wait_for_selector("[data-notes-list] li:has-text('30 %')")


def compare(hana, pictures):
    """The second batch laid over the first, chosen by its name: how the means differ in words."""
    hana.page.fill("#with-words", "B-18")
    hana.page.click("[data-frames-found] button:has-text('B-18')")
    hana.page.wait_for_selector(".compared li:has-text('pump/Pressure')")
    until(lambda: "with=" in where(hana))
    shown(hana)
    hana.page.set_viewport_size({"width": 1120, "height": 740})
    hana.page.evaluate("scrollTo(0, 0)")
    hana.page.screenshot(path=pictures / "trends-en.png")
    hana.see(1440, "light")
    faults = hana.violations()
    assert faults == []
    hana.page.select_option("[data-with]", "")
    hana.page.wait_for_selector(".compared", state="detached")


def export(hana, home, table):
    """What is shown, as a workbook: opened again, each mean is the historian's own."""
    hana.page.select_option("#step", "60")
    with hana.page.expect_download() as told:
        hana.press("Make the file")
    sheet = fastexcel.read_excel(told.value.path()).load_sheet("values").to_polars()
    start = int(table["time"].min()) // 10**6 * 10**6
    with Historian(home) as historian:
        end = int(table["time"].max()) // 10**6 * 10**6
        means = pl.DataFrame(historian.average(CHOSEN, start, end, 60 * SECOND))
    assert sheet.height == means.height
    for place, name in enumerate(CHOSEN, 1):
        assert sheet.to_series(place).to_list() == pytest.approx(means[name].to_list(), rel=1e-9)
    with hana.page.expect_download() as told:
        hana.press("Picture (SVG)")
    assert "pump/Pressure" in told.value.path().read_text()
    with hana.page.expect_download() as told:
        hana.press("Picture (PNG)")
    assert told.value.path().read_bytes()[:4] == b"\x89PNG"


def follow(hana, home):
    """New samples appear while the page follows, and none of it while it is paused."""
    hana.page.click("[data-preset='-10m']")
    hana.page.wait_for_selector("[data-do=follow][aria-pressed=true]")
    hana.page.wait_for_selector("[data-beat][data-state=live]")
    stop = threading.Event()

    def speak():
        with Historian(home) as historian:
            while not stop.wait(0.2):
                now = time.time_ns()
                row = pl.DataFrame({"time": [now], "Pressure": [7.0], "Thermocouple": [42.0]})
                historian.append("import", samples("pump", row, late=10**6))

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        hana.page.wait_for_selector(".pane .keys strong:has-text('42')")
        hana.page.click("[data-do=follow]")
        hana.page.wait_for_selector("[data-do=follow][aria-pressed=false]")
    finally:
        stop.set()
        speaker.join()


def look_over(hana, faults, name, pictures):
    """Axe, and nothing wider than the screen, by day on the desk and by night on the phone, in both languages."""
    for language, scheme, width in SCREENS:
        hana.speak(language)
        hana.see(width, scheme)
        if hana.page.locator("[data-panes]").count():
            shown(hana)
        faults += hana.violations() + hana.too_wide()
        if os.environ.get("LOOK"):
            hana.page.screenshot(path=pictures / f"trends-{name}-{width}.jpg", full_page=True)
    hana.speak("en")
    hana.see(1440, "light")


def test_two_signals_are_chosen_zoomed_noted_compared_and_followed(
    chromium,  # noqa: ARG001 - the browser lives as long as this module
    visitor, tmp_path, recorded, pictures,
):  # fmt: skip
    faults = []
    home = tmp_path / "home"
    with running(home, within=240.0) as node:
        hana = begin(node, visitor)
        table = bring_in(home, recorded, hana)
        hana.open("/trends/")
        look_over(hana, faults, "empty", pictures)
        choose(hana, table)
        zoom_and_go_back(hana)
        note_by_keyboard(hana)
        compare(hana, pictures)
        export(hana, home, table)
        look_over(hana, faults, "page", pictures)
        hana.page.locator("[data-do=wall]").click()
        hana.page.wait_for_selector(".trends.wall")
        faults += hana.violations()
        if os.environ.get("LOOK"):
            hana.page.screenshot(path=pictures / "trends-wall.jpg")
        hana.page.locator("[data-do=wall]").click()
        hana.page.wait_for_selector(".trends:not(.wall)")
        follow(hana, home)
        hana.open("/trends/notes/?words=valve")
        assert "30 %" in hana.page.inner_text("table")
        look_over(hana, faults, "notes", pictures)
        assert "\n".join(faults) == ""
        assert [hana.complaints, hana.foreign] == [[], []]
