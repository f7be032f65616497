"""Choosing and judging a model for a target: every row is predicted by a model chosen and fitted without it."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn import plan as plans
from dure.science.learn.family import Exported, Family, Lesson, Settings, families, family_named
from dure.science.learn.graph import thinned
from dure.science.learn.metrics import best_threshold
from dure.science.learn.model import decide, matrix
from dure.science.learn.plan import Material
from dure.science.learn.reading import permitted
from dure.science.learn.refusals import TooFewRows
from dure.science.learn.request import TrainRequest
from dure.science.learn.serving import opened
from dure.science.learn.validation import Fold, folds
from dure.vocabulary import Progress

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

#: Rows on which candidates are compared, and from which they learn while they are: beyond, time grows and not insight.
MOST_HELD, MOST_INNER, MOST_FIT = 4_000, 60_000, 200_000
#: Of a fold's share of the budget this much goes into comparing; the rest is for fitting the one that was best.
BUDGET_SHARE = 0.6
SEARCH_FILE, ROWS_FILE = "search.json", "predicted.npz"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A family with settings, one of those compared."""

    family: Family
    settings: Settings

    @property
    def name(self) -> str:
        """Family and settings, short."""
        return f"{self.family.name} " + " ".join(f"{name}={value}" for name, value in self.settings.items())


@dataclass
class Clockwork:
    """The budget of a search: seconds spent and left, and the progress that may stop it."""

    budget: float
    progress: Progress
    low: float
    high: float
    started: float = field(default_factory=time.monotonic)
    done: float = 0.0
    words: str = "search"

    def tick(self) -> None:
        """Say that work goes on; raises when it is to stop."""
        self.progress(self.low + (self.high - self.low) * min(self.done, 1.0), self.words)

    @property
    def spent(self) -> float:
        """Seconds since the search began."""
        return time.monotonic() - self.started


def candidates(task: str, wanted: Sequence[str], rows: int, columns: int) -> list[Candidate]:
    """What is tried: the best guess of every family first, then the second of each.

    >>> [one.name.split()[0] for one in candidates("estimate", (), 1000, 5)][:3]
    ['boosting', 'neighbours', 'ridge']
    """
    members = [family for name, family in sorted(families(task).items()) if not wanted or name in wanted]
    lists = [
        [Candidate(family, settings) for settings in family.candidates(rows, columns)] for family in members
    ]
    most = max(len(one) for one in lists)
    return [one[at] for at in range(most) for one in lists if at < len(one)]


