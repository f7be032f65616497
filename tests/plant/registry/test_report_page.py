"""The report of a model in words: worth having, no better than none, and what a training can be asked for."""

import pytest

from dure.plant.registry.choices import kinds_of, suggested_targets
from dure.plant.registry.pictures import pictures, report_of
from dure.plant.registry.wording import stage_words, verdict
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


def test_a_package_without_a_report_still_has_its_page(tmp_path):
    card = {"task": "classify", "metric": {"f1": 0.8}, "null": {"f1": 0.4}}
    assert len(pictures(card, report_of(tmp_path))) == 1
    (tmp_path / "report.json").write_text("not json")
    assert report_of(tmp_path) == {}
