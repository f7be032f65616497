"""Tables are read by what is in them, and refused in one sentence with the way out."""

import bz2
import gzip
import lzma
from datetime import datetime

import polars as pl
import pytest

from dure.science.prepare import read, read_each, write
from dure.vocabulary import FileProblem

ROWS = pl.DataFrame({"time": [0.0, 0.1, 0.2], "pressure": [1.5, 2.5, 3.5], "state": ["run", "run", "off"]})


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_any_separator_in_any_encoding_gives_the_same_table(put, sign, encoding):
    text = "\r\n".join(
        sign.join(row) for row in (["시각", "온도(℃)", "상태"], ["1", "2.5", "가동"], ["2", "3.5", "정지"])
    )
    table = read([put("line.csv", text.encode(encoding))])
    assert table.frame.rows() == [(1, 2.5, "가동"), (2, 3.5, "정지")]
    assert table.layouts[0].separator == sign


def test_degrees_of_a_western_logger_are_not_read_as_korean(put):
    table = read([put("west.csv", "temp [°C],size [µm]\n1,2\n".encode("latin-1"))])
    assert table.frame.columns == ["temp [°C]", "size [µm]"]
    assert table.layouts[0].encoding == "latin-1"


def test_blanks_divide_columns_of_numbers_and_a_missing_header_is_numbered(put):
    table = read([put("d01.dat", "  1.0e+00   2.0\n  3.0e+00   4.0\n")])
    assert table.frame.to_dict(as_series=False) == {"column_1": [1.0, 3.0], "column_2": [2.0, 4.0]}
    assert not table.layouts[0].header


def test_blanks_divide_columns_below_a_header_too(put):
    assert read([put("d.txt", "time  bar\n 0   1.5\n10   1.6\n")]).frame.columns == ["time", "bar"]


def test_a_log_that_begins_with_a_time_has_no_header(put):
    frame = read([put("log.csv", "2024-03-05 14:05:30,1.5\n2024-03-05 14:05:31,1.6\n")]).frame
    assert frame.schema == {"column_1": pl.Datetime("ns"), "column_2": pl.Float64}


def test_a_single_column_needs_no_separator(put):
    assert read([put("one.csv", "pressure\n1\n2\n")]).frame["pressure"].to_list() == [1, 2]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(put, end):
    assert read([put("ends.csv", end.join(["a,b", '1,"x"', "2,y"]))]).frame.rows() == [(1, "x"), (2, "y")]


def test_a_comma_in_quotes_is_no_separator(put):
    assert read([put("q.csv", 'a,b\n"x, y",1\n"z",2\n')]).frame["a"].to_list() == ["x, y", "z"]


def test_spreadsheet_words_for_no_value_are_missing(put):
    assert read([put("na.csv", "bar\n1.5\nNA\n#DIV/0!\nNaN\n2\n")]).frame["bar"].to_list() == [
        1.5,
        None,
        None,
        None,
        2.0,
    ]


def test_a_kind_that_shows_only_after_many_rows_is_still_found(put):
    frame = read([put("late.csv", "n,x\n" + "1,2\n" * 12_000 + "1,2.5\nERR,3\n")]).frame
    assert frame.dtypes == [pl.String, pl.Float64]
    assert frame.row(-1) == ("ERR", 3.0)


def test_empty_rows_count_between_others_and_not_at_the_end(put):
    assert read([put("gap.csv", "a,b\n1,2\n,\n3,4\n,\n,\n")]).frame.rows() == [(1, 2), (None, None), (3, 4)]
    assert read([put("line.csv", "a,b\n1,2\n\n3,4\n\n")]).frame.rows() == [(1, 2), (3, 4)]


def test_a_separator_at_the_end_of_each_line_makes_no_column(put):
    assert read([put("t.csv", "a;b;\n1;2;\n3;4;\n")]).frame.columns == ["a", "b"]


@pytest.mark.parametrize("ending", [".parquet", ".xlsx", ".csv"])
def test_a_file_is_known_by_its_content_whatever_its_name(tmp_path, ending):
    write(ROWS, tmp_path / f"rows{ending}")
    misnamed = (tmp_path / f"rows{ending}").rename(tmp_path / "rows.dat")
    assert read([misnamed]).frame.equals(ROWS)


def test_gzip_is_known_by_its_first_bytes(put):
    assert read([put("rows.csv", gzip.compress(b"a,b\n1,2\n"))]).frame.rows() == [(1, 2)]


