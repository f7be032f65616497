"""Emissions of a gas turbine: learnt on two years, judged on the third, where the plant had drifted."""

import pytest


@pytest.fixture(scope="module")
def turbine(recorded):
    return recorded / "gas-turbine-emissions"


@pytest.fixture(scope="module")
def model(dure, turbine, place):
    years = [turbine / f"gt_{year}.csv.gz" for year in (2011, 2012)]
    return dure("train", *years, "--target", "NOX", "--ignore", "CO", "--budget", "5s", "-o", place / "model")


def test_a_sensor_that_stood_still_is_found(findings, turbine):
    said = findings(turbine / "gt_2011.csv.gz", "--target", "NOX")
    assert "stands still at 60.38 for 102 rows" in said["stuck-sensor", "NOX"]


def test_years_ahead_are_predicted_only_from_years_before(model, proves):
    assert model["validation"]["kind"] == "blocked_time"
    assert model["validation"]["gap"] > 0
    proves("gas-turbine-emissions, 2011–12 in time", "mean_absolute_error", model)


def test_the_third_year_is_estimated_better_than_by_the_mean(dure, model, turbine, proves):
    found = dure("evaluate", model["model"], turbine / "gt_2013.csv.gz")
    proves("gas-turbine-emissions, 2013", "mean_absolute_error", found)


def test_rows_and_order_are_kept(keeps_rows, model, turbine):
    keeps_rows(model["model"], turbine / "gt_2013.csv.gz", "prediction", "lower", "upper")


def test_late_labels_hold_the_model_right(dure, model, turbine, table, frame_of, proves):  # noqa: PLR0917 - fixtures
    later = table("gt_2013.csv", frame_of(turbine / "gt_2013.csv.gz").head(2500))
    played = dure("replay", model["model"], later, "--target", "NOX", "--label-delay", "24 rows")
    proves("gas-turbine-emissions, 2013 replayed 24 rows late", "mean_absolute_error", played, "deployed")
    assert played["deployed"]["mean_absolute_error"] < 0.85 * played["static"]["mean_absolute_error"]
    assert abs(played["deployed"]["interval_coverage"] - 0.9) < 0.05
