"""A defect, and whether a measure finds it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dure.science.quality.measure import Measure
from dure.science.quality.subject import Subject
from dure.vocabulary import Text

Chance = np.random.Generator
#: The spoilt table, and the column (or `table`) that a finding must name; None where it cannot be spoilt so.
Spoilt = tuple[Subject, str] | None
ROWS = Text("rows", "행")
SPANS = Text("× span", "× 폭")
SHARE = Text("of the rows", "(행 비율)")
ONCE = Text("", "")


@dataclass(frozen=True)
class Defect:
    """A defect by its name, the magnitudes at which it is tried, what they count, and how it is put into a table."""

    says: Text
    magnitudes: tuple[float, ...]
    unit: Text
    spoil: Callable[[Subject, float, Chance], Spoilt]


def detected(  # noqa: PLR0913, PLR0917 - what is tried
    measure: Measure,
    sound: Subject,
    defect: Defect,
    magnitude: float,
    chance: Chance,
    before: frozenset[str] | None = None,
) -> bool | None:
    """Whether `measure` finds the defect where it was put; None if this stretch cannot have it, or has it already.

    `before` is what the measure names of the sound stretch, if that is known.
    """
    spoilt = defect.spoil(sound, magnitude, chance)
    if spoilt is None:
        return None
    subject, where = spoilt
    if where in (named(measure, sound) if before is None else before):
        return None
    return where in named(measure, subject)


def named(measure: Measure, subject: Subject) -> frozenset[str]:
    """The columns (or `table`) that the measure's findings name."""
    return frozenset(name for one in measure.measure(subject) for name in (one.where, *one.columns))