def stage_search(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Predict every test row honestly, and find the candidate that is fitted in the end."""
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
    tried = candidates(material.plan.task, request.families, len(material.y), len(material.plan.features))
    work = Clockwork(request.budget, progress, 0.1, 0.75)
    search = Search(material, tried, request.seed, work)
    frame = material.frame.select(material.plan.features)
    # The fold with most rows comes first: what it has time for, every fold has time for.
    for at, fold in enumerate(sorted(turns, key=lambda turn: -len(turn.fit))):
        recipe = material.plan.recipe.fit(frame[fold.fit], permit)
        search.turn(matrix(recipe.transform(frame, material.plan.segments)), fold, at, len(turns))
    plans.write_arrays(search.rows(), folder / ROWS_FILE)
    plans.write_json(search.outcome(), folder / SEARCH_FILE)


class Search:
    """One search over folds: it keeps what each fold chose and predicted."""

    def __init__(self, material: Material, tried: list[Candidate], seed: int, work: Clockwork) -> None:
        self.material, self.tried, self.seed, self.work = material, tried, seed, work
        self.classes = material.setting.classes
        self.positive = material.plan.classes.positive if material.plan.classes else None
        width = max(self.classes, 1)
        self._output = np.full((len(material.y), width), np.nan)
        self._decided = np.full(len(material.y), -1, dtype=np.int64)
        self._null = np.full((len(material.y), width), np.nan)
        self._fold = np.full(len(material.y), -1, dtype=np.int64)
        self._losses: list[list[float]] = []
        self._iterations: list[list[int]] = []

    def turn(self, x: Floats, fold: Fold, at: int, of: int) -> None:
        """One fold: compare the candidates on its inner split, fit the best, predict the test rows."""
        y = self.material.y
        inner, held = (
            fold.inner[thinned(len(fold.inner), MOST_INNER)],
            fold.held[thinned(len(fold.held), MOST_HELD)],
        )
        lesson = Lesson(x[inner], y[inner], self.classes, self.seed, x[held], y[held])
        losses, fitted = [np.inf] * len(self.tried), [Exported("onnx", b"")] * len(self.tried)
        for place, one in enumerate(self.tried):
            self.work.words = one.family.name
            self.work.done = (at + place / (len(self.tried) + 1)) / of
            if place and at == 0 and self.work.spent > BUDGET_SHARE * self.work.budget / of:
                break
            fitted[place] = one.family.fit(lesson, one.settings, self.work.tick)
            losses[place] = loss(y[held], opened(fitted[place]).run(x[held]), self.classes)
        if at == 0:
            # What the first fold had no time for is not tried in the others either.
            self.tried = [one for one, value in zip(self.tried, losses, strict=True) if np.isfinite(value)]
            fitted = [one for one, value in zip(fitted, losses, strict=True) if np.isfinite(value)]
            losses = [value for value in losses if np.isfinite(value)]
        self._losses.append(losses)
        self._iterations.append([int(one.facts.get("iterations", 0)) for one in fitted])
        chosen = int(np.argmin(losses))
        threshold = None
        if self.positive is not None:
            on_held = opened(fitted[chosen]).run(x[held])[:, self.positive]
            threshold = best_threshold(y[held] == self.positive, on_held)
        self._predict(x, fold, chosen, threshold)

    def _predict(self, x: Floats, fold: Fold, chosen: int, threshold: float | None) -> None:
        y = self.material.y
        one = self.tried[chosen]
        settings = with_iterations(one.settings, self._iterations[-1][chosen])
        fit = fold.fit[thinned(len(fold.fit), MOST_FIT)]
        exported = one.family.fit(Lesson(x[fit], y[fit], self.classes, self.seed), settings, self.work.tick)
        found = opened(exported).run(x[fold.test])
        self._output[fold.test] = found.reshape(len(fold.test), -1)
        self._fold[fold.test] = len(self._losses) - 1
        if not self.classes:
            self._null[fold.test, 0] = y[fold.fit].mean()
            return
        self._decided[fold.test] = decide(found, self.positive, threshold)
        self._null[fold.test] = np.bincount(y[fold.fit].astype(np.int64), minlength=self.classes) / len(
            fold.fit
        )

    def rows(self) -> dict[str, NDArray[Any]]:
        """What was predicted for each row, and by which fold (-1 for none)."""
        return {"output": self._output, "decided": self._decided, "null": self._null, "fold": self._fold}

    def outcome(self) -> dict[str, Any]:
        """The candidate that did best over the folds, each fold weighing alike, and how all of them did."""
        losses = np.array(self._losses)
        relative = (losses / np.maximum(losses.min(axis=1, keepdims=True), 1e-12)).mean(axis=0)
        chosen = int(np.argmin(relative))
        iterations = np.array(self._iterations)[:, chosen]
        # The last model learns from more rows than any fold did, so it may go a little further.
        settings = with_iterations(self.tried[chosen].settings, int(np.median(iterations) * 1.1))
        return {
            "family": self.tried[chosen].family.name,
            "settings": dict(settings),
            "tried": [
                {"name": one.name, "loss": float(mean), "relative": float(value)}
                for one, mean, value in zip(self.tried, losses.mean(axis=0), relative, strict=True)
            ],
            "search_seconds": round(self.work.spent, 2),
        }


def with_iterations(settings: Settings, iterations: int) -> Settings:
    """Settings with the number of iterations that was found, where the family has any."""
    return {**settings, "iterations": max(iterations, 1)} if iterations else settings


def loss(truth: Floats, output: Floats, classes: int) -> float:
    """What candidates are compared by: root mean squared error, or log loss with probabilities kept from 0.

    >>> loss(np.array([1.0, 2.0]), np.array([1.0, 4.0]), 0)
    1.4142135623730951
    """
    if not classes:
        return float(np.sqrt(((truth - output) ** 2).mean()))
    given = np.take_along_axis(output, truth.astype(np.int64)[:, None], axis=1)[:, 0]
    return float(-np.log(np.clip(given, 1e-3, 1.0)).mean())


def stage_fit(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Fit the chosen candidate on every row and export it."""
    material = plans.kept(folder)
    permit = permitted(request)
    outcome = json.loads((folder / SEARCH_FILE).read_bytes())
    work = Clockwork(request.budget, progress, 0.75, 0.9, words="fit")
    frame = material.frame.select(material.plan.features)
    recipe = material.plan.recipe.fit(frame, permit, material.plan.segments)
    x = matrix(recipe.transform(frame, material.plan.segments))
    family = family_named(material.plan.task, outcome["family"])
    exported = family.fit(
        Lesson(x, material.y, material.setting.classes, request.seed), outcome["settings"], work.tick
    )
    plans.write_json(recipe.to_dict(), folder / "recipe.json")
    plans.write_bytes(exported.content, folder / "model")
    facts = {
        "form": exported.form,
        "facts": dict(exported.facts),
        "fits": [{"model": "model", "rows": len(x), "source": "", "seen": ""}],
    }
    plans.write_json({**outcome, **facts}, folder / "fit.json")
