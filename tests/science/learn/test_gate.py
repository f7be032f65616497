"""The gate: names that are mended and said, units that are refused, values that look like another unit."""

import numpy as np
import polars as pl
import pytest

from dure.science.learn import load
from dure.science.learn.refusals import (
    ColumnEmpty,
    ColumnsBesideAbsent,
    ColumnsUnlike,
    UnitsSeemUnlike,
    UnitsUnlike,
)
from dure.science.learn.serving.gate import mended, require_fit
from dure.science.learn.serving.other_unit import looks_like
from dure.vocabulary import convert

ROWS = 300


def oven(unit="C", seed=0):
    """An oven: strength follows its temperature."""
    rng = np.random.default_rng(seed)
    heat, force = rng.normal(60, 5, ROWS), rng.normal(50, 3, ROWS)
    strength = 2 * heat + force + rng.normal(size=ROWS) / 5
    shown = {"C": heat, "F": heat * 1.8 + 32, "K": heat + 273.15}[unit]
    return pl.DataFrame({f"oven [{unit}]": shown, "force": force, "strength": strength})


@pytest.fixture(scope="module")
def oven_model(tmp_path_factory, own_home):
    from dure.science.learn import TrainRequest, train
    from dure.vocabulary import Permit

    place = tmp_path_factory.mktemp("oven")
    oven().write_csv(place / "oven.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DURE_HOME", str(own_home))
        patch.setenv("DURE_LANG", "en")
        sources = (str(place / "oven.csv"),)
        request = TrainRequest(sources, target="strength", families=("ridge",), budget=5)
        train(request, place / "model", Permit.own(sources))
    return load(place / "model", home=own_home)


def test_a_blank_around_a_name_is_mended_and_said(oven_model):
    rows = oven(seed=1)
    renamed = rows.rename({"force": " force ", "oven [C]": "oven [C] "})
    assert oven_model.predict(renamed).equals(oven_model.predict(rows))
    assert oven_model.mended(renamed) == [
        {"column": "oven [C]", "was": "oven [C] "},
        {"column": "force", "was": " force "},
    ]
    assert oven_model.mended(rows) == []


def test_the_same_unit_in_another_spelling_is_the_same_column(oven_model):
    rows = oven(seed=1)
    assert oven_model.predict(rows.rename({"oven [C]": "oven (℃)"})).equals(oven_model.predict(rows))


def test_an_absent_column_is_to_be_renamed_only_in_its_own_unit(oven_model):
    with pytest.raises(ColumnsUnlike, match="hold the same in the same unit"):
        oven_model.predict(oven(seed=1).rename({"force": "Force of pull [°F]"}))


def test_what_is_missing_beside_a_sound_goes_into_a_csv():
    inputs = [{"name": name, "kind": "text"} for name in ("sound", "shaft_hz")]
    with pytest.raises(ColumnsBesideAbsent, match=r"csv in it: a column “file” .* “shaft_hz”"):
        require_fit(pl.DataFrame({"sound": [f"sha256:{'0' * 64}"]}), inputs, "any.wav")


def test_two_columns_that_could_be_meant_are_refused(oven_model):
    rows = oven(seed=1).rename({"force": "force "}).with_columns(pl.lit(1.0).alias(" force"))
    with pytest.raises(ColumnsUnlike, match="“force”"):
        oven_model.predict(rows)
    assert mended(rows.columns, ["force"]) == {}


@pytest.mark.parametrize(("unit", "said"), [("F", "°F"), ("K", "K")])
def test_a_header_in_another_unit_is_refused_with_both(oven_model, unit, said):
    with pytest.raises(
        UnitsUnlike, match=rf"“oven \[{unit}\]” of line1 is in {said}; the model learnt it in °C"
    ):
        oven_model.predict(oven(unit, seed=1), where="line1")


def test_a_table_that_carries_another_unit_is_refused(oven_model):
    with pytest.raises(UnitsUnlike, match="is in °F"):
        oven_model.gate(oven(seed=1), "line1", {"oven [C]": "[degF]"})
    oven_model.gate(oven(seed=1), "line1", {"oven [C]": "Cel"})


@pytest.mark.parametrize("unit", ["F", "K"])
def test_values_of_another_unit_under_the_old_header_are_refused(oven_model, unit):
    rows = oven(unit, seed=1).rename({f"oven [{unit}]": "oven [C]"})
    with pytest.raises(UnitsSeemUnlike, match=r"looks like (°F|K); the model learnt °C"):
        oven_model.predict(rows)
    assert len(oven_model.predict(rows.head(5))) == 5  # so few rows prove nothing


def test_a_column_without_a_unit_is_flagged_and_not_refused(scrap):
    rng = np.random.default_rng(1)
    rows = pl.DataFrame(
        {
            "heat": rng.normal(200, 5, 60) * 1.8 + 32,
            "force": rng.normal(50, 3, 60) * 1000,
            "mood": rng.normal(size=60),
        }
    )
    seen = {flag["column"]: flag.get("looks_like") for flag in scrap.flags(rows)}
    assert seen == {"heat": "°F (learnt: °C)", "force": "× 1000"}
    assert len(scrap.predict(rows)) == 60


def test_a_drift_that_no_unit_explains_looks_like_none():
    card = {"unit": "Cel", "low": 15.0, "high": 30.0, "usual_low": 17.0, "usual_high": 28.0}
    rng = np.random.default_rng(0)
    assert looks_like(pl.Series(rng.normal(40, 3, 200)), card) == ""
    assert looks_like(pl.Series(rng.normal(convert(22, "Cel", "[degF]"), 3, 200)), card) == "°F"
    assert looks_like(pl.Series(rng.normal(convert(22, "Cel", "K"), 2, 200)), card) == "K"
    assert looks_like(pl.Series([None] * 30, dtype=pl.Float64), card) == ""


def test_a_column_that_is_all_missing_is_refused(oven_model):
    with pytest.raises(ColumnEmpty, match="“force” of line1 is empty"):
        oven_model.predict(oven().with_columns(force=pl.lit(None, pl.Float64)), where="line1")


def test_the_command_says_what_it_mended_and_what_looks_like_another_unit(
    scrap_model, own_home, tmp_path, monkeypatch
):
    from dure.science.learn.commands import predict

    monkeypatch.setenv("DURE_HOME", str(own_home))
    monkeypatch.setenv("DURE_LANG", "en")
    rng = np.random.default_rng(1)
    rows = pl.DataFrame(
        {"heat": rng.normal(392, 9, 60), "force": rng.normal(50, 3, 60), "mood": rng.normal(size=60)}
    )
    rows.rename({"mood": "mood "}).write_parquet(tmp_path / "rows.parquet")
    answer = predict(scrap_model, [tmp_path / "rows.parquet"], tmp_path / "out.parquet")
    assert [flag["looks_like"] for flag in answer.facts["flags"]] == ["°F (learnt: °C)"]
    assert answer.facts["mended"] in (
        [],
        [{"source": str(tmp_path / "rows.parquet"), "column": "mood", "was": "mood "}],
    )
