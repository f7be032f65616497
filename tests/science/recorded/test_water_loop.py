"""SKAB: a detector fitted on the first 400 rows of each experiment finds what follows, beside alarms at every row."""

import pytest


@pytest.fixture(scope="module")
def valve(recorded):
    return recorded / "skab" / "valve2"


@pytest.fixture(scope="module")
def model(dure, valve, place):
    return dure("train", valve, "--task", "detect", "--normal-rows", "400", "-o", place / "model")


def test_the_pace_and_the_gaps_are_told(dure, recorded):
    found = dure("profile", recorded / "skab" / "valve1")
    assert {one["rate"] for one in found["columns"]} == {1.0}
    assert [one["where"] for one in found["findings"] if one["key"] == "time-gaps"] == ["datetime"]


def test_labels_are_not_learnt_from(model):
    assert {"anomaly", "changepoint"} <= {one["column"] for one in model["left_out"]}


def test_anomalies_are_found_better_than_by_alarming_always(dure, model, valve, proves):
    asked = ("--target", "anomaly", "--changepoint", "changepoint")
    found = dure("evaluate", model["model"], valve, *asked)
    proves("skab, valve2 after the first 400 rows", "f1", found)
    proves("skab, valve2 after the first 400 rows (NAB)", "nab_standard", found)
    assert found["metric"]["false_alarm_rate"] < found["null"]["false_alarm_rate"] / 2


def test_rows_and_order_are_kept_warm_up_included(keeps_rows, model, valve):
    found = keeps_rows(model["model"], min(valve.glob("*.csv.gz")), "score", "alarm")
    assert found["score"].null_count() == found["alarm"].null_count() == 0
    assert set(found["alarm"].unique()) <= {0, 1}


def test_the_experiments_are_replayed_in_order_of_time(dure, model, valve, proves):
    played = dure("replay", model["model"], valve, "--target", "anomaly", "--label-delay", "1h")
    assert played["clock"] == "datetime"
    proves("skab, valve2 replayed 1 h late", "f1", played, "deployed")