def test_the_first_sheet_with_a_table_is_read(tmp_path):
    from xlsxwriter import Workbook

    with Workbook(tmp_path / "book.xlsx") as book:
        book.add_worksheet("notes")
        ROWS.write_excel(book, worksheet="measured")
    table = read([tmp_path / "book.xlsx"])
    assert table.frame.equals(ROWS)
    assert table.layouts[0].sheet == "measured"


def test_files_are_stacked_by_column_name_in_natural_order(put, tmp_path):
    put("run/10.csv", "b,a\n4,3\n")
    put("run/2.csv", "a,b\n1,2\n")
    table = read([tmp_path / "run"])
    assert table.frame.rows(named=True) == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    assert table.rows_per_source == (1, 1)
    assert [source.rpartition("/")[2] for source in table.sources] == ["2.csv", "10.csv"]


def test_a_pattern_and_a_list_of_files_are_the_same(put, tmp_path):
    one, two = put("a1.csv", "x\n1\n"), put("a2.csv", "x\n2\n")
    assert read([tmp_path / "a*.csv"]).frame.equals(read([one, two]).frame)
    assert len(read_each([tmp_path / "a*.csv"])) == 2


def test_a_column_empty_in_one_file_takes_its_kind_from_the_others(put):
    frame = read([put("1.csv", "x,y\n1,\n"), put("2.csv", "x,y\n2,0.5\n")]).frame
    assert frame["y"].to_list() == [None, 0.5]


def test_a_column_of_numbers_in_one_file_and_words_in_another_is_text(put):
    frame = read([put("1.csv", "x,y\n1,2\n"), put("2.csv", "x,y\n2,ERR\n")]).frame
    assert frame["y"].to_list() == ["2", "ERR"]


def test_notes_beside_tables_are_passed_over_but_a_broken_table_is_not(put, tmp_path):
    put("set/SOURCE.md", "# Where it is from\nA plant; somewhere.\n")
    put("set/LICENSE", "Permission is granted, free of charge,\nto any person\n")
    put("set/.hidden.csv", "z\n1\n")
    put("set/about.json", '{"licence": "own"}')
    put("set/README.txt", "Columns:\nx\tposition\ny\tspeed, filtered\nSee the manual.\n")
    put("set/a.csv", "x,y\n1,2\n")
    assert read([tmp_path / "set"]).frame.columns == ["x", "y"]
    put("set/b.csv", b"\x00\x01\x02")
    with pytest.raises(FileProblem, match=r"b\.csv is not a table"):
        read([tmp_path / "set"])


def test_korean_and_iso_times_are_times_and_zones_are_kept(put):
    frame = read(
        [put("t.csv", "at,seoul,day\n2024-03-05 오후 2:05:30,2024-03-05T14:05:30+09:00,2024.3.5\n")]
    ).frame
    assert frame["at"].to_list() == [datetime(2024, 3, 5, 14, 5, 30)]  # noqa: DTZ001 - the file names no zone
    assert frame["seoul"][0].isoformat() == "2024-03-05T14:05:30+09:00"
    assert frame.schema["day"] == pl.Date


def test_signals_come_from_whoever_has_them():
    def line(names):
        return pl.DataFrame({"time": [1], **{name: [3.7] for name in names}})

    table = read(["signal:line1/Cell01/Voltage"], signals=line)
    assert table.frame.columns == ["time", "line1/Cell01/Voltage"]


@pytest.mark.parametrize(
    "text", ['{"a": 1, "b": "x"}\n{"a": 2, "b": null}\n', '[{"a": 1, "b": "x"}, {"a": 2}]']
)
def test_json_lines_and_lists_of_records_are_tables(put, text):
    assert read([put("rows.json", text)]).frame.rows() == [(1, "x"), (2, None)]


def test_parquet_of_other_makers_has_only_kinds_that_are_known(tmp_path):
    odd = pl.DataFrame(
        {
            "mould": pl.Series(["a", "b"], dtype=pl.Categorical),
            "price": pl.Series([1, 2]).cast(pl.Decimal(10, 2)),
        }
    ).with_columns(took=pl.duration(milliseconds=1500), nothing=pl.lit(None))
    odd.write_parquet(tmp_path / "odd.parquet")
    assert read([tmp_path / "odd.parquet"]).frame.rows()[0] == ("a", 1.0, 1.5, None)


