"""Predictions for whole tables: each source by itself, then one below the other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dure.science.learn.model import Model
from dure.science.learn.serving.ahead import behind, forecast_for

if TYPE_CHECKING:
    import polars as pl

    from dure.science.prepare import Table


def predict_each(
    model: Model, tables: "Sequence[Table]", *, ahead: bool = False
) -> tuple["pl.DataFrame", list[dict[str, Any]]]:
    """Every row of `tables` with what the model says of it, in their order; and where rows leave the known range.

    A forecast says `forecast_for`, the time that a row's prediction is for; with `ahead` the rows to come follow those of
    each table, with how many rows `ahead` of the last known value they are.

    A column of the input that bears the name of a result gives way to it.

    Raises
    ------
    ModelRefused
        A leaf of it, if a table does not fit.
    """
    import polars as pl

    for table in tables:
        model.gate(table.frame, table.sources[0], table.units)
    parts, flags = [], []
    for table in tables:
        frame, source = table.frame, table.sources[0]
        found = model.predict(frame, source=source, where=source)
        if (when := forecast_for(model, frame)) is not None:
            found = found.with_columns(when)
        kept = frame.drop([name for name in found.columns if name in frame.columns])
        parts.append(pl.concat([kept, found], how="horizontal"))
        if ahead:
            parts.append(behind(model, frame, source))
        flags += [{"source": source, **flag} for flag in model.flags(frame)]
    return pl.concat(parts, how="diagonal_relaxed"), flags


def mended_each(model: Model, tables: "Sequence[Table]") -> list[dict[str, str]]:
    """Columns of each source taken for an input though their name differs a little: `source`, `column`, `was`."""
    return [{"source": table.sources[0], **one} for table in tables for one in model.mended(table.frame)]
