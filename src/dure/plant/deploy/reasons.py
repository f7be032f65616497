"""Why an alarm was raised, in words: what the model's largest contributions were, against what is usual."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from dure.plant.deploy.matching import UNIT
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.learn import Model

SAYS = Text("{signal} {value} {unit}, usual {low}–{high}", "{signal} {value} {unit}, 평소 {low}–{high}")
BARE = Text("{signal} {value}, usual {low}–{high}", "{signal} {value}, 평소 {low}–{high}")
SHOWN = 3


def reasons(
    model: "Model", frame: "pl.DataFrame", row: int, units: Mapping[str, str], signals: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The largest contributions to the score of `row`, at most three, as an alarm keeps them."""
    found = []
    labels = {one["name"]: Text(**one["label"]) for one in model.card.get("quantities", ())}
    units = {**units, **{one["name"]: one["unit"] for one in model.card.get("quantities", ())}}
    for one in model.explain(frame, row):
        value, low, high = one.value, one.usual_low, one.usual_high
        if isinstance(value, int | float) and isfinite(value) and low is not None and high is not None:
            unit = units.get(one.signal, "")
            facts = {"value": float(value), "unit": unit, "low": float(low), "high": float(high)}
            plain = UNIT.sub("", one.signal) if unit else one.signal
            label = labels.get(one.signal, Text(plain, plain))
            place = {"signal": signals.get(one.signal, one.signal), "column": one.signal}
            place |= {"name": label.en, "name_ko": label.ko}
            told = sentence(label, value, low, high, unit)
            found.append({**place, "share": round(float(one.share), 4), **facts, **told})
    return found[:SHOWN]


def sentence(signal: str | Text, value: float, low: float, high: float, unit: str = "") -> dict[str, str]:
    """One reason in both languages.

    >>> sentence("Temperature", 41.238, 24.1, 27.95, "Cel")["en"]
    'Temperature 41.24 Cel, usual 24.1–27.95'
    """
    says = SAYS if unit else BARE
    name = Text(signal, signal) if isinstance(signal, str) else signal
    facts = {"value": short(value), "low": short(low), "high": short(high), "unit": unit}
    return {
        "en": says.en.format(signal=name.en, **facts),
        "ko": says.ko.format(signal=name.ko, **facts),
    }


def short(value: float) -> str:
    """A number as a person reads it: four significant digits.

    >>> short(0.0123456), short(1234.56), short(-0.0)
    ('0.01235', '1235', '0')
    """
    return f"{value + 0.0:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def in_one_line(found: Sequence[Mapping[str, Any]]) -> Text:
    """Reasons of an alarm as one line."""
    return Text("; ".join(one["en"] for one in found), "; ".join(one["ko"] for one in found))
