"""The laws that every model family keeps, ours and those of other wheels, in one check.

A wheel that brings a family tests it so:

```python
for law in LAWS.values():
    law(MyFamily(), Trial(lesson, fresh_rows, fresh_truth))
```
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing.search import loss
from dure.science.learn.family import TASKS, Exported, Family, Lesson
from dure.science.learn.forms.opening import FORMS, by_row, opened

Floats = NDArray[np.float64]


class PromiseBroken(AssertionError):
    """A family that does not keep a law of its promise."""


@dataclass(frozen=True)
class Trial:
    """Rows to learn from, and fresh rows with their truth (for `detect` 1 is abnormal) to be judged on."""

    lesson: Lesson
    x: Floats
    truth: Floats


def _fitted(family: Family, trial: Trial) -> Exported:
    settings = dict(family.candidates(len(trial.lesson.x), trial.lesson.x.shape[1])[0])
    return family.fit(trial.lesson, settings, lambda: None)


def _require(family: Family, kept: object, law: str) -> None:
    if not kept:
        raise PromiseBroken(f"{family.task}.{family.name}: {law}")


def says_what_it_is(family: Family, trial: Trial) -> None:
    """It keeps the Protocol, names a task of ours, carries both languages, and has a setting to start with."""
    _require(
        family, isinstance(family, Family) and family.task in TASKS, "it must keep the promise of a task"
    )
    _require(family, family.label.en and family.label.ko, "its label must be in both languages")
    rows, columns = trial.lesson.x.shape
    _require(family, len(family.candidates(rows, columns)) > 0, "it must have a setting to start with")


def same_seed_same_bytes(family: Family, trial: Trial) -> None:
    """The same lesson, settings and seed give the same bytes."""
    same = _fitted(family, trial).content == _fitted(family, trial).content
    _require(family, same, "the same seed must give the same bytes")


def bytes_are_the_model(family: Family, trial: Trial) -> None:
    """Opened again from its bytes, it says the same; its form is one that packages hold."""
    exported = _fitted(family, trial)
    _require(family, exported.form in FORMS, "its form must be one that a package holds")
    again = opened(Exported(exported.form, bytes(bytearray(exported.content))))
    _require(
        family, np.array_equal(opened(exported).run(trial.x), again.run(trial.x)), "bytes must be the model"
    )


def a_row_stands_alone(family: Family, trial: Trial) -> None:
    """A row alone, in a chunk, in the whole table or in another order gives the same bits."""
    served = opened(_fitted(family, trial))
    whole = served.run(trial.x)
    alone = np.concatenate([served.run(trial.x[at : at + 1]) for at in range(len(trial.x))])
    chunks = np.concatenate([served.run(trial.x[at : at + 37]) for at in range(0, len(trial.x), 37)])
    order = np.random.default_rng(0).permutation(len(trial.x))
    _require(family, np.array_equal(whole, alone), "a row alone must give the bits of the batch")
    _require(family, np.array_equal(whole, chunks), "chunks must give the bits of the batch")
    _require(family, np.array_equal(whole[order], served.run(trial.x[order])), "order must not matter")


def one_row_after_the_other_says_the_same(family: Family, trial: Trial) -> None:
    """The form for single rows gives the bits of the batch, with missing values and far outside as well."""
    served = opened(_fitted(family, trial))
    x = np.concatenate([trial.x, trial.lesson.x[:50], trial.x[:20] * 1e3])
    x[3::11, 0] = np.nan
    alone = by_row(served)
    found = np.stack([alone(row) for row in x])
    _require(
        family,
        np.array_equal(found, served.run(x)),
        "one row after the other must give the bits of the batch",
    )


def predicting_changes_nothing(family: Family, trial: Trial) -> None:
    """Predicting neither changes its input nor what it says next."""
    served, before = opened(_fitted(family, trial)), trial.x.copy()
    first = served.run(trial.x)
    _require(family, np.array_equal(trial.x, before, equal_nan=True), "the input must not be changed")
    _require(family, np.array_equal(first, served.run(trial.x)), "predicting must be pure")


def missing_values_are_met(family: Family, trial: Trial) -> None:
    """A missing value, learnt from or met later, gives a finite answer."""
    x = trial.lesson.x.copy()
    x[::7, 0] = np.nan
    served = opened(_fitted(family, replace(trial, lesson=replace(trial.lesson, x=x))))
    holed = trial.x.copy()
    holed[::3, -1] = np.nan
    _require(family, np.isfinite(served.run(holed)).all(), "a missing value must give a finite answer")


def a_dead_column_is_met(family: Family, trial: Trial) -> None:
    """A column that never changed gives a finite answer, also when it changes later."""
    x, later = trial.lesson.x.copy(), trial.x.copy()
    x[:, 0] = 3.0
    later[:, 0] = 4.0
    served = opened(_fitted(family, replace(trial, lesson=replace(trial.lesson, x=x))))
    _require(family, np.isfinite(served.run(later)).all(), "a constant column must give a finite answer")


def answers_have_their_shape(family: Family, trial: Trial) -> None:
    """One number a row; for classes a probability each, summing to 1; none for no rows."""
    served = opened(_fitted(family, trial))
    found, classes = served.run(trial.x), trial.lesson.classes
    shape = (len(trial.x), classes) if classes else (len(trial.x),)
    _require(family, found.shape == shape, f"its output must have the shape {shape}")
    _require(family, len(served.run(trial.x[:0])) == 0, "no rows must give no answers")
    if classes:
        _require(
            family, np.allclose(found.sum(axis=1), 1.0) and (found >= 0).all(), "probabilities must sum to 1"
        )


def contributions_fit(family: Family, trial: Trial) -> None:
    """Contributions, where it has them, are finite and one a column."""
    parts = family.contributions(opened(_fitted(family, trial)), trial.x[:20])
    if parts is not None:
        _require(family, parts.shape == trial.x[:20].shape, "contributions must be one a column")
        _require(family, np.isfinite(parts).all(), "contributions must be finite")


def beats_its_null(family: Family, trial: Trial) -> None:
    """On fresh rows it is better than what needs no model."""
    found = opened(_fitted(family, trial)).run(trial.x)
    if family.task == "detect":
        abnormal, normal = found[trial.truth > 0], found[trial.truth == 0]
        _require(family, np.median(abnormal) > np.median(normal), "abnormal rows must score higher")
        return
    y, classes = trial.lesson.y, trial.lesson.classes
    null = np.full(len(trial.x), y.mean())
    if classes:
        null = np.tile(np.bincount(y.astype(np.int64), minlength=classes) / len(y), (len(trial.x), 1))
    better = loss(trial.truth, found, classes) < loss(trial.truth, null, classes)
    _require(family, better, "it must beat what needs no model")


LAWS: Mapping[str, Callable[[Family, Trial], None]] = {
    law.__name__: law
    for law in (
        says_what_it_is,
        same_seed_same_bytes,
        bytes_are_the_model,
        a_row_stands_alone,
        one_row_after_the_other_says_the_same,
        predicting_changes_nothing,
        missing_values_are_met,
        a_dead_column_is_met,
        answers_have_their_shape,
        contributions_fit,
        beats_its_null,
    )
}
