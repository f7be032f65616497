"""Definitions suggested by what was measured: limits that a signal left only 0.1 % of its time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dure.plant.alarms.definition import Definition
from dure.plant.alarms.replaying import Replay, replayed, samples_of
from dure.science.formula import Kind
from dure.vocabulary import Quality, Text

if TYPE_CHECKING:
    from dure.plant.historian import Historian

LOW, HIGH = 0.001, 0.999
"""Quantiles that become limits."""
DEADBAND = 0.02
"""Deadband as a share of the range between them."""
DIGITS = 4
FEWEST = 1_000
"""Samples without which nothing is suggested."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A definition and what it would have done over the stretch it was made from."""

    definition: Definition
    replay: Replay


def suggest(
    signal: str, historian: "Historian", kinds: Mapping[str, Kind], start: int, end: int
) -> list[Suggestion]:
    """A low and a high alarm for a signal from the 0.1 % and 99.9 % quantiles of its samples; none for too few.

    A signal that stood still, or that reached its quantile as its utmost value, gives none on that side.
    """
    name = _slug(signal)
    probe = Definition(name, Text(signal, signal), f"=[{signal.replace(']', ']]')}]>0")
    samples = samples_of(historian, probe, start, end)
    values = samples.filter(samples["quality"] < Quality.BAD)["value"].drop_nans().drop_nulls()
    if len(values) < FEWEST:
        return []
    low, high = (float(values.quantile(share, "linear") or 0.0) for share in (LOW, HIGH))
    band = _rounded((high - low) * DEADBAND)
    made = []
    last = signal.rpartition("/")[2]
    for word, ko, sign, limit, edge in (
        ("high", "높음", ">", high, values.max()),
        ("low", "낮음", "<", low, values.min()),
    ):
        if high <= low or edge == limit:
            continue
        definition = Definition(
            f"{name}-{word}",
            Text(f"{last} {word}", f"{last} {ko}"),
            f"=[{signal.replace(']', ']]')}]{sign}{_rounded(limit)!r}",
            equipment=signal.rpartition("/")[0],
            deadband=band,
        )
        made.append(Suggestion(definition, replayed(definition, samples, kinds, start, end)))
    return made


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _slug(signal: str) -> str:
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in signal.lower())
    return "-".join(part for part in plain.split("-") if part)[:50] or "signal"
