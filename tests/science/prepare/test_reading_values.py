"""Numbers, encodings and times as plants write them; what is undecided is said, what cannot be decided is refused."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from dure.science.prepare import read
from dure.vocabulary import FileProblem


def keys(table):
    return {(one.key, one.where) for one in table.notes}


def at(*parts):
    return datetime(*parts)  # noqa: DTZ001 - the files name no zone


def test_a_german_export_is_numbers_throughout(put):
    table = read(
        [put("de.csv", "Zeit;Menge;Preis\n05.03.2024 14:00;1.234,5;0,99\n25.03.2024 15:00;20,5;12,00\n")]
    )
    assert table.frame["Menge"].to_list() == [1234.5, 20.5]
    assert table.frame["Preis"].to_list() == [0.99, 12.0]
    assert table.frame["Zeit"].to_list() == [at(2024, 3, 5, 14), at(2024, 3, 25, 15)]
    assert {key for key, _ in keys(table)} == {"decimal-comma-read"}


def test_a_korean_export_with_parted_thousands_is_numbers(put):
    table = read([put("kr.csv", '설비,생산량,금액\nA,"1,234","12,345,678"\nB,"999","1,000"\n')])
    assert table.frame["생산량"].to_list() == [1234, 999]
    assert table.frame["금액"].to_list() == [12_345_678, 1000]
    assert keys(table) == {("thousands-read", "생산량"), ("thousands-read", "금액")}


def test_thousands_parted_by_blanks_and_apostrophes_are_numbers(put):
    frame = read([put("fr.csv", "a;b\n1\u00a0234,5;1'000\n2 000,25;2'500\n")]).frame
    assert frame["a"].to_list() == [1234.5, 2000.25]
    assert frame["b"].to_list() == [1000, 2500]


def test_a_comma_that_may_part_thousands_is_decided_and_said(put):
    table = read([put("m.csv", "a;b\n1,234;x\n5,678;y\n")])
    assert table.frame["a"].to_list() == [1.234, 5.678]
    assert {key for key, _ in keys(table)} == {"decimal-comma-undecided"}
    assert "1.234" in table.notes[0].message.en


def test_decimal_commas_in_quotes_between_commas_are_numbers(put):
    table = read([put("q.csv", 'a,b\n"20,5",x\n"1,25",y\n')])
    assert table.frame["a"].to_list() == [20.5, 1.25]
    assert keys(table) == {("decimal-comma-read", "a")}


def test_names_that_look_like_numbers_keep_their_zeros_among_words(put):
    frame = read([put("z.csv", "lot,x\n0012A,1\n0013,2\n")]).frame
    assert frame["lot"].to_list() == ["0012A", "0013"]


def test_words_with_a_comma_stay_words(put):
    assert read([put("w.csv", "a;b\n1,5;red, blue\n2,5;red\n")]).frame["b"].to_list() == ["red, blue", "red"]


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("Größe,Länge [µm]\n1,2\n", "latin-1", "latin-1"),
        ("Grö,ß\n1,2\n", "latin-1", "latin-1"),
        ("T [°C],p\n1,2\n", "latin-1", "latin-1"),
        ("price €,p\n1,2\n", "cp1252", "cp1252"),
        ("온도,압력\n1,2\n", "cp949", "cp949"),
        ("T(℃),p(㎜)\n1,2\n", "cp949", "cp949"),
        ("상태,x\n똠방,1\n", "cp949", "cp949"),
        ("온도,x\n1,2\n", "utf-16-le", "utf-16"),
        ("온도,x\n1,2\n", "utf-8-sig", "utf-8"),
    ],
)
def test_an_encoding_is_decided_by_the_text(put, text, encoding, found):
    table = read([put("e.csv", text.encode(encoding))])
    assert table.layouts[0].encoding == found
    assert table.frame.columns[0] == text.split(",")[0]


def test_a_damaged_letter_in_a_korean_file_is_said_and_the_rest_stays_korean(put):
    content = ("상태,x\n" + "가동중,1\n" * 200).encode("cp949") + b"\xb0\xff,2\n"
    table = read([put("d.csv", content)])
    assert table.frame["상태"][0] == "가동중"
    assert ("encoding-damaged", "table") in keys(table)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("15-05-2020 00:15", at(2020, 5, 15, 0, 15)),
        ("05/15/2020 02:05 PM", at(2020, 5, 15, 14, 5)),
        ("5/15/2020 12:05:30 AM", at(2020, 5, 15, 0, 5, 30)),
        ("15.05.20 14:05", at(2020, 5, 15, 14, 5)),
        ("15-May-2020 14:05:30", at(2020, 5, 15, 14, 5, 30)),
        ("2020-05-15 14:05:30,250", at(2020, 5, 15, 14, 5, 30, 250_000)),
        ("2020년 5월 15일 오후 2시 5분", at(2020, 5, 15, 14, 5)),
    ],
)
def test_times_as_people_write_them(put, written, read_as):
    frame = read([put("t.csv", f"at;x\n{written};1\n")]).frame
    assert frame["at"].to_list() == [read_as]


def test_an_open_order_of_day_and_month_is_the_one_that_keeps_rows_together(put):
    table = read([put("us.csv", "day,x\n01/02/2024,1\n01/03/2024,2\n01/04/2024,3\n")])
    assert table.frame["day"].to_list() == [date(2024, 1, 2), date(2024, 1, 3), date(2024, 1, 4)]
    assert keys(table) == {("date-order-undecided", "day")}
    alone = read([put("one.csv", "day,x\n01/02/2024,1\n")])
    assert alone.frame["day"].to_list() == [date(2024, 2, 1)]


def test_a_file_that_leaves_the_order_open_follows_the_one_that_settles_it(put):
    sure, alone = put("1.csv", "day,x\n01/31/2024,1\n"), put("2.csv", "day,x\n02/01/2024,1\n")
    table = read([sure, alone])
    assert table.frame["day"].to_list() == [date(2024, 1, 31), date(2024, 2, 1)]
    assert not table.notes
    assert read([alone]).frame["day"].to_list() == [date(2024, 1, 2)]


def test_times_written_both_ways_stay_text(put):
    frame = read([put("b.csv", "day,x\n31/01/2024,1\n01/31/2024,2\n")]).frame
    assert frame.schema["day"] == pl.String


def test_offsets_that_differ_become_utc_and_are_said(put):
    text = "at,x\n2024-03-31T01:30:00+01:00,1\n2024-03-31T03:30:00+02:00,2\n"
    table = read([put("dst.csv", text)])
    assert table.frame["at"].to_list() == [
        datetime(2024, 3, 31, 0, 30, tzinfo=UTC),
        datetime(2024, 3, 31, 1, 30, tzinfo=UTC),
    ]
    assert keys(table) == {("zones-mixed", "at")}


def test_offsets_that_differ_between_files_become_utc(put):
    one, two = (
        put("1.csv", "at,x\n2024-03-05 09:00:00+09:00,1\n"),
        put("2.csv", "at,x\n2024-03-05 01:00:00Z,2\n"),
    )
    table = read([one, two])
    assert table.frame["at"].dt.hour().to_list() == [0, 1]
    assert ("zones-mixed", "at") in keys(table)


def test_times_with_and_without_an_offset_are_refused_naming_one_of_each(put):
    with pytest.raises(
        FileProblem, match=r"with an offset from UTC \(“2024-03-05 14:05:30\+09:00”\) and without"
    ):
        read([put("z.csv", "at,x\n2024-03-05 14:05:30,1\n2024-03-05 14:05:30+09:00,1\n")])
