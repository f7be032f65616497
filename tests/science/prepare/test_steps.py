"""What single steps promise beyond the laws of all steps: the values, the edges, the words."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest

from dure.science.prepare import step_named


def treated(name, frame, **settings):
    return step_named(name)(**settings).fit(frame).transform(frame)


def test_text_becomes_numbers_with_thousands_units_and_decimal_commas():
    rows = pl.DataFrame({"x": ["1,234.5", " 98 % ", "-3e2", "off", None, "12.5℃"]})
    assert treated("table.numbers_from_text", rows, columns=["x"])["x"].to_list() == [
        1234.5,
        98.0,
        -300.0,
        None,
        None,
        12.5,
    ]
    rows = pl.DataFrame({"x": ["1.234,5", "0,5"]})
    assert treated("table.numbers_from_text", rows, columns=["x"], decimal=",")["x"].to_list() == [
        1234.5,
        0.5,
    ]


def test_rare_words_beyond_the_limit_share_the_number_of_the_unseen():
    rows = pl.DataFrame({"x": ["a", "a", "b", "b", "b", "c"]})
    step = step_named("table.encode_category")(columns=["x"], most=2).fit(rows)
    assert step.transform(rows)["x"].to_list() == [1.0, 1.0, 0.0, 0.0, 0.0, 2.0]


def test_the_last_value_holds_only_so_long():
    rows = pl.DataFrame({"x": [5.0, None, None, None, 7.0]})
    assert treated("table.fill_missing", rows, columns=["x"], by="last", rows=2)["x"].to_list() == [
        5.0,
        5.0,
        5.0,
        6.0,
        7.0,
    ]


def test_a_constant_column_is_only_centred():
    rows = pl.DataFrame({"x": [0.1] * 3})
    assert treated("table.standardise", rows, columns=["x"])["x"].to_list() == pytest.approx([0.0] * 3)


def test_limits_not_given_are_quantiles_of_the_table_seen_at_fit():
    rows = pl.DataFrame({"x": [float(n) for n in range(101)]})
    step = step_named("table.clip_to_limits")(columns=["x"], share=0.1).fit(rows)
    assert step.transform(pl.DataFrame({"x": [-5.0, 50.0, 500.0]}))["x"].to_list() == [10.0, 50.0, 90.0]


def test_the_calendar_is_that_of_the_column_s_own_zone():
    late = pl.Series("at", [datetime(2024, 3, 5, 23, 30, tzinfo=UTC)]).dt.convert_time_zone("Asia/Seoul")
    made = treated(
        "table.calendar_features", pl.DataFrame({"at": late}), column="at", parts=["hour", "weekday"]
    )
    assert made.row(0) == (8.0, 3.0)


def test_a_time_of_day_and_a_date_have_the_parts_they_have():
    day = pl.DataFrame({"at": [time(14, 5)]})
    assert treated("table.calendar_features", day, column="at", parts=["minute of day"]).row(0) == (845.0,)
    date_only = pl.DataFrame({"at": [date(2024, 3, 5)]})
    assert treated("table.calendar_features", date_only, column="at", parts=["month", "day of month"]).row(
        0
    ) == (3.0, 5.0)


def test_an_even_pace_sorts_rows_and_keeps_words():
    start = datetime(2024, 3, 5, 14, 0)  # noqa: DTZ001 - a plant's local time
    rows = pl.DataFrame(
        {
            "at": [start + timedelta(seconds=s) for s in (70, 0, 30)],
            "bar": [5.0, 1.0, 3.0],
            "state": ["c", "a", "b"],
        }
    )
    made = treated("series.resample", rows, column="at", every="1m", statistic="max")
    assert made.select("bar", "state").rows() == [(3.0, "b"), (5.0, "c")]
