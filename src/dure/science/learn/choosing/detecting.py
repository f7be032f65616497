"""Learning what is normal: one fit for each source or operating state, thresholds from normal rows that were held back.

Normal rows in order are cut into four stretches; each is scored by a model of the other three (less a window on either
side). The limit is 1.3 times the 0.99 quantile of these scores, made steady as on the line, and the exported model
divides by it: a score above 1 is an alarm. With several sources each gets a fit of its own, and one more is learnt
from all of them for sources not seen before, its scores held back source by source. Where states are told apart each
state with enough normal rows gets a fit of its own instead; of the others nothing is said.
`benchmarks/detect_frozen.py` chose the numbers, on sets other than those that are reported.
"""

import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing import plan as plans
from dure.science.learn.choosing.clockwork import Clockwork
from dure.science.learn.choosing.normal import detector_for
from dure.science.learn.choosing.plan import Material
from dure.science.learn.choosing.reading import permitted
from dure.science.learn.family import Exported, Family, Lesson, Settings, Tick, families
from dure.science.learn.forms.opening import opened
from dure.science.learn.judging.validation import stretches
from dure.science.learn.model import content_of, matrix, source_name
from dure.science.learn.refusals import NormalRowsTooFew
from dure.science.learn.request import TrainRequest
from dure.science.learn.serving.states import StateRule
from dure.science.learn.serving.steady import Steadiness
from dure.science.learn.tasks import asked_of
from dure.vocabulary import Progress

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
Turns = list[tuple[Rows, Rows]]

QUANTILE, FACTOR = 0.99, 1.3
STEADY = Steadiness(rows=15, hold=20, low=0.8)
STRETCHES = 4
FEWEST_NORMAL = 40
#: Sources are held back in at most so many parts for the fit of all sources.
MOST_PARTS = 8


@dataclass(frozen=True)
class Fit:
    """A detector, exported with its limit in it, and the raw scores of the normal rows that were held back from it."""

    exported: Exported
    held: Floats
    rows: Rows
    state: str = ""


@dataclass(frozen=True)
class Teacher:
    """A family with its settings, and the prepared rows that it learns from."""

    family: Family
    settings: Settings
    x: Floats
    gap: int
    seed: int
    tick: Tick
    steady: Steadiness = STEADY

    def of_one(self, rows: Rows, where: str) -> Fit:
        """A fit of one source; stretches of its rows are held back in turn."""
        if len(rows) < FEWEST_NORMAL:
            raise NormalRowsTooFew(where, rows=len(rows), needed=FEWEST_NORMAL)
        turns = [
            (rows[others], rows[stretch]) for others, stretch in stretches(len(rows), STRETCHES, self.gap)
        ]
        return self._fitted(rows, turns)

    def of_all(self, parts: list[Rows], where: str) -> Fit:
        """A fit of every source together; with several, whole sources are held back in turn."""
        there = [part for part in parts if len(part)]
        everything = np.concatenate([np.empty(0, dtype=np.int64), *there])
        if len(there) < 2 or len(everything) < FEWEST_NORMAL:
            return self.of_one(everything, where)
        count = min(len(there), MOST_PARTS)
        turns = []
        for at in range(count):
            fit = [part for place, part in enumerate(there) if place % count != at]
            turns.append((np.concatenate(fit), np.concatenate(there[at::count])))
        return self._fitted(everything, turns)

    def _fitted(self, rows: Rows, turns: Turns) -> Fit:
        """Score the rows held back in each turn, set the limit by them, and fit on all with the limit inside.

        The scores that are kept are in units of the limit that the other turns set: a limit is not to be judged by
        the rows that made it, or it promises too little.
        """
        held = [opened(self._taught(fit, self.settings)).run(self.x[kept]) for fit, kept in turns]
        exported = self._taught(rows, {**self.settings, "limit": limit_of(held, self.steady)})
        judged = [
            one / limit_of(held[:at] + held[at + 1 :] or held, self.steady) for at, one in enumerate(held)
        ]
        return Fit(exported, np.concatenate(judged), np.concatenate([kept for _, kept in turns]))

    def _taught(self, rows: Rows, settings: Settings) -> Exported:
        self.tick()
        return self.family.fit(Lesson(self.x[rows], seed=self.seed), settings, self.tick)


def steady_of(request: TrainRequest) -> Steadiness:
    """How scores are calmed: not at all where each row stands alone."""
    asked = asked_of(request)
    return Steadiness() if asked is not None and asked.alone else STEADY


def limit_of(held: list[Floats], steady: Steadiness = STEADY) -> float:
    """Score above which it is an alarm, by raw scores of normal rows held back in several turns.

    >>> round(limit_of([np.linspace(0, 1, 201)]), 3)
    1.242
    """
    calm = np.concatenate([steady.scores(scores) for scores in held])
    return max(FACTOR * float(np.quantile(calm, QUANTILE)), 1e-9)


