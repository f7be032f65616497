"""Where a table begins in a file, what its header lines say, and what is mended there is said."""

import polars as pl
import pytest

from dure.science.prepare import read
from dure.vocabulary import FileProblem


def keys(table):
    return {(one.key, one.where) for one in table.notes}


def note_of(table, key):
    return next(one for one in table.notes if one.key == key)


LOGGER = """Device: Press 4
Serial: 00-17
Exported by: J. Kim; shift 2

Zeit;Druck;Temperatur
s;bar;°C
0;1,5;20,25
1;1,6;20,5
2;1,7;21,0
"""


def test_a_german_logger_with_preamble_unit_row_and_decimal_commas_is_read_as_numbers(put):
    table = read([put("press.csv", LOGGER)])
    assert table.frame.to_dict(as_series=False) == {
        "Zeit": [0, 1, 2],
        "Druck": [1.5, 1.6, 1.7],
        "Temperatur": [20.25, 20.5, 21.0],
    }
    assert dict(table.units) == {"Zeit": "s", "Druck": "bar", "Temperatur": "Cel"}
    assert keys(table) == {
        ("header-preamble", "table"),
        ("unit-row", "table"),
        ("decimal-comma-read", "table"),
    }
    assert "Device: Press 4" in note_of(table, "header-preamble").message.en
    assert (table.layouts[0].header_line, table.layouts[0].decimal) == (5, ",")


def test_a_preamble_of_as_many_fields_as_the_rows_is_told_from_the_header(put):
    text = "Device;P4\nSerial;1234\nRate;0,5\nTime;Bar\n0;1,5\n1;1,6\n2;1,7\n3;1,9\n"
    table = read([put("p.csv", text)])
    assert table.frame.columns == ["Time", "Bar"]
    assert table.frame["Bar"].to_list() == [1.5, 1.6, 1.7, 1.9]


def test_names_units_and_descriptions_each_find_their_place(put):
    text = "t,p1,T1\ns,bar,°C\ntime since start,inlet pressure,melt temperature\n" + "".join(
        f"{n},{n}.5,20.25\n" for n in range(9)
    )
    table = read([put("three.csv", text)])
    assert table.frame.columns == ["t", "p1", "T1"]
    assert len(table.frame) == 9
    assert table.units["p1"] == "bar"
    assert "inlet pressure" in note_of(table, "description-row").message.en


def test_a_group_above_names_that_repeat_is_joined_to_them(put):
    text = "Pump 1,,Pump 2,\nbar,rpm,bar,rpm\n" + "1.5,900,1.6,905\n" * 4
    table = read([put("groups.csv", text)])
    assert table.frame.columns == ["Pump 1 bar", "Pump 1 rpm", "Pump 2 bar", "Pump 2 rpm"]
    assert "header-joined" in {one.key for one in table.notes}


def test_units_in_headers_are_known_by_column(put):
    table = read([put("u.csv", "Temp [°C],Druck (bar),온도(℃),Usage_kWh,Line (A)\n1,2,3,4,x\n")])
    assert dict(table.units) == {
        "Temp [°C]": "Cel",
        "Druck (bar)": "bar",
        "온도(℃)": "Cel",
        "Usage_kWh": "kW.h",
    }


@pytest.mark.parametrize("written", [" bar", "bar ", "\u00a0bar\u00a0", "\ufeffbar", "bar\u200b"])
def test_blanks_around_a_header_are_taken_off_and_that_is_said(put, written):
    table = read([put("h.csv", f"t,{written}\n1,2\n")])
    assert table.frame.columns == ["t", "bar"]
    assert keys(table) == {("header-trimmed", "bar")}


def test_columns_of_one_name_get_a_number_before_their_unit(put):
    table = read([put("twice.csv", "a,a,T [°C],T [°C],a_2\n1,2,3,4,5\n")])
    assert table.frame.columns == ["a", "a_3", "T [°C]", "T_2 [°C]", "a_2"]
    assert ("header-twice", "a_3") in keys(table)


def test_a_header_that_a_restarted_logger_repeats_is_left_out(put):
    table = read([put("again.csv", "t;bar\n0;1.5\n1;1.6\nt;bar\n0;1.7\n")])
    assert table.frame["bar"].to_list() == [1.5, 1.6, 1.7]
    assert keys(table) == {("header-repeated", "table")}


