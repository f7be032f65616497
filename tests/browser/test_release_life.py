"""The life of a model on the line: two versions side by side, promoted and rolled back by a click, refitted, a fleet."""

import os
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pytest

from dure.plant.historian import Historian
from dure.science.prepare import read
from machines.historian_process import SECOND, play, samples
from running_node import running, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SECRET = "정직한 기계의 말 2026"
SCREENS = (("ko", "light", 1440), ("en", "dark", 390))
HOURS, LATE = 600, 24
# What months of training and shadow would have left: two versions that both saw the year 2013, and a fleet of moulds.
YEARS = """
import sys
from pathlib import Path
import django
django.setup()
from dure.foundation.parties import Person
from dure.plant.deploy import challenge, change, deploy, name_labels, put_fleet, train_fleet
from dure.plant.inventory import Signal
from dure.plant.registry import register, release
from dure.science.learn import TrainRequest, train
from dure.vocabulary import Permit
folder, since = Path(sys.argv[1]), int(sys.argv[2])
hana = Person.objects.get(username="hana")
made = []
for year in ("2011", "2012"):
    table = str(folder / f"{year}.parquet")
    request = TrainRequest((table,), target="NOX", ignore=("CO",), budget=5, families=("ridge",))
    train(request, folder / year, Permit.own([table]))
    made.append(register(folder / year, "NOX", hana, asked={"request": request.to_dict()}))
    release(made[-1], hana, "its errors are small")
Signal.objects.create(id="lab/GT1/NOX", source="lab", name="NOX")
inputs = {one["name"]: "GT1/" + one["name"] for one in made[0].card["inputs"]}
place = deploy(made[0], "NOX", [{"asset": "GT1", "inputs": inputs}], hana, reason="its limit", since=since)
name_labels(place, {"GT1": "lab/GT1/NOX"}, 0.0, hana, "the lab is on line")
change(change(place, "advisory", hana, "quiet"), "on", hana, "quiet")
challenge(place, made[1], hana, "a year more", now=since)
table = str(folder / "castings.parquet")
request = TrainRequest((table,), target="biscuit_thickness", group="mould", budget=10, families=("ridge",))
train_fleet(request, folder / "fleet", Permit.own([table]), lambda *_: None)
put_fleet(folder / "fleet", "Castings", hana)
columns = ("cast_pressure", "low_section_speed", "high_section_speed")
for mould in ("8412", "8573", "9001"):
    for name in columns:
        Signal.objects.create(id=f"cast/{mould}/{name}", source="cast", name=name, kind="number")
"""


def begin(node, visitor):
    hana = visitor(f"http://localhost:{node.port}", locale="ko-KR", timezone_id="Asia/Seoul")
    hana.page.goto(str(until(lambda: node.said("owner's account"))).rpartition(" ")[2])
    hana.fill(
        organisation="다온발전", name="김하나", username="hana", email="hana@daon.example", password=SECRET
    )
    hana.press("시작하기")
    hana.page.wait_for_url("**/data/")
    return hana


