"""Files of instruments and testers are read by what is in them, with the units they tell."""

import gzip
import tempfile

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.science.prepare import read
from dure.science.prepare.reading_vendors import vendor_of, vendors
from dure.science.prepare.reading_vendors.arbin import with_inputs
from dure.vocabulary import DureError, FileProblem, use_language

RECORDED = {
    "labview-lvm/long_single_header_multi_ch.lvm.gz": (16_384, 4),
    "labview-lvm/no_decimal_separator.lvm.gz": (4, 4),
    "labview-lvm/short_new_line_end.lvm.gz": (10, 3),
    "labview-lvm/with_empty_fields.lvm.gz": (7, 4),
    "well-logs-las/examples_6038187_v1.2.las.gz": (2_732, 9),
    "well-logs-las/3.0_0-d Array #1 (MS).las.gz": (492, 21),
    "well-logs-las/3.0_Curve-Param Error #7 (SS).LAS.gz": (145, 35),
    "well-logs-las/3.0_Curve-Param Error #12 (SS).LAS.gz": (113, 57),
    "well-logs-las/3.0_Curve-Param Unknown #2 (SS).LAS.gz": (71, 45),
    "well-logs-las/3.0_Reshape Error #2 (SS).las.gz": (93, 23),
    "fermentation-biolector/BL1__JH_ShakerSteps_20170302_070206.csv.gz": (5_501, 14),
    "fermentation-biolector/BL1__rj-cg-res_20170927_084112.csv.gz": (26_365, 17),
    "fermentation-biolector/BLPro__107-AR_Coryne-AR-2019-04-15-12-39-30.csv.gz": (16_075, 26),
    "fermentation-biolector/BLPro__224-MO_Coryne--2019-07-12-16-54-30.csv.gz": (645, 46),
    "fermentation-biolector/BLPro__new_metadata_format.csv.gz": (105, 46),
    "fermentation-biolector/incompatible_files__BL2-file-saved-with-biolection.csv.gz": (36_720, 6),
    "robot-execution-failures/lp1.data": (1_320, 9),
}


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_file_of_an_instrument_has_its_rows_and_columns(recorded, name):
    table = read([recorded / name])
    assert table.frame.shape == RECORDED[name]
    assert "vendor-read" in {one.key for one in table.notes}


def test_a_labview_channel_has_its_unit_and_the_time_its_header_tells(recorded):
    table = read([recorded / "labview-lvm" / "short_new_line_end.lvm.gz"])
    assert table.units == {"Excitation (Trigger)": "N", "Response (Trigger)": "m/s2"}
    assert str(table.frame["time"][0]) == "2013-02-19 09:51:40.727189"
    assert table.frame["time"].diff()[1].microseconds == 39  # Delta_X is 39.0625 µs
    assert table.frame.schema["time"] == pl.Datetime("ns")  # the file names no zone


def test_gravity_is_not_taken_for_grams(recorded):
    table = read([recorded / "labview-lvm" / "no_decimal_separator.lvm.gz"])
    assert set(table.units.values()) <= {"[g]"}


def test_channels_without_samples_are_named(recorded):
    told = read([recorded / "labview-lvm" / "with_empty_fields.lvm.gz"]).notes[0].message.en
    assert "Untitled" in told


def test_a_well_log_has_the_values_that_lasio_reads(recorded):
    import lasio

    path = recorded / "well-logs-las" / "examples_6038187_v1.2.las.gz"
    theirs = lasio.read(gzip.decompress(path.read_bytes()).decode("latin-1"))
    ours = read([path])
    for curve in theirs.curves:
        mine = ours.frame[curve.mnemonic].fill_null(float("nan")).to_numpy()
        assert np.array_equal(mine, curve.data.astype(float), equal_nan=True)
    assert ours.units["CALI"] == "mm"
    assert ours.units["DEPT"] == "m"


def test_several_logs_in_one_file_are_told_apart(recorded):
    frame = read([recorded / "well-logs-las" / "3.0_0-d Array #1 (MS).las.gz"]).frame
    assert frame["log"].n_unique() == 6
    assert frame.filter(pl.col("log") == 1)["TVD"].null_count() == 0


