"""Why an alarm was raised, in words: what the model's largest contributions were, against what is usual."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

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
    for one in model.explain(frame, row):
        value, low, high = one.value, one.usual_low, one.usual_high
        if isinstance(value, int | float) and low is not None and high is not None:
            unit = units.get(one.signal, "")
            facts = {"value": float(value), "unit": unit, "low": float(low), "high": float(high)}
            place = {"signal": signals.get(one.signal, one.signal), "column": one.signal}
            told = sentence(one.signal, value, low, high, unit)
            found.append({**place, "share": round(float(one.share), 4), **facts, **told})
    return found[:SHOWN]


def sentence(signal: str, value: float, low: float, high: float, unit: str = "") -> dict[str, str]:
    """One reason in both languages.

    >>> sentence("Temperature", 41.238, 24.1, 27.95, "Cel")["en"]
    'Temperature 41.24 Cel, usual 24.1–27.95'
    """
    says = SAYS if unit else BARE
    facts = {"signal": signal, "value": short(value), "low": short(low), "high": short(high), "unit": unit}
    return {"en": says.en.format(**facts), "ko": says.ko.format(**facts)}


def short(value: float) -> str:
    """A number as a person reads it: four significant digits.

    >>> short(0.0123456), short(1234.56), short(-0.0)
    ('0.01235', '1235', '0')
    """
    return f"{value + 0.0:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def in_one_line(found: Sequence[Mapping[str, Any]]) -> Text:
    """Reasons of an alarm as one line."""
    return Text("; ".join(one["en"] for one in found), "; ".join(one["ko"] for one in found))
