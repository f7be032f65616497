"""Choosing and judging a model for a target: every row is predicted by a model chosen and fitted without it.

In each fold, on its inner rows only: the view is chosen, then settings are halved (all of them on few rows, the best of
each family on all), then the best are blended, calibrated, and held against the null. What was chosen so is fitted on
all that the fold may know and predicts its test rows. The model that is kept is put together by what the folds
found.
"""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing import plan as plans
from dure.science.learn.choosing.candidates import with_iterations
from dure.science.learn.choosing.clockwork import Clockwork
from dure.science.learn.choosing.finding import Found, final_choice
from dure.science.learn.choosing.plan import Material
from dure.science.learn.choosing.reading import permitted
from dure.science.learn.choosing.shown import Shown
from dure.science.learn.choosing.trial import MOST_FIT, Trial, weights_of
from dure.science.learn.choosing.whole import fitted_whole
from dure.science.learn.family import Exported, Lesson, family_named
from dure.science.learn.forms.blend import Part, blended
from dure.science.learn.forms.graph import thinned
from dure.science.learn.forms.opening import opened
from dure.science.learn.judging import calibration, guard
from dure.science.learn.judging.calibration import Calibration
from dure.science.learn.judging.metrics import costs
from dure.science.learn.judging.validation import Fold, folds
from dure.science.learn.refusals import TooFewRows
from dure.science.learn.request import TrainRequest
from dure.vocabulary import Permit, Progress

Floats = NDArray[np.float64]

SEARCH_FILE, ROWS_FILE = "search.json", "predicted.npz"
#: Of the budget so much goes to the folds; the rest is for the model that is kept.
FOLDS_SHARE = 0.8
#: Trees that tell the speed, trees that a model usually has, looks at candidates in a fold, and the most of haste.
PROBED, USUAL_TREES, LOOKS, MOST_HASTE = 10, 100, 2, 3.0