def test_wrapped_lines_of_a_log_are_one_row(put):
    log = "~V\nVERS. 2.0 :\nWRAP. YES :\n~W\nNULL. -999.25 :\n~C\nDEPT.M :\nA.V :\nB. :\n~A\n1.0\n2.0 -999.25\n2.0\n3.0 4.0\n"
    assert read([put("w.las", log)]).frame.rows() == [(1.0, 2.0, None), (2.0, 3.0, 4.0)]


def test_a_filter_of_the_biolector_has_its_name(recorded):
    frame = read([recorded / "fermentation-biolector" / "BL1__rj-cg-res_20170927_084112.csv.gz"]).frame
    told = frame.filter(pl.col("FILTERSET") == 2)["FILTERNAME"].unique().to_list()
    assert told == ["pO2-hc"]


def test_wells_and_filters_of_the_biolector_pro_have_their_names(recorded):
    table = read([recorded / "fermentation-biolector" / "BLPro__224-MO_Coryne--2019-07-12-16-54-30.csv.gz"])
    row = table.frame.filter((pl.col("Type") == "M") & (pl.col("Well") == 1)).row(0, named=True)
    assert (row["Well name"], row["Filter"]) == ("A01", "BS5")
    assert table.frame["CO2"].min() is None  # -9999 is no value
    assert table.units["Time"] == "s"


@pytest.mark.parametrize("name", ["broken_or_incomplete__file_with_no_measurements", "incremental__header"])
def test_a_biolector_file_without_measurements_is_said_to_have_none(recorded, name):
    with pytest.raises(FileProblem, match="has a header but no rows"):
        read([recorded / "fermentation-biolector" / f"BL1__{name}.csv.gz"])


def test_every_block_of_a_robot_has_fifteen_rows_below_its_label(recorded):
    frame = read([recorded / "robot-execution-failures" / "lp1.data"]).frame
    blocks = frame.group_by("block").agg(pl.len(), pl.col("label").n_unique().alias("labels"))
    assert len(blocks) == 88
    assert set(blocks["len"].to_list()) == {15}
    assert set(blocks["labels"].to_list()) == {1}
    assert frame.columns[3:] == ["Fx", "Fy", "Fz", "Tx", "Ty", "Tz"]


def test_a_certificate_is_a_row_a_model_temperature_and_climate(recorded):
    name = "_BAXI_Climatización_S.L.UPlatinum_BC_Smart_iR32_4.csv.gz"
    frame = read([recorded / "heat-pump-keymark" / name]).frame
    row = frame.filter((pl.col("temperature") == 4) & (pl.col("climate") == 10)).row(0, named=True)
    assert row["EN14511_2_001"] == 4.6
    assert row["title"] == "AWHPR 4 MR + MIC V200 R32"
    assert row["Refrigerant"] == "R32"


def test_every_certificate_of_the_set_is_read(recorded):
    for path in sorted((recorded / "heat-pump-keymark").glob("*.gz")):
        assert read([path]).layouts[0].format == "keymark"


def test_what_holds_no_measurements_is_refused_by_what_it_is(recorded, put):
    with pytest.raises(FileProblem, match="a Maccor test procedure"):
        read([recorded / "battery-vendor-exports" / "maccor_xTESLADIAG_000004_CH69.000"])
    with pytest.raises(FileProblem, match=r"those are in the \.mpt file"):
        read([put("a.mps", "EC-LAB SETTING FILE\r\n\r\nNumber of linked techniques : 3\r\n")])


def test_a_biologic_text_export_is_read_below_its_head(put):
    head = "EC-Lab ASCII FILE\r\nNb header lines : 5\r\n\r\nDevice : VMP3\r\n"
    rows = "".join(f"{n},5\t{3 + n / 10:.1f}\t{n}\r\n".replace(".", ",") for n in range(1, 30))
    table = read([put("a.mpt", (head + "time/s\tEwe/V\t(Q-Qo)/mA.h\r\n" + rows).encode("latin-1"))])
    assert table.frame.shape == (29, 3)
    assert table.frame["Ewe/V"][0] == 3.1