def stage_fit(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Fit a detector for each source, and one for all."""
    material = plans.kept(folder)
    plan = material.plan
    frame = material.frame.select(plan.features)
    recipe = plan.recipe.fit(frame, permitted(request), plan.segments)
    work = Clockwork(request.budget, progress, 0.1, 0.9, words="fit")
    family, settings = chosen(request, material)
    x = matrix(recipe.transform(frame, plan.segments))
    teacher = Teacher(family, settings, x, plan.recipe.warm_up, request.seed, work.tick, steady_of(request))
    usable = whole_windows(material)
    parts = [rows[usable[rows]] for rows in by_source(material)]
    fits = [teacher.of_all(parts, plan.sources[0][0])]
    rule, silent = StateRule.of(plan.facts.get("state")), {}
    if rule is not None:
        states = np.array(rule.states(material.frame, plan.segments))
        own = of_states(teacher, rule, states, usable)
        fits, named = [*fits, *own], {fit.state for fit in own}
        silent = {name: int((usable & (states == name)).sum()) for name in rule.names if name not in named}
    elif len(parts) > 1 and request.normal_rows is not None:
        for at, (name, _) in enumerate(plan.sources):
            work.done = (at + 1) / (len(parts) + 1)
            fits.append(teacher.of_one(parts[at], name))
    for at, fit in enumerate(fits):
        plans.write_bytes(fit.exported.content, folder / f"model-{at}")
    plans.write_json(recipe.to_dict(), folder / "recipe.json")
    plans.write_arrays(held_back(fits, material, teacher.steady), folder / "held.npz")
    first = fits[0].exported
    facts = {
        "family": family.name,
        "settings": dict(settings),
        "form": first.form,
        "facts": dict(first.facts),
    }
    described = {"tried": [], "fits": _described(request, material, fits), "silent": silent}
    plans.write_json({**facts, **described}, folder / "fit.json")


def of_states(teacher: Teacher, rule: StateRule, states: NDArray[np.str_], usable: Flags) -> list[Fit]:
    """A fit of each state that has enough normal rows.

    Raises
    ------
    NormalRowsTooFew
        If no state has.
    """
    rows = {name: np.flatnonzero(usable & (states == name)) for name in rule.names}
    enough = {name: one for name, one in rows.items() if len(one) >= FEWEST_NORMAL}
    if not enough:
        raise NormalRowsTooFew(
            rule.column or "states", rows=max(map(len, rows.values()), default=0), needed=FEWEST_NORMAL
        )
    return [replace(teacher.of_one(one, name), state=name) for name, one in enough.items()]


def held_back(fits: list[Fit], material: Material, steady: Steadiness = STEADY) -> dict[str, NDArray[Any]]:
    """Normal rows that were held back, in the order of the table: score, alarm, row, and the fit that scored it.

    Scores are calmed within rows that follow each other, not across.
    """
    kept = fits[1:] or fits
    first = len(fits) - len(kept)
    row = np.concatenate([fit.rows for fit in kept])
    order = np.argsort(row, kind="stable")
    row = row[order]
    segment = np.searchsorted(np.cumsum(material.plan.segments), row, side="right")
    broken = (np.diff(row) != 1) | (np.diff(segment) != 0)
    raw = np.concatenate([fit.held for fit in kept])[order]
    parts = [steady.scores(part) for part in np.split(raw, np.flatnonzero(broken) + 1)]
    return {
        "score": np.concatenate(parts),
        "alarm": np.concatenate([steady.alarms(part) for part in parts]),
        "row": row,
        "fit": np.concatenate([np.full(len(fit.rows), at + first) for at, fit in enumerate(kept)])[order],
    }


def chosen(request: TrainRequest, material: Material) -> tuple[Family, Settings]:
    """The family by the stated rule (or the one asked for), and its frozen settings."""
    signals = len(material.plan.features)
    family = families("detect")[request.families[0] if request.families else detector_for(signals)]
    return family, family.candidates(len(material.frame), signals)[0]


def whole_windows(material: Material) -> Flags:
    """Rows with nothing but normal rows in their whole window. [N]."""
    reach = material.plan.recipe.warm_up
    return np.concatenate(
        [
            run_lengths(part) > reach
            for part in np.split(material.y > 0, np.cumsum(material.plan.segments)[:-1])
        ]
    )


def run_lengths(flags: Flags) -> Rows:
    """For each row how many flagged rows in a row end there. [N].

    >>> run_lengths(np.array([True, True, False, True])).tolist()
    [1, 2, 0, 1]
    """
    at = np.arange(1, len(flags) + 1)
    return at - np.maximum.accumulate(np.where(flags, 0, at))


def by_source(material: Material) -> list[Rows]:
    """Rows of each source."""
    edges = np.cumsum([0, *(rows for _, rows in material.plan.sources)])
    return [np.arange(start, end) for start, end in itertools.pairwise(edges)]


def _described(request: TrainRequest, material: Material, fits: list[Fit]) -> list[dict[str, Any]]:
    """What the card says of each fit: whose or which state's it is, how many normal rows, by which bytes known again."""
    plan, places = material.plan, by_source(material)
    by_state = any(fit.state for fit in fits)
    found: list[dict[str, Any]] = []
    for at, fit in enumerate(fits):
        facts = {"model": f"model-{at}", "source": "", "state": fit.state, "rows": len(fit.rows), "seen": ""}
        place = 0 if len(places) == 1 else at - 1
        if place >= 0 and request.normal_rows is not None and not by_state:
            rows = places[place][material.y[places[place]] > 0]
            seen = content_of(material.frame[rows], plan.features)
            facts |= {"source": source_name(plan.sources[place][0]), "rows": len(rows), "seen": seen}
        found.append(facts)
    return found
