"""Energy of a steel works every half hour: learnt on the first months of a year, judged on the last ones."""

import pytest


@pytest.fixture(scope="module")
def works(recorded, table, frame_of):
    whole = frame_of(recorded / "steel-energy-daewoo" / "Steel_industry_data.csv.gz")
    parts = {"first": whole[:20_000:2], "last": whole[20_000::2]}
    return {name: table(f"{name}.csv", part) for name, part in parts.items()}


@pytest.fixture(scope="module")
def model(dure, works, place):
    asked = ("--target", "Usage_kWh", "--ignore", "CO2(tCO2)", "--time", "date", "--budget", "5s")
    return dure("train", works["first"], *asked, "-o", place / "model")


def test_midnights_dated_a_day_early_are_found(findings, recorded):
    said = findings(recorded / "steel-energy-daewoo")
    assert "goes back 365 times" in said["time-backwards", "date"]
    assert "midnight" in said["time-backwards", "date"]
    assert ("unit-unknown", "CO2(tCO2)") in said


def test_usage_of_later_months_is_estimated(dure, model, works, proves):
    assert model["validation"]["by"] == "date"
    assert "CO2(tCO2)" in {one["column"] for one in model["left_out"]}
    proves("steel-energy-daewoo, in time", "mean_absolute_error", model)
    found = dure("evaluate", model["model"], works["last"])
    proves("steel-energy-daewoo, last months", "mean_absolute_error", found)


def test_the_kind_of_load_is_told(dure, works, place, proves):
    asked = ("--target", "Load_Type", "--time", "date", "--budget", "4s", "-o", place / "load")
    model = dure("train", works["first"], *asked)["model"]
    proves(
        "steel-energy-daewoo, kind of load in the last months",
        "balanced_accuracy",
        dure("evaluate", model, works["last"]),
    )


def test_rows_and_order_are_kept(keeps_rows, model, works):
    keeps_rows(model["model"], works["last"], "prediction", "lower", "upper")


def test_labels_a_day_late_hold_the_model_right(dure, model, works, proves):
    played = dure("replay", model["model"], works["last"], "--target", "Usage_kWh", "--label-delay", "24h")
    assert played["clock"] == "date"
    proves("steel-energy-daewoo, last months replayed 24 h late", "mean_absolute_error", played, "deployed")
    assert played["deployed"]["mean_absolute_error"] < played["static"]["mean_absolute_error"]
