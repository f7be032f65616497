"""Connecting a machine in a real browser: looked for, tried, its signals ticked and watched, read; then cut and named."""

import os

import pytest

from peers.servers import Peer
from running_node import free_port, running, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SECRET = "정직한 기계의 말 2026"
WELL_KNOWN = 4840
WIDTHS = ((1440, "light"), (390, "dark"))


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A node-opcua server at the well-known port with 420 values that change twice a second."""
    folder = tmp_path_factory.mktemp("machine")
    peer = Peer("node-opcua", folder, {"variables": 420, "period": 500}, port=WELL_KNOWN).start()
    yield peer
    peer.kill()


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


def look_for_it(hana):
    """The empty plant leads to Connect; a scan of the loopback finds the server."""
    assert "Connect the first machine" in hana.page.inner_text("main")
    hana.press("Connect a source")
    hana.page.click("summary:has-text('look what answers')")
    hana.fill(range="8.8.8.0/24")
    hana.page.click("form[hx-target='#scan'] button:text-is('Look')")
    hana.page.wait_for_selector("#scan .say-box.error:has-text('not a private network')")
    hana.fill(range="127.0.0.1")
    hana.page.click("form[hx-target='#scan'] button:text-is('Look')")
    found = hana.page.locator("#scan .card:has-text('opc.tcp://127.0.0.1:4840')").first
    found.locator("a:has-text('Use this one')").click()
    hana.page.wait_for_url("**scheme=opc.tcp**")
    assert hana.page.input_value("[name=url]") == "opc.tcp://127.0.0.1:4840"


def choose(hana, pictures, faults):
    """The tree by keyboard alone: opened, ticked, searched; the values stand beside it."""
    hana.fill(name="press")
    hana.press("Try, then choose signals")
    hana.page.wait_for_url("**/sources/draft/**")
    tree = hana.page.locator("[role=tree]")
    tree.locator("[role=treeitem]").first.focus()
    press = hana.page.keyboard.press
    press("ArrowDown")
    press("ArrowRight")
    hana.page.wait_for_selector("[role=treeitem][data-further]")
    before = tree.locator("[role=treeitem]").count()
    press("End")
    press("Enter")
    until(lambda: tree.locator("[role=treeitem]").count() > before)
    tree.locator("[data-path='press/Line1/Value0003']").focus()
    press(" ")
    hana.page.wait_for_selector("[data-path='press/Line1/Value0003'][aria-checked=true]")
    assert tree.locator("[data-path='press/Line1']").get_attribute("aria-checked") == "mixed"
    hana.page.fill("#words", "temperature")
    hana.page.click("[data-path='press/Line1/Temperature'] .tick")
    hana.page.wait_for_selector("#picked dd:has-text('2')")
    hana.page.wait_for_selector(".live tr[data-signal='press/Line1/Temperature'] .number:has-text('25 °C')")
    value = hana.page.locator(".live tr[data-signal='press/Line1/Value0003'] .number")
    shown = value.inner_text()
    until(lambda: value.inner_text() != shown)
    hana.page.fill("#words", "")
    hana.page.wait_for_selector("[data-path='press/Line1'][aria-expanded=false]")
    hana.page.click("[data-path='press/Line1'] .twist")
    hana.page.wait_for_selector("[data-path='press/Line1/Value0003'][aria-checked=true]")
    hana.page.screenshot(path=pictures / "connect-en.png")
    look_over(hana, faults, "choose", pictures)


def save(hana):
    """Only what was ticked is read."""
    hana.press("Save the source")
    hana.page.wait_for_url("**/data/")
    hana.page.wait_for_selector(".card:has(a:text-is('press')):has-text('connected')")
    until(lambda: hana.page.reload() and "Sources that are read\n1 / 1" in hana.page.inner_text("main"))
    hana.press("Measure again")
    hana.page.wait_for_selector("text=2 signals are measured")


def look_over(hana, faults, name, pictures):
    """Axe, and nothing wider than the screen, by day on the desk and by night on the phone."""
    for width, scheme in WIDTHS:
        hana.see(width, scheme)
        faults += hana.violations() + hana.too_wide()
        if os.environ.get("LOOK"):
            hana.page.screenshot(path=pictures / f"connect-{name}-{width}.png", full_page=True)
    hana.see(1440, "light")


def cut(hana, machine):
    """The server is killed: it is said with what to do; it comes back: the gap has a name."""
    machine.kill()
    hana.page.wait_for_selector(".todo li:has-text('press has not been read for')")
    hana.page.wait_for_selector(".card:has(a:text-is('press')):has-text('connection lost')")
    machine.start()
    hana.open("/data/health/")
    until(lambda: hana.page.reload() and hana.page.locator("main table:has-text('press') .chip.fine").count())
    gap = "main table:has-text('Cause') tbody tr:has-text('press')"
    until(lambda: hana.page.reload() and hana.page.locator(gap).count())
    assert hana.page.locator(".strip svg rect:not(.whole)").count() > 0
    assert hana.page.locator(".log li:has-text('press')").count() > 1
    with hana.page.expect_download() as table:
        hana.press("As CSV")
    assert table.value.path().read_text("utf-8-sig").splitlines()[1].startswith("press,")


def change(hana):
    """Its signals are chosen anew, its settings changed, one more like it begun; it is switched off and on."""
    hana.open("/data/sources/press/")
    hana.press("Choose its signals")
    hana.page.wait_for_url("**/sources/draft/**")
    assert hana.page.inner_text("#picked dd").startswith("2 ")
    hana.page.fill("#words", "SetPoint")
    hana.page.click("[data-path='press/Line1/SetPoint'] .tick")
    hana.page.wait_for_selector("#picked dd:has-text('3')")
    hana.press("Save the choice")
    hana.page.wait_for_url("**/data/")
    hana.open("/data/sources/press/settings/")
    hana.page.click("summary:has-text('More settings')")
    hana.page.select_option("[name=when_full]", "oldest")
    hana.press("Try and save")
    hana.page.wait_for_url("**/data/")
    hana.open("/data/sources/press/")
    assert "drop the oldest" in hana.page.inner_text("main")
    hana.press("One more like it")
    assert hana.page.input_value("[name=name]") == "press-2"


def give_leave(hana):
    """A signal may be written for an hour, in a person's name, until she takes it back."""
    hana.open("/data/writing/")
    hana.fill(signal="press/Line1/SetPoint", low="1", high="30", reason="Trial of the heater")
    hana.press("Give leave in my name")
    hana.page.wait_for_selector(".card:has-text('press/Line1/SetPoint'):has-text('Hana Kim')")


