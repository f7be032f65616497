"""Trips of an electric car: cabin temperature on winter trips never seen; summer trips lack columns, and that is said."""

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

    return {
        name: made(name) for name in ("A03", "B05", "B06", "B11", "B13", "B18", "B19", "B22", "B25", "B26")
    }


@pytest.fixture(scope="module")
def model(dure, trips, place):
    files = [trips[name] for name in ("B05", "B06", "B11", "B13", "B18", "B19")]
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
        "ev-thermal-bmw-i3, trips B22, B25, B26",
        "mean_absolute_error",
        dure("evaluate", model["model"], trips["B22"], trips["B25"], trips["B26"]),
    )


def test_rows_and_order_are_kept(keeps_rows, model, trips):
    keeps_rows(model["model"], trips["B26"], "prediction", "lower", "upper")


def test_a_summer_trip_lacks_what_the_model_needs(refused, model, trips, place):
    error = refused("predict", model["model"], trips["A03"], "-o", place / "summer.csv")
    assert error["key"] == "columns-unlike"
    assert not (place / "summer.csv").exists()


def test_a_trip_replayed_with_labels_a_minute_late(dure, model, trips):
    asked = ("--target", CABIN, "--label-delay", "30 rows")
    played = dure("replay", model["model"], trips["B22"], *asked)
    assert played["deployed"]["mean_absolute_error"] < played["static"]["mean_absolute_error"]
    assert set(played["nulls"]) >= {"persistence", "running_mean"}