def put_two_versions_beside_the_line(home, recorded, folder):
    """A turbine of 2013 played up to now, its laboratory a day late; both versions have seen all of it."""
    place = recorded / "gas-turbine-emissions"
    for year in ("2011", "2012"):
        table = read([place / f"gt_{year}.csv.gz"]).frame.gather_every(10)
        table.sample(fraction=1.0, shuffle=True, seed=0).write_parquet(folder / f"{year}.parquet")
    names = ("cast_pressure", "low_section_speed", "high_section_speed", "biscuit_thickness")
    parts = [
        read([recorded / "die-casting-kr" / f"train_group_{mould}.csv.gz"]).frame.head(400)
        .select(pl.lit(mould).alias("mould"), *(pl.col(name).cast(pl.Float64, strict=False) for name in names))
        for mould in ("8412", "8573")
    ]  # fmt: skip
    pl.concat(parts).drop_nulls().write_parquet(folder / "castings.parquet")
    frame = read([place / "gt_2013.csv.gz"]).frame.head(HOURS)
    since = (time.time_ns() // SECOND - HOURS) * SECOND
    times = pl.Series("time", since + (1 + np.arange(HOURS, dtype=np.int64)) * SECOND)
    with Historian(home) as historian:
        play(historian, "turbine", [samples("GT1", frame.select(times, pl.exclude("CO", "NOX")))])
    settings = {"DURE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "dure.node.settings"}
    subprocess.run(
        [sys.executable, "-c", YEARS, str(folder), str(since)], env={**os.environ, **settings}, check=True
    )
    with Historian(home) as historian:
        play(historian, "lab", [samples("lab/GT1", frame.select(times, pl.col("NOX")).head(HOURS - LATE))])


def see_both_and_promote(hana):
    """Both errors stand beside the null, with one sentence; a person promotes."""
    hana.open("/line/models/2/beside/")
    until(lambda: hana.page.reload() and "최근 라벨" in hana.page.inner_text("main"), 90)
    rows = hana.page.locator("section[aria-labelledby=errors] tbody tr")
    assert rows.count() == 3
    assert "모델 없이" in rows.nth(2).inner_text()
    hana.fill(reason="두 주 동안 더 나았음")
    hana.press("내 이름으로 승격")
    hana.page.wait_for_url("**/line/models/1/")
    assert "NOX v2" in hana.page.inner_text(".page-head")
    assert hana.page.locator(".page-head .chip.on").count() == 1


def roll_back_in_one_click(hana):
    """One press of one button, no word asked: the version before stands there again, in its state."""
    hana.press("NOX v1(으)로 되돌리기")
    hana.page.wait_for_selector(".page-head >> text=NOX v1")
    assert hana.page.locator(".page-head .chip.on").count() == 1
    stood = hana.page.locator("section[aria-labelledby=stood] li").all_inner_texts()
    assert [one[:6] for one in stood] == ["NOX v1", "NOX v2", "NOX v1"]
    assert "되돌림" in hana.page.inner_text("section[aria-labelledby=decisions]")


def choose_a_fallback(hana):
    """A fixed value that nobody named is refused; a number is chosen, by name."""
    for value in ("", "70"):
        panel = hana.page.locator("section[aria-labelledby=fallback]")
        panel.locator("summary").click()
        panel.locator("select").select_option("value")
        panel.locator("#fallback_value").fill(value)
        panel.locator("#fallback_reason").fill("제어반이 빈 값을 못 읽음")
        panel.locator("button").click()
        hana.page.wait_for_selector(f".say-box.{'success' if value else 'error'}")
    assert "고정값" in hana.page.locator("section[aria-labelledby=fallback] strong").inner_text()


def train_a_candidate_and_decline_it(hana):
    """The worker trains it; both stand on rows it never saw; declined, its reason is kept."""
    beside = hana.page.locator("section[aria-labelledby=beside]")
    until(lambda: hana.page.reload() and f"라벨 {HOURS - LATE}개" in hana.page.inner_text("main"), 60)
    if not hana.page.locator("section[aria-labelledby=beside] a[href*=refits]").count():
        beside.locator("summary:has-text('최근 행으로')").click()
        hana.page.fill("#refit_reason", "새해가 됐음")
        beside.get_by_role("button", name="후보 학습").click()
    hana.page.wait_for_load_state()
    assert hana.page.locator("section[aria-labelledby=beside] a[href*=refits]").count(), hana.page.inner_text(
        "main"
    )
    hana.page.locator("section[aria-labelledby=beside] a[href*=refits]").first.click()
    proposal = hana.page.url
    until(lambda: hana.page.reload() and hana.page.locator("section[aria-labelledby=decide]").count(), 180)
    told = hana.page.inner_text("section[aria-labelledby=evidence]")
    assert "최근 라벨" in told
    assert "NOX v3" in told
    hana.page.locator("#reason").fill("그 주에는 분석기가 고장이었음")
    hana.page.click("button[value=decline]")
    hana.page.wait_for_selector("section[aria-labelledby=decided] >> text=분석기가 고장")
    return proposal


def trace_it(hana):
    hana.open("/line/trace/?signal=deploy/1/GT1/prediction")
    hana.page.wait_for_selector("section[aria-labelledby=saw]")
    assert "김하나" in hana.page.inner_text("section[aria-labelledby=who]")
    assert "NOX v" in hana.page.inner_text("section[aria-labelledby=who]")
    assert hana.page.locator("section[aria-labelledby=saw] tbody tr").count() == 9


def put_a_fleet_beside_the_line(hana):
    """All that were learnt from, then a new machine, which says what is not known of it."""
    hana.open("/line/fleets/1/")
    for machine in ("", "cast/9001"):
        hana.page.select_option("#machine", machine)
        hana.page.fill("#join_reason", "그룹을 그림자로 시작")
        hana.page.locator("section[aria-labelledby=join] button").click()
        hana.page.wait_for_selector(".say-box.success")
    rows = hana.page.locator("section[aria-labelledby=machines] table").first.locator("tbody tr")
    assert rows.count() == 3
    assert "새 설비" in hana.page.inner_text("section[aria-labelledby=machines]")
    hana.page.locator("section[aria-labelledby=machines] a", has_text="cast/9001").click()
    hana.page.wait_for_selector("text=이 설비에 대해 아직 모르는 것")


def look(hana, pages):
    """Both languages, light and dark, wide and narrow: nothing that axe finds, nothing wider than the screen."""
    found = []
    for language, scheme, width in SCREENS:
        hana.see(width, scheme)
        hana.speak(language)
        for name, address in pages.items():
            hana.page.goto(address if address.startswith("http") else hana.base + address)
            hana.page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
            found += hana.violations() + hana.too_wide()
            if folder := os.environ.get("LOOK_AT"):
                hana.page.screenshot(path=f"{folder}/{name}-{language}.png", full_page=True)
    assert found == []


def test_two_versions_a_promotion_a_rollback_in_one_click_a_refit_and_a_fleet(
    home, recorded, tmp_path, visitor
):
    with running(home, within=120) as node:
        hana = begin(node, visitor)
        put_two_versions_beside_the_line(home, recorded, tmp_path)
        see_both_and_promote(hana)
        roll_back_in_one_click(hana)
        choose_a_fallback(hana)
        proposal = train_a_candidate_and_decline_it(hana)
        trace_it(hana)
        put_a_fleet_beside_the_line(hana)
        newcomer = hana.page.url
        hana.open("/models/")
        hana.page.locator("a[href*=versions]").first.click()
        versions = hana.page.url
        pages = {
            "place": "/line/models/1/", "duel": "/line/models/2/beside/", "proposal": proposal, "fleet": "/line/fleets/1/", "newcomer": newcomer,
            "fleets": "/line/fleets/", "trace": "/line/trace/?signal=deploy/1/GT1/prediction", "versions": versions,
            "compare": versions.replace("versions", "compare"),
        }  # fmt: skip
        look(hana, pages)
        assert hana.complaints == []
        assert hana.foreign == []