def write_it(hana, faults, pictures):
    """A value outside is refused with what was typed; one inside is asked for again, written and read back."""
    hana.fill(value="99")
    hana.press("Write it …")
    hana.page.wait_for_selector("text=Write 99 to the machine?")
    look_over(hana, faults, "confirm", pictures)
    hana.press("Write 99 now")
    hana.page.wait_for_selector(".say-box.error:has-text('outside 1 – 30')")
    assert hana.page.input_value("[name=value]") == "99"
    hana.fill(value="6.5")
    hana.press("Write it …")
    hana.press("Write 6.5 now")
    hana.page.wait_for_selector("text=is 6.5, read back")


def invite_a_box(hana, faults, pictures):
    """The invitation is on one page, once; the box is listed, and gone after a question."""
    hana.open("/data/health/")
    hana.press("Invite a box")
    hana.fill(name="press-shop")
    look_over(hana, faults, "invite", pictures)
    hana.page.locator("main form button").last.click()
    assert "dure edge join dure-edge:" in hana.page.input_value("#line")
    look_over(hana, faults, "invited", pictures)
    hana.press("I have copied it")
    hana.page.wait_for_selector("section[aria-labelledby=boxes] tr:has-text('press-shop')")
    look_over(hana, faults, "boxes", pictures)
    hana.page.click("section[aria-labelledby=boxes] button:text-is('Remove')")
    hana.page.click("dialog[open] button[value=yes]")
    hana.page.wait_for_selector("text=press-shop may no longer send")


def serve_it(hana, faults, pictures):
    """OPC UA is switched on: the node listens, a reader gets a password; off again nothing is served."""
    hana.open("/data/")
    hana.press("Serve to SCADA")
    hana.page.wait_for_url("**/serve/")
    look_over(hana, faults, "serve-off", pictures)
    opcua = hana.page.locator("section[aria-labelledby=opcua]")
    opcua.locator("[name=port]").fill(str(free_port()))
    with hana.page.expect_navigation():  # a reload in the middle of it would lose both
        opcua.locator("button:text-is('Serve it')").click()
    until(lambda: hana.page.reload() and opcua.locator(".chip:text-is('listening')").count(), 180)
    hana.page.fill("section[aria-labelledby=users] [name=name]", "scada")
    hana.press("Let it read")
    hana.page.wait_for_selector("text=is shown once")
    look_over(hana, faults, "serve", pictures)
    hana.open("/serve/")
    opcua.locator("button:text-is('Switch off')").click()
    hana.page.wait_for_selector("text=It is served no more")


def test_a_machine_is_found_chosen_watched_read_cut_and_named(chromium, visitor, tmp_path, machine, pictures):  # noqa: ARG001 - the browser lives as long as this module
    faults = []
    with running(tmp_path / "home", within=180.0) as node:
        hana = begin(node, visitor)
        look_for_it(hana)
        look_over(hana, faults, "form", pictures)
        choose(hana, pictures, faults)
        save(hana)
        look_over(hana, faults, "data", pictures)
        cut(hana, machine)
        look_over(hana, faults, "health", pictures)
        change(hana)
        hana.open("/data/sources/press/")
        look_over(hana, faults, "source", pictures)
        give_leave(hana)
        write_it(hana, faults, pictures)
        look_over(hana, faults, "arms", pictures)
        hana.press("Take it back")
        hana.page.wait_for_selector("text=may no longer be written")
        invite_a_box(hana, faults, pictures)
        serve_it(hana, faults, pictures)
        hana.speak("ko")
        hana.open("/data/health/")
        assert "결측 원장" in hana.page.inner_text("main")
        look_over(hana, faults, "health-ko", pictures)
        hana.open("/data/")
        hana.page.screenshot(path=pictures / "plant-ko.png")
        assert "\n".join(faults) == ""
        assert [hana.complaints, hana.foreign] == [[], []]
