"""A period of settlement: whole months of the calendar in Seoul."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dure.sharing.trade.refusals import PeriodWrong

SEOUL = ZoneInfo("Asia/Seoul")
MOST_MONTHS = 120
_WRITTEN = re.compile(r"(\d{4})-(\d{2})(?:\.\.(\d{4})-(\d{2}))?")


@dataclass(frozen=True, order=True)
class Period:
    """From the first of a month up to, and without, the first of a later one.

    >>> one = Period.of("2026-11")
    >>> one.after, one.months, str(Period.of("2026-10..2026-12"))
    (datetime.date(2026, 12, 1), 1, '2026-10..2026-12')
    """

    first: date
    after: date

    @classmethod
    def of(cls, text: str) -> "Period":
        """A month (`2026-11`) or several (`2026-10..2026-12`); at most 120.

        Raises
        ------
        PeriodWrong
            If it is neither.
        """
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise PeriodWrong(text[:40])
        year, month, to_year, to_month = (int(one) if one else 0 for one in found.groups())
        try:
            first, last = date(year, month, 1), date(to_year or year, to_month or month, 1)
        except ValueError:
            raise PeriodWrong(text[:40]) from None
        period = cls(first, _next(last))
        if not 1 <= period.months <= MOST_MONTHS:
            raise PeriodWrong(text[:40])
        return period

    @property
    def months(self) -> int:
        """How many months."""
        return (self.after.year - self.first.year) * 12 + self.after.month - self.first.month

    def has(self, moment: datetime) -> bool:
        """Whether a moment lies in it, by the clocks of Seoul."""
        return self.first <= moment.astimezone(SEOUL).date() < self.after

    def is_over(self, now: datetime) -> bool:
        """Whether its last day has ended."""
        return now.astimezone(SEOUL).date() >= self.after

    def begun(self, since: date, until: date | None) -> int:
        """Months of it that begin before an agreement ends, and end after it began: each counts whole.

        >>> Period.of("2026-10..2026-12").begun(date(2026, 11, 20), None)
        2
        """
        first = max(self.first, since.replace(day=1))
        after = self.after if until is None else min(self.after, _next(until.replace(day=1)))
        return max(0, (after.year - first.year) * 12 + after.month - first.month)

    def __str__(self) -> str:
        last = date(self.after.year - (self.after.month == 1), (self.after.month - 2) % 12 + 1, 1)
        return f"{self.first:%Y-%m}" if self.months == 1 else f"{self.first:%Y-%m}..{last:%Y-%m}"


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
