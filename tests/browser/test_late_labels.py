"""From a messy table to a model that stays right: quality, a training with its equipment, its report; late labels."""

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path

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
"""Rows of the turbine, an hour a second; how far its laboratory is behind."""
# Beside the line there is no page that trains on two years of a laboratory: what an import would have left is made here.
TURBINE = """
import sys
from pathlib import Path
import django
django.setup()
from dure.foundation.parties import Person
from dure.plant.deploy import deploy
from dure.plant.inventory import Signal
from dure.plant.registry import register, release
from dure.science.learn import TrainRequest, train
from dure.vocabulary import Permit
table, since = sys.argv[1], int(sys.argv[2])
hana = Person.objects.get(username="hana")
package = Path(table).with_suffix(".model")
request = TrainRequest((table,), target="NOX", ignore=("CO",), budget=5, families=("ridge",))
train(request, package, Permit.own([table]))
model = register(package, "NOX", hana)
release(model, hana, "its errors are small")
Signal.objects.create(id="lab/GT1/NOX", source="lab", name="NOX")
inputs = {one["name"]: "GT1/" + one["name"] for one in model.card["inputs"]}
print(deploy(model, "NOX", [{"asset": "GT1", "inputs": inputs}], hana, reason="its limit", since=since).pk)
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


def put_a_turbine_beside_the_line(home, recorded, folder):
    """A turbine of 2013 played up to now, its model of 2011 in shadow; the laboratory's values for later."""
    place = recorded / "gas-turbine-emissions"
    read([place / "gt_2011.csv.gz"]).frame.gather_every(10).write_parquet(folder / "2011.parquet")
    frame = read([place / "gt_2013.csv.gz"]).frame.head(HOURS)
    since = (time.time_ns() // SECOND - HOURS) * SECOND
    times = pl.Series("time", since + (1 + np.arange(HOURS, dtype=np.int64)) * SECOND)
    with Historian(home) as historian:
        play(historian, "turbine", [samples("GT1", frame.select(times, pl.exclude("CO", "NOX")))])
    settings = {"DURE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "dure.node.settings"}
    subprocess.run(
        [sys.executable, "-c", TURBINE, str(folder / "2011.parquet"), str(since)],
        env={**os.environ, **settings}, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return samples("lab/GT1", frame.select(times, pl.col("NOX")).head(HOURS - LATE))


def bring_in(hana, recorded, folder):
    """A table whose labels give themselves away: the page says so, worst first, and how good the rest is."""
    (folder / "ai4i2020.csv").write_bytes(
        gzip.decompress((recorded / "ai4i2020-synthetic" / "ai4i2020.csv.gz").read_bytes())
    )
    hana.page.set_input_files("#id_file", folder / "ai4i2020.csv")
    hana.press("올리기")
    hana.page.wait_for_url("**/data/files/*/")
    first = hana.page.locator("[aria-labelledby=findings] .say-box").first
    assert "alarm" in first.get_attribute("class")
    assert "TWF" in first.inner_text()
    quality = hana.page.locator("section[aria-labelledby=quality]")
    assert "가장 좋은 값인 1입니다" in quality.inner_text()
    assert quality.locator("details tbody tr").count() > quality.locator("tbody tr").count() / 2
    return hana.page.url


def train_with_equipment(hana):
    """A cost that is none is refused beside its field; then a rotating machine whose misses cost twenty false alarms."""
    hana.press("이 파일로 모델 학습")
    hana.page.wait_for_selector("h1:has-text('모델 학습')")
    form = hana.page.url
    hana.page.select_option("[name=target]", "Machine failure")
    hana.page.select_option("[name=equipment]", "rotating_machine")
    hana.page.select_option("[name=budget]", "15")
    hana.page.select_option("[name=state]", "Type")
    hana.press("학습 시작")
    hana.page.wait_for_selector(".field:has([name=state]) .error")
    hana.page.select_option("[name=state]", "")
    hana.fill(name="설비 고장", cost="20")
    hana.press("학습 시작")
    return form


def read_the_report(hana):
    hana.page.wait_for_selector("text=보고서 보기", timeout=240_000)
    hana.press("보고서 보기")
    hana.page.wait_for_selector("h1:has-text('설비 고장')")
    text = hana.page.inner_text("main")
    assert "축동력" in text
    assert "공기 대비 온도 상승" in text
    assert "놓치면 20" in text
    assert hana.page.locator("figure.chart").count() >= 4
    return hana.page.url


def name_labels_and_follow_them(hana, home, lab):
    """The laboratory's signal is named, its values come in, and a person lets them speak."""
    hana.open("/line/models/1/")
    panel = hana.page.locator("section[aria-labelledby=labels]")
    assert panel.locator("#label_0").input_value() == "lab/GT1/NOX"
    panel.locator("#label_0").fill("lab/nowhere")
    panel.locator("#labels_reason").fill("분석실 값이 하루 늦게 옴")
    hana.press("이 라벨 읽기")
    hana.page.wait_for_selector(".say-box.error:has-text('lab/nowhere')")
    panel.locator("#labels_reason").fill("분석실 값이 하루 늦게 옴")
    hana.press("이 라벨 읽기")
    hana.page.wait_for_selector("text=라벨이 아직 오지 않았습니다")
    with Historian(home) as historian:
        play(historian, "lab", [lab])
    until(lambda: hana.page.reload() and panel.locator("figure.chart").count(), 60)
    panel.locator("#follow_reason").fill("계절이 바뀌며 값이 밀림")
    panel.locator("#follow_reason").press("Enter")
    hana.page.wait_for_selector("section[aria-labelledby=decisions] >> text=계절이 바뀌며 값이 밀림")
    assert "라벨 반영" in hana.page.inner_text("section[aria-labelledby=decisions]")
    assert f"라벨 {HOURS - LATE}개" in panel.inner_text()
    return hana.page.url


def look(hana, pages):
    """Both languages, light and dark, wide and narrow: nothing that axe finds, nothing wider than the screen."""
    found = []
    for language, scheme, width in SCREENS:
        hana.see(width, scheme)
        hana.speak(language)
        for address in pages:
            hana.page.goto(address)
            hana.page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
            found += hana.violations() + hana.too_wide()
    assert found == []


def test_a_messy_table_becomes_a_model_and_late_labels_keep_one_right(
    home, recorded, tmp_path: Path, visitor, pictures
):
    with running(home, within=120) as node:
        hana = begin(node, visitor)
        file = bring_in(hana, recorded, tmp_path)
        form = train_with_equipment(hana)
        training = hana.page.url
        lab = put_a_turbine_beside_the_line(home, recorded, tmp_path)  # while the training goes on
        hana.page.goto(training)
        report = read_the_report(hana)
        deployment = name_labels_and_follow_them(hana, home, lab)
        hana.page.locator("section[aria-labelledby=labels]").screenshot(path=pictures / "labels-ko.png")
        look(hana, [file, form, report, deployment])
        assert hana.complaints == []
        assert hana.foreign == []
