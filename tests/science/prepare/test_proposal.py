"""A proposed recipe treats what the measures found, is readable, and gives numbers only."""

import polars as pl
import pytest

from dure.science.prepare import Recipe, propose, read
from dure.vocabulary import Permit, TableProblem

SETS = {
    "die-casting-kr/train_group_*.csv.gz": "passorfail",
    "injection-moulding-airtlab": "quality",
    "skab/valve1": "anomaly",
    "tennessee-eastman/d0[1-3].dat.gz": None,
    "battery-soh-xjtu": "capacity",
    "steel-energy-daewoo": "Load_Type",
}


@pytest.mark.parametrize("name", SETS)
def test_a_proposed_recipe_leaves_numbers_only_and_nothing_missing(recorded, name):
    table = read([recorded / name])
    recipe = propose(table.frame, target=SETS[name])
    made = recipe.fit(table.frame, Permit.own([name]), table.rows_per_source).transform(table.frame)
    assert set(made.dtypes) == {pl.Float64}
    assert len(made) == len(table.frame)
    assert made.null_count().sum_horizontal().item() == 0
    assert SETS[name] not in made.columns
    assert Recipe.from_toml(recipe.to_toml()) == recipe


def test_the_castings_recipe_says_what_an_engineer_would_do(recorded):
    table = read([recorded / "die-casting-kr" / "train_group_*.csv.gz"])
    recipe = propose(table.frame, target="passorfail")
    assert recipe.aside == ("date", "time", "passorfail", "datetime")
    drop, blank, words, _ = recipe.steps
    assert drop.settings() == {"columns": ["id"]}
    assert blank.settings() == {"columns": ["molten_volume"], "values": [-1.0]}
    assert words.settings()["columns"] == ["working", "tryshot_signal"]
    assert "# Takes -1 in molten_volume for missing." in recipe.to_toml()


def test_columns_that_give_the_answer_away_are_left_out_only_when_the_answer_is_named():
    rows = pl.DataFrame({"bar": [float(n % 7) for n in range(100)], "scrap": [n % 2 for n in range(100)]})
    rows = rows.with_columns(verdict=pl.when(pl.col("scrap") == 1).then(pl.lit("NG")).otherwise(pl.lit("OK")))
    assert propose(rows, target="scrap").steps[0].settings() == {"columns": ["verdict"]}
    assert all(
        "verdict" not in step.settings()["columns"]
        for step in propose(rows).steps
        if step.name() == "table.drop_columns"
    )


def test_text_that_is_numbers_is_read_and_remarks_are_left_out():
    rows = pl.DataFrame(
        {"a": ["1,5"] * 300, "b": ["7", "ERR"] * 150, "note": [f"remark {n % 200}" for n in range(300)]}
    )
    rows = rows.with_columns(a=pl.Series([f"{n},5" for n in range(300)]))
    made = [(step.name(), step.settings()["columns"]) for step in propose(rows).steps]
    assert ("table.drop_columns", ["note", "b"]) not in made
    assert ("table.drop_columns", ["note"]) in made
    assert ("table.numbers_from_text", ["a"]) in made


def test_yes_and_no_become_one_and_zero_and_are_filled():
    rows = pl.DataFrame({"open": [True, None, False, True] * 10, "bar": [1.0, 2.0, 3.0, 4.0] * 10})
    made = propose(rows).fit(rows, Permit.own(["rows"])).transform(rows)
    assert made["open"].head(4).to_list() == [1.0, 1.0, 0.0, 1.0]


def test_windows_and_missing_values_are_as_asked(recorded):
    frame = read([recorded / "skab" / "valve1" / "1.csv.gz"]).frame
    recipe = propose(frame, target="anomaly", ignore=["changepoint"], windows=10, missing="leave")
    assert [step.name() for step in recipe.steps] == ["series.window_statistics"]
    assert recipe.warm_up == 9
    assert recipe.aside == ("datetime", "anomaly", "changepoint")


def test_a_target_that_is_not_there_is_refused():
    with pytest.raises(TableProblem, match="“scrap”"):
        propose(pl.DataFrame({"bar": [1.0]}), target="scrap")
