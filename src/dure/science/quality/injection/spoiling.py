"""What defects share: a signal at random, a place at random, a column or rows put in."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from dure.science.quality.injection.defect import Chance, Spoilt
from dure.science.quality.subject import Floats, Subject, near_the_last

if TYPE_CHECKING:
    import polars as pl


def put(subject: Subject, name: str, values: "pl.Series | Floats") -> Subject:
    """The subject with a column put in or changed."""
    import polars as pl

    column = values if isinstance(values, pl.Series) else pl.Series(name, values)
    return replace(subject, frame=subject.frame.with_columns(column.alias(name)))


def with_rows(subject: Subject, frame: "pl.DataFrame") -> Subject:
    """The subject with other rows, as one file."""
    return replace(subject, frame=frame, segments=(len(frame),), sources=subject.sources[:1])


def signal(subject: Subject, chance: Chance, distinct: int = 30) -> str | None:
    """A signal that moves, at random."""
    fit = [
        name
        for name in subject.signals
        if name != subject.label
        and (shape := subject.shape(name)) is not None
        and shape.distinct >= distinct
        and shape.deviation > 0
    ]
    return fit[int(chance.integers(len(fit)))] if fit else None


def smooth(subject: Subject, chance: Chance) -> str | None:
    """A signal whose rows follow each other, at random."""
    name = next(
        (
            one
            for one in (signal(subject, chance) for _ in range(5))
            if one and near_the_last(subject.array(one), subject.starts) > 0.6
        ),
        None,
    )
    return name if subject.ordered else None


def changed(
    signal: Callable[[Subject, Chance], str | None], change: Callable[[Floats, float, float, Chance], Floats]
) -> Callable[[Subject, float, Chance], Spoilt]:
    """Spoil one signal: `change` gets its values, the magnitude, its span, and chance."""

    def spoil(subject: Subject, magnitude: float, chance: Chance) -> Spoilt:
        name = signal(subject, chance)
        shape = subject.shape(name) if name is not None else None
        if name is None or shape is None:
            return None
        values = change(subject.array(name).copy(), magnitude, shape.span, chance)
        return put(subject, name, values), name

    return spoil


def somewhere(values: Floats, rows: int, chance: Chance) -> slice:
    """So many rows in the middle four fifths, at random."""
    start = int(chance.integers(len(values) // 10, max(len(values) * 9 // 10 - rows, len(values) // 10 + 1)))
    return slice(start, start + rows)
