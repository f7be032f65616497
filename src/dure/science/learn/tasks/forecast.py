"""Forecast: what a signal will be so many rows, or so long, ahead.

Each row is told the value at its own time plus the horizon; underneath it is the task `estimate` on what the signal
was lately and at the same place of its seasons, on the other signals, on the calendar, and on what is known ahead.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dure.science.learn.reckoning.ahead import Ahead, back_to, in_words, numbers_of, rungs, scale_of, span_of
from dure.science.learn.reckoning.seasons import seasons
from dure.science.learn.reckoning.stretches import Floats, Rows, codes, lengths, stretch_of
from dure.science.learn.refusals import ColumnUnknown, SettingRefused, TargetAbsent, TargetMissing, nearest
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn.request import TrainRequest
    from dure.science.prepare import Step, Table

#: Rows lately that are looked at one by one; share of a stretch that is looked back on at most.
LATELY, DEEPEST = (1, 2, 3), 0.25
#: Probability of the stated interval: its bounds are the quantiles 0.1 and 0.9.
LEVEL = 0.8
DAY = 86_400.0  # [s]


class Forecast:
    """A number so far ahead, for every row and for the rows behind the table's end."""

    name: ClassVar[str] = "forecast"
    label: ClassVar[Text] = Text("say what will be", "앞날 예측")
    alone: ClassVar[bool] = False

    def shape(self, request: "TrainRequest", table: "Table") -> tuple["TrainRequest", "Table"]:
        """The table thing by thing in time, with the value to be foretold and what foretells it without a model.

        Raises
        ------
        TargetMissing, TargetAbsent, ColumnUnknown
            If what is to be foretold, or a column known ahead, is not there.
        SettingRefused
            If the horizon cannot be read, or is too long for the rows there are.
        """
        _require_columns(request, table.frame)
        time, period = _clock(request, table)
        rough = Ahead(str(request.target), 1, "", time, request.group or "", period, known=request.known)
        order = rough.order(table.frame, table.rows_per_source)
        frame = table.frame if order is None else table.frame[order]
        stretch = stretch_of(frame, table.rows_per_source, rough.group)
        values = numbers_of(frame, rough.of)
        ahead = _settled(request, rough, values, stretch)
        frame = ahead.with_truth(ahead.with_known(frame, table.rows_per_source), table.rows_per_source)
        units = dict(request.units)
        if unit := units.get(rough.of) or table.units.get(rough.of) or _unit(rough.of):
            units[ahead.target] = unit
        null = _best_null(frame, ahead)
        found = {
            "ahead": ahead.to_dict(),
            "beside": ahead.beside,
            "null": null,
            "served": _served(ahead, null),
            "in_time": True,
            "zone": str(getattr(frame.schema.get(ahead.time), "time_zone", None) or ""),
            "deepest": max(int(DEEPEST * np.median(lengths(stretch))), 1),
            "gap": ahead.rows * _side_by_side(frame, ahead),
            "columns": _columns(ahead),
            "median": True,
            "level": LEVEL,
            "scale": ahead.scale,
        }
        asked = replace(request, target=ahead.target, units=units, found=found)
        return asked, replace(table, frame=frame)

    def base(self, request: "TrainRequest", frame: "pl.DataFrame") -> str:
        """A number."""
        del request, frame
        return "estimate"

    def inputs(self, request: "TrainRequest", frame: "pl.DataFrame") -> tuple[str, ...]:
        """The signal itself, and the time where the calendar may tell."""
        ahead = Ahead.from_dict(request.found["ahead"])
        return (ahead.of, ahead.time) if _parts(ahead, frame) else (ahead.of,)

    def steps(self, request: "TrainRequest", frame: "pl.DataFrame") -> tuple["Step", ...]:
        """What the signal was lately, at the same place of its seasons, on average; and what the calendar says."""
        from dure.science.prepare import Recipe

        ahead = Ahead.from_dict(request.found["ahead"])
        steps = list(_steps(ahead, frame, int(request.found["deepest"])))
        return Recipe.from_dict({"version": 1, "steps": steps}).steps


def _require_columns(request: "TrainRequest", frame: "pl.DataFrame") -> None:
    if request.target is None:
        raise TargetMissing("forecast")
    if request.target not in frame.columns:
        raise TargetAbsent(
            request.sources[0], column=request.target, **nearest(request.target, frame.columns)
        )
    named = [
        ("--time", request.time),
        ("--group", request.group),
        *(("--known", one) for one in request.known),
    ]
    for option, name in named:
        if name is not None and name not in frame.columns:
            raise ColumnUnknown(option, column=name, **nearest(name, frame.columns))


def _clock(request: "TrainRequest", table: "Table") -> tuple[str, float]:
    """Column that orders the rows, and the time between them; empty and 0 where nobody knows."""
    from dure.science.learn.choosing.given import given, usual_step

    sources = tuple(zip(table.sources, table.rows_per_source, strict=True))
    rows = given(replace(request, target=None), table.frame, sources)
    if rows.seconds is None or rows.clock not in table.frame.columns:
        return "", 0.0
    things = codes(table.frame.get_column(request.group)) if request.group else np.zeros(len(table.frame))
    return rows.clock, usual_step(_steps_within(rows.seconds, things))


