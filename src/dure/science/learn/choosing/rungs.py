"""Models of shorter horizons beside the one asked for: what is near is foretold from what was just seen.

They serve the rows behind a table's end. The nearest comes first, and where time is over the farther ones are left out:
their rows are then foretold by the next horizon that reaches them. Each is fitted on the earlier rows, stopped and calibrated on the later ones
with its horizon left out between, held against repeating, and then fitted on all.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing import plan as plans
from dure.science.learn.choosing.clockwork import Clockwork
from dure.science.learn.choosing.plan import Material
from dure.science.learn.family import Exported, Lesson, Settings, family_named
from dure.science.learn.forms.graph import thinned
from dure.science.learn.forms.opening import opened
from dure.science.learn.judging import guard, intervals
from dure.science.learn.judging.validation import time_order
from dure.science.learn.model import matrix
from dure.science.learn.reckoning.ahead import Ahead, back_to, numbers_of
from dure.science.learn.reckoning.stretches import later
from dure.science.learn.request import TrainRequest
from dure.science.prepare import FittedRecipe
from dure.vocabulary import Progress

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

MOST_ROWS, LATER = 20_000, 0.3
#: Rows that a second of the budget pays for, and those that are always learnt from.
ROWS_A_SECOND, FEWEST_ROWS = 500, 2_000
#: Share of the budget that all shorter horizons together may take.
SHARE = 0.15
#: Probability of the stated intervals, that of the horizon asked for.
LEVEL = 0.8
_TREES: Settings = {
    "learning_rate": 0.12,
    "num_leaves": 16,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.7,
    "median": True,
}
_WEIGHTED: Settings = {"penalty": 1e-2, "median": True}


@dataclass(frozen=True)
class Rung:
    """A horizon with the values to be foretold, the rows that teach and those that judge. Rows in time; x [N, F], y [N]."""

    rows: int
    x: Floats
    y: Floats
    early: Rows
    late: Rows


def stage_rungs(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Add a model for each shorter horizon to the fits that there are; nothing where none is asked for."""
    if "ahead" not in request.found:
        return
    material, ahead = plans.kept(folder, plans.SHOWN), Ahead.from_dict(request.found["ahead"])
    recipe = FittedRecipe.from_dict(json.loads((folder / "recipe.json").read_bytes()))
    shared = None if ahead.known else _shown(material, recipe, material.frame)
    names = list(recipe.known_as)
    fit = plans.read_json(folder / "fit.json")
    work = Clockwork(request.budget, progress, 0.88, 0.9, words="shorter horizons")
    most = int(np.clip(ROWS_A_SECOND * request.budget, FEWEST_ROWS, MOST_ROWS))
    for at, rows in enumerate(ahead.rungs):
        if work.spent > SHARE * request.budget and at:
            break
        x = shared
        if x is None:
            x = _shown(material, recipe, ahead.with_known(material.frame, material.plan.segments, rows))
        rung = rung_of(material, ahead, rows, x, most)
        if len(rung.early) < 50 or len(rung.late) < 50:
            continue
        with work.until(SHARE * request.budget * (at + 1) / len(ahead.rungs), must=True):
            exported, facts = best_of(rung, ahead, names, request.seed, work)
        name = f"model-h{rows}"
        plans.write_bytes(exported.content, folder / name)
        own = {"model": name, "rows": len(rung.early) + len(rung.late), "source": "", "seen": ""}
        fit["fits"].append({**own, "form": exported.form, "horizon": rows, **facts})
    plans.write_json(fit, folder / "fit.json")


def _shown(material: Material, recipe: FittedRecipe, frame: "pl.DataFrame") -> Floats:
    """Rows as the model sees them. [N, F]."""
    return matrix(recipe.transform(frame.select(material.plan.features), material.plan.segments))


def rung_of(material: Material, ahead: Ahead, rows: int, x: Floats, most: int = MOST_ROWS) -> Rung:
    """Values `rows` ahead of each row, the earlier rows and the later ones that are known."""
    stretch = np.repeat(np.arange(len(material.plan.segments)), material.plan.segments)
    y = later(numbers_of(material.frame, ahead.of), rows, stretch)
    order = time_order(material.setting)
    order = order[np.isfinite(y[order])]
    cut, gap = int((1 - LATER) * len(order)), rows * max(len(material.plan.segments), 1)
    early, late = order[: max(cut - gap, 0)], order[cut:]
    return Rung(rows, x, y, early[thinned(len(early), most)], late[thinned(len(late), most)])


def best_of(
    rung: Rung, ahead: Ahead, names: list[str], seed: int, work: Clockwork
) -> tuple[Exported, dict[str, Any]]:
    """What foretells the later rows best: trees, a weighted sum, or a value repeated; fitted on all, with its interval."""
    truth = rung.y[rung.late]
    tried = [
        ("boosting", _TREES),
        ("ridge", _WEIGHTED),
        *(("null", {"place": at}) for at in _repeated(rung, ahead, names)),
    ]
    looks = [_look(rung, name, settings, seed, work) for name, settings in tried]
    errors = [float(np.abs(truth - said).mean()) for said, _ in looks]
    best = int(np.argmin(errors))
    said, found = looks[best]
    name, settings = tried[best]
    both = np.concatenate([rung.early, rung.late])
    settings = {**settings, "iterations": found.facts["iterations"]} if name == "boosting" else settings
    # As many trees as the look had: what is kept is never cut short by the clock.
    with work.until(float("inf")):
        exported = family_named("estimate", name).fit(
            Lesson(rung.x[both], rung.y[both], seed=seed), settings, work.tick
        )
    interval = intervals.lasting(truth, said, guard.blocks(len(truth)), LEVEL)
    null = min(errors[2:], default=float("nan"))
    return exported, {"family": name, "interval": interval, "error": errors[best], "null_error": null}


def _look(rung: Rung, name: str, settings: Settings, seed: int, work: Clockwork) -> tuple[Floats, Exported]:
    """What a family, fitted on the earlier rows, says of the later ones."""
    x, y = rung.x, rung.y
    held = (x[rung.late], y[rung.late]) if name == "boosting" else (np.empty((0, 0)), np.empty(0))
    lesson = Lesson(x[rung.early], y[rung.early], seed=seed, held_x=held[0], held_y=held[1])
    exported = _fitted(name, lesson, settings, work)
    return opened(exported).run(x[rung.late]), exported


def _fitted(name: str, lesson: Lesson, settings: Settings, work: Clockwork) -> Exported:
    """The family fitted; only trees can stop half-way, the others take a moment and are waited for."""
    family = family_named("estimate", name)
    if name == "boosting":
        return family.fit(lesson, settings, work.tick)
    with work.until(float("inf")):
        return family.fit(lesson, settings, work.tick)


def _repeated(rung: Rung, ahead: Ahead, names: list[str]) -> list[int]:
    """Places of the columns that repeat the last value, and that of each season before."""
    backs = [0, *(back_to(season, rung.rows) for season in ahead.seasons)]
    wanted = [f"{ahead.of} lag {back}" if back else ahead.of for back in backs]
    return [names.index(name) for name in dict.fromkeys(wanted) if name in names]
