"""The recorded data sets are read as they lie."""

import gzip

import polars as pl
import pytest

from dure.science.prepare import read, read_each
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


def test_the_transposed_tennessee_file_is_turned_among_the_others_and_named_alone(recorded):
    table = read([recorded / "tennessee-eastman" / f"{name}.dat.gz" for name in ("d00", "d00_te", "d01")])
    assert table.rows_per_source == (500, 960, 480)
    assert table.frame.width == 52
    assert "d00.dat.gz has a row a variable" in " ".join(one.message.en for one in table.notes)
    alone = read([recorded / "tennessee-eastman" / "d00.dat.gz"])
    assert ("looks-transposed", "table") in {(one.key, one.where) for one in alone.notes}
    assert table.frame["column_1"].head(500).to_list() == list(alone.frame.row(0))


def test_no_other_recorded_file_is_said_to_be_transposed(recorded):
    for name in (
        "tennessee-eastman/d0[1-3]*.gz",
        "c-mapss/*FD001*",
        "process-openmv/multivariate_kamyr.csv.gz",
        "surface-deeppcb/group00041/0004100*.txt",
    ):
        for table in read_each([recorded / name]):
            assert "looks-transposed" not in {one.key for one in table.notes}


def test_testers_of_cells_are_read_below_their_preambles(recorded):
    folder = recorded / "battery-vendor-exports"
    pec = read([folder / "pec.csv.gz"])
    assert pec.frame.shape == (16_255, 34)
    assert pec.units["Current (mA)"] == "mA"
    nova = read([folder / "nova_Form-CH01-01_short.csv.gz"])
    assert (nova.frame.shape, nova.layouts[0].header_line) == ((3_942, 15), 58)
    maccor = read([folder / "maccor_002.txt.gz"])
    assert maccor.frame.columns[:3] == ["Rec", "Cycle P", "Cycle C"]
    assert maccor.frame.schema["DPT Time"] == pl.Datetime("ns")


def test_trips_of_one_car_with_other_sensors_are_refused_or_stacked_as_asked(recorded):
    trips = [recorded / "ev-thermal-bmw-i3" / f"{name}.csv.gz" for name in ("TripA01", "TripA03", "TripB13")]
    with pytest.raises(FileProblem, match="--columns common"):
        read(trips)
    assert read(trips, columns="common").frame.width == 23
    assert read(trips, columns="all").frame.width == 48
    assert read(trips, columns="common").units["Battery Temperature [°C]"] == "Cel"


def test_the_plant_in_india_writes_the_day_first(recorded):
    table = read([recorded / "solar-plant-india" / "Plant_1_Generation_Data.csv.gz"])
    assert str(table.frame["DATE_TIME"].max()) == "2020-06-05 23:45:00"
    assert table.orders == {"DATE_TIME": "day"}


def test_a_workbook_of_linked_sheets_asks_which(recorded):
    book = recorded / "process-pyphi-xlsx" / "jrpls_tpls_dataset.xlsx"
    with pytest.raises(FileProblem, match="several tables: Materials, PROCESS, QUALITY"):
        read([book])
    assert read([f"{book}#QUALITY"]).frame.columns[0] == "LotID"


def test_valve_runs_and_the_run_without_labels_are_not_mixed(recorded):
    with pytest.raises(FileProblem, match=r"anomaly-free\.csv\.gz lacks column “anomaly”"):
        read([recorded / "skab"])
