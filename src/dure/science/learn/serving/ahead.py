"""The rows behind a table's end: what a forecast says of each, from the model of the nearest horizon that reaches it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.learn.judging.intervals import bounds
from dure.science.learn.reckoning.ahead import Ahead, numbers_of
from dure.science.learn.reckoning.stretches import Floats, Rows, lengths, stretch_of
from dure.science.learn.refusals import NoForecast
from dure.science.learn.serving.asked import ahead_of

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn.model import Model


def forecast_for(model: "Model", frame: "pl.DataFrame") -> "pl.Series | None":
    """The time that each row's prediction is for; None where no clock tells or the model is no forecast. [N]."""
    import polars as pl

    ahead = ahead_of(model.card)
    if ahead is None or ahead.time not in frame.columns or not frame.schema[ahead.time].is_temporal():
        return None
    at = frame.get_column(ahead.time).cast(pl.Datetime("us"))
    return (at + timedelta(seconds=ahead.rows * ahead.period)).alias("forecast_for")


def behind(model: "Model", frame: "pl.DataFrame", where: str = "the table") -> "pl.DataFrame":
    """The rows that follow the last known value of each thing, one for each row up to the horizon.

    Returns
    -------
    The columns of time and group where there are any, `prediction`, `lower`, `upper`, `forecast_for` and `ahead`: how many
    rows ahead of the last known value each is.

    Raises
    ------
    NoForecast
        If the model is none.
    """
    import polars as pl

    ahead = ahead_of(model.card)
    if ahead is None:
        raise NoForecast(where)
    model.gate(frame, where)
    order = ahead.order(frame)
    rows = frame if order is None else frame[order]
    x, stretch = model.features(rows), stretch_of(rows, [len(rows)], ahead.group)
    there = np.isfinite(numbers_of(rows, ahead.of))
    parts = [
        _one(model, ahead, rows, x, np.flatnonzero(stretch == one), there, lengths(stretch))
        for one in np.unique(stretch)
    ]
    return pl.concat([part for part in parts if part is not None] or [pl.DataFrame()])


def _one(  # noqa: PLR0913, PLR0917 - what all things share, and the rows of one
    model: "Model",
    ahead: Ahead,
    frame: "pl.DataFrame",
    x: Floats,
    own: Rows,
    there: Any,
    stretches: list[int],
) -> "pl.DataFrame | None":
    """The rows behind the end of one thing; None where it has no value at all."""
    import polars as pl

    known = own[there[own]]
    if not len(known):
        return None
    first, last = int(own[0]), int(known[-1])
    steps = np.arange(1, ahead.rows + 1)
    said = np.empty((len(steps), 3))
    fits = horizons(model)
    for horizon, wanted in _by_horizon(steps, [one[0] for one in fits]).items():
        _, file, interval = next(one for one in fits if one[0] == horizon)
        at = np.maximum(last - (horizon - wanted), first)
        if ahead.known:
            # Of what is known ahead each horizon sees its own.
            x = model.features(ahead.with_known(frame, stretches, horizon))
        found = model.fits[file].run(x[at])
        said[wanted - 1] = np.stack([found, *bounds(interval, found)], axis=1)
    columns: dict[str, Any] = {}
    if ahead.group in frame.columns:
        columns[ahead.group] = pl.Series(
            [frame.get_column(ahead.group)[last]] * len(steps), dtype=frame.schema[ahead.group]
        )
    if ahead.time in frame.columns:
        columns[ahead.time] = _times(frame.get_column(ahead.time), last, steps, ahead.period)
    columns |= dict(zip(("prediction", "lower", "upper"), said.T, strict=True))
    made = pl.DataFrame(columns)
    if ahead.time in frame.columns and frame.schema[ahead.time].is_temporal():
        made = made.with_columns(made.get_column(ahead.time).cast(pl.Datetime("us")).alias("forecast_for"))
    return made.with_columns(pl.Series("ahead", steps))


def horizons(model: "Model") -> list[tuple[int, str, dict[str, Any]]]:
    """Each horizon with a model of its own: rows, file, interval; the nearest first."""
    card, ahead = model.card, ahead_of(model.card)
    shorter = [
        (int(one["horizon"]), one["file"], one["interval"]) for one in card["fits"] if one.get("horizon")
    ]
    asked = ahead.rows if ahead else 0
    return [*sorted(shorter, key=lambda one: one[0]), (asked, card["fits"][0]["file"], card["interval"])]


def _by_horizon(steps: Rows, known: list[int]) -> dict[int, Rows]:
    """Steps by the nearest horizon that reaches them.

    >>> {one: rows.tolist() for one, rows in _by_horizon(np.arange(1, 5), [1, 4]).items()}
    {1: [1], 4: [2, 3, 4]}
    """
    place = np.searchsorted(known, steps)
    return {known[at]: steps[place == at] for at in np.unique(place).tolist()}


def _times(column: "pl.Series", last: int, steps: Rows, period: float) -> "pl.Series":
    """Times of the rows to come, in the column's own kind."""
    import polars as pl

    if column.dtype.is_temporal():
        start = column.cast(pl.Datetime("us"))[last]
        made = pl.Series(column.name, [start + timedelta(seconds=float(one) * period) for one in steps])
        return made.cast(column.dtype)
    step = float(column.cast(pl.Float64).diff().median() or 1.0)  # type: ignore[arg-type]  # a median of numbers is one
    return (pl.Series(column.name, steps * step + float(column[last]))).cast(column.dtype)
