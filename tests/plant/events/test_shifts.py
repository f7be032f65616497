"""The plant's calendar gives the shifts of any day, also those over midnight and in the night the clock changes."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dure.plant.events import Shifts
from dure.plant.events.shifts import ShiftsRefused

CALENDAR = """
time_zone = "{zone}"
[[shift]]
name = "Day"
name_ko = "주간"
start = "08:00"
end = "20:00"
days = ["mon", "tue", "wed", "thu", "fri"]
[[shift]]
name = "Night"
start = "20:00"
end = "08:00"
days = ["mon", "tue", "wed", "thu", "fri"]
"""


def calendar(tmp_path, zone="Asia/Seoul"):
    file = tmp_path / "calendar.toml"
    file.write_text(CALENDAR.format(zone=zone))
    return Shifts.read(file)


def ns(zone, *when):
    return int(datetime(*when, tzinfo=ZoneInfo(zone)).timestamp()) * 10**9


def test_a_working_day_has_two_shifts_and_the_night_reaches_into_the_next(tmp_path):
    found = list(
        calendar(tmp_path).between(ns("Asia/Seoul", 2026, 11, 24, 7), ns("Asia/Seoul", 2026, 11, 25, 7))
    )
    assert [(name.en, (end - start) // (3600 * 10**9)) for name, start, end in found] == [
        ("Night", 12),
        ("Day", 12),
        ("Night", 12),
    ]
    assert found[1][0].ko == "주간"


def test_a_sunday_rests(tmp_path):
    start = ns("Asia/Seoul", 2026, 11, 22, 9)
    assert list(calendar(tmp_path).between(start, start + 3600 * 10**9)) == []


def test_the_night_in_which_the_clock_goes_back_is_an_hour_longer(tmp_path):
    zone = "Europe/Berlin"
    made = calendar(tmp_path, zone)
    (tmp_path / "calendar.toml").write_text(CALENDAR.format(zone=zone).replace('"fri"', '"sat"'))
    made = Shifts.read(tmp_path / "calendar.toml")
    [(_, start, end)] = made.between(ns(zone, 2026, 10, 25, 1), ns(zone, 2026, 10, 25, 2))
    assert (end - start) / 3.6e12 == 13


def test_without_a_calendar_there_are_no_shifts(tmp_path):
    assert list(Shifts.read(tmp_path / "none.toml").between(0, 10**18)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "[[shift]]\nname = 'x'",
        "[[shift]]\nname='x'\nstart='25:00'\nend='08:00'",
        "time_zone='Mars'",
        "[[",
        "shift = 3",
    ],
)
def test_a_calendar_that_cannot_be_read_says_why(tmp_path, wrong):
    file = tmp_path / "calendar.toml"
    file.write_text(wrong)
    with pytest.raises(ShiftsRefused, match="calendar"):
        Shifts.read(file)
