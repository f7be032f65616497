"""Why a model says what it says of a row, and what would have to be otherwise: one sentence a row, bounded in number."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.science.learn.model import Model
from dure.science.learn.otherwise import Wanted, instead, plain
from dure.science.learn.refusals import ColumnUnknown, SettingRefused, nearest
from dure.science.paper import quantity
from dure.vocabulary import Text, use_language

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn.card import Contribution
    from dure.science.prepare import Table

#: Rows that are explained, and reasons of each.
MOST, REASONS = 200, 3

_USUAL = Text("{name} {value} (usual {low} to {high})", "{name} {value} (평소 {low}~{high})")
_BARE = Text("{name} {value}", "{name} {value}")


def with_why(
    model: Model, tables: "Sequence[Table]", predicted: "pl.DataFrame", wanted: str, changeable: Sequence[str]
) -> tuple["pl.DataFrame", list[dict[str, Any]]]:
    """The predictions with a column `why` in the language in force, and the facts; raises as `why_each`."""
    import polars as pl

    words, facts = why_each(model, tables, predicted, wanted, changeable)
    return predicted.with_columns(why=pl.Series([one and str(one) for one in words], dtype=pl.String)), facts


def why_each(
    model: Model, tables: "Sequence[Table]", predicted: "pl.DataFrame", wanted: str, changeable: Sequence[str]
) -> tuple[list[Text | None], list[dict[str, Any]]]:
    """For every row that is not as wanted its reasons and what would have to be otherwise: words by row, and facts.

    Parameters
    ----------
    model, tables
        The model and what it predicted for, table by table.
    predicted
        Their rows one below the other, as `predict_each` gives them.
    wanted
        What is wanted, as `Wanted.read` takes it; where nothing is and a model needs it, rows have reasons only.
    changeable
        Columns that a person could change; every numeric input if none is named.

    Returns
    -------
    A text (or None) for each row, and the facts of those explained: `row`, `reasons`, `instead`. The first `MOST` rows.
    """
    goal = goal_of(model, wanted)
    known = [one["name"] for one in model.inputs if one.get("low") is not None]
    for name in changeable:
        if name not in known:
            raise ColumnUnknown("--change", column=name, **nearest(name, known))
    words: list[Text | None] = [None] * len(predicted)
    facts: list[dict[str, Any]] = []
    start = 0
    for table in tables:
        for row in unwanted(model, predicted.slice(start, len(table.frame)), goal):
            if len(facts) >= MOST:
                return words, facts
            reasons = reasons_of(model, table.frame, row, table.sources[0])
            found = (
                instead(
                    model,
                    table.frame,
                    row,
                    goal,
                    changeable=changeable,
                    units=table.units,
                    source=table.sources[0],
                )
                if goal
                else None
            )
            words[start + row] = _whole(reasons, found.words if found else None)
            facts.append(
                {
                    "row": start + row,
                    "reasons": {"en": reasons.en, "ko": reasons.ko},
                    "instead": found and found.to_dict(),
                }
            )
        start += len(table.frame)
    return words, facts


def _whole(reasons: Text, otherwise: Text | None) -> Text:
    if otherwise is None:
        return Text(f"{reasons.en}.", f"{reasons.ko}.")
    return Text(f"{reasons.en}. {otherwise.en}", f"{reasons.ko}. {otherwise.ko}")


def goal_of(model: Model, wanted: str) -> Wanted | None:
    """What is wanted; None where nobody said it and the model has no side of its own."""
    try:
        return Wanted.read(wanted, model)
    except SettingRefused:
        if wanted:
            raise
        return None


def unwanted(model: Model, predicted: "pl.DataFrame", goal: Wanted | None) -> list[int]:
    """Places of the rows that are not as wanted; all where nothing is."""
    import polars as pl

    if goal is None:
        return list(range(len(predicted)))
    if model.task == "detect":
        bad = pl.col("alarm") != 0
    elif model.task == "estimate":
        bad = ~pl.col("prediction").is_between(goal.low, goal.high)
    else:
        at = model.classes.names.index(goal.label)
        decided = model.classes.column(np.array([at]))
        bad = pl.col("prediction") != decided.item()
    return [int(row) for row in predicted.select(bad.fill_null(value=False)).to_series().arg_true().to_list()]


def reasons_of(model: Model, frame: "pl.DataFrame", row: int, source: str) -> Text:
    """The signals that speak most for what is said, with what is usual, in one line."""
    found = model.explain(frame, row, source=source)[:REASONS]
    units = {one["name"]: str(one.get("unit") or "") for one in (*model.inputs, *model.card.quantities)}
    labels = {one["name"]: Text(**one["label"]) for one in model.card.quantities}
    said = {}
    for code in ("en", "ko"):
        with use_language(code):
            said[code] = "; ".join(
                _told(one, units.get(one.signal, ""), labels.get(one.signal)) for one in found
            )
    return Text(**said)


def _told(one: "Contribution", unit: str, label: Text | None) -> str:
    name = str(label) if label else plain(one.signal)
    value = quantity(one.value, unit) if isinstance(one.value, int | float) else str(one.value)
    if one.usual_low is None:
        return _BARE.format(name=name, value=value)
    low, high = quantity(one.usual_low), quantity(one.usual_high, unit)
    return _USUAL.format(name=name, value=value, low=low, high=high)