def _steps_within(seconds: Floats, things: Rows | Floats) -> Floats:
    """Steps of time within each thing: things that are read in turn, a second apart, are no step, nor are rows of one time.

    >>> _steps_within(np.array([0.0, 1.0, 60.0, 61.0, 61.0]), np.array([0, 1, 0, 1, 1])).tolist()
    [60.0, 60.0]
    """
    known = np.isfinite(seconds)
    at = np.unique(np.stack([things[known], seconds[known]]), axis=1)
    return np.asarray(np.diff(at[1])[np.diff(at[0]) == 0])


def _settled(request: "TrainRequest", rough: Ahead, values: Floats, stretch: Rows) -> Ahead:
    """Seasons, the horizon in rows, and the unit of the scaled error."""
    longest = int(np.argmax(np.bincount(stretch)))
    found = tuple(seasons(values[stretch == longest], rough.period))
    rows = _rows(request.horizon, rough.period) if request.horizon else (found[0] if found else 1)
    room = int(np.median(lengths(stretch))) // 4
    if not 1 <= rows <= room:
        must = Text(
            f"between 1 and {room} rows: a quarter of the rows there are",
            f"1행과 {room}행(가진 행의 4분의 1) 사이",
        )
        raise SettingRefused("--horizon", value=request.horizon or rows, must=must)
    scale = scale_of(values, found[0] if found else 1, stretch)
    return replace(rough, rows=rows, told=in_words(rows, rough.period), seasons=found, scale=scale)


def _rows(written: str, period: float) -> int:
    """Rows in a horizon as it was written."""
    span = span_of(written)
    if span is not None and period > 0:
        return max(round(span / period), 1)
    if written.strip().isdigit():
        return int(written)
    must = Text(
        "rows such as 96, or a time such as 24h where a column tells when rows were measured",
        "96 같은 행 수이거나, 시각 열이 있을 때 24h 같은 시간이어",
    )
    raise SettingRefused("--horizon", value=written, must=must)


def _best_null(frame: "pl.DataFrame", ahead: Ahead) -> str:
    """Which of the answers without a model did best on the first third of the rows, on which no model is judged."""
    head = frame.head(max(len(frame) // 3, 1))
    truth = numbers_of(head, ahead.target)
    errors = {
        name: float(np.nanmean((numbers_of(head, column) - truth) ** 2))
        for name, column in ahead.beside.items()
        if name != "drift" and np.isfinite(numbers_of(head, column) - truth).any()
    }
    return min(errors, key=lambda name: errors[name], default="last_value")


def _served(ahead: Ahead, null: str) -> dict[str, Any]:
    """The column that is that answer, among those that `steps` makes."""
    names = ["last_value", "seasonal_naive", "long_seasonal_naive"]
    backs = [0, *(back_to(season, ahead.rows) for season in ahead.seasons)]
    return {"column": _lagged(ahead, dict(zip(names, backs, strict=False))[null])}


def _columns(ahead: Ahead) -> list[str]:
    """Columns that are an answer without a model."""
    backs = [0, *(back_to(season, ahead.rows) for season in ahead.seasons)]
    return list(dict.fromkeys(_lagged(ahead, at) for at in backs))


def _lagged(ahead: Ahead, rows: int) -> str:
    return f"{ahead.of} lag {rows}" if rows else ahead.of


def _side_by_side(frame: "pl.DataFrame", ahead: Ahead) -> int:
    """Rows that share a time: as many things are measured together."""
    if ahead.time not in frame.columns:
        return 1
    return max(round(len(frame) / max(frame.get_column(ahead.time).n_unique(), 1)), 1)


def _steps(ahead: Ahead, frame: "pl.DataFrame", deepest: int) -> Iterator[dict[str, Any]]:
    for rows in lags(ahead, deepest):
        yield {"step": "series.lag", "columns": [ahead.of], "rows": rows}
    for rows in sorted({4, *(one for one in ahead.seasons[:1])}):
        if 2 <= rows <= deepest:
            yield {
                "step": "series.window_statistics",
                "columns": [ahead.of],
                "rows": rows,
                "statistics": ["mean", "std"],
            }
    if parts := _parts(ahead, frame):
        yield {"step": "table.calendar_features", "column": ahead.time, "parts": parts}


def lags(ahead: Ahead, deepest: int) -> list[int]:
    """Rows back that are looked at one by one: lately, and where each season stood, for every horizon that has a model.

    >>> lags(Ahead("x", 24, "1 d", seasons=(24,)), 100)
    [1, 2, 3, 11, 17, 20, 22, 23, 24, 48]
    """
    found = set(LATELY)
    for season in ahead.seasons:
        at = back_to(season, ahead.rows)
        found |= {at - 1, at, at + 1, at + season, at + 2 * season}
        found |= {back_to(season, rows) for rows in rungs(ahead.rows)}
    return sorted(one for one in found if 0 < one <= deepest)


def _parts(ahead: Ahead, frame: "pl.DataFrame") -> list[str]:
    """Parts of the calendar that the rows have seen often enough."""
    import polars as pl

    kind = frame.schema.get(ahead.time)
    if not ahead.period or kind is None or kind.base_type() not in (pl.Datetime, pl.Date):
        return []
    at = frame.get_column(ahead.time)
    span = (at.max() - at.min()).total_seconds()  # type: ignore[operator, union-attr]  # times, as the schema says
    wanted = (("minute of day", DAY, DAY / 8), ("weekday", 7 * DAY, DAY), ("month", 730 * DAY, 31 * DAY))
    return [part for part, season, most in wanted if span >= 3 * season and ahead.period <= most]


def _unit(name: str) -> str:
    from dure.science.quality import unit_in

    return unit_in(name)
