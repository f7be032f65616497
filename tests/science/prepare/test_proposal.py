"""A proposed recipe treats what the measures found, is readable, and gives numbers only."""

import polars as pl
import pytest

from dure.science.prepare import Recipe, Table, apply, propose, read, read_each, step_named
from dure.science.prepare.preparing import Preparation, run
from dure.science.prepare.proposing_texts import text_columns, with_alike_texts
from dure.science.quality import profile
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


HEADS = (
    "ai4i2020-synthetic/ai4i2020.csv.gz", "arc-welding-kuka/VTrecords4.csv.gz", "battery-calce/CS2_35_capacity_per_cycle.csv",
    "battery-soh-xjtu/2C_battery-1.csv.gz", "battery-vendor-exports/arbin_2017-05-09_test-TC-contact_CH33.csv",
    "battery-vendor-exports/neware_uio.csv.gz", "battery-vendor-exports/pec.csv.gz", "bearing-cwru/normal_0_97.parquet",
    "battery-vendor-exports/nova_Form-CH01-01_short.csv.gz", "battery-vendor-exports/maccor_002.txt.gz",
    "c-mapss/train_FD001.txt.gz", "cnc-kamp/experiment_01.csv.gz", "cnc-kamp/train.csv", "die-casting-kr/test2.xlsx",
    "die-casting-kr/train_group_8600.csv.gz", "die-casting-kr/var_labels.csv", "ev-thermal-bmw-i3/TripB13.csv.gz",
    "gas-turbine-emissions/gt_2011.csv.gz", "injection-moulding-airtlab/data.csv.gz",
    "nab/machine_temperature_system_failure.csv.gz", "process-openmv/*.csv.gz#", "pv-el-cells-elpv/labels.csv",
    "process-pyphi-xlsx/jrpls_tpls_dataset.xlsx#Materials", "process-pyphi-xlsx/MBDataset.xlsx#X4",
    "pv-om-tickets-pvops/example_ML_ticket_data.csv", "pv-om-tickets-pvops/example_om_data2.csv",
    "pv-om-tickets-pvops/example_perf_data.csv.gz", "pv-om-tickets-pvops/mappings_cause.csv",
    "safety-accidents-stefanini/*.csv#", "skab/valve1/1.csv.gz", "solar-plant-india/Plant_1_Generation_Data.csv.gz",
    "steel-energy-daewoo/Steel_industry_data.csv.gz", "tennessee-eastman/d00.dat.gz", "tennessee-eastman/d05_te.dat.gz",
)  # fmt: skip


@pytest.mark.parametrize("rows", [1, 40, 400])
def test_a_proposed_recipe_never_fails_on_the_table_it_was_proposed_for(recorded, rows):
    for name in HEADS:
        for table in read_each([str(recorded / name).removesuffix("#")]):
            frame = table.frame.head(rows)
            for target in (None, frame.columns[-1]):
                recipe = propose(frame, target=target)
                made = apply(recipe, Table(frame, (name,), (len(frame),)), Permit.own([name]))
                assert len(made) == len(frame), name
                assert Recipe.from_toml(recipe.to_toml()) == recipe, name


def test_flags_of_the_same_outcome_are_left_out_and_the_recipe_says_why(recorded, tmp_path):
    source = str(recorded / "ai4i2020-synthetic" / "ai4i2020.csv.gz")
    wanted = Preparation((source,), tmp_path / "o.parquet", target="Machine failure")
    run(wanted, Permit.own([source]))
    written = (tmp_path / "o.recipe.toml").read_text(encoding="utf-8")
    assert 'columns = ["UID", "Product ID", "TWF", "HDF", "PWF", "OSF", "RNF"]' in written
    for name in ("UID", "TWF", "RNF"):
        assert f"#   {name}: " in written
    assert "# Made for ai4i2020.csv.gz: 10,000 rows." in written


def test_texts_are_tidied_and_stay_words_where_nothing_is_to_be_learnt(recorded, tmp_path):
    source = str(recorded / "pv-om-tickets-pvops" / "example_ML_ticket_data.csv")
    facts = run(Preparation((source,), tmp_path / "o.csv"), Permit.own([source]))
    recipe = Recipe.from_toml((tmp_path / "o.recipe.toml").read_text(encoding="utf-8"))
    own = [step.name() for step in recipe.steps if "CompletionDesc" in step.reads()]
    assert own == ["text.clean", "text.abbreviations"]
    assert any("English" in told for told in facts["texts"])
    made = pl.read_csv(tmp_path / "o.csv")
    assert made["CompletionDesc"].dtype == pl.String
    proposed = tmp_path / "o.abbreviations.toml"
    assert facts["abbreviations"] == str(proposed)
    assert '"comm" = "communication"' in proposed.read_text(encoding="utf-8")
    step = step_named("text.abbreviations")(columns=("CompletionDesc",), table=str(proposed))
    rows = pl.DataFrame({"CompletionDesc": ["no comm to inverter"]})
    assert step.fit(rows).transform(rows).item() == "no communication to inverter"


def test_texts_become_numbers_where_something_is_to_be_learnt_and_names_are_masked_before_case_is_lost():
    told = [
        "Kim Miller reports leak at pump", "베어링 마모로 교체하였습니다 작업 완료", "김영훈이 3호기 펌프 이상 진동 점검함", "checked seal and found worn parts",
    ]  # fmt: skip
    rows = pl.DataFrame(
        {"memo": [f"{told[n % 4]} {n}" for n in range(60)], "bar": [float(n % 7) for n in range(60)]}
    )
    texts = text_columns(rows)
    assert texts[0].languages in (("en", "ko"), ("ko", "en"))
    assert texts[0].personal
    recipe = propose(rows, target="bar", texts=texts)
    names = [step.name() for step in recipe.steps]
    assert names.index("text.language") < names.index("text.mask_personal") < names.index("text.clean")
    made = recipe.fit(rows, Permit.own(["rows"])).transform(rows)
    assert set(made.dtypes) == {pl.Float64}
    assert made.null_count().sum_horizontal().item() == 0
    assert made.width > 30
    assert Recipe.from_toml(recipe.to_toml()) == recipe


def test_texts_that_nearly_say_the_same_are_told(recorded):
    table = read([recorded / "safety-accidents-stefanini"])
    found = with_alike_texts(profile(table), table.frame)
    told = next(one for one in found.findings if one.key == "near-duplicate-texts")
    assert told.where == "Description"
    assert 10 < told.facts["rows"] < 100
    assert with_alike_texts(found, table.frame.select("Countries")) is found
