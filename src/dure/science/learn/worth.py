"""What a model is worth beside its nulls, and what pictures of it are drawn from, all from rows held back.

`judged` gathers what the stages before left; `worth` measures it and looks at nothing else, so that whoever holds the
package can measure again (`dure.science.learn.recompute`) and find the card's figures to the last digit. A new figure
therefore needs its rows in `judged` first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn import detecting, nulls
from dure.science.learn import plan as plans
from dure.science.learn.graph import thinned
from dure.science.learn.judged import MOST_NUMBERS, MOST_ROWS, Judged
from dure.science.learn.metrics import best_threshold, classify_metrics, estimate_metrics
from dure.science.learn.plan import Material
from dure.science.learn.search import ROWS_FILE
from dure.science.learn.shifts import Watch
from dure.science.learn.validation import time_order

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
Facts = dict[str, Any]

LEVEL = 0.9
MOST_POINTS, BINS = 400, 40


@dataclass(frozen=True)
class Worth:
    """Measures beside the nulls; what the card keeps of them; what pictures are drawn from."""

    metric: dict[str, float]
    nulls: nulls.Nulls
    card: Facts
    pictures: Facts
    by_fold: list[dict[str, float]]


def judged(material: Material, folder: Path) -> Judged:
    """The rows that the stages before left in `folder`, as the package keeps them."""
    plan = material.plan
    if plan.task == "detect":
        held = plans.read_arrays(folder / "held.npz")
        return Judged({"task": "detect", "period": plan.period}, held)
    facts: Facts = {"task": plan.task, "validation": plan.validation.kind if plan.validation else ""}
    if plan.classes:
        facts |= {"classes": list(plan.classes.names), "positive": plan.classes.positive}
    rows = {"truth": material.y, **plans.read_arrays(folder / ROWS_FILE)}
    if not plan.classes:
        del rows["decided"]
        rows |= _last_known(material)
    rows |= _when_and_whose(material)
    most = min(MOST_ROWS, MOST_NUMBERS // rows["output"].shape[1])
    return Judged(facts, {name: values[thinned(len(material.y), most)] for name, values in rows.items()})


def _last_known(material: Material) -> dict[str, Floats]:
    """For rows in time the value known before each row, as old as the gap of the validation."""
    validation = material.plan.validation
    if validation is None or validation.kind != "blocked_time":
        return {}
    return {"last": nulls.last_known(material.y, time_order(material.setting), validation.gap)}


def _when_and_whose(material: Material) -> dict[str, NDArray[Any]]:
    """When each row was measured, and its group, where they are known."""
    found: dict[str, NDArray[Any]] = {}
    if material.seconds is not None:
        found["seconds"] = material.seconds
    validation = material.plan.validation
    if material.groups is not None and validation is not None and validation.kind != "stratified":
        found["group"] = material.groups
    return found


def worth(known: Judged) -> Worth:
    """The worth that these rows show."""
    return {"estimate": _estimator, "classify": _classifier, "detect": _detector}[known.task](known)


def _estimator(known: Judged) -> Worth:
    rows = known.rows
    there = rows["fold"] >= 0
    fold, truth, found = rows["fold"][there], rows["truth"][there], rows["output"][there, 0]
    residual = np.abs(found - truth)
    half = conformal(residual)
    shown = thinned(len(truth), MOST_POINTS)

    def measure(part: Flags) -> dict[str, float]:
        return estimate_metrics(truth[part], found[part])

    return Worth(
        {**estimate_metrics(truth, found), "interval_coverage": coverage(residual, fold)},
        nulls.estimate_nulls(truth, rows["null"][there, 0], rows["last"][there] if "last" in rows else None),
        {
            "interval": {"level": LEVEL, "below": half, "above": half},
            "target_mean": float(rows["truth"].mean()),
        },
        {
            "predicted": rounded(found[shown]),
            "true": rounded(truth[shown]),
            "residuals": histogram(found - truth),
        },
        _by_fold(fold, measure),
    )


def conformal(residual: Floats, level: float = LEVEL) -> float:
    """Half width of an interval that holds a new row with probability `level` (split conformal prediction).

    References
    ----------
    J. Lei et al., "Distribution-free predictive inference for regression", JASA 113(523), 1094-1111, 2018.

    Examples
    --------
    >>> conformal(np.arange(1.0, 20.0))
    18.0
    """
    ranked = np.sort(residual)
    place = int(np.ceil((len(ranked) + 1) * level)) - 1
    return float(ranked[min(place, len(ranked) - 1)])


def coverage(residual: Floats, fold: Codes) -> float:
    """Share of rows inside an interval whose width came from the other folds only.

    >>> coverage(np.tile(np.arange(10.0), 2), np.repeat([0, 1], 10))
    1.0
    """
    parts = [one for one in np.unique(fold) if (fold != one).any()]
    inside = [residual[fold == one] <= conformal(residual[fold != one]) for one in parts]
    return float(np.concatenate(inside).mean()) if inside else LEVEL


def _classifier(known: Judged) -> Worth:
    rows = known.rows
    there = rows["fold"] >= 0
    names, positive = known.facts["classes"], known.facts["positive"]
    truth, found, decided = (
        rows["truth"][there].astype(np.int64),
        rows["output"][there],
        rows["decided"][there],
    )
    confusion = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(confusion, (truth, decided), 1)

    def measure(part: Flags) -> dict[str, float]:
        return classify_metrics(truth[part], found[part], decided[part], positive=positive)

    # The threshold of the model that is kept comes from all rows; the F1 that is reported used thresholds that
    # each fold had found on its inner rows.
    threshold = None if positive is None else best_threshold(truth == positive, found[:, positive])
    return Worth(
        measure(np.ones(len(truth), dtype=bool)),
        nulls.classify_nulls(truth, rows["null"][there], positive),
        {"prior": _shares(rows["truth"], len(names)), "threshold": threshold},
        {
            "classes": names,
            "confusion": confusion.tolist(),
            "probability": _by_class(found, truth, positive),
        },
        _by_fold(rows["fold"][there], measure),
    )


def _shares(y: Floats, classes: int) -> list[float]:
    return [float(share) for share in np.bincount(y.astype(np.int64), minlength=classes) / len(y)]


def _by_class(found: Floats, truth: Codes, positive: int | None) -> Facts:
    """Histograms of the probability of the positive class, for rows of either kind."""
    if positive is None:
        return {}
    edges = np.linspace(0, 1, BINS + 1)
    hit, probability = truth == positive, found[:, positive]
    return {
        "edges": rounded(edges),
        "positive": np.histogram(probability[hit], edges)[0].tolist(),
        "other": np.histogram(probability[~hit], edges)[0].tolist(),
    }


def _by_fold(fold: Codes, measure: Callable[[Flags], dict[str, float]]) -> list[dict[str, float]]:
    """The metrics of each fold alone: how much they differ is how far to trust them."""
    return [measure(fold == one) for one in np.unique(fold)]


def _detector(known: Judged) -> Worth:
    """Scores and alarms of normal rows that were held back."""
    score = known.rows["score"]
    watch = Watch.over(score > 1.0, known.rows["row"], float(known.facts["period"]))
    return Worth(
        {**watch.facts(), "false_alarm_rate": watch.alarmed / max(watch.rows, 1)},
        {"all_ones": {"false_alarm_rate": 1.0}},
        {"threshold": 1.0, "limit": {"quantile": detecting.QUANTILE, "factor": detecting.FACTOR}},
        {"scores": histogram(score), "threshold": 1.0, "held_rows": watch.rows},
        [],
    )


def histogram(values: Floats) -> Facts:
    """Counts between edges, ready to be drawn."""
    counts, edges = np.histogram(values, BINS)
    return {"edges": rounded(edges), "counts": counts.tolist()}


def rounded(values: Floats) -> list[float]:
    """Six digits of each value: enough to draw.

    >>> rounded(np.array([1 / 3, 1e7]))
    [0.333333, 10000000.0]
    """
    return [float(f"{value:.6g}") for value in values]
