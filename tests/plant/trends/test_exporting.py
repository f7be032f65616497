"""A file of what is seen, opened again, holds what the historian holds."""

import time
from zoneinfo import ZoneInfo

import fastexcel
import polars as pl
import pytest

from dure.plant.trends import Request, TrendRefused, exporting, make_file
from machines.historian_process import SECOND, play, samples

NAMES = ("line1/pump/Pressure", "line1/pump/Temperature")
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def window(pump):
    return int(pump["time"].min()), int(pump["time"].max()) + SECOND


def made(plant, request, out):
    shares = list(make_file(plant, request, out))
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    return out


def test_every_sample_comes_back_from_parquet_as_it_is(plant, window, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "AT_ONCE", 500)  # several pieces
    out = made(plant, Request("parquet", NAMES, *window), tmp_path / "t.parquet")
    found = pl.read_parquet(out).sort("signal", "time")
    kept = pl.DataFrame(plant.query(NAMES, *window))
    assert found["value"].to_list() == kept["value"].to_list()
    assert found["time"].dt.epoch("ns").to_list() == kept["time"].to_list()


def test_a_workbook_of_steps_has_the_means_and_a_chart(plant, window, tmp_path):
    request = Request("xlsx", NAMES, *window, step=30 * SECOND, zone=SEOUL, units={NAMES[0]: "bar"})
    out = made(plant, request, tmp_path / "t.xlsx")
    book = fastexcel.read_excel(out)
    assert book.sheet_names == ["values", "chart", "about"]
    sheet = book.load_sheet("values").to_polars()
    means = pl.DataFrame(plant.average(NAMES, *window, 30 * SECOND))
    assert sheet.columns == ["time", "line1/pump/Pressure [bar]", "line1/pump/Temperature"]
    for place, name in enumerate(NAMES, 1):
        assert sheet.to_series(place).to_list() == pytest.approx(means[name].to_list(), rel=1e-12)
    local = sheet["time"].dt.replace_time_zone("Asia/Seoul").dt.epoch("ms").to_list()
    assert local == [moment // 10**6 for moment in means["time"].cast(pl.Int64).to_list()]


def test_a_workbook_of_every_sample_has_one_a_row(plant, window, tmp_path):
    out = made(plant, Request("xlsx", NAMES, *window), tmp_path / "t.xlsx")
    sheet = fastexcel.read_excel(out).load_sheet("values").to_polars()
    kept = pl.DataFrame(plant.query(NAMES, *window))
    assert sheet.height == kept.height
    for name in NAMES:
        own = kept.filter(pl.col("signal") == name)["value"].to_list()
        assert sheet[name].drop_nulls().to_list() == pytest.approx(own, rel=1e-12)


def test_a_table_for_any_tool_keeps_the_offset_of_its_times(plant, window, tmp_path):
    out = made(plant, Request("csv", NAMES, *window, step=60 * SECOND, zone=SEOUL), tmp_path / "t.csv")
    assert out.read_bytes()[:3] == b"\xef\xbb\xbf"
    found = pl.read_csv(out)
    assert found["time"][0].endswith("+09:00")
    means = pl.DataFrame(plant.average(NAMES, *window, 60 * SECOND))
    assert found[NAMES[0]].to_list() == pytest.approx(means[NAMES[0]].to_list(), rel=1e-12)


def test_no_text_of_a_signal_is_run_by_a_spreadsheet(plant, tmp_path):
    table = pl.DataFrame({"time": [10**17], "Word": [1.0]})
    batch = samples("=line9", table)
    place = batch.schema.get_field_index("text")
    batch = batch.set_column(place, batch.schema.field(place), pl.Series(["=1+1"]).to_arrow().cast("string"))
    play(plant, "words", [batch])
    request = Request("csv", ("=line9/Word",), 10**17, 10**17 + SECOND)
    line = made(plant, request, tmp_path / "t.csv").read_text("utf-8-sig").splitlines()[1]
    assert "'=1+1" in line
    assert "'=line9/Word" in line


def test_more_rows_than_a_sheet_can_bear_are_refused_before_anything_is_read(plant, tmp_path):
    year = Request("xlsx", NAMES, 0, 365 * 86_400 * SECOND, step=SECOND)
    began = time.monotonic()
    with pytest.raises(TrendRefused, match="31,536,000 rows"):
        next(make_file(plant, year, tmp_path / "t.xlsx"))
    assert time.monotonic() - began < 1


def test_a_signal_that_is_denser_than_it_was_measured_is_refused_while_it_is_read(
    plant, window, tmp_path, monkeypatch
):
    monkeypatch.setitem(exporting.MOST_ROWS, "csv", 500)
    with pytest.raises(TrendRefused):
        list(make_file(plant, Request("csv", NAMES, *window), tmp_path / "t.csv", rate=0.001))
