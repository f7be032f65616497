"""A question from the floor in a real browser: asked on a trend, answered beside it, handed to a supplier's expert, kept as knowledge."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from dure.plant.historian import Historian
from machines.historian_process import experiment, play, samples
from running_node import running, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SECRET = "정직한 기계의 말 2026"
SCREENS = (("en", "light", 1440), ("ko", "dark", 390), ("ko", "light", 1440), ("en", "dark", 390))
# A worker, a supplier's expert, and an alarm that rang, as the owner and the alarm room would have made them.
PEOPLE = """
import sys
import django
django.setup()
from dure.foundation.parties import Person, give_role
from dure.plant.alarms import Alarm
from dure.plant.transport import Content
from dure.vocabulary import home
for username, name, role in (("minsu", "이민수", "worker"), ("weber", "Jan Weber", "expert")):
    give_role(Person.objects.create_user(username, "", sys.argv[1], name=name, language="en"), role)
Alarm.objects.create(id="pump-pressure", title_en="Pressure too high", title_ko="압력이 너무 높음", equipment="pump", rang=1795467600 * 10**9, state=1, active=True, priority=2)
print(Content(home()).put(open(sys.argv[2], "rb").read(), "image/jpeg").sha256)
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
    """A recorded experiment of a pump, the people, an alarm and a recorded picture."""
    table = experiment(next((recorded / "skab" / "valve1").glob("1.csv*")))
    with Historian(home) as historian:
        play(historian, "import", [samples("pump", table)])
    at_home = {**os.environ, "DURE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "dure.node.settings"}
    photo = min((recorded / "surface-magnetic-tile").rglob("*.jpg"))
    made = subprocess.run(
        [sys.executable, "-c", PEOPLE, SECRET, str(photo)],
        env=at_home,
        check=True,
        capture_output=True,
        text=True,
    )
    hana.press("Measure again")
    hana.page.wait_for_selector("text=8 signals are measured")
    return table, made.stdout.strip()


def enter(node, visitor, username, **screen):
    """Sign in as somebody."""
    one = visitor(f"http://localhost:{node.port}", locale="en-GB", timezone_id="Asia/Seoul", **screen)
    one.open("/account/login/")
    one.fill(login=username, password=SECRET)
    one.page.locator("main form button").last.click()
    one.page.wait_for_selector("body.inside")
    return one


def look_over(one, faults, name, pictures):
    """Axe, and nothing wider than the screen, on the desk and on the phone, by day and by night, in both languages."""
    for language, scheme, width in SCREENS:
        one.speak(language)
        one.see(width, scheme)
        one.page.wait_for_timeout(150)
        faults += one.violations() + one.too_wide()
        if os.environ.get("LOOK"):
            one.page.screenshot(path=pictures / f"threads-{name}-{language}-{width}.jpg", full_page=True)
    one.speak("en")
    one.see(1440, "light")


def ink(one):
    """Pixels of the kept stretch that are drawn."""
    return one.page.evaluate(
        "(() => { const c = document.querySelector('.frozen-lines canvas'); if (!c) return 0; const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; })()"
    )


def ask_on_the_trend(minsu, table):
    """What the worker looks at is what the question is about; a lost page keeps what was typed."""
    first, last = (
        datetime.fromtimestamp(one / 1e9, UTC).isoformat()
        for one in (table["time"].min(), table["time"].max())
    )
    query = f"signals=pump/Pressure&signals=pump/Thermocouple&from={first}&to={last}".replace("+", "%2B")
    minsu.open(f"/trends/?{query}")
    minsu.page.wait_for_selector("[data-drawn][data-marked]")
    minsu.page.wait_for_selector("text=Nobody has asked about this yet.")
    minsu.page.locator(".page-head a:has-text('Ask about this')").click()
    minsu.page.wait_for_selector(".frozen-lines canvas")
    until(lambda: ink(minsu) > 500)
    minsu.page.fill("textarea[data-draft]", "왜 여기서 압력이 튀나요?")
    minsu.page.reload()
    assert minsu.page.input_value("textarea[data-draft]") == "왜 여기서 압력이 튀나요?"
    minsu.page.locator("main form button.first").click()
    minsu.page.wait_for_selector("#messages .message")
    assert minsu.page.input_value("textarea[data-draft]") == ""
    until(lambda: ink(minsu) > 500)
    return minsu.page.url


def answer_by_keyboard(hana, minsu, address):
    """The engineer sees the count in the band, answers with a name chosen by keys; the worker's page shows it by itself."""
    hana.open("/threads/")
    hana.page.click(".inbox a:has-text('왜 여기서')")
    hana.page.focus("textarea[data-draft]")
    hana.page.keyboard.type("The valve was moved by hand. @이")
    hana.page.wait_for_selector("[role=option][aria-selected=true]:has-text('이민수')")
    hana.page.keyboard.press("Enter")
    assert hana.page.input_value("textarea[data-draft]").endswith("@이민수 ")
    hana.page.keyboard.press("Control+Enter")
    hana.page.wait_for_selector(".message.answered strong:has-text('@이민수')")
    minsu.page.wait_for_selector(".message.answered:has-text('moved by hand')")
    minsu.page.wait_for_selector("#standing .chip:has-text('answered')")
    del address


def hand_to_the_expert(hana, node, visitor, address):
    """An expert from outside sees this question alone, from a phone, and answers."""
    hana.page.select_option("#to", label="Jan Weber (outside expert)")
    hana.page.fill("#reason", "It is your pump: is this a known behaviour?")
    hana.page.select_option("#due", "2")
    hana.page.locator("#hand ~ form button, section:has(#hand) form button").last.click()
    hana.page.wait_for_selector("text=It is handed over.")
    weber = enter(node, visitor, "weber")
    weber.see(390, "light")
    assert weber.page.locator(".places a").count() == 0
    assert weber.page.locator(".inbox li").count() == 1
    weber.page.click(".inbox a")
    weber.page.fill("textarea[data-draft]", "Known: replace the seal.")
    weber.page.locator("main form button.first").click()
    weber.page.wait_for_selector(".message.answered:has-text('replace the seal')")
    answer = weber.page.request.get(weber.base + "/trends/")
    assert answer.status == 403
    del address
    return weber


def point_at_a_picture(minsu, sha256):
    """A box drawn by the mouse stands in the question."""
    minsu.open(f"/threads/at/?kind=picture&key={sha256}")
    box = minsu.page.locator(".pointed img").bounding_box()
    minsu.page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25)
    minsu.page.mouse.down()
    minsu.page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.5, steps=4)
    minsu.page.mouse.up()
    drawn = [float(one) for one in minsu.page.input_value("#box").split(",")]
    assert drawn == pytest.approx([0.25, 0.25, 0.5, 0.25], abs=0.02)
    minsu.page.fill("textarea[data-draft]", "기공인가요?")
    minsu.page.locator("main form button.first").click()
    rect = minsu.page.wait_for_selector(".pointed rect[x]")
    assert float(rect.get_attribute("width")) == pytest.approx(500, abs=20)


