"""Trips of an electric car: cabin temperature on trips never seen; other seasons bring other columns."""

import gzip

import pytest

CABIN = "Cabin Temperature Sensor [°C]"


@pytest.fixture(scope="module")
def trips(recorded, place):
    """Trips with every twentieth row (2 s), bytes as recorded."""

    def made(name):
        lines = gzip.decompress(
            (recorded / "ev-thermal-bmw-i3" / f"Trip{name}.csv.gz").read_bytes()
        ).splitlines(keepends=True)
        path = place / f"Trip{name}.csv"
        path.write_bytes(b"".join([lines[0], *lines[1::20]]))
        return path

    return {name: made(name) for name in ("A03", "A04", "A05", "A06", "A07", "A08", "A09", "A10", "B05")}


@pytest.fixture(scope="module")
def model(dure, trips, place):
    files = [trips[f"A0{at}"] for at in range(3, 9)]
    return dure("train", *files, "--target", CABIN, "--budget", "6s", "-o", place / "model")


def test_the_encoding_the_units_and_a_blank_in_a_header_are_told(dure, trips):
    found = dure("profile", trips["A03"])
    assert found["layouts"][0] | {"encoding": "latin-1", "separator": ";"} == found["layouts"][0]
    units = {one["name"]: one["unit"] for one in found["columns"]}
    assert (units[CABIN], units["Velocity [km/h]"]) == ("Cel", "km/h")
    assert any(one["key"] == "header-trimmed" for one in found["findings"])


def test_summer_and_winter_trips_have_other_columns_and_that_is_said(dure, refused, trips):
    error = refused("profile", trips["A03"], trips["B05"])
    assert error["key"] == "files-columns-differ"
    found = dure("profile", trips["A03"], trips["B05"], "--columns", "common")
    assert len(found["columns"]) == 23


def test_the_cabin_is_estimated_on_trips_never_seen(dure, model, trips, proves):
    assert model["validation"]["kind"] == "grouped"
    assert model["validation"]["by"] == "file"
    proves("ev-thermal-bmw-i3, trips held back", "mean_absolute_error", model)
    proves(
        "ev-thermal-bmw-i3, trips A09 and A10",
        "mean_absolute_error",
        dure("evaluate", model["model"], trips["A09"], trips["A10"]),
    )


def test_rows_and_order_are_kept_with_columns_the_model_never_saw(keeps_rows, model, trips):
    keeps_rows(model["model"], trips["B05"], "prediction", "lower", "upper")


def test_a_trip_replayed_with_labels_a_minute_late(dure, model, trips, proves):
    asked = ("--target", CABIN, "--label-delay", "30 rows")
    played = dure("replay", model["model"], trips["A10"], *asked)
    assert played["deployed"]["mean_absolute_error"] < played["static"]["mean_absolute_error"]
    assert set(played["nulls"]) >= {"persistence", "running_mean"}
