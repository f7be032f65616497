"""Training in stages: each reads what the one before left in a folder and leaves whole files or none.

So a node can run every stage as a durable step and, killed in the middle, go on at the stage it had reached.
"""

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dure.science.learn.choosing import detecting, rungs, search
from dure.science.learn.choosing import plan as plans
from dure.science.learn.choosing.planning import stage_prepare
from dure.science.learn.choosing.reading import resolved, stage_read
from dure.science.learn.keeping import package
from dure.science.learn.request import TrainRequest
from dure.science.learn.telling.report import PACKAGE, stage_report
from dure.vocabulary import Action, Permit, Progress

Stage = Callable[[TrainRequest, Path, Progress], None]


def _stage_fit(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Fit the model that is kept: the chosen candidate on every row, or detectors on the normal ones."""
    task = json.loads((folder / "plan.json").read_bytes())["task"]
    (detecting.stage_fit if task == "detect" else search.stage_fit)(request, folder, progress)
    rungs.stage_rungs(request, folder, progress)


def _stage_search(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Our search, and beside it on the same folds the engine that was asked for."""
    if request.engine != "auto":
        from dure.science.learn.engines import engine_named

        _ = engine_named(request.engine).runs  # refused before the search, not after it
    search.stage_search(request, folder, progress)
    if request.engine != "auto":
        from dure.science.learn.engines import compared

        compared(request, folder, progress)


def _stage_report(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """The report; the facts also tell what a foreign engine would have reached."""
    stage_report(request, folder, progress)
    if request.engine != "auto":
        from dure.science.learn.engines.comparing import kept

        facts = json.loads((folder / "facts.json").read_bytes())
        plans.write_json({**facts, "engine": kept(folder)}, folder / "facts.json")


def _as_shaped(stage: Stage) -> Stage:
    """The stage on the request as the stage `read` shaped it."""

    def run(request: TrainRequest, folder: Path, progress: Progress) -> None:
        stage(resolved(request, folder), folder, progress)

    return run


#: The stages of a training, in order; `folder/package` is what the last one leaves.
STAGES: Mapping[str, Stage] = {
    "read": stage_read,
    "prepare": _as_shaped(stage_prepare),
    "search": _as_shaped(_stage_search),
    "fit": _as_shaped(_stage_fit),
    "report": _as_shaped(_stage_report),
}


def quiet(fraction: float, stage: str) -> None:
    """A progress that nobody watches."""
    del fraction, stage


def train(request: TrainRequest, out: Path, permit: Permit, progress: Progress = quiet) -> dict[str, Any]:
    """Learn a model from tables and put its signed package at `out`, whole or not at all.

    Parameters
    ----------
    request
        What is asked; the permit in it is replaced by `permit`.
    out
        Where the package goes; an older package there is replaced, anything else is refused.
    permit
        Must allow training (and preparing) with the sources.
    progress
        Called often; whatever it raises stops the training and leaves nothing behind.

    Returns
    -------
    `task`, `rows`, `columns`, `validation` (`kind`, `gap`, `folds`, `words`), `metric`, `null`, `seconds`, `model`, and
    what was left out and why.

    Raises
    ------
    DureError
        A leaf of it, in one sentence, if it cannot be done.
    """
    started = time.monotonic()
    permit.require(Action.TRAIN)
    out = Path(out)
    package.require_free(out)
    request = replace(request, permit=permit)
    with tempfile.TemporaryDirectory(prefix="dure-train-") as work:
        folder = Path(work)
        for stage in STAGES.values():
            stage(request, folder, progress)
        package.place(folder / PACKAGE, out)
        facts: dict[str, Any] = json.loads((folder / "facts.json").read_bytes())
    return {**facts, "seconds": round(time.monotonic() - started, 2), "model": str(out)}
