"""Several files as one table: aligned where a blank differs, turned where one lies on its side, else refused."""

import pytest

from dure.science.prepare import read, read_each
from dure.vocabulary import FileProblem


def keys(table):
    return {(one.key, one.where) for one in table.notes}


def test_a_header_that_differs_by_a_blank_or_case_is_taken_for_its_neighbours(put):
    files = [put(f"gt_{year}.csv", "AT,AF DP\n1,2\n") for year in (2011, 2012)]
    odd = put("gt_2015.csv", "at,AFDP\n3,4\n")
    table = read([odd, *files])
    assert table.frame.rows(named=True)[0] == {"AT": 3, "AF DP": 4}
    assert keys(table) == {("header-aligned", "AT"), ("header-aligned", "AF DP")}
    assert "“AFDP” in gt_2015.csv" in next(one for one in table.notes if one.where == "AF DP").message.en


def test_a_trailing_blank_in_one_file_is_mended_and_the_file_is_named(put):
    table = read([put("1.csv", "a,b\n1,2\n"), put("2.csv", "a,b \n3,4\n")])
    assert table.frame.rows() == [(1, 2), (3, 4)]
    (said,) = table.notes
    assert (said.key, said.where) == ("header-trimmed", "b")
    assert "2.csv" in said.message.en
    assert "2.csv" in said.message.ko


def test_a_file_on_its_side_among_others_is_turned_and_named(put):
    files = [put(f"{n}.dat", "1 2 3\n4 5 6\n7 8 9\n2 2 2\n") for n in (1, 2)]
    turned = put("0.dat", "1 4 7 2\n2 5 8 2\n3 6 9 2\n")
    table = read([turned, *files])
    assert table.frame.rows()[:4] == [(1, 2, 3), (4, 5, 6), (7, 8, 9), (2, 2, 2)]
    assert table.rows_per_source == (4, 4, 4)
    assert "0.dat has a row a variable" in next(one for one in table.notes if one.key == "turned").message.en
    assert read_each([turned, *files])[0].frame.shape == (4, 3)


def test_columns_that_differ_are_refused_naming_the_odd_file_and_the_way_out(put):
    files = [put("1.csv", "a,b,c\n1,2,3\n"), put("2.csv", "a,b,c\n1,2,3\n"), put("3.csv", "a,b\n4,5\n")]
    with pytest.raises(FileProblem, match=r"3\.csv lacks column “c” of .*1\.csv\. Give files of one kind"):
        read(files)
    common = read(files, columns="common")
    assert common.frame.columns == ["a", "b"]
    assert keys(common) == {("columns-left-out", "table")}
    every = read(files, columns="all")
    assert every.frame["c"].to_list() == [3, 3, None]
    assert keys(every) == {("columns-filled-up", "table")}
    with pytest.raises(FileProblem, match="--columns cannot be “some”"):
        read(files, columns="some")


def test_files_with_nothing_in_common_are_refused_all_the_same(put):
    with pytest.raises(FileProblem) as refusal:
        read([put("1.csv", "a,b\n1,2\n"), put("2.csv", "x,y\n1,2\n")], columns="common")
    assert refusal.value.key == "files-columns-differ"
