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
from dure.science.learn.family import Family, Lesson, Settings, families, family_named
from dure.science.learn.graph import thinned
from dure.science.learn.metrics import best_threshold
from dure.science.learn.model import decide, matrix
from dure.science.learn.plan import Material
from dure.science.learn.reading import permitted
from dure.science.learn.refusals import TooFewRows
from dure.science.learn.request import TrainRequest
from dure.science.learn.serving import opened
from dure.science.learn.validation import Fold, folds
from dure.vocabulary import Permit, Progress

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
    search = Search(material, turns, request, Clockwork(request.budget, progress, 0.1, 0.75))
    search.compare(tried, permit)
    for at in range(len(turns)):
        search.predict(at, permit)
    plans.write_arrays(search.rows, folder / ROWS_FILE)
    plans.write_json(search.outcome(), folder / SEARCH_FILE)


@dataclass(frozen=True)
class Compared:
    """How the candidates did on the inner split of one fold; `on_held` is what each said of the rows held back."""

    losses: list[float]
    iterations: list[int]
    on_held: list[Floats]
    truth: Floats


class Search:
    """One search over folds: first every fold compares the candidates, then each predicts its test rows."""

    def __init__(self, material: Material, turns: list[Fold], request: TrainRequest, work: Clockwork) -> None:
        self.material, self.turns, self.seed, self.work = material, turns, request.seed, work
        self.frame = material.frame.select(material.plan.features)
        self.classes = material.setting.classes
        self.positive = material.plan.classes.positive if material.plan.classes else None
        self.tried: list[Candidate] = []
        self.compared: dict[int, Compared] = {}
        rows, width = len(material.y), max(self.classes, 1)
        #: What was predicted for each row, and by which fold (-1 for none).
        self.rows: dict[str, NDArray[Any]] = {
            "output": np.full((rows, width), np.nan),
            "null": np.full((rows, width), np.nan),
            "decided": np.full(rows, -1, dtype=np.int64),
            "fold": np.full(rows, -1, dtype=np.int64),
        }

    def compare(self, tried: list[Candidate], permit: Permit) -> None:
        """Let every fold compare the candidates; what the largest fold has no time for is not tried in the others."""
        self.tried = tried
        for done, at in enumerate(
            sorted(range(len(self.turns)), key=lambda turn: -len(self.turns[turn].fit))
        ):
            self.compared[at] = self._one(at, permit, done)
            self.tried = self.tried[: len(self.compared[at].losses)]

    def _one(self, at: int, permit: Permit, done: int) -> Compared:
        fold, y, of = self.turns[at], self.material.y, len(self.turns)
        inner = fold.inner[thinned(len(fold.inner), MOST_INNER)]
        held = fold.held[thinned(len(fold.held), MOST_HELD)]
        x = self._prepared(at, permit)
        lesson = Lesson(x[inner], y[inner], self.classes, self.seed, x[held], y[held])
        found = Compared([], [], [], y[held])
        for place, one in enumerate(self.tried):
            self.work.words = one.family.name
            self.work.done = 0.7 * (done + place / len(self.tried)) / of
            if place and not done and self.work.spent > BUDGET_SHARE * self.work.budget / of:
                break
            exported = one.family.fit(lesson, one.settings, self.work.tick)
            found.on_held.append(opened(exported).run(x[held]))
            found.losses.append(loss(y[held], found.on_held[-1], self.classes))
            found.iterations.append(int(exported.facts.get("iterations", 0)))
        return found

    def _prepared(self, at: int, permit: Permit) -> Floats:
        """Every row as the recipe prepares it that was fitted without the test rows of this fold. [N, F]."""
        recipe = self.material.plan.recipe.fit(self.frame[self.turns[at].fit], permit)
        return matrix(recipe.transform(self.frame, self.material.plan.segments))

    def _standing(self, folds: Sequence[int]) -> Floats:
        """Loss of each candidate as a multiple of the best one's, meaned over folds. [candidates]."""
        losses = np.array([self.compared[at].losses for at in folds])
        return np.asarray((losses / np.maximum(losses.min(axis=1, keepdims=True), 1e-12)).mean(axis=0))

    def _chosen(self, at: int) -> int:
        """The candidate that predicts a fold: best on its inner split and, in time, on those of all folds before.

        Nothing of it comes from the rows that are predicted: an earlier fold's rows all lie before them.
        """
        in_time = self.material.plan.validation and self.material.plan.validation.kind == "blocked_time"
        return int(np.argmin(self._standing(range(at + 1) if in_time else [at])))

    def predict(self, at: int, permit: Permit) -> None:
        """Fit the chosen candidate on all that the fold may know and predict its test rows."""
        fold, y, known = self.turns[at], self.material.y, self.compared[at]
        chosen = self._chosen(at)
        one = self.tried[chosen]
        self.work.words = one.family.name
        self.work.done = 0.7 + 0.3 * at / len(self.turns)
        x = self._prepared(at, permit)
        fit = fold.fit[thinned(len(fold.fit), MOST_FIT)]
        settings = with_iterations(one.settings, known.iterations[chosen])
        exported = one.family.fit(Lesson(x[fit], y[fit], self.classes, self.seed), settings, self.work.tick)
        found = opened(exported).run(x[fold.test])
        self.rows["output"][fold.test] = found.reshape(len(fold.test), -1)
        self.rows["fold"][fold.test] = at
        if not self.classes:
            self.rows["null"][fold.test, 0] = y[fold.fit].mean()
            return
        threshold = None
        if self.positive is not None:
            threshold = best_threshold(known.truth == self.positive, known.on_held[chosen][:, self.positive])
        self.rows["decided"][fold.test] = decide(found, self.positive, threshold)
        counts = np.bincount(y[fold.fit].astype(np.int64), minlength=self.classes)
        self.rows["null"][fold.test] = counts / len(fold.fit)

    def outcome(self) -> dict[str, Any]:
        """The candidate that did best over the folds, each fold weighing alike, and how all of them did."""
        everywhere = range(len(self.turns))
        standing = self._standing(everywhere)
        chosen = int(np.argmin(standing))
        iterations = int(np.median([self.compared[at].iterations[chosen] for at in everywhere]) * 1.1)
        means = np.mean([self.compared[at].losses for at in everywhere], axis=0)
        # The last model learns from more rows than any fold did, so it may go a little further.
        return {
            "family": self.tried[chosen].family.name,
            "settings": dict(with_iterations(self.tried[chosen].settings, iterations)),
            "tried": [
                {"name": one.name, "loss": float(mean), "relative": float(value)}
                for one, mean, value in zip(self.tried, means, standing, strict=True)
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
