"""Types, units, tables of functions, and formulas that use each other."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest

from dure.science.formula import (
    FUNCTIONS,
    FormulaWrong,
    Kind,
    evaluate,
    evaluate_all,
    only_causal,
    parse,
    require_unit,
    table,
    without,
)
from dure.vocabulary import use_language

SCHEMA = {
    "temp": Kind("number", "Cel"), "t2": Kind("number", "Cel"), "k": Kind("number", "K"), "press": Kind("number", "bar"),
    "kpa": Kind("number", "kPa"), "u": Kind("number"), "torque": Kind("number", "N.m"), "speed": Kind("number", "/min"), "area": Kind("number", "m2"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("=[temp]-[t2]", "K"), ("=[temp]-[t2]+[k]", "K"), ("=[temp]+[k]", "Cel"), ("=[temp]+1", "Cel"), ("=AVERAGE([temp],[t2])", "Cel"), ("=[temp]*2", None),
        ("=[torque]*[speed]*2*PI()/60", "N.m/min"), ("=SQRT([area])", "m"), ("=[area]^2", "m4"), ("=[press]/[press]", "1"), ("=1/[speed]", "min"),
        ("=DIFF([temp])", "K"), ("=ROLLMEAN([temp],3)", "Cel"), ("=STDEV([temp])", "K"), ("=VAR([press])", "bar2"), ("=[u]+[temp]", None),
        ('=CONVERT([temp],"Cel","K")*[press]', "K.bar"), ('=UNIT([u],"kPa")', "kPa"), ("=IF([u]>1,[press],0)", "bar"), ("=LN([press]/[press])", "1"),
    ],
)  # fmt: skip
def test_a_result_has_its_unit(text, unit):
    assert parse(text).checked(SCHEMA).kind == Kind("number", unit)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("=[temp]>[k]", "formula-units-of-one-kind"), ("=[press]+[kpa]", "formula-units-of-one-kind"), ("=MIN([temp],[k])", "formula-units-of-one-kind"),
        ("=[k]-[temp]", "formula-units-of-one-kind"), ("=IF(TRUE,[temp],[press])", "formula-units-clash"), ("=[u]^[press]", "formula-unit-not-pure"),
        ("=LN([press]/[kpa])", "formula-unit-not-pure"), ("=[temp]^2", "formula-unit-with-zero"), ('=UNIT([temp],"K")', "formula-units-of-one-kind"),
        ('=CONVERT([press],"kPa","Pa")', "formula-units-of-one-kind"), ('=CONVERT([u],"kPa","K")', "formula-units-clash"),
    ],
)  # fmt: skip
def test_units_that_cannot_meet_are_refused_in_both_languages(text, key):
    with pytest.raises(FormulaWrong) as refused:
        parse(text).checked(SCHEMA)
    assert refused.value.key == key
    with use_language("ko"):
        assert "글자" in str(refused.value)


def test_a_declared_unit_is_checked_against_the_result():
    checked = parse("=[torque]*[speed]*2*PI()/60").checked(SCHEMA)
    require_unit(checked, "W")
    with pytest.raises(FormulaWrong, match=r"gives N.m/min, not bar"):
        require_unit(checked, "bar")
    with pytest.raises(FormulaWrong, match="gives kPa, not bar"):
        require_unit(parse("=[kpa]").checked(SCHEMA), "bar")


def test_a_conversion_is_the_vocabulary_s():
    rows = pl.DataFrame({"a": [0.0, 100.0]})
    assert evaluate('=CONVERT([a],"Cel","[degF]")', rows).to_list() == pytest.approx([32, 212])
    assert evaluate('=CONVERT([a],"N.m/min","W")', rows).to_list() == pytest.approx([0, 100 / 60])


def test_every_form_that_a_file_gives_a_column_is_read():
    rows = pl.DataFrame(
        {
            "whole": [1, 2], "day": [date(2024, 3, 5), None], "clock": [time(14, 5), time(0, 0)], "long": [timedelta(minutes=1), None],
            "kind": pl.Series(["a", "b"], dtype=pl.Categorical), "on": [True, None], "none": [None, None], "nan": [float("nan"), float("inf")],
        }
    )  # fmt: skip
    found = {
        text: evaluate(text, rows).to_list()
        for text in ("=[whole]/2", "=YEAR([day])", "=HOUR([clock])", "=[long]*2", '=[kind]="A"', "=[on]+1", "=[none]+1", "=[nan]+1", "=7", '="x"')
    }  # fmt: skip
    assert list(found.values()) == [[0.5, 1.0], [2024.0, None], [14.0, 0.0], [120.0, None], [True, False], [2.0, None], [None] * 2, [None] * 2, [7.0] * 2, ["x"] * 2]  # fmt: skip


def test_the_calendar_is_that_of_the_column_s_zone_and_instants_are_compared():
    late = pl.Series("at", [datetime(2024, 3, 5, 23, 30, tzinfo=UTC)]).dt.convert_time_zone("Asia/Seoul")
    rows = pl.DataFrame({"at": late, "utc": late.dt.convert_time_zone("UTC")})
    assert evaluate("=HOUR([at])", rows).to_list() == [8.0]
    assert evaluate("=[at]=[utc]", rows).to_list() == [True]
    assert evaluate("=[at]-[utc]", rows).to_list() == [0.0]


def test_formats_of_numbers_and_times():
    rows = pl.DataFrame({"a": [0.126, -1234.5, None], "at": [datetime(2024, 3, 5, 14, 7, 9)] * 3})  # noqa: DTZ001 - a plant's local time
    assert evaluate('=TEXT([a],"0.00")', rows).to_list() == ["0.13", "-1234.50", None]
    assert evaluate('=TEXT([a],"#,##0")', rows).to_list() == ["0", "-1,235", None]
    assert evaluate('=TEXT([a],"0.0%")', rows).to_list() == ["12.6%", "-123450.0%", None]
    assert evaluate('=TEXT([at],"yyyy-mm-dd hh:mm:ss")', rows)[0] == "2024-03-05 14:07:09"


def test_formulas_that_use_each_other_are_reckoned_in_order_of_need():
    rows = pl.DataFrame({"a": [1.0, 2.0]})
    made = evaluate_all({"d": "=[b]+[c]", "b": "=[c]*2", "c": "=[a]+1", "word": '="n"&[d]'}, rows)
    assert made.columns == ["a", "d", "b", "c", "word"]
    assert made.rows() == [(1.0, 6.0, 4.0, 2.0, "n6"), (2.0, 9.0, 6.0, 3.0, "n9")]
    with pytest.raises(FormulaWrong, match="Cel and bar"):
        evaluate_all(
            {"x": "=[t]+1", "y": "=[x]+[p]"},
            pl.DataFrame({"t": [1], "p": [1]}),
            units={"t": "Cel", "p": "bar"},
        )


@pytest.mark.parametrize(
    ("formulas", "circle"),
    [({"a": "=[b]", "b": "=[a]"}, "a → b → a"), ({"a": "=[a]+1"}, "a → a"), ({"z": "=[y]", "y": "=[x]", "x": "=[y]+1", "f": "=1"}, "x → y → x")],
)  # fmt: skip
def test_a_circle_is_refused_and_named(formulas, circle):
    with pytest.raises(FormulaWrong, match=f"wait for each other: {circle}\\."):
        evaluate_all(formulas, pl.DataFrame({"q": [1]}))


def test_a_long_circle_is_refused_in_one_short_sentence():
    circle = {f"c{n}": f"=[c{(n + 1) % 3000}]" for n in range(3000)}
    with pytest.raises(FormulaWrong) as refused:
        evaluate_all(circle, pl.DataFrame({"q": [1]}))
    assert len(str(refused.value)) < 300


def test_a_narrower_table_refuses_what_it_leaves_out():
    with pytest.raises(FormulaWrong, match="Unknown function “LAG”"):
        parse("=LAG([u])", without(FUNCTIONS, "LAG"))
    with pytest.raises(FormulaWrong, match="Unknown function “LAG”"):
        parse("=LAG([u])").checked(SCHEMA, without(FUNCTIONS, "LAG"))
    live = only_causal(FUNCTIONS)
    assert "MEDIAN" not in live
    assert parse("=MAX([u],1)", live).causal
    with pytest.raises(FormulaWrong, match="takes"):
        parse("=MAX([u])", live)


def test_a_room_adds_a_function_by_a_larger_table():
    from dataclasses import replace

    twice = replace(FUNCTIONS["ABS"], name="TWICE", expression=lambda p, *_: p[0] * 2.0, arrays=None)
    larger = table([*FUNCTIONS.values(), twice])
    assert evaluate("=TWICE([a])+1", pl.DataFrame({"a": [3]}), functions=larger).to_list() == [7.0]


def test_a_table_of_other_types_is_refused_by_name():
    checked = parse("=[u]+1").checked(SCHEMA)
    with pytest.raises(FormulaWrong, match="Unknown column “u” at character 2"):
        checked.evaluate(pl.DataFrame({"v": [1]}))
    with pytest.raises(FormulaWrong, match="should be a number but is a text"):
        checked.evaluate(pl.DataFrame({"u": ["a"]}))


def test_text_beyond_what_a_cell_holds_is_missing():
    rows = pl.DataFrame({"a": ["x" * 20_000]})
    assert evaluate("=[a]&[a]", rows).to_list() == [None]
    assert evaluate("=LEN([a])", rows).to_list() == [20_000.0]
