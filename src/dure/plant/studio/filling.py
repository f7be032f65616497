"""Fill as Excel does: what goes on from the cells that are given; numbers, dates, weekdays, “Q1”, “Lot 7”; else copied."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

CYCLES: tuple[tuple[str, ...], ...] = (
    ("월", "화", "수", "목", "금", "토", "일"),
    ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
    ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
    tuple(f"{month}월" for month in range(1, 13)),
    tuple(f"{quarter}분기" for quarter in range(1, 5)),
    ("갑", "을", "병", "정", "무", "기", "경", "신", "임", "계"),
)  # fmt: skip
_QUARTER = re.compile(r"([Qq])([1-4])(.*)", re.DOTALL)
_NUMBERED = re.compile(r"(.*?)(\d{1,15})(\D*)", re.DOTALL)
Next = Callable[[int], Any]


def series(given: Sequence[Any], count: int, how: str = "auto", *, backwards: bool = False) -> list[Any]:
    """The `count` values that follow `given`; `copy` repeats them, `series` counts on even from a single number.

    >>> series([1, 3], 3), series(["월"], 3), series(["Q3"], 3), series(["Lot 09"], 2), series([5], 2)
    ([5, 7, 9], ['화', '수', '목'], ['Q4', 'Q1', 'Q2'], ['Lot 10', 'Lot 11'], [5, 5])
    >>> series([5], 2, "series"), series(["a", "b"], 3), series([2, 4], 2, backwards=True)
    ([6, 7], ['a', 'b', 'a'], [0, -2])
    """
    cells = list(given)[::-1] if backwards else list(given)
    step = _step(cells, how, -1 if backwards else 1) if how != "copy" else None
    if step is not None:
        return [step(place) for place in range(1, count + 1)]
    return [cells[place % len(cells)] for place in range(count)] if cells else [None] * count


def _step(cells: Sequence[Any], how: str, way: int) -> Next | None:
    if not cells or any(one is None for one in cells):
        return None
    if all(isinstance(one, int | float) and not isinstance(one, bool) for one in cells):
        return _numbers(cells, how, way)
    if all(isinstance(one, date) for one in cells):
        return _dates(cells, way)
    if all(isinstance(one, str) for one in cells):
        return _cycle(cells, way) or _quarters(cells, way) or _numbered(cells, way)
    return None


def _numbers(cells: Sequence[Any], how: str, way: int) -> Next | None:
    """On along the least squares line, as Excel does; equal steps stay exact."""
    if len(cells) == 1:
        return (lambda place: cells[0] + way * place) if how == "series" else None
    steps = {b - a for a, b in pairwise(cells)}
    if len(steps) == 1:
        step = steps.pop()
        return lambda place: cells[-1] + step * place
    count = len(cells)
    middle, mean = (count - 1) / 2, sum(cells) / count
    slope = sum((at - middle) * (one - mean) for at, one in enumerate(cells)) / sum(
        (at - middle) ** 2 for at in range(count)
    )
    return lambda place: mean + slope * (count - 1 + place - middle)


def _dates(cells: Sequence[Any], way: int) -> Next | None:
    if len(cells) == 1:
        return lambda place: cells[0] + timedelta(days=way * place)
    months = {_months(b) - _months(a) for a, b in pairwise(cells)}
    if len(months) == 1 and months != {0} and len({one.day for one in cells}) == 1:
        month = months.pop()
        return lambda place: _later(cells[-1], month * place)
    steps = {b - a for a, b in pairwise(cells)}
    if len(steps) == 1:
        step = steps.pop()
        return lambda place: cells[-1] + step * place
    return None


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1


def _later(day: Any, months: int) -> Any:
    year, month = divmod(_months(day) + months, 12)
    last = (datetime(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day  # noqa: DTZ001 - a length of a month
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def _even(places: Sequence[int], around: int, way: int) -> int | None:
    """The step between places on a circle, if it is one and the same."""
    if len(places) == 1:
        return way
    steps = {(b - a) % around for a, b in pairwise(places)}
    return steps.pop() if len(steps) == 1 else None


def _cycle(cells: Sequence[str], way: int) -> Next | None:
    for cycle in CYCLES:
        if all(one in cycle for one in cells):
            places = [cycle.index(one) for one in cells]
            step = _even(places, len(cycle), way)
            if step is not None:
                return lambda place: cycle[(places[-1] + step * place) % len(cycle)]
    return None


def _quarters(cells: Sequence[str], way: int) -> Next | None:
    found = [_QUARTER.fullmatch(one) for one in cells]
    if not all(found) or len({(one[1], one[3]) for one in found if one}) != 1:
        return None
    places = [int(one[2]) - 1 for one in found if one]
    step, last = _even(places, 4, way), found[-1]
    if step is None or last is None:
        return None
    return lambda place: f"{last[1]}{(places[-1] + step * place) % 4 + 1}{last[3]}"


def _numbered(cells: Sequence[str], way: int) -> Next | None:
    found = [_NUMBERED.fullmatch(one) for one in cells]
    if not all(found) or len({(one[1], one[3]) for one in found if one}) != 1:
        return None
    numbers = [int(one[2]) for one in found if one]
    steps = {b - a for a, b in pairwise(numbers)} or {way}
    last = found[-1]
    if len(steps) != 1 or last is None:
        return None
    step, width = steps.pop(), len(last[2])
    return lambda place: (
        f"{last[1]}{max(0, numbers[-1] + step * place):0{width if last[2][0] == '0' else 0}d}{last[3]}"
    )
