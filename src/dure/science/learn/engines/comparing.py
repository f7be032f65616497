"""What an engine would have reached on the very rows that our search was judged on, chosen and fitted fold by fold as ours."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing import plan as plans
from dure.science.learn.choosing.plan import Material
from dure.science.learn.choosing.reading import permitted
from dure.science.learn.choosing.search import FOLDS_SHARE, ROWS_FILE
from dure.science.learn.engines.asking import Job, ask
from dure.science.learn.engines.environment import Engine, engine_named
from dure.science.learn.judging import guard
from dure.science.learn.judging.metrics import estimate_metrics, ranking
from dure.science.learn.judging.validation import folds
from dure.science.learn.request import TrainRequest
from dure.vocabulary import Progress, Text

Floats = NDArray[np.float64]
ENGINE_FILE = "engine.json"

_AHEAD = Text(
    "{engine} would score {theirs} by {measure}, ours scores {ours}. It cannot be served here.",
    "{engine}의 {measure}는 {theirs}, 이 모델은 {ours}입니다. {engine}의 모델은 여기서 서빙할 수 없습니다.",
)
_MEASURES = {
    "mean_absolute_error": Text("mean absolute error", "평균 절대 오차"),
    "average_precision": Text("average precision", "평균 정밀도"),
    "accuracy": Text("accuracy", "정확도"),
}


def compared(request: TrainRequest, folder: Path, progress: Progress) -> dict[str, Any]:
    """Run the engine of the request on the folds of a search that is done, and keep how it did beside ours.

    Each turn has the same share of the budget as a turn of our search. [s]

    Returns
    -------
    `engine`, `version`, `measure`, `value`, `ours`, `null`, `winners`, `seconds`, `work`, `rows`, `served` (never), `words`;
    empty where `auto` was asked, or the task is `detect`.

    Raises
    ------
    EngineUnknown, EngineAbsent, EngineFailed, EngineTooSlow
        A leaf of them, if it gives no answer.
    """
    if request.engine == "auto":
        return {}
    engine = engine_named(request.engine)
    permitted(request)
    material = plans.kept(folder)
    if material.plan.task == "detect" or material.plan.validation is None:
        return {}
    found = against(engine, material, dict(np.load(folder / ROWS_FILE)), request, progress)
    plans.write_json(found, folder / ENGINE_FILE)
    return found


def against(
    engine: Engine,
    material: Material,
    ours: dict[str, NDArray[Any]],
    request: TrainRequest,
    progress: Progress,
) -> dict[str, Any]:
    """The engine on the folds of our search; figures over the rows that both answered."""
    validation = material.plan.validation
    turns = folds(validation, material.setting, request.seed) if validation else []
    job = Job(
        task=material.plan.task,
        frame=material.frame.select(material.plan.features),
        y=material.y,
        turns=[(one.fit, one.test) for one in turns],
        classes=material.setting.classes,
        budget=FOLDS_SHARE * request.budget / len(turns),
        seed=request.seed,
    )
    answered = ask(engine, job, lambda share: progress(0.7 + 0.05 * share, engine.name))
    said = np.full_like(ours["output"], np.nan)
    for one, output in zip(turns, answered.said, strict=True):
        said[one.test] = output.reshape(len(one.test), -1)
    there = ours["fold"] >= 0
    measure, values = figures(material, there, said, ours["output"], ours["null"])
    losses = [guard.losses(material.y[there], one[there], job.classes) for one in (said, ours["output"])]
    facts = {
        "engine": engine.name,
        "version": answered.version,
        "measure": measure,
        **dict(zip(("value", "ours", "null"), values, strict=True)),
        "loss_ratio": float(losses[0].mean() / max(losses[1].mean(), 1e-300)),
        "winners": [str(one.get("winner", ""))[:80] for one in answered.turns],
        "seconds": round(sum(float(one["seconds"]) for one in answered.turns), 1),
        "work": round(sum(float(one["work"]) for one in answered.turns), 1),
        "rows": int(there.sum()),
        "served": False,
    }
    words = {"engine": engine.name, "measure": _MEASURES[measure], "theirs": f"{values[0]:.4g}", "ours": f"{values[1]:.4g}"}  # fmt: skip
    return {**facts, "words": {"en": _AHEAD.en.format(**_in(words, "en")), "ko": _AHEAD.ko.format(**_in(words, "ko"))}}  # fmt: skip


def figures(material: Material, there: NDArray[np.bool_], *outputs: Floats) -> tuple[str, list[float]]:
    """One measure for all: mean absolute error, average precision of what is looked for, or accuracy."""
    y = material.y[there]
    if not material.setting.classes:
        return "mean_absolute_error", [
            estimate_metrics(y, one[there, 0])["mean_absolute_error"] for one in outputs
        ]
    positive = material.plan.classes.positive if material.plan.classes else None
    if positive is None:
        return "accuracy", [float((one[there].argmax(axis=1) == y).mean()) for one in outputs]
    return "average_precision", [
        ranking(y == positive, one[there, positive])["average_precision"] for one in outputs
    ]


def kept(folder: Path) -> dict[str, Any]:
    """What `compared` kept in a training's folder; empty where no engine was asked."""
    place = folder / ENGINE_FILE
    found: dict[str, Any] = json.loads(place.read_bytes()) if place.is_file() else {}
    return found


def _in(words: dict[str, Any], tongue: str) -> dict[str, str]:
    """Words of one language."""
    return {name: getattr(one, tongue) if isinstance(one, Text) else str(one) for name, one in words.items()}
