"""Shifts: the plant's calendar as a text file, and the frames it gives over any stretch of time."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dure.vocabulary import InputError, Text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ShiftsRefused(InputError):
    """A calendar of shifts that cannot be read."""

    key = "shifts-refused"
    says = Text("The shifts in {where} cannot be used: {why}.", "{where}의 교대표를 쓸 수 없습니다: {why}.")
    remedy = Text(
        'Write [[shift]] with name, start = "08:00", end = "20:00" and days = ["mon", …].',
        '[[shift]] 아래에 name, start = "08:00", end = "20:00", days = ["mon", …]을 적어 주세요.',
    )


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift of the week; an `end` at or before its `start` lies on the next day."""

    name: str
    start: time
    end: time
    days: frozenset[int]
    name_ko: str = ""

    @property
    def title(self) -> Text:
        """Its name in both languages."""
        return Text(self.name, self.name_ko or self.name)


@dataclass(frozen=True, slots=True)
class Shifts:
    """The shifts of a plant in its time zone.

    >>> day = Shifts(ZoneInfo("Asia/Seoul"), (Shift("Day", time(8), time(20), frozenset(range(7))),))
    >>> [(name.en, (end - start) / 3.6e12) for name, start, end in day.between(0, 10**9)]
    [('Day', 12.0)]
    """

    zone: ZoneInfo
    shifts: tuple[Shift, ...] = ()

    @classmethod
    def read(cls, file: Path) -> "Shifts":
        """The calendar in a TOML file; without one, no shifts.

        Raises
        ------
        ShiftsRefused
        """
        try:
            written = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(ZoneInfo("UTC"))
        except (OSError, ValueError) as odd:
            raise ShiftsRefused(file.name, why=str(odd)) from odd
        try:
            zone = ZoneInfo(str(written.get("time_zone", "UTC")))
            return cls(zone, tuple(_shift(one) for one in written.get("shift", ())))
        except (ValueError, TypeError, KeyError, ZoneInfoNotFoundError) as odd:
            raise ShiftsRefused(file.name, why=str(odd)) from odd

    def between(self, start: int, end: int) -> Iterator[tuple[Text, int, int]]:
        """Name, start and end [ns since 1970 UTC] of each shift that touches `start` ≤ time < `end`, in order.

        Length is counted on the clock of the world: the night in which the clock goes forward is an hour shorter.
        """
        first = datetime.fromtimestamp(start / 1e9, self.zone).date() - timedelta(days=1)
        last = datetime.fromtimestamp(end / 1e9, self.zone).date()
        found = [
            (shift.title, *self._span(shift, first + timedelta(days=n)))
            for n in range((last - first).days + 1)
            for shift in self.shifts
            if (first + timedelta(days=n)).weekday() in shift.days
        ]
        yield from sorted((one for one in found if one[1] < end and one[2] > start), key=lambda one: one[1])

    def _span(self, shift: Shift, day: date) -> tuple[int, int]:
        until = day + timedelta(days=shift.end <= shift.start)
        return self._ns(day, shift.start), self._ns(until, shift.end)

    def _ns(self, day: date, clock: time) -> int:
        return int(datetime.combine(day, clock, self.zone).timestamp()) * 10**9


def _shift(written: dict[str, Any]) -> Shift:
    days = [DAYS.index(str(day).lower()[:3]) for day in written.get("days", DAYS)]
    return Shift(
        str(written["name"])[:80],
        time.fromisoformat(str(written["start"])),
        time.fromisoformat(str(written["end"])),
        frozenset(days),
        str(written.get("name_ko", ""))[:80],
    )
