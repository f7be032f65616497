"""AI4I 2020 (synthetic): failures of a machine, never learnt from the columns that name the kind of failure."""

import pytest

TARGET = "Machine failure"
GIVES_AWAY = {"TWF", "HDF", "PWF", "OSF", "RNF"}


@pytest.fixture(scope="module")
def machines(recorded, table, frame_of):
    whole = frame_of(recorded / "ai4i2020-synthetic" / "ai4i2020.csv.gz")
    return {
        name: table(f"{name}.csv", part)
        for name, part in {"learnt": whole[:7000], "held": whole[7000:]}.items()
    }


@pytest.fixture(scope="module")
def model(dure, machines, place):
    asked = ("--target", TARGET, "--equipment", "rotating_machine", "--budget", "8s")
    return dure("train", machines["learnt"], *asked, "-o", place / "model")


def test_the_profile_points_at_what_gives_the_answer_away(dure, recorded):
    found = dure("profile", recorded / "ai4i2020-synthetic" / "ai4i2020.csv.gz", "--target", TARGET)
    leaks = [
        one["where"] for one in found["findings"] if one["key"] in {"leakage-in-part", "known-only-after"}
    ]
    assert {name for where in leaks for name in where.split(", ")} >= GIVES_AWAY
    assert {one["name"]: one["unit"] for one in found["columns"]}["Torque [Nm]"] == "N.m"


def test_leaking_columns_are_left_out_and_that_is_said(model):
    left = {one["column"]: one["why"] for one in model["left_out"]}
    assert set(left) >= GIVES_AWAY | {"UID", "Product ID"}
    assert all(left.values())


def test_failures_of_rows_held_back_are_found(dure, model, machines, proves):
    proves("ai4i2020-synthetic, five parts", "average_precision", model)
    found = dure("evaluate", model["model"], machines["held"])
    proves("ai4i2020-synthetic, last 3,000 rows", "average_precision", found)
    proves("ai4i2020-synthetic, last 3,000 rows (F1)", "f1", found)


def test_rows_and_order_are_kept(keeps_rows, model, machines):
    keeps_rows(model["model"], machines["held"], "prediction", "probability_0", "probability_1")
