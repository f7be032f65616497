"""Until when an answer is wanted: working days and shifts, as the plant's own calendar has them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.threads import QuestionWrong
from dure.plant.threads.due import days_off, due, working_days

SEOUL = ZoneInfo("Asia/Seoul")
FRIDAY = datetime(2026, 11, 27, 14, 0, tzinfo=SEOUL)
CALENDAR = """
time_zone = "Asia/Seoul"
[[shift]]
name = "Day"
start = "08:00"
end = "20:00"
days = ["mon", "tue", "wed", "thu", "fri"]
[[shift]]
name = "Night"
start = "20:00"
end = "08:00"
days = ["mon", "tue", "wed", "thu", "fri"]
"""


@pytest.fixture
def calendar(tmp_path):
    folder = tmp_path / "events" / "shifts"
    folder.mkdir(parents=True)
    (folder / "calendar.toml").write_text(CALENDAR, "utf-8")
    (folder / "days-off.txt").write_text("2026-12-01 # founding day\nnonsense\n", "utf-8")
    return tmp_path


def test_this_shift_and_the_next_end_as_the_calendar_says(calendar):
    assert due("shift", FRIDAY, SEOUL, calendar) == datetime(2026, 11, 27, 20, tzinfo=SEOUL)
    assert due("next", FRIDAY, SEOUL, calendar) == datetime(2026, 11, 28, 8, tzinfo=SEOUL)


def test_on_a_free_sunday_this_shift_is_the_next_that_comes(calendar):
    sunday = datetime(2026, 11, 29, 12, tzinfo=SEOUL)
    assert due("shift", sunday, SEOUL, calendar) == datetime(2026, 11, 30, 20, tzinfo=SEOUL)


def test_without_a_calendar_a_shift_has_eight_hours(tmp_path):
    assert due("next", FRIDAY, SEOUL, tmp_path) == datetime(2026, 11, 28, 6, tzinfo=SEOUL)


def test_working_days_pass_over_the_weekend_and_the_plants_days_off(calendar):
    assert due("1", FRIDAY, SEOUL, calendar) == datetime(2026, 11, 30, 18, tzinfo=SEOUL)
    assert due("2", FRIDAY, SEOUL, calendar) == datetime(2026, 12, 2, 18, tzinfo=SEOUL)


def test_a_time_that_the_form_does_not_offer_is_refused(tmp_path):
    assert due("", FRIDAY, SEOUL, tmp_path) is None
    with pytest.raises(QuestionWrong):
        due("400", FRIDAY, SEOUL, tmp_path)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.integers(1, 9))  # noqa: DTZ001 - bounds
def test_an_answer_is_never_due_on_a_weekend_and_always_later(now, count):
    found = working_days(now, count, SEOUL)
    assert found > now
    assert found.weekday() < 5


def test_a_calendar_of_days_off_that_is_no_text_is_none(tmp_path):
    folder = tmp_path / "events" / "shifts"
    folder.mkdir(parents=True)
    (folder / "days-off.txt").write_bytes(b"\xff\xfe\x00")
    assert days_off(tmp_path) == frozenset()
