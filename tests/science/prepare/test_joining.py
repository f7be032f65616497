"""Tables are joined by time without a look ahead, or by a key that the second table has once."""

import json
from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.science.prepare import Join, Table, join, read
from dure.science.prepare.preparing import Preparation, joins_of, run
from dure.vocabulary import Permit, RecipeProblem, TableProblem

START = datetime(2024, 3, 5)  # noqa: DTZ001 - a plant's local time


def table(name, **columns):
    frame = pl.DataFrame(columns)
    return Table(frame, (name,), (len(frame),))


def minutes(*values):
    return [START + timedelta(minutes=value) for value in values]


LINE = table("line.csv", at=minutes(0, 10, 20, 30, 40, 50), bar=[0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
LAB = table("lab.csv", at=minutes(25, 55), purity=[0.25, 0.55])


def test_a_row_of_the_laboratory_gets_the_process_as_it_was_when_the_sample_was_drawn():
    made = join(LINE, LAB, Join("lab.csv", delay="15min", rows="joined")).frame
    assert made["purity"].to_list() == [0.25, 0.55]
    assert made["bar"].to_list() == [1.0, 4.0]
    assert made["at_line"].to_list() == minutes(10, 40)


def test_a_row_of_the_process_gets_the_last_result_that_was_known_then_if_it_is_not_too_old():
    made = join(LINE, LAB, Join("lab.csv", delay="5min", within="10min")).frame
    assert made["bar"].to_list() == LINE.frame["bar"].to_list()
    assert made["purity"].to_list() == [None, None, None, 0.25, 0.25, None]


def test_what_found_a_partner_is_said():
    (said,) = join(LINE, LAB, Join("lab.csv", within="10min")).notes
    assert (said.key, said.facts) == ("joined", {"rows": 6, "found": 1})
    assert "1 of 6 rows found one of lab.csv" in said.message.en


def test_machines_are_kept_apart():
    line = table("line.csv", at=minutes(0, 0, 10, 10), machine=["A", "B", "A", "B"], bar=[1, 2, 3, 4])
    lab = table("lab.csv", at=minutes(0, 5), machine=["B", "A"], purity=[0.2, 0.1])
    made = join(line, lab, Join("lab.csv", by="machine", within="1h")).frame
    assert made["purity"].to_list() == [None, 0.2, 0.1, 0.2]


def test_a_key_may_be_called_differently_and_join_many_rows_to_one():
    runs = table("runs.csv", LotID=["L2", "L1", "L2", None], bar=[1, 2, 3, 4])
    lots = table("lots.csv", lot=["L1", "L2"], grade=["a", "b"])
    made = join(runs, lots, Join("lots.csv", on="LotID=lot")).frame
    assert made["grade"].to_list() == ["b", "a", "b", None]
    assert made.columns == ["LotID", "bar", "grade"]


def test_the_only_shared_key_is_found():
    runs = table("runs.csv", lot=[2, 1, 2], bar=[1.0, 2.0, 2.0])
    lots = table("lots.csv", lot=[1, 2], grade=["a", "b"])
    assert join(runs, lots, Join("lots.csv")).frame["grade"].to_list() == ["b", "a", "b"]


def test_a_column_both_have_comes_under_the_name_of_its_file_and_a_shared_constant_once():
    line = table("line.csv", lot=[1, 2], bar=[1, 2], plant=[7, 7])
    lab = table("lab.csv", lot=[1, 2], bar=[8, 9], plant=[7, 7])
    assert join(line, lab, Join("lab.csv", on="lot")).frame.columns == ["lot", "bar", "plant", "bar_lab"]


@pytest.mark.parametrize(
    ("left", "right", "how", "message"),
    [
        (table("a.csv", lot=[1, 2]), table("b.csv", lot=[1, 1, 2, 2, 3], x=[1, 2, 3, 4, 5]), Join("b.csv", on="lot"), r"“lot” of b\.csv has 2 values more than once: 1, 2"),
        (table("a.csv", lot=[1, 2]), table("b.csv", x=[1, 1]), Join("b.csv"), r"How to join b\.csv is open"),
        (table("a.csv", lot=[1, 2]), table("b.csv", lot=[8, 9], x=[1, 1]), Join("b.csv", on="lot"), "No row of a.csv found one"),
        (LINE, LAB, Join("lab.csv", delay="soon"), "“soon” is no duration"),
        (LINE, table("w.csv", at=pl.Series(minutes(0, 1)).dt.replace_time_zone("UTC"), x=[1, 2]), Join("w.csv"), "an offset from UTC"),
        (LINE, table("d.csv", at=minutes(0, 0, 5, 5), x=[1, 2, 3, 4]), Join("d.csv"), "more than once"),
        (LINE, LAB, Join("lab.csv", by="mould"), "no column “mould”"),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_is_refused_in_one_sentence(left, right, how, message):
    with pytest.raises(TableProblem, match=message):
        join(left, right, how)


TICKS = st.lists(st.integers(0, 500), min_size=1, max_size=30)


@settings(max_examples=150, deadline=None)
@given(line=TICKS, lab=TICKS, delay=st.integers(0, 60), within=st.integers(1, 200), rows=st.sampled_from(["first", "joined"]))  # fmt: skip
def test_no_row_ever_gets_a_row_of_the_future_or_one_too_old(line, lab, delay, within, rows):
    left = table("line.csv", at=[START + timedelta(seconds=s) for s in sorted(set(line))])
    right = table("lab.csv", at=[START + timedelta(seconds=s) for s in sorted(set(lab), reverse=True)])
    stay, come = (left, right) if rows == "first" else (right, left)
    how = Join("lab.csv", delay=f"{delay}s", within=f"{within}s", rows=rows)
    expected = [
        max((c for c in come.frame["at"] if timedelta(0) <= s - timedelta(seconds=delay) - c <= timedelta(seconds=within)), default=None)
        for s in stay.frame["at"]
    ]  # fmt: skip
    if not any(expected):
        with pytest.raises(TableProblem, match="No row"):
            join(left, right, how)
        return
    made = join(left, right, how).frame
    assert made["at"].to_list() == stay.frame["at"].to_list()
    assert made.to_series(1).to_list() == expected


def test_weather_is_joined_to_what_the_inverters_made(recorded):
    plant = recorded / "solar-plant-india"
    made, weather = (
        read([plant / f"Plant_1_{name}.csv.gz"]) for name in ("Generation_Data", "Weather_Sensor_Data")
    )
    whole = join(made, weather, Join("weather"))
    assert len(whole.frame) == 43_538
    assert whole.frame["IRRADIATION"].null_count() == 0
    light = whole.frame.select(pl.corr("DC_POWER", "IRRADIATION")).item()
    assert light > 0.98


def test_a_join_is_kept_in_the_recipe_and_gives_the_same_again(recorded, tmp_path):
    book = recorded / "process-pyphi-xlsx" / "jrpls_tpls_dataset.xlsx"
    cluster, joins = joins_of(f"{book}#QUALITY", "LotID")
    sources = (f"{book}#PROCESS",)
    wanted = Preparation(sources, tmp_path / "one.parquet", on=cluster, joins=joins)
    facts = run(wanted, Permit.own(sources))
    json.dumps(facts)
    assert '[[joins]]\ntable = "' in (tmp_path / "one.recipe.toml").read_text(encoding="utf-8")
    again = Preparation(sources, tmp_path / "two.parquet", recipe=tmp_path / "one.recipe.toml")
    run(again, Permit.own(sources))
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_rows_of_the_table_with_the_target_stay(tmp_path):
    LINE.frame.write_csv(tmp_path / "line.csv")
    LAB.frame.write_csv(tmp_path / "lab.csv")
    _, joins = joins_of(str(tmp_path / "lab.csv"), "time", delay="15min")
    wanted = Preparation((str(tmp_path / "line.csv"),), tmp_path / "o.parquet", target="purity", joins=joins)
    assert run(wanted, Permit.own(wanted.sources))["rows"] == 2


@pytest.mark.parametrize(
    "written",
    [
        "joins = 3",
        '[[joins]]\non = "lot"',
        '[[joins]]\ntable = "a"\nrows = "both"',
        '[[joins]]\ntable = "a"\nhow = "x"',
    ],
)
def test_a_join_that_is_none_is_refused(tmp_path, written):
    (tmp_path / "r.toml").write_text(f"version = 1\n{written}\n")
    LINE.frame.write_csv(tmp_path / "line.csv")
    wanted = Preparation((str(tmp_path / "line.csv"),), tmp_path / "o.parquet", recipe=tmp_path / "r.toml")
    with pytest.raises(RecipeProblem, match="cannot be read"):
        run(wanted, Permit.own(wanted.sources))
