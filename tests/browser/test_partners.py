"""Two owners pair their firms in a real browser: a code read aloud, a fingerprint compared, both confirm; in both languages, wide and narrow."""

import os

import pytest

from pair_of_nodes import nodes_in
from running_node import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SCREENS = (("en", "light", 1440), ("ko", "dark", 390), ("ko", "light", 1440), ("en", "dark", 390))


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    with nodes_in(tmp_path_factory.mktemp("partners"), "hub", "plant") as both:
        yield both


def enter(node, visitor):
    one = visitor(node.address, locale="en-GB", timezone_id="Asia/Seoul")
    one.open("/account/login/")
    one.fill(login="daon", password="honest machines 2026")
    one.page.locator("main form button").last.click()
    one.page.wait_for_selector("body.inside")
    if one.page.get_attribute("html", "lang") != "en":
        one.speak("en")
    return one


def look_over(one, faults, name, pictures):
    """Axe, and nothing wider than the screen; the language and width of before afterwards."""
    for language, scheme, width in SCREENS:
        one.speak(language)
        one.see(width, scheme)
        one.page.wait_for_timeout(150)
        faults += one.violations() + one.too_wide()
        if os.environ.get("LOOK"):
            one.page.screenshot(path=pictures / f"partners-{name}-{language}-{width}.jpg", full_page=True)
    one.speak("en")
    one.see(1440, "light")


def test_two_owners_pair_their_firms(nodes, visitor, pictures):
    hub, plant = (enter(one, visitor) for one in nodes)
    faults = []
    hub.page.click("details.menu summary")
    hub.page.click(".menu a:has-text('Partners')")
    look_over(hub, faults, "none", pictures)
    hub.press("Invite a firm")
    code = hub.page.locator(".pair-code").inner_text()
    until(lambda: hub.page.evaluate("document.querySelector('.code-sheet img').naturalWidth > 0"))
    look_over(hub, faults, "code", pictures)
    plant.open("/partners/")
    plant.fill(address=nodes[0].address, code=code)
    plant.press("Go on")
    seal = plant.page.locator(".pair-seal .pair-code").inner_text()
    look_over(plant, faults, "seal", pictures)
    hub.page.wait_for_selector(
        f".pair-seal .pair-code:has-text('{seal}')"
    )  # by itself: the page asks how it stands
    plant.press("It is the same: confirm")
    plant.page.wait_for_selector("text=You have confirmed.")
    hub.press("It is the same: confirm")
    hub.page.wait_for_selector("text=is your partner now")
    plant.page.wait_for_selector("text=is your partner now")
    look_over(plant, faults, "done", pictures)
    plant.press("To the partners")
    look_over(plant, faults, "list", pictures)
    plant.open("/partners/credentials/")
    plant.page.locator("#issuer-ask").fill(nodes[0].did)
    plant.press("Ask for our credentials")
    plant.page.wait_for_selector("text=The issuer has the request.")
    plant.page.wait_for_timeout(1000)
    plant.open("/partners/credentials/")
    look_over(plant, faults, "credentials", pictures)
    hub.open("/partners/")
    hub.page.locator("table a").first.click()
    look_over(hub, faults, "partner", pictures)
    stranger = visitor(nodes[0].address, locale="en-GB")
    stranger.open(f"/pair/#{code}")
    look_over(stranger, faults, "door", pictures)
    assert faults == []
    for one in (hub, plant, stranger):
        assert [
            told for told in one.complaints if "/line/" not in told
        ] == []  # the live stream does not run here
        assert one.foreign == []
