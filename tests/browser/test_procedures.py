"""A procedure in a real browser: its text checked while it is typed, a case opened, answered, judged; on the desk and on the phone."""

import os
import re
import subprocess
import sys

import pytest

from browser.test_threads import SECRET, begin, enter, look_over
from foundation.procedure.test_cases import FLOW, REQUEST, REVIEW
from running_node import running, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
# The procedure, an assessor, and a case that is late, as an office would have them.
OFFICE = """
import sys, json
from datetime import timedelta
import django
django.setup()
from django.utils import timezone
from dure.foundation.parties import Organisation, Person, give_role
from dure.foundation.procedure import activate, draft, move, start
secret, texts = sys.argv[1], json.loads(sys.argv[2])
lee = Person.objects.create_user("lee", "", secret, name="Lee Suji", language="en")
give_role(lee, "assessor", Organisation.objects.create(name="TTA"))
for kind, text in texts:
    activate(draft(kind, text))
hana = Person.objects.get(username="hana")
for subject, days in (("Stamping of 2025", 60), ("Welding of 2026", 0)):
    case = start("check", hana, subject, {"dataset": "d"}, facts={"plant.rows": 57631.0})
    move(case, "submit", hana, now=timezone.now() - timedelta(days=days))
start("check", hana, "Castings of 2026", facts={"plant.rows": 57631.0})
"""


def prepare(home):
    """What the office has."""
    import json

    at_home = {**os.environ, "DURE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "dure.node.settings"}
    form = REQUEST.replace('fill: "=[plant.rows]"', 'fill: "=[plant.rows]", evidence: measured')
    texts = json.dumps([("form", form), ("form", REVIEW), ("flow", FLOW.replace(", then: lapse", ""))])
    subprocess.run([sys.executable, "-c", OFFICE, SECRET, texts], env=at_home, check=True)


def write(hana, faults, pictures):
    """The editor: a fault with its line at the keystroke, then the difference, the past cases, a new version."""
    hana.open("/procedures/flow/check/edit/")
    hana.page.wait_for_selector("text=which is in force")
    text = hana.page.locator("#text")
    wrong = FLOW.replace("to: accepted", "to: nowhere")
    text.fill(wrong)
    hana.page.wait_for_selector("[data-fault-line]")
    line = wrong[: wrong.index("to: nowhere")].count("\n") + 1
    until(lambda: hana.page.inner_text(".numbered pre b").strip() == str(line))
    look_over(hana, faults, "fault", pictures)
    hana.open("/procedures/flow/check/edit/")
    hana.page.locator("#text").fill(FLOW.replace("[rows]>=1000", "[rows]>=100000"))
    hana.page.wait_for_selector(".difference .more")
    assert hana.page.locator(".numbered pre b").count() == 0
    hana.press("Try on past cases")
    hana.page.wait_for_selector("text=would be refused now")
    look_over(hana, faults, "tried", pictures)
    hana.page.locator("#text").fill(FLOW.replace("working_days: 3", "working_days: 5"))
    hana.press("Put in force")
    hana.page.wait_for_selector("text=Version 2 is in force")
    look_over(hana, faults, "flow", pictures)


def answer(hana, faults, pictures):
    """The applicant: what lacks is said, the measured stands, then handed in."""
    hana.open("/procedures/tasks/")
    look_over(hana, faults, "tasks", pictures)
    hana.press("Castings of 2026")
    hana.page.wait_for_selector("text=an answer is needed")
    assert re.search("measured", hana.page.inner_text("#questions"))
    look_over(hana, faults, "draft", pictures)
    hana.page.fill("[name='a.dataset']", "castings")
    hana.press("Keep the answers")
    hana.page.wait_for_selector("text=The answers are kept.")
    hana.page.get_by_role("button", name="Submit", exact=True).click()
    hana.page.wait_for_selector("text=Done: Submit.")


def judge(lee, faults, pictures):
    """The assessor: the late one first, returned with a reason, another accepted."""
    lee.open("/procedures/tasks/")
    rows = lee.page.locator("tbody tr")
    assert "Stamping of 2025" in rows.first.inner_text()
    look_over(lee, faults, "waits", pictures)
    lee.press("Castings of 2026")
    lee.page.locator("summary", has_text="Accept").click()
    lee.page.locator("summary", has_text="Return").click()
    look_over(lee, faults, "case", pictures)
    lee.page.locator("summary", has_text="Accept").click()
    lee.page.fill("[name='a.score']", "90")
    lee.page.get_by_role("button", name="Accept", exact=True).click()
    lee.page.wait_for_selector("text=The case is closed.")
    lee.open("/procedures/cases/?flow=check&only=all")
    look_over(lee, faults, "cases", pictures)
    lee.open("/procedures/")
    look_over(lee, faults, "procedures", pictures)


def test_a_procedure_is_written_and_a_case_goes_through_it(tmp_path, chromium, visitor, pictures):
    del chromium
    faults: list[str] = []
    with running(tmp_path / "home") as node:
        hana = begin(node, visitor)
        prepare(tmp_path / "home")
        write(hana, faults, pictures)
        answer(hana, faults, pictures)
        lee = enter(node, visitor, "lee")
        judge(lee, faults, pictures)
        assert hana.complaints + lee.complaints == []
        assert hana.foreign + lee.foreign == []
    assert faults == []