def stage_search(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Predict every test row honestly, and find what is fitted in the end."""
    material = plans.kept(folder)
    if material.plan.task == "detect" or material.plan.validation is None:
        plans.write_json({}, folder / SEARCH_FILE)
        return
    permit = permitted(request)
    turns = folds(material.plan.validation, material.setting, request.seed)
    if not turns:
        raise TooFewRows(
            material.plan.target or "", rows=len(material.y), needed=5 * (material.setting.classes or 10)
        )
    # What is read from the disk once is none of the search's time, nor does it tell how fast trees learn.
    importlib.import_module("lightgbm")
    search = Search(material, turns, request, Clockwork(request.budget, progress, 0.1, 0.75))
    for at in range(len(turns)):
        search.turn(at, permit)
    outcome = search.outcome()
    plans.write_arrays(search.rows, folder / ROWS_FILE)
    plans.write_json(outcome, folder / SEARCH_FILE)


class Search:
    """One search over folds; `rows` holds what was predicted for each row, and by which fold (-1 for none)."""

    def __init__(self, material: Material, turns: list[Fold], request: TrainRequest, work: Clockwork) -> None:
        self.material, self.turns, self.request, self.work = material, turns, request, work
        self.classes = material.setting.classes
        self.positive = material.plan.classes.positive if material.plan.classes else None
        self.found: list[Found] = []
        self.haste = self._haste()
        rows, width = len(material.y), max(self.classes, 1)
        self.rows: dict[str, NDArray[Any]] = {
            "output": np.full((rows, width), np.nan),
            "null": np.full((rows, width), np.nan),
            "decided": np.full(rows, -1, dtype=np.int64),
            "fold": np.full(rows, -1, dtype=np.int64),
        }
        #: What the models said before they were calibrated: the calibration that is kept is learnt from it.
        self.raw = self.rows["output"].copy()

    def _haste(self) -> float:
        """How much faster trees must learn to be done in time: 1 where there is time enough.

        A few trees on a few rows tell how fast this machine is today.
        """
        y, columns = self.material.y, max(len(self.material.plan.features), 1)
        rows = np.arange(min(len(y), 2_000))
        x = np.random.default_rng(0).normal(size=(len(rows), min(columns, 40)))
        lesson = Lesson(x, (rows % 2).astype(np.float64), 2, held_x=np.empty((0, x.shape[1])))
        boosting, settings = family_named("classify", "boosting"), {"num_leaves": 31, "iterations": PROBED}
        before = self.work.worked
        boosting.fit(lesson, settings, lambda: None)
        # The work tells the speed of the machine, its stretch how much of it there is today.
        tree = (self.work.worked - before) * self.work.stretch / PROBED
        tree *= max(columns / 40, 1.0) * max(self.classes - 1, 1)
        # A fold looks at some candidates on few rows and fits one or two on all.
        sizes = np.array([min(len(fold.fit), MOST_FIT) for fold in self.turns])
        wanted = USUAL_TREES * tree * (LOOKS * len(sizes) + (sizes / len(rows)).clip(1).sum())
        return float(np.clip(wanted / (FOLDS_SHARE * self.work.budget), 1.0, MOST_HASTE))

    def turn(self, at: int, permit: Permit) -> None:
        """Choose within one fold, fit, and predict its test rows."""
        fold, y = self.turns[at], self.material.y
        trial = Trial(self.material, fold, self.request, self.work, permit, self._ends(at), self.haste)
        self.work.words = "compare"
        found = trial.choose(at / len(self.turns), (at + 1) / len(self.turns))
        null = usual(y[fold.fit], self.classes)
        null = (
            np.tile(null, (len(fold.test), 1))
            if self.classes
            else self.material.null(fold.fit, fold.test)[:, None]
        )
        raw = trial.predicted(found) if found.verdict.passes else null
        self.raw[fold.test] = raw.reshape(len(fold.test), -1)
        said = found.calibration.apply(raw) if self.classes and found.verdict.passes else raw
        self.rows["output"][fold.test] = said.reshape(len(fold.test), -1)
        self.rows["null"][fold.test] = null
        self.rows["fold"][fold.test] = at
        if self.classes:
            self.rows["decided"][fold.test] = found.decide(said, self.positive)
        self.found.append(found)

    def _ends(self, at: int) -> float:
        """When this fold must be done: later folds have their share by their rows. [s]."""
        sizes = np.array([len(fold.fit) + 3_000.0 for fold in self.turns])
        left = FOLDS_SHARE * self.work.budget - self.work.spent
        return self.work.spent + max(left, 0.0) * float(sizes[at] / sizes[at:].sum())

    def outcome(self) -> dict[str, Any]:
        """What is fitted in the end, how all did, and whether it is better than no model."""
        there = self.rows["fold"] >= 0
        verdict = guard.judge(*self._losses(there), self._blocks(there))
        chosen = final_choice(self.found)
        line = Calibration()
        if not verdict.passes:
            served = dict(self.material.reckoned.get("served") or {})
            chosen |= {"family": "null", "settings": served, "blend": []}
            self._nothing_better()
        elif self.classes:
            line = self._calibration(there)
        return {
            **chosen,
            "calibration": line.to_dict(),
            "judged": self._judged(there, line, verdict),
            "guard": verdict.to_dict(),
            "search_seconds": round(self.work.spent, 2),
            "cut": self.work.cut,
        }

    def _losses(self, there: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        y = self.material.y[there]
        return tuple(
            guard.losses(y, self.rows[name][there], self.classes, median=self.material.median)
            for name in ("output", "null")
        )  # type: ignore[return-value]  # two names, two arrays

    def _blocks(self, there: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Groups where whole groups were held back, else neighbours within each fold."""
        kind = self.material.plan.validation and self.material.plan.validation.kind
        groups = self.material.groups
        if kind == "grouped" and groups is not None and len(np.unique(groups)) >= guard.FEWEST_GROUPS:
            return groups[there]
        fold = self.rows["fold"][there]
        found = np.zeros(len(fold), dtype=np.int64)
        for one in np.unique(fold):
            found[fold == one] = guard.blocks(int((fold == one).sum())) + one * guard.MOST_BLOCKS
        return found

    def _calibration(self, there: NDArray[np.bool_]) -> Calibration:
        """The calibration of the model that is kept, from all rows that a model predicted."""
        if not any(found.calibration.method != "none" for found in self.found):
            return Calibration()
        return calibration.fitted(self.material.y[there].astype(np.int64), self.raw[there], self.positive)

    def _judged(self, there: NDArray[np.bool_], line: Calibration, verdict: guard.Verdict) -> dict[str, Any]:
        """What those who measure the judged rows must know."""
        found: dict[str, Any] = {"served": "model" if verdict.passes else "null"}
        if self.request.cost and self.positive is not None:
            found["cost"] = list(costs(self.request.cost))
        if line.method != "none":
            truth = self.material.y[there].astype(np.int64)
            before = calibration.calibration_error(truth, self.raw[there], self.positive)
            found |= {"calibration": line.method, "ece_before": before}
        return found

    def _nothing_better(self) -> None:
        """What will be served is the null: so the report is about the null."""
        there = self.rows["fold"] >= 0
        self.rows["output"][there] = self.rows["null"][there]
        if self.classes:
            self.rows["decided"][there] = self.rows["null"][there].argmax(axis=1)


def usual(y: Floats, classes: int) -> Floats:
    """The answer that needs no model: the mean, or the share of each class. [1] or [C].

    >>> usual(np.array([0.0, 0.0, 1.0, 0.0]), 2).tolist(), usual(np.array([1.0, 3.0]), 0).tolist()
    ([0.75, 0.25], [2.0])
    """
    if not classes:
        return np.array([y.mean()])
    return np.asarray(np.bincount(y.astype(np.int64), minlength=classes) / len(y))


def stage_fit(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Fit what was chosen on every row and export it as one served form."""
    material = plans.kept(folder)
    permit = permitted(request)
    outcome = json.loads((folder / SEARCH_FILE).read_bytes())
    work = Clockwork(request.budget, progress, 0.75, 0.9, words="fit")
    whole = np.ones(len(material.y), dtype=bool)
    shown = Shown.of(material, outcome["view"], whole, permit)
    ends = max(request.budget - outcome["search_seconds"], 0.1 * request.budget)
    exported = fitted(material, shown, outcome, request.seed, work, ends)
    plans.write_json(shown.recipe.to_dict(), folder / "recipe.json")
    plans.write_bytes(exported.content, folder / "model")
    facts = {
        "form": exported.form,
        "facts": dict(exported.facts),
        "fits": [{"model": "model", "rows": len(material.y), "source": "", "seen": ""}],
        "delays": [one.to_dict(str(material.plan.target)) for one in shown.delays],
        "used": [dict(one) for one in shown.view.used],
    }
    plans.keep_shown(material.plan.shown_by(shown.view), folder)
    plans.write_json({**outcome, **facts}, folder / "fit.json")


def fitted(  # noqa: PLR0913, PLR0917 - the choice, the rows, and the time
    material: Material, shown: Shown, outcome: Mapping[str, Any], seed: int, work: Clockwork, ends: float
) -> Exported:
    """Each part of the choice fitted on all rows by about `ends`, weighted and calibrated."""
    rows = thinned(len(material.y), MOST_FIT)
    lesson = Lesson(
        shown.x[rows], material.y[rows], material.setting.classes, seed, words=shown.words, weights=weights_of(material, rows)
    )  # fmt: skip
    if not outcome["blend"]:
        settings = dict(outcome["settings"])
        if (column := settings.pop("column", None)) in shown.names:
            settings["place"] = shown.names.index(column)
        return fitted_whole(family_named(material.plan.task, outcome["family"]), lesson, settings, work, ends)
    parts = []
    for place, one in enumerate(outcome["blend"]):
        work.advance(place / len(outcome["blend"]))
        family = family_named(material.plan.task, one["family"])
        share = work.spent + (ends - work.spent) / (len(outcome["blend"]) - place)
        exported = fitted_whole(family, lesson, one["settings"], work, share)
        parts.append(Part(family.name, one["weight"], exported))
    return blended(parts, Calibration.from_dict(outcome["calibration"]))


def loss(truth: Floats, output: Floats, classes: int) -> float:
    """What candidates are compared by: root mean squared error, or log loss with probabilities kept from 0.

    >>> loss(np.array([1.0, 2.0]), np.array([1.0, 4.0]), 0)
    1.4142135623730951
    """
    found = float(guard.losses(truth, output, classes).mean())
    return found if classes else float(np.sqrt(found))


__all__ = [
    "ROWS_FILE",
    "SEARCH_FILE",
    "Search",
    "loss",
    "opened",
    "stage_fit",
    "stage_search",
    "with_iterations",
]
