"""Working days: Monday to Friday without public holidays (행정기본법 §6, 민법 §161; 관공서의 공휴일에 관한 규정)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")


@dataclass(frozen=True)
class Calendar:
    """Which days count. `extra` are days off that an office adds, `worked` public holidays on which it works.

    >>> kr = Calendar("KR")
    >>> kr.is_working(date(2026, 9, 25)), kr.is_working(date(2026, 9, 28))  # Chuseok, the Monday after
    (False, True)
    """

    country: str = "KR"
    extra: Collection[date] = field(default_factory=frozenset)
    worked: Collection[date] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        """Whether this day counts."""
        if day in self.worked:
            return True
        return day.weekday() < 5 and day not in self.extra and day not in _holidays(self.country, day.year)

    def after(self, day: date, working_days: int) -> date:
        """The last day of a period of so many working days; the day on which it begins does not count.

        A period of none ends on its first working day.

        >>> Calendar("KR").after(date(2026, 9, 22), 3)  # Wednesday, then Chuseok until Saturday, Monday, Tuesday
        datetime.date(2026, 9, 29)
        """
        left = working_days
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_working(day)
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def between(self, begin: date, end: date) -> int:
        """Working days after `begin` up to and with `end`; 0 if `end` is not later.

        >>> Calendar("KR").between(date(2026, 9, 22), date(2026, 9, 29))
        3
        """
        days = (begin + timedelta(days=n) for n in range(1, max(0, (end - begin).days) + 1))
        return sum(self.is_working(day) for day in days)

    def left(self, due: datetime, now: datetime) -> int:
        """Working days left until a deadline, with the one on which it ends; below 0 once it has passed.

        >>> from datetime import UTC
        >>> due = Calendar("KR").deadline(datetime(2026, 9, 22, 1, tzinfo=UTC), 3)
        >>> Calendar("KR").left(due, datetime(2026, 9, 28, 1, tzinfo=UTC)), Calendar("KR").left(due, datetime(2026, 10, 1, 1, tzinfo=UTC))
        (1, -2)
        """
        last = (due.astimezone(SEOUL) - timedelta(microseconds=1)).date()
        today = now.astimezone(SEOUL).date()
        return self.between(today, last) if today <= last else -self.between(last, today)

    def deadline(self, since: datetime, working_days: int, paused: int = 0) -> datetime:
        """The end of the last day of the period, in Seoul: until then it is in time.

        `paused` are the working days for which the clock stood still.
        """
        last = self.after(since.astimezone(SEOUL).date(), working_days + paused)
        return datetime(last.year, last.month, last.day, tzinfo=SEOUL) + timedelta(days=1)


@cache
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays(country, years=year))