@pytest.mark.parametrize("name", [name for name in RECORDED if "long" not in name and "rj-cg" not in name])
def test_a_half_written_file_is_read_in_part_or_refused_in_one_sentence(recorded, put, name):
    content = (recorded / name).read_bytes()
    content = gzip.decompress(content) if name.endswith(".gz") else content
    said: list[DureError] = []
    for share in (0.001, 0.02, 0.3, 0.77, 0.999):
        try:
            assert read([put("half.txt", content[: int(len(content) * share)])]).frame.height
        except DureError as refused:
            said.append(refused)
    for language in ("en", "ko"):
        with use_language(language):
            assert not any("\n" in str(refused) for refused in said)


ARBIN = "battery-vendor-exports/arbin_20160805_test001_45_cc_01.res.gz"


@pytest.fixture(scope="module")
def arbin(recorded):
    return read([recorded / ARBIN])


@pytest.fixture(scope="module")
def tested(recorded):
    """Tables of the same file as the library itself gives them."""
    from access_parser import AccessParser

    with tempfile.NamedTemporaryFile(suffix=".res") as beside:
        beside.write(gzip.decompress((recorded / ARBIN).read_bytes()))
        beside.flush()
        database = AccessParser(beside.name)
        names = ("Channel_Normal_Table", "Channel_Statistic_Table", "Resume_Table")
        return {name: database.parse_table(name) for name in names}


def test_an_arbin_test_is_a_row_a_data_point_in_their_order(arbin, tested):
    points = tested["Channel_Normal_Table"]
    assert arbin.frame.shape == (len(points["Data_Point"]), len(points) + 5) == (10_261, 23)
    assert arbin.frame["Data_Point"].to_list() == list(range(1, 10_262))
    order = np.argsort(points["Data_Point"])
    for name in ("Test_Time", "Voltage", "Current", "Discharge_Capacity", "Cycle_Index"):
        assert np.array_equal(arbin.frame[name].to_numpy(), np.array(points[name])[order])


def test_an_arbin_test_agrees_with_what_the_tester_reckoned_itself(arbin, tested):
    """Where cycles end and how high each went, and where the test stood last, are in tables that are not read."""
    cycles = (
        arbin.frame.group_by("Cycle_Index").agg(pl.col("Voltage", "Data_Point").max()).sort("Cycle_Index")
    )
    said, resumed = tested["Channel_Statistic_Table"], tested["Resume_Table"]
    assert len(cycles) == len(said["Data_Point"]) + 1  # the last cycle was cut short
    assert cycles["Data_Point"][:-1].to_list() == said["Data_Point"]
    assert np.allclose(cycles["Voltage"][:-1], said["Vmax_On_Cycle"], atol=1e-3)
    last = arbin.frame.row(-1, named=True)
    assert (last["Cycle_Index"], last["Step_Index"]) == (
        resumed["Cycle_Index"][0] + 1,
        resumed["Step_Index"][0] + 1,
    )
    assert 0 < resumed["Test_Time"][0] - last["Test_Time"] < 120
    assert last["Discharge_Capacity"] == pytest.approx(resumed["DCapacity"][0], rel=0.03)


def test_an_arbin_test_has_units_times_without_a_zone_and_what_is_said_of_it(arbin):
    assert arbin.layouts[0].format == "arbin"
    assert (arbin.units["Current"], arbin.units["Discharge_Capacity"], arbin.units["MASS"]) == (
        "A",
        "A.h",
        "g",
    )
    assert arbin.frame.schema["DateTime"].time_zone is None
    assert str(arbin.frame["DateTime"][0]) == "2016-08-05 16:21:23"
    steps = arbin.frame.select(
        (pl.col("DateTime").diff().dt.total_milliseconds() / 1000 - pl.col("Test_Time").diff())
        .abs()
        .quantile(0.99)
    )
    assert steps.item() < 1.1  # clock and stop-watch agree to the second that is written
    row = arbin.frame.row(0, named=True)
    assert (row["Test_Name"], row["Channel_Index"]) == ("20160805_sic006_45_cc_01-01-003", 3)
    assert "hfa" not in arbin.notes[0].message.en  # who ran it


