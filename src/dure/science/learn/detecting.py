"""Learning what is normal: one fit for each source, thresholds from normal rows that were held back.

Normal rows in order are cut into four stretches; each is scored by a model of the other three (less a window on either
side). The limit is the 0.99 quantile of these scores times 1.3, and the exported model divides by it: a score above
1 is an alarm. With several sources each gets a fit of its own, and one more is learnt from all of them for sources
not seen before, its scores held back source by source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn import plan as plans
from dure.science.learn.family import Exported, Family, Lesson, Settings, families
from dure.science.learn.model import content_of, matrix, source_name
from dure.science.learn.plan import Material
from dure.science.learn.reading import detector_for, permitted
from dure.science.learn.refusals import NormalRowsTooFew
from dure.science.learn.request import TrainRequest
from dure.science.learn.search import Clockwork
from dure.science.learn.serving import opened
from dure.science.learn.shifts import Watch
from dure.science.learn.validation import stretches
from dure.vocabulary import Progress

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

QUANTILE, FACTOR = 0.99, 1.3
STRETCHES = 4
FEWEST_NORMAL = 40
#: Sources are held back in at most so many parts for the fit of all sources.
MOST_PARTS = 8


@dataclass(frozen=True)
class Fit:
    """A detector, exported with its limit in it, and the scores of the normal rows that were held back from it."""

    exported: Exported
    held: Floats
    rows: Rows


def stage_fit(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Fit a detector for each source, and one for all."""
    material = plans.kept(folder)
    plan = material.plan
    family, settings = chosen(request, len(plan.features), len(material.frame))
    normal, usable = normal_rows(material)
    frame = material.frame.select(plan.features)
    recipe = plan.recipe.fit(frame, permitted(request), plan.segments)
    x = matrix(recipe.transform(frame, plan.segments))
    places = by_source(plan.sources)
    work = Clockwork(request.budget, progress, 0.1, 0.9, words=family.name)
    parts = [rows[usable[rows]] for rows in places]
    fits = [_of_all(family, settings, x, parts, plan.recipe.warm_up, request.seed, work)]
    if len(places) > 1 and request.normal_rows is not None:
        for at, part in enumerate(parts):
            work.done = (at + 1) / (len(parts) + 1)
            _require_enough(len(part), plan.sources[at][0])
            fits.append(_of_one(family, settings, x, part, plan.recipe.warm_up, request.seed, work))
    described = []
    for at, fit in enumerate(fits):
        plans.write_bytes(fit.exported.content, folder / f"model-{at}")
        described.append(_described(request, material, fit, at, normal, places))
    plans.write_json(recipe.to_dict(), folder / "recipe.json")
    kept = fits[1:] or fits
    arrays = {"score": np.concatenate([fit.held for fit in kept]), "row": np.concatenate([fit.rows for fit in kept])}
    plans.write_arrays(arrays, folder / "held.npz")
    facts = {"family": family.name, "settings": dict(settings), "form": fits[0].exported.form, "fits": described}
    plans.write_json({**facts, "facts": dict(fits[0].exported.facts), "tried": []}, folder / "fit.json")


def chosen(request: TrainRequest, signals: int, rows: int) -> tuple[Family, Settings]:
    """The family by the stated rule (or the one asked for), and its frozen settings."""
    family = families("detect")[request.families[0] if request.families else detector_for(signals)]
    return family, family.candidates(rows, signals)[0]


def normal_rows(material: Material) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows are normal, and which of them have nothing but normal rows in their whole window. [N] each"""
    normal = material.y > 0
    reach = material.plan.recipe.warm_up
    usable = np.zeros(len(normal), dtype=bool)
    start = 0
    for rows in material.plan.segments:
        part = normal[start : start + rows]
        run = np.zeros(rows, dtype=np.int64)
        last = 0
        for at in range(rows):
            last = last + 1 if part[at] else 0
            run[at] = last
        usable[start : start + rows] = run > reach
        start += rows
    return normal, usable


def by_source(sources: Sequence[tuple[str, int]]) -> list[Rows]:
    """Rows of each source."""
    edges = np.concatenate([[0], np.cumsum([rows for _, rows in sources])]).astype(int)
    return [np.arange(start, end) for start, end in zip(edges[:-1], edges[1:], strict=True)]


def _require_enough(rows: int, where: str) -> None:
    if rows < FEWEST_NORMAL:
        raise NormalRowsTooFew(where, rows=rows, needed=FEWEST_NORMAL)


def _of_one(
    family: Family, settings: Settings, x: Floats, rows: Rows, gap: int, seed: int, work: Clockwork
) -> Fit:
    """A fit of one source; its stretches are held back in turn."""
    turns = [(rows[others], rows[stretch]) for others, stretch in stretches(len(rows), STRETCHES, gap)]
    return _fitted(family, settings, x, rows, turns, seed, work)


def _of_all(
    family: Family, settings: Settings, x: Floats, parts: list[Rows], gap: int, seed: int, work: Clockwork
) -> Fit:
    """A fit of every source together; with several, whole sources are held back in turn."""
    there = [part for part in parts if len(part)]
    everything = np.concatenate(there) if there else np.empty(0, dtype=np.int64)
    _require_enough(len(everything), "the table")
    if len(there) < 2:
        return _of_one(family, settings, x, everything, gap, seed, work)
    count = min(len(there), MOST_PARTS)
    turns = [
        (
            np.concatenate([part for place, part in enumerate(there) if place % count != at]),
            np.concatenate([part for place, part in enumerate(there) if place % count == at]),
        )
        for at in range(count)
    ]
    return _fitted(family, settings, x, everything, turns, seed, work)


def _fitted(
    family: Family,
    settings: Settings,
    x: Floats,
    rows: Rows,
    turns: list[tuple[Rows, Rows]],
    seed: int,
    work: Clockwork,
) -> Fit:
    """Score the rows held back in each turn, set the limit by them, and fit on all with the limit inside."""
    scores = []
    for fit, held in turns:
        work.tick()
        scores.append(opened(family.fit(Lesson(x[fit], seed=seed), settings, work.tick)).run(x[held]))
    held = np.concatenate(scores)
    limit = max(FACTOR * float(np.quantile(held, QUANTILE)), 1e-9)
    exported = family.fit(Lesson(x[rows], seed=seed), {**settings, "limit": limit}, work.tick)
    return Fit(exported, held / limit, np.concatenate([held for _, held in turns]))


def _described(
    request: TrainRequest, material: Material, fit: Fit, at: int, normal: NDArray[np.bool_], places: list[Rows]
) -> dict[str, Any]:
    """What the card says of a fit: whose it is, how many normal rows, and by which bytes they are known again."""
    plan = material.plan
    facts: dict[str, Any] = {"model": f"model-{at}", "rows": len(fit.rows), "source": "", "seen": ""}
    place = 0 if len(places) == 1 else at - 1
    if place < 0 or request.normal_rows is None:
        return facts
    rows = places[place][normal[places[place]]]
    seen = content_of(material.frame[rows], plan.features)
    return {**facts, "source": source_name(plan.sources[place][0]), "rows": len(rows), "seen": seen}


def watched(material: Material, folder: Path) -> tuple[Floats, Watch]:
    """Scores of the normal rows held back, and the alarms that they would have raised."""
    arrays = plans.read_arrays(folder / "held.npz")
    score, rows = arrays["score"], arrays["row"]
    return score, Watch.over(score > 1.0, rows, material.plan.period)
