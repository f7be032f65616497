"""Until when an answer is wanted: the end of a shift, or a number of working days."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path

from dure.plant.events import Shifts
from dure.plant.threads.refusals import QuestionWrong
from dure.vocabulary import DureError, Text

DUES = {
    "shift": Text("end of this shift", "이번 교대 끝까지"),
    "next": Text("end of the next shift", "다음 교대 끝까지"),
    "1": Text("1 working day", "근무일 1일"),
    "2": Text("2 working days", "근무일 2일"),
    "3": Text("3 working days", "근무일 3일"),
    "5": Text("5 working days", "근무일 5일"),
}
"""What a form offers."""
DAY_ENDS = time(18)
"""When a working day ends, in the plant's time."""
SHIFT_WITHOUT_CALENDAR = timedelta(hours=8)
SATURDAY = 5


def working_days(now: datetime, count: int, zone: tzinfo, off: Collection[date] = ()) -> datetime:
    """End of the `count`-th working day after today; Saturdays, Sundays and the days `off` do not count.

    >>> from zoneinfo import ZoneInfo
    >>> friday = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
    >>> print(working_days(friday, 1, ZoneInfo("Asia/Seoul"), {date(2026, 11, 30)}))
    2026-12-01 18:00:00+09:00
    """
    day = now.astimezone(zone).date()
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY and day not in off
    return datetime.combine(day, DAY_ENDS, zone)


def shift_end(now: datetime, shifts: Shifts, later: int = 0) -> datetime:
    """End of the shift that runs now, or of the next if none does; `later` shifts on. Without a calendar, 8 h each.

    >>> from zoneinfo import ZoneInfo
    >>> print(shift_end(datetime(2026, 11, 27, 3, tzinfo=UTC), Shifts(ZoneInfo("Asia/Seoul"))))
    2026-11-27 11:00:00+00:00
    """
    start = int(now.timestamp()) * 10**9
    ends = [end for _name, _start, end in shifts.between(start, start + 14 * 86_400 * 10**9)]
    if later < len(ends):
        return datetime.fromtimestamp(ends[later] / 1e9, UTC)
    return now + SHIFT_WITHOUT_CALENDAR * (later + 1)


def due(choice: str, now: datetime, zone: tzinfo, home: Path) -> datetime | None:
    """When an answer is due by a choice of the form; none without a choice.

    Raises
    ------
    QuestionWrong
        If it is none of `DUES`.
    """
    if not choice:
        return None
    if choice not in DUES:
        raise QuestionWrong("due", why=Text("there is no such time", "그런 기한은 없습니다"))
    if choice.isdigit():
        return working_days(now, int(choice), zone, days_off(home))
    return shift_end(now, _shifts(home), later=int(choice == "next"))


def _shifts(home: Path) -> Shifts:
    try:
        return Shifts.read(home / "events" / "shifts" / "calendar.toml")
    except DureError:  # said on the page of events
        return Shifts(UTC)  # type: ignore[arg-type] # any zone serves where there are no shifts


def days_off(home: Path) -> frozenset[date]:
    """Holidays of the plant: one ISO date a line in `events/shifts/days-off.txt`; a line that is none is passed over."""
    try:
        written = (home / "events" / "shifts" / "days-off.txt").read_text("utf-8").splitlines()[:2000]
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset(found for line in written if (found := _day(line.split("#")[0].strip())) is not None)


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
