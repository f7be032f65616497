"""The report of a model in words: worth having, no better than none, and what a training can be asked for."""

import json

import pytest

from dure.plant.registry.choices import kinds_of, suggested_targets
from dure.plant.registry.models import ModelVersion
from dure.plant.registry.pictures import documents_of, parts_of
from dure.plant.registry.wording import stage_words
from dure.science.learn import verdict
from dure.vocabulary import use_language


@pytest.mark.parametrize(
    ("metric", "null", "tone"),
    [
        ({"r2": 0.9}, {"r2": 0.0}, "fine"),
        ({"r2": -0.1}, {"r2": 0.0}, "warn"),
        ({"mean_absolute_error": 2.0}, {"mean_absolute_error": 3.0}, "fine"),
        ({"mean_absolute_error": 3.0}, {"mean_absolute_error": 3.0}, "warn"),
        ({}, {}, "warn"),
    ],
)
def test_a_model_that_is_no_better_than_none_is_not_praised(metric, null, tone):
    words, found = verdict({"task": "estimate", "metric": metric, "null": null})
    assert found == tone
    assert words


@pytest.mark.parametrize(("upper", "tone"), [(3.0, "fine"), (23.97, "warn")])
def test_a_detector_that_was_hardly_tried_is_to_be_watched_first(upper, tone):
    metric = {"alarms_per_shift": 0.0, "alarms_per_shift_upper": upper, "false_alarm_rate": 0.0}
    with use_language("en"):
        words, found = verdict({"task": "detect", "metric": metric, "null": {}})
    assert found == tone
    assert ("let it run in shadow" in words) == (tone == "warn")


def test_a_stage_is_said_in_words():
    with use_language("ko"):
        assert stage_words("read") == "표를 읽는 중"
        assert stage_words("boosting") == "그래디언트 부스팅 트리 시험 중"
        assert stage_words("") == ""


def test_a_column_that_sounds_like_a_verdict_is_offered_first():
    columns = [{"name": name} for name in ("온도", "판정", "압력")]
    assert suggested_targets(columns) == ["판정"]
    assert suggested_targets([{"name": "a"}, {"name": "b"}]) == ["b"]


def test_equipment_with_the_same_signals_goes_together():
    signals = [f"line/{cell}/{name}" for cell in ("C1", "C2", "C3") for name in ("V", "I")] + [
        "line/Chamber/T"
    ]
    kinds = kinds_of(signals)
    assert [kind.assets for kind in kinds] == [("line/C1", "line/C2", "line/C3"), ("line/Chamber",)]
    inputs = kinds[0].inputs(["line/C2", "line/elsewhere"], ["V"])
    assert inputs == {"line/C2": {"V": "line/C2/V"}}


def test_a_package_without_a_report_still_has_its_page(home):
    card = {"task": "classify", "target": "판정", "metric": {"f1": 0.8}, "null": {"f1": 0.4}}
    model = ModelVersion(id="abc", card=card)
    for language, said in (
        ("en", "This package is from a release before"),
        ("ko", "이전 판에서 만든 패키지"),
    ):
        with use_language(language):
            parts = parts_of(documents_of(model))
        assert [part.section.key for part in parts] == ["use", "worth", "inputs", "judged"]
        assert any(said in one for one in parts[-1].section.says)
    (home / "models" / "abc").mkdir(parents=True)
    (home / "models" / "abc" / "report.json").write_text("not json")
    assert documents_of(model).report == {}


def test_a_foreign_name_never_becomes_markup(home):
    evil = "<script>alert(1)</script>"
    (home / "models" / "abc").mkdir(parents=True)
    report = {
        "importance": [{"signal": evil, "share": 1.0}],
        "classes": [evil, "b"],
        "confusion": [[1, 0], [0, 1]],
    }
    (home / "models" / "abc" / "report.json").write_text(json.dumps(report))
    card = {"task": "classify", "target": evil, "classes": {"names": [evil, "b"], "positive": 1}}
    drawn = [
        picture
        for part in parts_of(documents_of(ModelVersion(id="abc", card=card)))
        for picture in part.pictures
    ]
    assert len(drawn) == 2
    assert not any("<script" in picture or "style=" in picture for picture in drawn)
