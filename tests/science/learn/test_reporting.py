"""A report in words: beside what no model gives, in both languages, with weaknesses said and nothing invented."""

import json
import re
import shutil

import pytest

from dure.science.learn import Documents, report_page, reported, sections
from dure.science.learn.judging.recomputing import FiguresDiffer
from dure.science.learn.refusals import OutEnding, OutRefused
from dure.vocabulary import use_language

CARD = {
    "task": "estimate", "target": "NOX [mg/m3]", "unit": "mg/m3", "inputs": [{"name": "AT", "unit": "Cel", "low": 1.0, "high": None}],
    "metric": {"mean_absolute_error": 3.512, "interval_coverage": 0.79}, "null": {"mean_absolute_error": 11.08},
    "interval": {"level": 0.9, "below": 8.0, "above": 9.0}, "validation": {"kind": "blocked_time", "words": {"en": "in time", "ko": "시간"}},
}  # fmt: skip
METRICS = {"nulls": {"mean": {"mean_absolute_error": 11.08}}, "interval": {"mean_absolute_error": [3.1, 3.9]}}
PARTS = [
    {"part": 0, "rows": 90, "value": 2.0, "null": 9.0, "from": 1.3e9, "to": 1.31e9},
    {"part": 1, "rows": 90, "value": 6.1, "null": 6.0},
]


def said(documents, language="en"):
    with use_language(language):
        return {one.key: " ".join(one.says) for one in sections(documents)}


def test_an_error_stands_beside_what_the_mean_would_give():
    told = said(Documents(CARD, METRICS))
    assert "It estimates NOX [mg/m³] from 1 signal," in told["use"]
    assert "average error is 3.51\u00a0mg/m³; guessing the mean 11.1\u00a0mg/m³" in told["worth"]
    assert "measured: 79\u00a0%" in told["worth"]
    assert "between 3.1\u00a0mg/m³ and 3.9\u00a0mg/m³" in told["worth"]
    assert "평균으로 어림하면 11.1\u00a0mg/m³" in said(Documents(CARD, METRICS), "ko")["worth"]


def test_where_it_is_no_better_than_none_is_said():
    told = said(Documents(CARD, METRICS, {"parts": PARTS}))
    assert "weakest in block 2" in told["weak"]
    assert "do not rely on it" in told["weak"]


def test_of_a_hundred_so_many_are_found():
    classes = {"names": ["good", "bad"], "positive": 1}
    card = {"task": "classify", "target": "verdict", "classes": classes, "metric": {}, "null": {}}
    told = said(Documents(card, {}, {"classes": ["good", "bad"], "confusion": [[960, 40], [17, 83]]}))
    assert (
        "Of 100 rows that are “bad” it finds 83; of 100 that are “good” it takes 4 for “bad”."
        in told["worth"]
    )


def test_a_detector_says_each_state_and_where_it_is_silent():
    promise = [
        {"state": "running", "rows": 900, "alarms": 1, "alarms_per_shift": 0.3, "low": 0.1, "high": 1.2},
        {"state": "off", "rows": 12, "silent": True},
    ]
    told = said(Documents({"task": "detect", "promise": promise, "metric": {}}))
    assert "0.3 alarms in a shift of 8 h, truly between 0.1 and 1.2" in told["worth"]
    assert "12 normal rows were too few" in told["worth"]


def test_the_file_holds_both_languages_and_its_pictures(scrap_model, own_home, tmp_path, monkeypatch):
    monkeypatch.setenv("DURE_HOME", str(own_home))
    facts = reported(scrap_model, tmp_path / "r.html")
    assert facts["recomputed"]
    whole = (tmp_path / "r.html").read_text()
    assert "처음 보는 행" in whole
    assert "never seen" in whole
    assert whole.count("<svg") == 2 * len(
        re.findall(r'<article lang="ko".*?</article>', whole, re.DOTALL)[0].split("<svg")[1:]
    )
    assert "nan" not in re.sub(r"<[^>]+>", " ", whole).lower().split()


def test_nothing_is_written_of_a_card_that_flatters(scrap_model, own_home, tmp_path, monkeypatch):
    from dure.science.learn.keeping import package

    monkeypatch.setenv("DURE_HOME", str(own_home))
    copy = shutil.copytree(scrap_model, tmp_path / "m")
    card = json.loads((copy / "card.json").read_bytes())
    card["metric"]["f1"] = 0.999
    files = {one.name: one.read_bytes() for one in copy.iterdir() if one.name != package.SIGNATURE}
    package.write(files | {"card.json": json.dumps(card).encode()}, copy, home=own_home)
    with pytest.raises(FiguresDiffer):
        reported(copy, tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


def test_a_place_that_cannot_be_written_is_refused(scrap_model, own_home, tmp_path, monkeypatch):
    monkeypatch.setenv("DURE_HOME", str(own_home))
    with pytest.raises(OutRefused):
        reported(scrap_model, tmp_path / "absent" / "r.html")


@pytest.mark.parametrize("name", ["r.pdf", "r.docx", "r"])
def test_a_report_bears_no_ending_of_another_kind_of_file(tmp_path, name):
    with pytest.raises(OutEnding, match=r"does not end in \.html"):
        reported(tmp_path / "model", tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("task", ["estimate", "classify", "detect"])
def test_a_bare_card_makes_a_report_without_inventing_anything(task):
    whole = report_page(Documents({"task": task}))
    assert "<svg" not in whole
    assert "이전 판에서 만든 패키지" in whole
