"""Typed, pasted and filled as in Excel; what does not fit is refused before anything is written."""

import pytest

from dure.plant.studio.filling import series
from dure.plant.studio.refusals import CellWrong, ColumnMade
from dure.plant.studio.typed import column_of, moment, number
from dure.vocabulary import DureError


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,234", 1234), ("-1,234.5", -1234.5), ("25%", 0.25), ("₩1,200", 1200), ("1,200원", 1200), ("(3)", -3), (".5", 0.5), ("1e3", 1000.0), ("1,23", None), ("007", None), ("abc", None), ("1e999", None), ("٣", 3)],
)  # fmt: skip
def test_numbers_as_people_write_them(text, value):
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "iso"),
    [("2024.3.5", "2024-03-05T00:00:00"), ("2024. 3. 5.", "2024-03-05T00:00:00"), ("2024년 3월 5일", "2024-03-05T00:00:00"), ("2024-03-05 오후 3:05", "2024-03-05T15:05:00"),
     ("오후 3:05", "15:05:00"), ("오전 12:10", "00:10:00"), ("3:05 PM", "15:05:00"), ("오후 3시 5분", "15:05:00"), ("2024/03/05 14:05:06.250", "2024-03-05T14:05:06.250000"), ("2024-03-05T05:00:00+09:00", "2024-03-04T20:00:00+00:00")],
)  # fmt: skip
def test_dates_and_times_as_korean_offices_write_them(text, iso):
    assert moment(text).isoformat() == iso


@pytest.mark.parametrize("text", ["2024.13.5", "25:00", "오후", "2024", "3.5", "", "2024-03-05 99:99"])
def test_what_is_no_time_is_none(text):
    assert moment(text) is None


@pytest.mark.parametrize(
    ("given", "made"),
    [([1, 2], [3, 4]), ([1, 2, 4], [5.3333333333, 6.8333333333]), (["월", "수"], ["금", "일"]), (["Q1"], ["Q2", "Q3"]), (["1분기"], ["2분기", "3분기"]), (["Lot 9"], ["Lot 10", "Lot 11"]), (["A-08"], ["A-09", "A-10"]), (["x", None], ["x", None]), ([True], [True, True])],
)  # fmt: skip
def test_series_go_on_as_in_excel(given, made):
    found = series(given, 2)
    assert found == [pytest.approx(one) if isinstance(one, float) else one for one in made]


def test_months_go_on_by_month():
    days = [moment("2024-01-31"), moment("2024-02-29")]
    assert [one.isoformat()[:10] for one in series([moment("2024-01-15"), moment("2024-02-15")], 2)] == [
        "2024-03-15",
        "2024-04-15",
    ]
    assert len(series(days, 2)) == 2


def test_mixed_texts_stay_text():
    assert column_of(["1", "x", ""]).to_list() == ["1", "x", None]
    assert column_of(["001", "002"]).to_list() == ["001", "002"]
    assert column_of([]).len() == 0


@pytest.mark.django_db
class TestSheet:
    def test_a_block_goes_on_over_shown_rows_and_makes_rows_and_columns(self, desk, do):
        do("filter", column="state", op="=", value="on")
        do("paste", row=2, column="press", text="9\tA\t2024.5.1\n10\tB\t\n11\tC\t2024.5.3")
        do("filter", op="clear")
        assert desk.grid.frame["press"].to_list() == [1.5, 2.5, 9.0, 10.0, 5.5, 11.0]
        assert desk.grid.frame["state"].to_list() == ["on", "off", "A", "B", "off", "C"]
        assert desk.grid.rows == 6

    def test_new_columns_take_the_kind_of_what_is_pasted(self, desk, do):
        state = do("paste", row=0, column="share", text="25%\n50%")
        assert [(one["name"], one["kind"], one["made"]) for one in state["columns"]][-1] == (
            "share",
            "number",
            True,
        )
        assert desk.grid.frame["share"].to_list() == [0.25, 0.5, None, None, None]

    def test_a_word_in_a_column_of_numbers_is_refused_and_nothing_is_written(self, desk, do):
        with pytest.raises(CellWrong, match="“abc” does not fit column “temp”, which holds numbers"):
            do("edit", cells=[[0, "temp", 5], [1, "temp", "abc"]])
        with pytest.raises(CellWrong):
            do("paste", row=0, column="temp", text="1\nabc")
        assert desk.history.version == 0

    def test_cells_of_a_formula_are_not_typed_over(self, do):
        do("formula", column="double", text="=[temp]*2")
        for kind, facts in (
            ("edit", {"cells": [[0, "double", 1]]}),
            ("paste", {"row": 0, "column": "double", "text": "1"}),
        ):
            with pytest.raises(ColumnMade):
                do(kind, **facts)

    def test_fill_down_numbers_dates_and_all_below(self, desk, do):
        do("edit", cells=[[0, "n", "Lot 1"], [1, "n", "Lot 3"]])
        do("fill", **{"from": {"rows": [0, 1], "columns": ["n"]}, "to": {"end": True}})
        assert desk.grid.frame["n"].to_list() == ["Lot 1", "Lot 3", "Lot 5", "Lot 7", "Lot 9"]
        do("fill", **{"from": {"rows": [0], "columns": ["at", "temp"]}, "to": {"rows": [1, 2]}})
        assert [one.isoformat()[:10] for one in desk.grid.frame["at"].to_list()[:3]] == [
            "2024-03-05",
            "2024-03-06",
            "2024-03-07",
        ]
        assert desk.grid.frame["temp"].to_list()[:3] == [20, 20, 20]
        do("fill", **{"from": {"rows": [3, 4], "columns": ["n"]}, "to": {"rows": [2, 1]}})
        assert desk.grid.frame["n"].to_list()[1:3] == ["Lot 3", "Lot 5"]

    def test_odd_numbers_of_everything_are_refused(self, desk, do):
        for kind, facts in (
            ("edit", {"cells": [[0, "temp", 1]] * 10_001}), ("edit", {"cells": []}), ("edit", {"cells": [[0, "", 1]]}), ("edit", {"cells": [[99, "temp", 1]]}),
            ("insert_rows", {"count": 10**9}), ("delete_rows", {"rows": [99]}), ("drop", {"columns": ["temp", "press", "state", "at"]}), ("hide", {"columns": ["temp", "press", "state", "at"]}),
            ("paste", {"row": 0, "column": "temp", "text": ""}), ("rename", {"column": "temp", "to": "press"}), ("rename", {"column": "temp", "to": " "}), ("unit", {"column": "temp", "unit": "nosuchunit"}),
            ("filter", {"column": "temp", "op": "like", "value": 1}), ("filter", {"column": "temp", "op": ">", "value": "x"}), ("restore", {"to": 7}), ("edit", {"cells": [[0, "temp", {"a": 1}]]}), ("edit", {"cells": [[0, "temp", 1e999]]}),
        ):  # fmt: skip
            with pytest.raises(DureError):
                do(kind, **facts)
        assert desk.history.version == 0
