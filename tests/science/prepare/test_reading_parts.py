"""Sheets of a workbook, files of an archive, records of JSON: which part is meant, and how it is laid out."""

import bz2
import io
import lzma
import zipfile

import pytest

from dure.science.prepare import read
from dure.vocabulary import FileProblem


def keys(table):
    return {(one.key, one.where) for one in table.notes}


@pytest.fixture
def book(tmp_path):
    """A workbook of named sheets, each a list of rows."""
    from xlsxwriter import Workbook

    def book(**sheets):
        path = tmp_path / "book.xlsx"
        with Workbook(path) as made:
            for name, rows in sheets.items():
                sheet = made.add_worksheet(name)
                for number, row in enumerate(rows):
                    for place, cell in enumerate(row):
                        if cell is not None:
                            sheet.write(number, place, cell)
        return path

    return book


def test_titles_above_the_header_of_a_sheet_are_notes_and_units_below_it_are_known(book):
    rows = [
        ["Report of line 3"],
        [],
        ["made", None, "2024-03-05"],
        ["Zeit", "Druck ", "Zustand"],
        ["s", "bar", "-"],
        [0, 1.5, "run"],
        [1, 1.6, "run"],
        [2, 1.7, "off"],
    ]
    table = read([book(Daten=rows)])
    assert table.frame.columns == ["Zeit", "Druck", "Zustand"]
    assert table.frame.rows() == [(0, 1.5, "run"), (1, 1.6, "run"), (2, 1.7, "off")]
    assert dict(table.units) == {"Zeit": "s", "Druck": "bar"}
    assert {key for key, _ in keys(table)} == {"header-preamble", "unit-row", "header-trimmed"}
    assert (table.layouts[0].sheet, table.layouts[0].header_line) == ("Daten", 4)


def test_text_cells_with_decimal_commas_are_numbers(book):
    table = read([book(a=[["x", "y"], ["1,5", "a"], ["2,25", "b"]])])
    assert table.frame["x"].to_list() == [1.5, 2.25]
    assert keys(table) == {("decimal-comma-read", "x")}


def test_sheets_of_the_same_columns_are_one_table(book):
    table = read([book(Jan=[["t", "bar"], [0, 1.5]], Feb=[["t", "bar"], [1, 1.6]], notes=[])])
    assert table.frame.rows() == [(0, 1.5), (1, 1.6)]
    assert keys(table) == {("sheets-stacked", "table")}


def test_sheets_that_differ_are_listed_and_one_can_be_named(book):
    path = book(Info=[["who", "when"], ["J. Kim", "today"]], Data=[["t", "bar"], [0, 1.5]])
    with pytest.raises(FileProblem, match=r"several tables: Info, Data\. Name one: .*book\.xlsx#Info"):
        read([path])
    assert read([f"{path}#Data"]).frame.rows() == [(0, 1.5)]
    assert read([f"{path}#data"]).sources == (f"{path}#data",)
    with pytest.raises(FileProblem, match=r"holds no “Nada”\. It holds: Info, Data"):
        read([f"{path}#Nada"])


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress])
def test_other_packings_are_known_by_their_first_bytes(put, pack):
    assert read([put("rows.csv", pack(b"a,b\n1,2\n"))]).frame.rows() == [(1, 2)]


def test_an_archive_of_one_file_is_that_file_and_of_several_asks_which(put):
    def packed(**files):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files.items():
                archive.writestr(f"{name}.csv", text)
        return out.getvalue()

    assert read([put("one.zip", packed(a="x\n1\n"))]).frame["x"].to_list() == [1]
    several = put("two.zip", packed(a="x\n1\n", b="x\n2\n"))
    with pytest.raises(FileProblem, match=r"several tables: a\.csv, b\.csv"):
        read([several])
    assert read([f"{several}#b.csv"]).frame["x"].to_list() == [2]


def test_a_packed_bomb_is_refused_before_it_fills_the_memory(put, monkeypatch):
    from dure.science.prepare import reading_files

    monkeypatch.setattr(reading_files, "_LIMIT", 1_000_000)
    for name, pack in (("b.bz2", bz2.compress), ("x.xz", lzma.compress)):
        with pytest.raises(FileProblem, match="unpacks to more than"):
            read([put(name, pack(b"1,2\n" * 1_000_000))])


def test_records_within_records_become_columns_with_dots(put):
    text = (
        '{"at": 1, "temp": {"value": 20.5, "unit": "C"}}\n{"at": 2, "temp": {"value": 21.5, "unit": "C"}}\n'
    )
    table = read([put("r.jsonl", text)])
    assert table.frame.columns == ["at", "temp.value", "temp.unit"]
    assert keys(table) == {("records-flattened", "table")}


def test_a_record_of_lists_is_a_table_by_columns(put):
    assert read([put("c.json", '{"a": [1, 2], "b": ["x", "y"]}')]).frame.rows() == [(1, "x"), (2, "y")]


def test_depth_that_shows_late_is_refused_too(put):
    text = '{"a": 1}\n' * 30_000 + '{"a": ' + "[" * 50_000
    with pytest.raises(FileProblem) as refusal:
        read([put("late.json", text)])
    assert refusal.value.key in ("file-damaged", "file-not-a-table", "file-column-nested")
