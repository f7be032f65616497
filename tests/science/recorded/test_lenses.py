"""Road lenses from an injection moulding machine: four grades of quality, in a file sorted by grade."""

import pytest


@pytest.fixture(scope="module")
def lenses(recorded, table, frame_of):
    """Every fifth lens held back."""
    whole = frame_of(recorded / "injection-moulding-airtlab" / "data.csv.gz", separator=";")
    at = whole.with_row_index("at")
    parts = {"held": at.filter(at["at"] % 5 == 4), "learnt": at.filter(at["at"] % 5 != 4)}
    return {name: table(f"{name}.csv", part.drop("at")) for name, part in parts.items()}


@pytest.fixture(scope="module")
def model(dure, lenses, place):
    return dure("train", lenses["learnt"], "--target", "quality", "--budget", "6s", "-o", place / "model")


def test_the_profile_says_that_the_rows_are_sorted_by_grade(findings, recorded):
    said = findings(recorded / "injection-moulding-airtlab" / "data.csv.gz", "--target", "quality")
    assert ("sorted-by-label", "quality") in said


def test_grades_are_told_apart_on_lenses_held_back(dure, model, lenses, proves):
    assert model["validation"]["kind"] == "stratified"
    proves("injection-moulding-airtlab, five parts", "accuracy", model)
    found = dure("evaluate", model["model"], lenses["held"])
    proves("injection-moulding-airtlab, every fifth lens", "accuracy", found)


def test_rows_and_order_are_kept(keeps_rows, model, lenses):
    keeps_rows(model["model"], lenses["held"], "prediction", *[f"probability_{at}" for at in range(1, 5)])
