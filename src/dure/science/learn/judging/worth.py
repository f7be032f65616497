"""What a model is worth beside its nulls, and what pictures of it are drawn from, all from rows held back.

`judged` gathers what the stages before left; `worth` measures it and looks at nothing else, so that whoever holds the
package can measure again (`dure.science.learn.recompute`) and find the card's figures to the last digit. A new figure
therefore needs its rows in `judged` first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing import detecting
from dure.science.learn.choosing import plan as plans
from dure.science.learn.choosing.plan import Material
from dure.science.learn.choosing.search import ROWS_FILE, SEARCH_FILE
from dure.science.learn.forms.graph import thinned
from dure.science.learn.judging import calibration, guard, intervals, nulls, reckoned, spread
from dure.science.learn.judging.judged import MOST_NUMBERS, MOST_ROWS, Judged
from dure.science.learn.judging.metrics import (
    best_threshold,
    cheapest_threshold,
    classify_metrics,
    cost_per_1000,
    estimate_metrics,
)
from dure.science.learn.judging.shifts import Watch, by_state
from dure.science.learn.judging.validation import time_order

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
Facts = dict[str, Any]

LEVEL = intervals.LEVEL
MOST_POINTS, BINS = 400, 40


@dataclass(frozen=True)
class Worth:
    """Measures beside the nulls; what the card keeps of them; what pictures are drawn from.

    `spans` and `null_spans` bound each measure, of the model and of no model, over draws of blocks (95 %).
    """

    metric: dict[str, float]
    nulls: nulls.Nulls
    card: Facts
    pictures: Facts
    by_fold: list[dict[str, float]]
    spans: dict[str, list[float]] = field(default_factory=dict)
    null_spans: dict[str, list[float]] = field(default_factory=dict)


def judged(material: Material, folder: Path) -> Judged:
    """The rows that the stages before left in `folder`, as the package keeps them."""
    plan = material.plan
    if plan.task == "detect":
        held, fit = plans.read_arrays(folder / "held.npz"), plans.read_json(folder / "fit.json")
        states = {"states": [one["state"] for one in fit["fits"]], "silent": fit["silent"]}
        return Judged({"task": "detect", "period": plan.period, **states}, held)
    facts: Facts = {"task": plan.task, "validation": plan.validation.kind if plan.validation else ""}
    if plan.classes:
        facts |= {"classes": list(plan.classes.names), "positive": plan.classes.positive}
    rows = {"truth": material.y, **plans.read_arrays(folder / ROWS_FILE)}
    if material.weights is not None:
        rows["weight"] = material.weights
    facts |= plans.read_json(folder / SEARCH_FILE)["judged"]
    # Widths that last are of packages since; an older one is computed again as it was.
    facts["lasting"] = facts["validation"] == "blocked_time"
    if not plan.classes:
        del rows["decided"]
        rows |= _last_known(material)
    rows |= _when_and_whose(material)
    if material.beside:
        rows |= {f"beside_{name}": values for name, values in material.beside.items()}
        known = ("level", "scale", "lives")
        facts |= {name: material.reckoned[name] for name in known if name in material.reckoned}
        facts["beside"] = sorted(material.beside)
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
    null, last = rows["null"][there, 0], rows["last"][there] if "last" in rows else None
    ordered, level = known.facts.get("validation") == "blocked_time", float(known.facts.get("level", LEVEL))
    way = intervals.lasting if known.facts.get("lasting") else intervals.fitted
    time = np.argsort(rows["seconds"][there], kind="stable") if "seconds" in rows else np.arange(len(truth))
    back = np.argsort(time)
    lower, upper = (
        bound[back]
        for bound in intervals.honest(
            truth[time], found[time], fold[time], ordered=ordered, level=level, way=way
        )
    )
    stated = ~np.isnan(lower)
    inside = intervals.shares_inside(truth, lower, upper, fold)
    beside = {name: rows[f"beside_{name}"][there] for name in known.facts.get("beside") or ()}
    more = reckoned.more(known.facts, truth, found) | _of_lives(known, truth, found, there)
    if "scale" in known.facts and stated.any():
        said = reckoned.quantiles(level, lower[stated], found[stated], upper[stated])
        more["weighted_quantile_loss"] = reckoned.quantile_loss(truth[stated], said)
    shown = thinned(len(truth), MOST_POINTS)
    block = _blocks(known, there)

    def measure(part: NDArray[Any]) -> dict[str, float]:
        return estimate_metrics(truth[part], found[part])

    def without(part: NDArray[Any]) -> dict[str, float]:
        there = {name: values[part] for name, values in beside.items()}
        return nulls.best(nulls_of(truth[part], null[part], None if last is None else last[part], there))

    def nulls_of(
        truth: Floats, null: Floats, last: Floats | None, there: Mapping[str, Floats]
    ) -> nulls.Nulls:
        return nulls.beside(truth, there, known.facts) if there else nulls.estimate_nulls(truth, null, last)

    by_fold = [
        one | ({"interval_coverage": inside[int(at)]} if int(at) in inside else {})
        for at, one in zip(np.unique(fold), _by_fold(fold, measure), strict=True)
    ]
    return Worth(
        {**estimate_metrics(truth, found), **more, "interval_coverage": _coverage(inside, fold, level)},
        nulls_of(truth, null, last, beside),
        {
            "interval": way(truth[time], found[time], fold[time], level),
            "target_mean": float(rows["truth"].mean()),
            **_weighted(rows, there, measure),
        },
        {
            "predicted": rounded(found[shown]),
            "true": rounded(truth[shown]),
            "residuals": histogram(found - truth),
        },
        by_fold,
        spread.spans(block, measure),
        spread.spans(block, without),
    )


def _of_lives(known: Judged, truth: Floats, said: Floats, there: Flags) -> dict[str, float]:
    """How many things had their life said well when half of it was over."""
    if not known.facts.get("lives") or "group" not in known.rows:
        return {}
    group = known.rows["group"][there].astype(np.int64)
    return {"alpha_lambda": reckoned.alpha_lambda(truth, said, group)}


def _coverage(inside: Mapping[int, float], fold: Codes, level: float = LEVEL) -> float:
    """Share of rows inside their interval over the folds that had one; the promise where none had. []."""
    rows = {one: int((fold == one).sum()) for one in inside}
    whole = sum(rows.values())
    return sum(share * rows[one] for one, share in inside.items()) / whole if whole else level


def _blocks(known: Judged, there: Flags) -> Codes:
    """Block of each judged row: its group where groups were held back, else its neighbours in the fold."""
    rows = known.rows
    if known.facts.get("validation") == "grouped" and "group" in rows:
        found = rows["group"][there].astype(np.int64)
        if len(np.unique(found)) >= guard.FEWEST_GROUPS:
            return found
    fold = rows["fold"][there]
    found = np.zeros(len(fold), dtype=np.int64)
    for one in np.unique(fold):
        found[fold == one] = guard.blocks(int((fold == one).sum())) + one * guard.MOST_BLOCKS
    return found


def _weighted(
    rows: Mapping[str, NDArray[Any]], there: Flags, measure: Callable[[NDArray[Any]], dict[str, float]]
) -> Facts:
    """Measures with each labelled row counted as often as there are rows like it; nothing where all count alike."""
    if "weight" not in rows:
        return {}
    return {"weighted": measure(by_weight(rows["weight"][there]))}


def by_weight(weight: Floats) -> Codes:
    """Places of as many rows, each as often as its weight says, always the same. [N].

    >>> by_weight(np.array([2.0, 0.0, 1.0])).tolist()
    [0, 0, 2]
    """
    ends = np.cumsum(weight) / weight.sum()
    return np.searchsorted(ends, (np.arange(len(weight)) + 0.5) / len(weight), side="right")


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

    def measure(part: NDArray[Any]) -> dict[str, float]:
        found_there = classify_metrics(truth[part], found[part], decided[part], positive=positive)
        return found_there | _costing(known, truth[part], decided[part])

    null = rows["null"][there]

    def without(part: NDArray[Any]) -> dict[str, float]:
        return nulls.best(nulls.classify_nulls(truth[part], null[part], positive))

    every, block = np.ones(len(truth), dtype=bool), _blocks(known, there)
    beside = _classify_nulls(known, truth, null, positive)
    # Shares that differ between folds are no ranking: where the null is served, its worth is that of the null.
    own = beside["prior"] if known.facts.get("served") == "null" else measure(every)
    return Worth(
        own | {"calibration_error": calibration.calibration_error(truth, found, positive)},
        beside,
        {
            "prior": _shares(rows["truth"], len(names)),
            "threshold": _threshold(known, truth, found, positive),
            **_calibrated(known, truth, found, positive),
            **_cost(known, truth, decided),
            **_weighted(rows, there, measure),
        },
        {
            "classes": names,
            "confusion": confusion.tolist(),
            "probability": _by_class(found, truth, positive),
        },
        _by_fold(rows["fold"][there], measure),
        spread.spans(block, without if known.facts.get("served") == "null" else measure),
        spread.spans(block, without),
    )


def _threshold(known: Judged, truth: Codes, found: Floats, positive: int | None) -> float | None:
    """Probability above which the model that is kept calls a row; from all rows.

    The F1 and the cost that are reported used thresholds that each fold had found on its inner rows.
    """
    if positive is None:
        return None
    if known.facts.get("served") == "null":
        return 0.5
    if cost := known.facts.get("cost"):
        return cheapest_threshold(truth == positive, found[:, positive], *cost)
    return best_threshold(truth == positive, found[:, positive])


def _calibrated(known: Judged, truth: Codes, found: Floats, positive: int | None) -> Facts:
    """How far probabilities lie from what came true, and how far they did before the calibration."""
    if "ece_before" not in known.facts:
        return {}
    return {
        "calibration": {
            "method": known.facts["calibration"],
            "ece_before": known.facts["ece_before"],
            "ece": calibration.calibration_error(truth, found, positive),
        }
    }


def _costing(known: Judged, truth: Codes, decided: Codes) -> dict[str, float]:
    """What the verdicts cost in a thousand rows, where the asker named costs."""
    if not (cost := known.facts.get("cost")):
        return {}
    positive = known.facts["positive"]
    return {"cost_per_1000_rows": cost_per_1000(truth == positive, decided == positive, *cost)}


def _classify_nulls(known: Judged, truth: Codes, null: Floats, positive: int | None) -> nulls.Nulls:
    """Worth of the shares of the classes and of always (and never) calling the class that is looked for."""
    found = nulls.classify_nulls(truth, null, positive)
    if known.facts.get("cost"):
        at = int(known.facts["positive"])
        for name, called in (("prior", 1 - at), ("always_positive", at)):
            found[name] |= _costing(known, truth, np.full(len(truth), called))
    return found


def _cost(known: Judged, truth: Codes, decided: Codes) -> Facts:
    """The costs that were named, and what the model, never calling and always calling cost."""
    if not (cost := known.facts.get("cost")):
        return {}
    at = int(known.facts["positive"])
    called = {
        "per_1000_rows": decided,
        "never_calling": np.full(len(truth), 1 - at),
        "always_calling": np.full(len(truth), at),
    }
    found = {name: _costing(known, truth, one)["cost_per_1000_rows"] for name, one in called.items()}
    return {"cost": {"miss": cost[0], "false_alarm": cost[1], **found}}


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


def _by_fold(fold: Codes, measure: Callable[[NDArray[Any]], dict[str, float]]) -> list[dict[str, float]]:
    """The metrics of each fold alone: how much they differ is how far to trust them."""
    return [measure(fold == one) for one in np.unique(fold)]


def _detector(known: Judged) -> Worth:
    """Scores and alarms of normal rows that were held back, and so the alarms a shift that are promised."""
    score, row, period = known.rows["score"], known.rows["row"], float(known.facts["period"])
    alarm = known.rows.get("alarm", score > 1.0)
    watch = Watch.over(alarm, row, period)
    states = known.facts.get("states") or [""]
    named = [states[at] for at in known.rows["fit"]] if "fit" in known.rows else [""] * len(row)
    silent = [
        {"state": name, "rows": rows, "silent": True} for name, rows in known.facts.get("silent", {}).items()
    ]
    promise = [one.said(name) for name, one in by_state(alarm, row, named, period).items()]
    return Worth(
        {**watch.facts(), "false_alarm_rate": watch.alarmed / max(watch.rows, 1)},
        {"all_ones": {"false_alarm_rate": 1.0}},
        {
            "threshold": 1.0,
            "limit": {"quantile": detecting.QUANTILE, "factor": detecting.FACTOR},
            "promise": [*promise, *silent],
        },
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