def keep_the_answer(hana, minsu):
    """The best answer stands at the trend; an answer on an alarm is kept with it, and read there."""
    hana.page.locator(".message:has-text('replace the seal') button:has-text('Best answer')").or_(
        hana.page.locator(".message:has-text('moved by hand') button:has-text('Best answer')")
    ).first.click()
    hana.page.wait_for_selector(".message.best")
    hana.open("/alarms/of/pump-pressure/")
    hana.page.wait_for_selector("text=Nobody has asked about this yet.")  # the panel has come
    hana.page.locator(".asked a:has-text('Ask about this')").click()
    hana.page.wait_for_url("**/threads/at/**")
    hana.page.fill("textarea[data-draft]", "What do we do when it rings?")
    hana.page.locator("main form button.first").click()
    hana.page.wait_for_selector("#messages .message")
    minsu.page.goto(hana.page.url)
    minsu.page.fill("textarea[data-draft]", "밸브를 30 %로 닫습니다.")
    minsu.page.locator("main form button.first").click()
    hana.page.wait_for_selector(".message.said:has-text('30 %')")
    hana.page.locator("button:has-text('Keep with the alarm')").click()
    hana.page.wait_for_selector("text=Whoever opens the alarm reads this answer")
    minsu.open("/alarms/of/pump-pressure/")
    minsu.page.wait_for_selector(".asked .known blockquote:has-text('30 %')")


def test_a_question_is_asked_answered_handed_over_and_kept(
    chromium,  # noqa: ARG001 - the browser lives as long as this module
    visitor, tmp_path, recorded, pictures,
):  # fmt: skip
    faults = []
    home = tmp_path / "home"
    with running(home, within=240.0) as node:
        hana = begin(node, visitor)
        table, sha256 = bring_in(home, recorded, hana)
        minsu = enter(node, visitor, "minsu")
        minsu.open("/threads/")
        look_over(minsu, faults, "empty", pictures)
        address = ask_on_the_trend(minsu, table)
        answer_by_keyboard(hana, minsu, address)
        weber = hand_to_the_expert(hana, node, visitor, address)
        look_over(weber, faults, "expert", pictures)
        hana.page.wait_for_selector(".message.answered:has-text('replace the seal')")
        look_over(hana, faults, "thread", pictures)
        keep_the_answer(hana, minsu)
        look_over(minsu, faults, "alarm", pictures)
        point_at_a_picture(minsu, sha256)
        look_over(minsu, faults, "picture", pictures)
        minsu.open("/threads/at/?kind=equipment&key=pump")
        look_over(minsu, faults, "place", pictures)
        minsu.open("/threads/code/?kind=equipment&key=pump")
        look_over(minsu, faults, "code", pictures)
        minsu.open("/threads/?view=all")
        look_over(minsu, faults, "inbox", pictures)
        assert "\n".join(faults) == ""
        for one in (hana, minsu, weber):
            assert [one.complaints, one.foreign] == [[], []]
