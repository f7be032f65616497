"""Times as machines and people write them."""

from datetime import date, datetime, time

import polars as pl
import pytest

from dure.science.quality import as_times, clock

AT = datetime(2024, 3, 5, 14, 5, 30)  # noqa: DTZ001 - the texts name no zone


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-05 14:05:30", "2024-03-05T14:05:30", "2024/03/05 14:05:30", "2024.03.05 14:05:30", "2024-3-5 14:5:30",
        "20240305140530", "05/03/2024 14:05:30", "2024년 3월 5일 14시 5분 30초", "2024년 3월 5일 오후 2시 5분 30초",
        "2024. 3. 5. 오후 2:05:30", "2024-03-05 오후 2:05:30", " 2024-03-05 14:05:30 ",
    ],
)  # fmt: skip
def test_one_moment_in_every_spelling(written):
    assert as_times(pl.Series([written, None])).to_list() == [AT, None]


def test_noon_and_midnight_in_korean():
    found = as_times(pl.Series(["2024-03-05 오전 12:00:00", "2024-03-05 오후 12:00:00"]))
    assert found.dt.hour().to_list() == [0, 12]


def test_minutes_and_milliseconds_are_enough_or_kept():
    assert as_times(pl.Series(["2024-03-05 14:05"])).to_list() == [AT.replace(second=0)]
    assert as_times(pl.Series(["2024-03-05 14:05:30.250"])).to_list() == [AT.replace(microsecond=250_000)]


def test_dates_and_times_of_day_alone():
    assert as_times(pl.Series(["2024-03-05", "2024.3.6"])).to_list() == [date(2024, 3, 5), date(2024, 3, 6)]
    assert as_times(pl.Series(["14:05:30", "9:05"])).to_list() == [time(14, 5, 30), time(9, 5)]


def test_the_whole_column_decides_between_day_and_month():
    assert as_times(pl.Series(["03/05/2024 00:00", "03/25/2024 00:00"])).dt.month().to_list() == [3, 3]
    assert as_times(pl.Series(["05/03/2024 00:00", "25/03/2024 00:00"])).dt.month().to_list() == [3, 3]


def test_an_offset_is_kept_and_mixed_ones_become_utc():
    one = as_times(pl.Series(["2024-03-05T14:05:30+09:00", "2024-03-05T14:05:31+09:00"]))
    assert one[0].isoformat() == "2024-03-05T14:05:30+09:00"
    two = as_times(pl.Series(["2024-03-05T14:05:30+09:00", "2024-03-05T05:05:31Z"]))
    assert [at.isoformat() for at in two] == ["2024-03-05T05:05:30+00:00", "2024-03-05T05:05:31+00:00"]


@pytest.mark.parametrize(
    "words", [["A", "B"], ["2024-03-05", "off"], ["2024-13-45 10:00:00"], ["1.5", "2.5"], [None]]
)
def test_what_is_no_time_stays_what_it_is(words):
    assert as_times(pl.Series(words, dtype=pl.String)) is None


def test_a_date_beside_a_time_makes_a_clock():
    frame = pl.DataFrame({"date": [date(2024, 3, 5)] * 2, "time": [time(14, 5), time(14, 6)]})
    found = clock(frame)
    assert found.name == "date + time"
    assert found.seconds.tolist() == [0.0, 60.0]


def test_counted_time_is_a_clock_in_its_unit_and_a_measured_time_is_none():
    assert clock(pl.DataFrame({"Time [min]": [0, 1, 2]})).seconds.tolist() == [0.0, 60.0, 120.0]
    assert clock(pl.DataFrame({"cycle time": [71.5, 70.2, 73.9, 70.0]})) is None


def test_a_clock_may_be_named():
    frame = pl.DataFrame({"a": [AT], "b": [AT]})
    assert clock(frame, "b").name == "b"
