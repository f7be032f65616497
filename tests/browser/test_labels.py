"""Labelling in a real browser: pictures by keys and by thumb, a stretch by keyboard and by mouse, a dispute decided."""

import os
import subprocess
import sys

import pytest

from browser.test_trends import SCREENS, begin, bring_in
from running_node import running, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
# A second person's word, as if she had gone through the queue before.
SECOND = """
import sys
import django
django.setup()
from dure.foundation.parties import Organisation, Person, give_role
from dure.plant.labels import LabelSet, mark
from dure.plant.labels.things import things
lee = Person.objects.create(username="lee", name="Lee")
give_role(lee, "worker", Organisation.objects.get())
one = LabelSet.objects.get(pk=sys.argv[1])
mark(one, lee, "crack", item=things(one).keys[0])
"""


def opened(hana, name, about, kinds, files=()):
    """A new set by its form; where its page is."""
    hana.open("/labels/new/")
    hana.fill(name=name, **{f"kind_{place}": kind for place, kind in enumerate(kinds, 1)})
    hana.page.check(f"[name=about][value={about}]")
    if files:
        hana.page.set_input_files("#files", files)
    hana.page.locator("main form button.first").click()
    hana.page.wait_for_url(lambda address: "/labels/" in address and "/new" not in address)
    return hana.page.evaluate("location.pathname")


def shown(hana):
    """The picture that is to be labelled now, drawn."""
    drawn = "(one => one && one.complete && one.naturalWidth > 0)(document.querySelector('[data-item] img'))"
    until(lambda: hana.page.evaluate(drawn))
    return hana.page.locator("[data-queue]").get_attribute("data-shown")


def press(hana, key):
    """Press a key and wait until another item is there."""
    before = shown(hana)
    hana.page.keyboard.press(key)
    until(lambda: hana.page.locator("[data-queue]").get_attribute("data-shown") != before)
    shown(hana)


def look(hana, faults, pictures, name):
    """The page on both screens in both languages: axe, width, and a picture when asked for."""
    for language, scheme, width in SCREENS:
        hana.speak(language)
        hana.page.wait_for_load_state("networkidle")
        hana.see(width, scheme)
        faults += hana.violations() + hana.too_wide()
        if os.environ.get("LOOK"):
            hana.page.screenshot(path=pictures / f"labels-{name}-{width}.png")
    hana.speak("en")
    hana.see(1440, "light")


def label_pictures(hana, at, home, faults, pictures):
    """Keys, undo, skip; then by thumb on a phone; then what two people dispute."""
    hana.open(f"{at}queue/")
    first = shown(hana)
    press(hana, "1")
    press(hana, "2")
    press(hana, "s")
    assert "2 of 12" in hana.page.inner_text("[data-progress]")
    hana.page.keyboard.press("z")
    until(lambda: "1 of 12" in hana.page.inner_text("[data-progress]"))
    press(hana, "2")
    look(hana, faults, pictures, "queue")
    hana.see(390, "light")
    hana.open(f"{at}queue/")
    before = shown(hana)
    button = hana.page.locator("[data-kind=crack]")
    box = button.bounding_box()
    assert box["height"] >= 44
    assert box["width"] >= 120
    assert box["y"] + box["height"] <= 900
    button.click()
    until(lambda: hana.page.locator("[data-queue]").get_attribute("data-shown") != before)
    assert "3 of 12" in hana.page.inner_text("[data-progress]")
    hana.see(1440, "light")
    at_home = {**os.environ, "DURE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "dure.node.settings"}
    subprocess.run([sys.executable, "-c", SECOND, at.strip("/").split("/")[1]], env=at_home, check=True)
    hana.open(f"{at}?only=disputed")
    hana.page.wait_for_selector("td:has-text('Lee: crack')")
    look(hana, faults, pictures, "set")
    hana.page.select_option("td select", "good")
    hana.press("Decide in my name")
    hana.page.wait_for_selector("text=decided by Hana Kim")
    hana.press("Find them")
    hana.page.wait_for_url("**only=suggested")
    hana.page.wait_for_selector("text=Nothing like it is labelled yet.")
    return first


def mark_stretches(hana, at, table, faults, pictures):
    """By keyboard, by mouse, taken back."""
    hana.open(
        f"{at}trend/?signals=pump/Pressure&signals=pump/Thermocouple&from={int(table['time'].min()) // 10**6}&to={int(table['time'].max()) // 10**6}"
    )
    hana.page.wait_for_selector("[data-drawn] [data-plot] .curve")
    plot = hana.page.locator("[data-plot]")
    plot.focus()
    for key in ("Home", "s", "Shift+ArrowRight", "Shift+ArrowRight", "e", "2"):
        hana.page.keyboard.press(key)
    hana.page.wait_for_selector("[data-marked] li:has-text('leak')")
    box = plot.bounding_box()
    hana.page.mouse.move(box["x"] + 500, box["y"] + 60)
    hana.page.mouse.down()
    hana.page.mouse.move(box["x"] + 560, box["y"] + 60)
    hana.page.mouse.move(box["x"] + 700, box["y"] + 60)
    hana.page.mouse.up()
    hana.page.keyboard.press("1")
    hana.page.wait_for_selector("[data-marked] li:has-text('normal')")
    hana.page.keyboard.press("z")
    hana.page.wait_for_selector("[data-marked] li:has-text('normal')", state="detached")
    look(hana, faults, pictures, "trend")
    hana.open(
        f"/trends/?signals=pump/Pressure&from={int(table['time'].min()) // 10**6}&to={int(table['time'].max()) // 10**6}"
    )
    hana.page.click("a[data-label]")
    hana.page.wait_for_url(f"**{at}trend/?*")
    hana.page.wait_for_selector("[data-marked] li:has-text('leak')")


def test_pictures_and_stretches_are_labelled_by_keyboard_thumb_and_mouse(
    tmp_path, recorded, visitor, pictures
):
    faults, home = [], tmp_path / "home"
    tiles = sorted((recorded / "surface-magnetic-tile" / "MT_Blowhole").glob("*.jpg"))[:12]
    with running(home, within=180.0) as node:
        hana = begin(node, visitor)
        table = bring_in(home, recorded, hana)
        hana.open("/labels/")
        look(hana, faults, pictures, "none")
        at = opened(hana, "Tiles", "pictures", ("good", "crack"), [str(one) for one in tiles])
        label_pictures(hana, at, home, faults, pictures)
        mark_stretches(hana, opened(hana, "Leaks", "stretches", ("normal", "leak")), table, faults, pictures)
        hana.open("/labels/new/")
        look(hana, faults, pictures, "new")
        hana.open("/labels/")
        look(hana, faults, pictures, "sets")
        until(lambda: "Tiles" in hana.page.inner_text("main"))
    assert faults + hana.complaints + hana.foreign == []