def test_times_with_and_without_a_zone_in_two_files_are_refused(put):
    with pytest.raises(FileProblem, match=r"“at” of .*2\.csv holds times with an offset") as refusal:
        read([put("1.csv", "at,n\n2024-03-05 14:05:30,1\n"), put("2.csv", "at,n\n2024-03-05 14:05:30Z,2\n")])
    assert refusal.value.key == "files-zones-apart"


REFUSED = {
    "empty.csv": (b"", "file-empty"),
    "blank.csv": (b"\n\n  \n", "file-empty"),
    "endless.csv": (b'a,b\n1,"' + b"x" * 200_000 + b'"\n', "file-not-a-table"),
    "header.csv": (b"a,b\n", "file-header-only"),
    "binary.csv": (bytes(range(256)), "file-not-a-table"),
    "picture.csv": (b"\x89PNG\r\n\x1a\n0000", "file-not-a-table"),
    "archive.xlsx": (b"PK\x05\x06" + bytes(18), "file-not-a-table"),
    "cut.parquet": (b"PAR1" + bytes(40), "file-damaged"),
    "cut.xlsx": (b"PK\x03\x04" + bytes(40), "file-damaged"),
    "cut.csv.gz": (gzip.compress(b"a,b\n" + b"1,2\n" * 999)[:20], "file-damaged"),
    "ragged.csv": (b"a,b\n1,2\n3\n", "file-rows-uneven"),
    "long.csv": (b'a,b\n1,"2"\n3,4,5\n', "file-rows-uneven"),
    "nested.json": (b'[{"a": [1, 2]}]', "file-column-nested"),
    "settings.json": (b'{"a": {\n"b": 1}}', "file-not-a-table"),
    "cut.json": (b'{"a": 1}\n{"a": ', "file-damaged"),
    "page.xls": (b"\xef\xbb\xbf\n<HTML><table><tr><td>1</td></tr></table></html>", "file-not-a-table"),
    "steps.xml": (b"<?xml version='1.0'?>\n<a>\n<b>1</b>\n</a>\n", "file-not-a-table"),
    "quotes.csv": (b'a,b,c\n1,"2,1\n3,4,0\n5,6,1\n' * 30, "file-not-a-table"),
    "deep.json": (b"[" * 100_000, "file-not-a-table"),
    "wide.csv": (b"x," * 30_000 + b"x\n" + b"1," * 30_000 + b"1\n", "file-not-a-table"),
    "one-line.csv": (b"a" * 3_000_000, "file-not-a-table"),
    "nul.csv": (b"a,b\n1,\x00\n", "file-not-a-table"),
    "cut.bz2": (bz2.compress(b"a,b\n" + b"1,2\n" * 999)[:30], "file-damaged"),
    "cut.xz": (lzma.compress(b"a,b\n" + b"1,2\n" * 999)[:40], "file-damaged"),
    "shift.lvm": (b"LabVIEW Measurement\t\nWriter_Version\t2\n", "file-damaged"),
    "well.las": (b"# made by hand\n~VERSION INFORMATION\nVERS. 2.0\n", "file-damaged"),
    "bl.csv": (b"FILENAME;a\nPROTOCOL;b\n", "file-damaged"),
    "prose.txt": (b"This is a licence that one may read.\n" * 9, "file-not-a-table"),
    "short.csv": (b"a,b\n1,2,3\n4,5,6\n7,8,9\n", "file-rows-uneven"),
    "zones.csv": (b"at,x\n2024-03-05 14:05:30,1\n2024-03-05 14:05:30+09:00,1\n", "file-zones-undecided"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_its_name_and_a_way_out(put, name):
    content, key = REFUSED[name]
    with pytest.raises(FileProblem) as refusal:
        read([put(name, content)])
    report = refusal.value.report()
    assert report["key"] == key
    assert name in report["message"]
    assert "\n" not in report["message"]
    assert report["remedy"].endswith((".", "text."))


def test_an_uneven_line_is_named_by_its_number(put):
    with pytest.raises(FileProblem, match=r"Line 4 of r\.csv has 3 fields|Line 4 of .*r\.csv has 3 fields"):
        read([put("r.csv", "a,b\n1,2\n\n3,4,5\n")])


def test_absent_paths_folders_without_tables_and_signals_without_a_node_are_refused(tmp_path):
    for source, key in (
        (tmp_path / "nowhere.csv", "file-absent"),
        (tmp_path, "nothing-to-read"),
        (tmp_path / "*.csv", "nothing-to-read"),
        ("signal:line1/Cell01/Voltage", "signals-unavailable"),
    ):
        with pytest.raises(FileProblem) as refusal:
            read([source])
        assert refusal.value.key == key