def test_auxiliary_inputs_stand_beside_their_points(arbin):
    points = arbin.frame.select("Test_ID", "Data_Point", "Voltage")[:3]
    rows = [(1, 1, 0, 1, 25.5), (1, 3, 0, 1, 26.5), (1, 2, 1, 0, 3.1), (1, 9, 1, 0, 3.3)]
    series = pl.DataFrame(rows, ["Test_ID", "Data_Point", "Auxiliary_Index", "Data_Type", "X"], orient="row")
    inputs = pl.DataFrame({"Auxiliary_Index": [0], "Data_Type": [1], "Nickname": ["Oven"], "Unit": ["C"]})
    made, units = with_inputs(points, series, inputs)
    assert made["Oven"].to_list() == [25.5, None, 26.5]
    assert made["Aux_Voltage_2"].to_list() == [None, 3.1, None]
    assert units == {"Oven": "°C", "Aux_Voltage_2": "V"}


def test_an_access_database_of_others_is_no_table_and_no_reason_to_refuse_a_folder(put, tmp_path):
    put("notes.mdb", b"\x00\x01\x00\x00Standard Jet DB\x00" + bytes(9000))
    put("a.csv", "a,b\n1,2\n")
    with pytest.raises(FileProblem, match="it holds an Access database"):
        read([tmp_path / "notes.mdb"])
    assert read([tmp_path]).frame.shape == (1, 2)


def test_a_damaged_arbin_file_is_refused_soon_whatever_byte_is_wrong(recorded):
    content = gzip.decompress((recorded / ARBIN).read_bytes())[: 4096 * 80]
    chance, said = np.random.default_rng(7), list[DureError]()
    for _ in range(12):
        spoilt = bytearray(content)
        for at in chance.integers(0, len(spoilt), 60):
            spoilt[4096 * (at // 4096) + at % 64] = chance.integers(256)
        found = vendor_of(bytes(spoilt))
        try:
            assert found is None or found.read(bytes(spoilt), "it").frame.height
        except DureError as refused:
            said.append(refused)
    assert not any("\n" in str(refused) for refused in said)


def test_pages_that_point_at_each_other_end(recorded):
    content = bytearray(gzip.decompress((recorded / ARBIN).read_bytes())[: 4096 * 200])
    at = content.find(b"\x02\x01", 4096)  # the first page of a table's columns: its next is itself
    content[at + 4 : at + 8] = (at // 4096).to_bytes(4, "little")
    with pytest.raises(FileProblem, match="is a damaged"):
        read_bytes(bytes(content))


def read_bytes(content):
    return vendor_of(content).read(content, "it")


@given(
    st.sampled_from(
        [b"LabVIEW Measurement\t\r\n", b"~V\n", b"FILENAME;a\nPROTOCOL;b\n", b"=====process=====\n"]
    ),
    st.binary(max_size=400),
)
def test_what_begins_as_a_format_and_goes_on_otherwise_is_refused(begins, rest):
    vendor = vendor_of(begins + rest)
    assert vendor is not None
    try:
        vendor.read(begins + rest, "it")
    except DureError:
        return


def test_every_format_speaks_both_languages_and_is_found_by_one_reader_only():
    assert len({vendor.name for vendor in vendors()}) == len(vendors()) >= 6
    for vendor in vendors():
        assert vendor.label.en
        assert any("가" <= sign <= "힣" for sign in vendor.label.ko)
    for begins in (b"LabVIEW Measurement\t\r\n", b"~Version\n", b"FILENAME;a\nPROTOCOL;b\n"):
        assert sum(vendor.tells(begins) for vendor in vendors()) == 1
