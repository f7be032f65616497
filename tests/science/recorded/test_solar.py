"""A solar plant: power joined with the weather of the quarter hour, learnt on the first days, judged on the last."""

import polars as pl
import pytest


@pytest.fixture(scope="module")
def plant(recorded):
    return recorded / "solar-plant-india"


@pytest.fixture(scope="module")
def joined(dure, plant, place):
    asked = ("--join", plant / "Plant_1_Weather_Sensor_Data.csv.gz", "--on", "time", "--target", "DC_POWER")
    return dure("prepare", plant / "Plant_1_Generation_Data.csv.gz", *asked, "-o", place / "joined.parquet")


@pytest.fixture(scope="module")
def days(joined, table):
    whole = pl.read_parquet(joined["out"])
    cut = int(len(whole) * 0.7)
    return {
        name: table(f"{name}.csv", part)
        for name, part in {"first": whole[:cut:5], "last": whole[cut::5]}.items()
    }


@pytest.fixture(scope="module")
def model(dure, days, place):
    asked = ("--target", "DC_POWER", "--time", "DATE_TIME", "--ignore", "DAILY_YIELD,TOTAL_YIELD")
    return dure("train", days["first"], *asked, "--budget", "5s", "-o", place / "model")


def test_the_inverters_that_lost_their_names_are_found(findings, plant):
    said = findings(plant / "Plant_1_Generation_Data.csv.gz")
    assert "22 machines seem to be in one table" in said["duplicate-times", "DATE_TIME"]
    assert "0.0977 × “DC_POWER”" in said["copied-column", "AC_POWER"]
    assert ("constant-column", "PLANT_ID") in said


def test_the_weather_is_joined_and_the_twin_of_the_target_left_out(joined):
    found = pl.read_parquet(joined["out"])
    assert joined["rows"] == len(found) == 43_538
    assert {"IRRADIATION", "MODULE_TEMPERATURE"} <= set(found.columns)
    assert "AC_POWER" not in found.columns
    known_by_then = found["DATE_TIME_Plant_1_Weather_Sensor_Data"] <= found["DATE_TIME"]
    assert known_by_then.all()


def test_power_of_later_days_is_estimated_from_the_weather(dure, model, days, proves):
    proves("solar-plant-india, in time", "mean_absolute_error", model)
    found = dure("evaluate", model["model"], days["last"])
    proves("solar-plant-india, last 30 % of the days", "mean_absolute_error", found)


def test_rows_and_order_are_kept(keeps_rows, model, days):
    keeps_rows(model["model"], days["last"], "prediction", "lower", "upper")


def test_the_last_days_replayed_an_hour_late(dure, model, days, proves):
    played = dure("replay", model["model"], days["last"], "--target", "DC_POWER", "--label-delay", "1h")
    assert played["clock"] == "DATE_TIME"
    proves("solar-plant-india, last days replayed 1 h late", "mean_absolute_error", played, "deployed")
