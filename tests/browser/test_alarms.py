"""Alarms in a real browser: one is defined and tried on last week, rings, is answered by keyboard, shelved, and comes back."""

import os
import subprocess
import sys
import time

import polars as pl
import pytest

from dure.plant.historian import Historian
from machines.historian_process import SECOND, experiment, play, samples
from running_node import running, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SECRET = "정직한 기계의 말 2026"
SCREENS = ((1440, "light"), (390, "dark"))
INVENTORY = """
import sys
import django
django.setup()
from dure.plant.inventory import Signal
for name in sys.argv[1:]:
    Signal.objects.create(id=f"line1/Pump/{name}", name=name, source="line1", equipment="line1/Pump")
"""
RATE = "Volume Flow RateRMS"
LIMIT = 30.5


def begin(node, visitor):
    """The owner's first steps, in English."""
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


def recording(recorded):
    """A recorded experiment in which a valve closes, as if it had begun so long ago that it ends now."""
    table = experiment(recorded / "skab/valve1/1.csv.gz")
    shift = time.time_ns() - int(table["time"][-1]) - 30 * SECOND
    return table.with_columns(pl.col("time") + shift)


def put_in_the_inventory(home, names):
    subprocess.run(
        [sys.executable, "-c", INVENTORY, *names],
        env={**os.environ, "DURE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "dure.node.settings"},
        check=True,
    )


def look_over(hana, faults, name):
    """Axe, and nothing wider than the screen, by day on the desk and by night on the phone."""
    for width, scheme in SCREENS:
        hana.see(width, scheme)
        faults += hana.violations() + hana.too_wide()
        if os.environ.get("LOOK_IN"):
            hana.page.screenshot(path=f"{os.environ['LOOK_IN']}/alarms-{name}-{width}.png", full_page=True)
    hana.see(1440, "light")


def define(hana, faults):
    """A formula that cannot stand is named and costs no typing; the replay says how often it would have rung."""
    hana.open("/alarms/definitions/")
    look_over(hana, faults, "definitions")
    hana.open("/alarms/definitions/new/")
    words = {"id": "low-flow", "title_en": "Flow is low", "title_ko": "유량이 낮습니다"}
    hana.fill(**words, condition=f"=[line1/Pump/{RATE}]<")
    hana.page.select_option("[name=priority]", "high")
    hana.page.locator("main form button:text-is('Save')").click()
    assert hana.page.locator("main .error, main [role=alert]").count() > 0
    assert hana.page.input_value("[name=title_ko]") == "유량이 낮습니다"
    look_over(hana, faults, "refused")
    why = {"consequence": "The pump runs dry", "response": "Open valve 1", "response_s": "300"}
    hana.fill(condition=f"=[line1/Pump/{RATE}]<{LIMIT:g}", equipment="line1/Pump", **why)
    hana.press("Replay the last week")
    hana.page.wait_for_selector("#preview .say-box strong:has-text('rung')")
    look_over(hana, faults, "preview")
    hana.page.locator("main form button:text-is('Save')").click()
    hana.page.wait_for_selector("main:has-text('Flow is low')")


def ring(historian, value):
    """One more reading, now."""
    now = pl.DataFrame({"time": [time.time_ns()], RATE: [value]})
    play(historian, "line1", [samples("line1/Pump", now)])


def answer_by_keyboard(hana, faults):
    """The alarm comes by itself into the open page, is chosen with J and acknowledged with A."""
    hana.page.wait_for_selector(".ring.waits:has-text('Flow is low')")
    assert "Open valve 1" in hana.page.inner_text(".ring.waits")
    look_over(hana, faults, "ringing")
    hana.page.keyboard.press("j")
    hana.page.keyboard.press("a")
    hana.page.wait_for_selector(".ring:not(.waits):has-text('Flow is low')")
    hana.page.keyboard.press("j")
    hana.page.keyboard.press("Enter")
    hana.page.wait_for_url("**/alarms/of/**")


def shelve(hana, faults):
    """Shelved with a reason it is on the shelf, and nowhere forgotten; taken from there it stands again."""
    look_over(hana, faults, "alarm")
    hana.fill(hours="1", reason="")
    hana.page.locator("form[action*='/shelve/'] button").click()
    assert "/alarms/of/" in hana.page.url  # without a reason nothing is shelved
    hana.page.fill("#shelve-reason", "The valve is being changed")
    hana.page.locator("form[action*='/shelve/'] button").click()
    hana.page.wait_for_selector("text=The valve is being changed")
    hana.open("/alarms/")
    hana.page.wait_for_selector(".calm:has-text('No alarm stands')")
    assert "Some are hidden" in hana.page.inner_text(".calm")
    hana.open("/alarms/?view=shelved")
    look_over(hana, faults, "shelf")
    hana.press("Take from the shelf")
    hana.open("/alarms/")
    hana.page.wait_for_selector(".ring:has-text('Flow is low')")


def read_the_journal(hana, faults):
    hana.open("/alarms/journal/")
    shown = hana.page.inner_text("main")
    assert all(words in shown for words in ("Flow is low", "Hana Kim", "The valve is being changed"))
    look_over(hana, faults, "journal")
    hana.open("/alarms/performance/")
    look_over(hana, faults, "performance")
    hana.speak("ko")
    hana.open("/alarms/")
    assert "유량이 낮습니다" in hana.page.inner_text("main")
    look_over(hana, faults, "list-ko")


def test_an_alarm_is_defined_rings_is_answered_and_shelved(chromium, visitor, recorded, tmp_path):  # noqa: ARG001 - the browser lives as long as this module
    faults = []
    with running(tmp_path / "home", within=180.0) as node:
        hana = begin(node, visitor)
        hana.open("/alarms/")
        look_over(hana, faults, "none")
        table = recording(recorded)
        with Historian(tmp_path / "home") as historian:
            play(historian, "line1", [samples("line1/Pump", table)])
            put_in_the_inventory(tmp_path / "home", table.columns[1:])
            ring(historian, LIMIT + 2)
            define(hana, faults)
            hana.open("/alarms/")
            ring(historian, LIMIT - 5)
            answer_by_keyboard(hana, faults)
        shelve(hana, faults)
        read_the_journal(hana, faults)
        assert "\n".join(faults) == ""
        assert [hana.complaints, hana.foreign] == [[], []]
