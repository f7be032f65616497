"""The recorded data sets are read as they lie."""

import gzip

import polars as pl
import pytest

from dure.science.prepare import read
from dure.vocabulary import FileProblem

SETS = {
    "die-casting-kr/train_group_*.csv.gz": ((57_631, 25), "utf-8", ","),
    "injection-moulding-airtlab": ((1_451, 14), "utf-8", ";"),
    "skab/valve1": ((18_160, 11), "utf-8", ";"),
    "skab/anomaly-free": ((9_405, 9), "utf-8", ";"),
    "tennessee-eastman/d0[1-9].dat.gz": ((4_320, 52), "utf-8", " "),
    "battery-soh-xjtu": ((11_041, 17), "utf-8", ","),
    "steel-energy-daewoo": ((35_040, 11), "utf-8", ","),
}


@pytest.mark.parametrize("name", SETS)
def test_a_recorded_set_has_its_rows_and_columns(recorded, name):
    shape, encoding, separator = SETS[name]
    table = read([recorded / name])
    assert table.frame.shape == shape
    assert {(layout.encoding, layout.separator) for layout in table.layouts} == {(encoding, separator)}
    assert sum(table.rows_per_source) == shape[0]


def test_the_excel_copy_has_the_kinds_of_the_csv_files(recorded):
    sheet = read([recorded / "die-casting-kr" / "test2.xlsx"]).frame
    csv = read([recorded / "die-casting-kr" / "train_group_8600.csv.gz"]).frame
    assert sheet.schema == {name: csv.schema[name] for name in sheet.columns}


def test_castings_saved_again_in_cp949_are_the_same_table(recorded, tmp_path):
    source = recorded / "die-casting-kr" / "train_group_8600.csv.gz"
    text = gzip.decompress(source.read_bytes()).decode("utf-8-sig")
    (tmp_path / "again.csv").write_bytes(text.encode("cp949"))
    again = read([tmp_path / "again.csv"])
    assert again.layouts[0].encoding == "cp949"
    assert again.frame.equals(read([source]).frame)
    assert set(again.frame["working"].to_list()) <= {"가동", "정지"}


def test_day_and_month_of_the_steel_works_are_told_apart(recorded):
    at = read([recorded / "steel-energy-daewoo"]).frame["date"]
    assert at.dtype == pl.Datetime("ns")
    assert at.dt.date().n_unique() == 365


def test_the_transposed_tennessee_file_is_named(recorded):
    with pytest.raises(FileProblem, match=r"d00\.dat\.gz .* may be transposed"):
        read([recorded / "tennessee-eastman"])


def test_valve_runs_and_the_run_without_labels_are_not_mixed(recorded):
    with pytest.raises(FileProblem, match=r"anomaly-free\.csv\.gz lacks column “anomaly”"):
        read([recorded / "skab"])
