"""Certificates in a real browser: made on the command line, read in both languages, applied for, checked from a file."""

import os
import subprocess
import sys

import pytest

from browser.test_trends import begin
from running_node import running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SCREENS = (("en", "light", 1440), ("ko", "dark", 390), ("ko", "light", 1440))


def look_over(hana, faults, pictures, name):
    """The page on each screen: axe, width, and a picture when asked for."""
    for language, scheme, width in SCREENS:
        hana.speak(language)
        hana.see(width, scheme)
        faults += hana.violations() + hana.too_wide()
        if os.environ.get("LOOK"):
            hana.page.screenshot(
                path=pictures / f"certificates-{name}-{language}-{width}.jpg",
                full_page=True,
            )
    hana.speak("en")
    hana.see(1440, "light")


def test_a_certificate_is_made_read_applied_for_and_checked(recorded, visitor, pictures, tmp_path):
    home, faults = tmp_path / "home", []
    cert = tmp_path / "castings.json"
    with running(home) as node:
        hana = begin(node, visitor)
        hana.open("/certificates/")
        hana.page.wait_for_selector("text=No certificate yet.")
        look_over(hana, faults, pictures, "none")
        told = {**os.environ, "DURE_HOME": str(home), "DURE_LANG": "en"}
        source = str(recorded / "die-casting-kr" / "train_group_8412.csv.gz")
        asked = ["certify", source, "-o", str(cert), "--rules", "learning-table", "--target", "passorfail"]
        subprocess.run(
            [sys.executable, "-m", "dure", *asked, "--title", "Castings", "--keep"], env=told, check=True
        )
        hana.open("/certificates/")
        look_over(hana, faults, pictures, "list")
        hana.press("Castings")
        hana.page.wait_for_selector("text=nobody outside has seen")
        look_over(hana, faults, pictures, "one")
        hana.press("Open an application")
        hana.page.wait_for_selector("text=what was measured is filled in")
        hana.open("/certificates/check/")
        look_over(hana, faults, pictures, "check")
        hana.page.set_input_files("#file", str(cert))
        hana.page.locator("main form button.first").last.click()
        hana.page.wait_for_selector("text=Signed by did:key")
    assert faults == []
    assert hana.foreign == []
