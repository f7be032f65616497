"""What the browser draws, in few bytes: whole milliseconds from the begin, nine digits, nothing said twice."""

from collections.abc import Mapping, Sequence
from typing import Any

Column = list[float]


def compact(drawn: Mapping[str, Mapping[str, Sequence[float]]], start: int) -> dict[str, list[Any]]:
    """Of each signal: times [ms from `start` ns], means, and smallest and largest values, 0 where they are the means.

    >>> compact({"a/x": {"time": [1.5, 2.5], "min": [1.0, 3.0], "max": [1.0, 3.0], "mean": [1.0, 3.0]}}, 10**9)
    {'a/x': [[500, 1500], [1.0, 3.0], 0, 0]}
    """
    return {name: _row(one, start // 10**6) for name, one in drawn.items()}


def _row(one: Mapping[str, Sequence[float]], first: int) -> list[Any]:
    mean, low, high = ([_short(value) for value in one[name]] for name in ("mean", "min", "max"))
    times = [round(time * 1e3) - first for time in one["time"]]
    return [times, mean, 0 if low == mean else low, 0 if high == mean else high]


def _short(value: float) -> float:
    return float(f"{value:.9g}")