def test_remarks_below_a_table_are_left_out_and_a_cut_row_is_not(put):
    rows = "a,b,c\n1,2,3\n4,5,6\n"
    table = read([put("foot.csv", rows + "\nTotal of 2 rows\nEnd of export\n")])
    assert len(table.frame) == 2
    assert keys(table) == {("footer", "table")}
    with pytest.raises(FileProblem, match="Line 4"):
        read([put("cut.csv", rows + "7\n")])


def test_years_in_a_header_stay_names_and_a_first_row_of_numbers_is_a_row(put):
    assert read([put("y.csv", "site,2021,2022\nA,5,3\nB,2,1\n")]).frame.columns == ["site", "2021", "2022"]
    table = read([put("n.csv", "A1,0.4,0.2\nA2,0.3,0.1\nA3,0.5,0.6\n")])
    assert (len(table.frame), keys(table)) == (3, {("header-absent", "table")})


def test_row_names_without_a_name_are_known_by_their_counting(put):
    frame = read([put("r.txt", "bar\trpm\n1\t1.5\t900\n2\t1.6\t905\n3\t1.7\t907\n")]).frame
    assert frame.columns == ["column_1", "bar", "rpm"]


@pytest.mark.parametrize(
    "text", ["a;b\n1;2;\n3;4;\n", "a;b;\n1;2\n3;4\n", "a;b;\n1;2;\n3;4;\n", "a, b\n1, 2\n3, 4\n"]
)
def test_separators_at_the_end_and_blanks_within_make_no_difference(put, text):
    frame = read([put("t.csv", text)]).frame
    assert (frame.columns, frame.rows()) == (["a", "b"], [(1, 2), (3, 4)])


def test_two_blanks_divide_names_of_several_words(put):
    text = "Temp Zone A   Temp Zone B   State\n20.5          21.5          1\n20.6          21.4          0\n"
    assert read([put("w.txt", text)]).frame.columns == ["Temp Zone A", "Temp Zone B", "State"]


def test_lines_in_quotes_as_a_whole_are_unwrapped(put):
    table = read([put("q.csv", '"t,bar"\n"0,1.5"\n"1,1.6"\n')])
    assert table.frame.rows() == [(0, 1.5), (1, 1.6)]
    assert keys(table) == {("lines-unquoted", "table")}


def test_a_first_row_without_values_is_a_row(put):
    frame = read([put("m.csv", "t,a,b\n0,NA,NA\n1,2,3\n2,4,5\n")]).frame
    assert frame["a"].to_list() == [None, 2, 4]
    frame = read([put("e.csv", "name,a\nx,ERR\ny,3\nz,4\nw,5\nv,6\n")]).frame
    assert frame["a"].to_list() == ["ERR", "3", "4", "5", "6"]


def test_a_table_on_its_side_is_noticed_and_a_wide_one_is_not(put):
    numbers = [[10.0**k * (1 + n / 100) for n in range(12)] for k in range(5)]
    side = "\n".join(" ".join(f"{x:.4f}" for x in row) for row in numbers)
    upright = "\n".join(" ".join(f"{x:.4f}" for x in row) for row in zip(*numbers, strict=True))
    assert ("looks-transposed", "table") in keys(read([put("side.dat", side)]))
    assert ("looks-transposed", "table") not in keys(read([put("up.dat", upright)]))
    few = "\n".join(" ".join(f"{10.0**k * (1 + n / 100):.4f}" for k in range(9)) for n in range(5))
    assert ("looks-transposed", "table") not in keys(read([put("wide.dat", few)]))


def test_a_few_control_characters_of_an_instrument_are_left_out_and_said(put):
    table = read([put("c.csv", b"a,b\n" + b"1,2\n" * 9000 + b"3,4\x03\n")])
    assert table.frame.row(-1) == (3, 4)
    assert keys(table) == {("control-left-out", "table")}


def test_a_column_without_any_value_stays_and_is_missing(put):
    frame = read([put("m.csv", "a,b\n1,\n2,\n")]).frame
    assert frame.columns == ["a", "b"]
    assert frame["b"].null_count() == 2
    assert frame.schema["a"] == pl.Int64
