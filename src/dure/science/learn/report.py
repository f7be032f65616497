"""The last stage: what the model is worth beside its nulls, its card, what pictures are drawn from, the package."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure import __version__
from dure.science.learn import detecting, nulls, package
from dure.science.learn import plan as plans
from dure.science.learn.family import Exported, family_named
from dure.science.learn.graph import thinned
from dure.science.learn.metrics import best_threshold, classify_metrics, estimate_metrics
from dure.science.learn.model import matrix
from dure.science.learn.plan import Material
from dure.science.learn.reading import READ_FILE, permitted
from dure.science.learn.request import TrainRequest
from dure.science.learn.search import ROWS_FILE
from dure.science.learn.serving import FILES, opened
from dure.science.learn.validation import time_order
from dure.science.prepare import FittedRecipe
from dure.vocabulary import Progress, Text

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]
Facts = dict[str, Any]

LEVEL = 0.9
MOST_POINTS, BINS, MOST_SIGNALS, MOST_EXPLAINED = 400, 40, 30, 400
PACKAGE = "package"


def stage_report(request: TrainRequest, folder: Path, progress: Progress) -> None:
    """Measure, write the card, sign the package."""
    permitted(request)
    progress(0.9, "report")
    material = plans.kept(folder)
    outcome = json.loads((folder / "fit.json").read_bytes())
    recipe = FittedRecipe.from_dict(json.loads((folder / "recipe.json").read_bytes()))
    judged = _detector(material, folder) if material.plan.task == "detect" else _predictor(material, folder)
    progress(0.93, "report")
    if material.plan.task != "detect":
        judged["report"]["importance"] = _importance(material, recipe, outcome, folder)
    progress(0.96, "report")
    files = _files(request, folder, material, recipe, outcome, judged)
    package.write(files, folder / PACKAGE)
    plans.write_json(facts_of(json.loads(files["card.json"])), folder / "facts.json")
    progress(0.99, "report")


def _predictor(material: Material, folder: Path) -> Facts:
    """Metrics, nulls and pictures of a model with a target, from rows that were predicted without themselves."""
    rows = plans.read_arrays(folder / ROWS_FILE)
    there = rows["fold"] >= 0
    if material.setting.classes:
        return _classifier(material, rows, there)
    return _estimator(material, rows, there)


def _estimator(material: Material, rows: Mapping[str, NDArray[Any]], there: NDArray[np.bool_]) -> Facts:
    truth, found = material.y[there], rows["output"][there, 0]
    residual = np.abs(found - truth)
    below = conformal(residual)
    measured = {**estimate_metrics(truth, found), "interval_coverage": _coverage(residual, rows["fold"][there])}
    validation = material.plan.validation
    last = None
    if validation is not None and validation.kind == "blocked_time":
        last = nulls.last_known(material.y, time_order(material.setting), validation.gap)[there]
    beside = nulls.estimate_nulls(truth, rows["null"][there, 0], last)
    shown = thinned(len(truth), MOST_POINTS)
    return {
        "metric": measured,
        "nulls": beside,
        "card": {
            "interval": {"level": LEVEL, "below": below, "above": below},
            "target_mean": float(material.y.mean()),
        },
        "report": {
            "predicted": _rounded(found[shown]),
            "true": _rounded(truth[shown]),
            "residuals": _histogram(found - truth),
            "by_fold": _by_fold(rows["fold"], lambda part: estimate_metrics(material.y[part], rows["output"][part, 0])),
        },
    }


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


def _coverage(residual: Floats, fold: NDArray[np.int64]) -> float:
    """Share of rows inside an interval whose width came from the other folds only."""
    inside = [
        residual[fold == one] <= conformal(residual[fold != one]) for one in np.unique(fold) if (fold != one).any()
    ]
    return float(np.concatenate(inside).mean()) if inside else LEVEL


def _classifier(material: Material, rows: Mapping[str, NDArray[Any]], there: NDArray[np.bool_]) -> Facts:
    classes = material.plan.classes
    positive = classes.positive if classes else None
    truth, found = material.y[there].astype(np.int64), rows["output"][there]
    decided = rows["decided"][there]
    names = list(classes.names) if classes else []
    confusion = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(confusion, (truth, decided), 1)
    card: Facts = {"prior": (np.bincount(material.y.astype(np.int64), minlength=len(names)) / len(material.y)).tolist()}
    if positive is not None:
        # The threshold of the model that is kept comes from all rows; the F1 that is reported used thresholds
        # that each fold had found on its inner rows.
        card["threshold"] = best_threshold(truth == positive, found[:, positive])

    def of_fold(part: NDArray[np.bool_]) -> dict[str, float]:
        return classify_metrics(
            material.y[part].astype(np.int64), rows["output"][part], rows["decided"][part], positive=positive
        )

    return {
        "metric": classify_metrics(truth, found, decided, positive=positive),
        "nulls": nulls.classify_nulls(truth, rows["null"][there], positive),
        "card": card,
        "report": {
            "classes": names,
            "confusion": confusion.tolist(),
            "by_fold": _by_fold(rows["fold"], of_fold),
            "probability": _by_class(found, truth, positive),
        },
    }


def _by_class(found: Floats, truth: NDArray[np.int64], positive: int | None) -> Facts:
    """Histograms of the probability of the positive class, for rows of either kind."""
    if positive is None:
        return {}
    edges = np.linspace(0, 1, BINS + 1)
    return {
        "edges": _rounded(edges),
        "positive": np.histogram(found[truth == positive, positive], edges)[0].tolist(),
        "other": np.histogram(found[truth != positive, positive], edges)[0].tolist(),
    }


def _by_fold(fold: NDArray[np.int64], measure: Any) -> list[dict[str, float]]:
    """The metrics of each fold alone: how much they differ is how much to trust them."""
    return [measure(fold == one) for one in np.unique(fold) if one >= 0]


def _detector(material: Material, folder: Path) -> Facts:
    """Scores and alarms of normal rows that were held back."""
    score, watch = detecting.watched(material, folder)
    measured = {**watch.facts(), "false_alarm_rate": watch.alarmed / max(watch.rows, 1)}
    return {
        "metric": measured,
        "nulls": {"all_ones": {"false_alarm_rate": 1.0}},
        "card": {"threshold": 1.0, "limit": {"quantile": detecting.QUANTILE, "factor": detecting.FACTOR}},
        "report": {"scores": _histogram(score), "threshold": 1.0, "held_rows": watch.rows},
    }


def _importance(material: Material, recipe: FittedRecipe, outcome: Facts, folder: Path) -> list[Facts]:
    """Mean share of each signal in what the model says, over rows it learnt from, largest first."""
    family = family_named(material.plan.task, outcome["family"])
    served = opened(Exported(outcome["form"], (folder / outcome["fits"][0]["model"]).read_bytes()))
    frame = material.frame.select(material.plan.features)
    x = matrix(recipe.transform(frame, material.plan.segments))
    x = x[thinned(len(x), MOST_EXPLAINED)]
    parts = family.contributions(served, x)
    if parts is None:
        now = served.run(x)
        parts = np.stack([np.abs(now - served.run(_without(x, at))).reshape(len(x), -1).max(axis=1) for at in range(x.shape[1])], axis=1)
    weight: dict[str, float] = {}
    for origin, part in zip(recipe.origins.values(), np.abs(parts).mean(axis=0), strict=True):
        weight[origin] = weight.get(origin, 0.0) + float(part)
    whole = sum(weight.values()) or 1.0
    ranked = sorted(weight.items(), key=lambda one: -one[1])[:MOST_SIGNALS]
    return [{"signal": name, "share": round(value / whole, 4)} for name, value in ranked]


def _without(x: Floats, at: int) -> Floats:
    gone = x.copy()
    gone[:, at] = np.nan
    return gone


def _histogram(values: Floats) -> Facts:
    counts, edges = np.histogram(values, BINS)
    return {"edges": _rounded(edges), "counts": counts.tolist()}


def _rounded(values: Floats) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def _files(
    request: TrainRequest, folder: Path, material: Material, recipe: FittedRecipe, outcome: Facts, judged: Facts
) -> dict[str, bytes]:
    ending = FILES[outcome["form"]]
    many = len(outcome["fits"]) > 1
    fits = [
        {"file": f"model-{at:03d}{ending}" if at else f"model{ending}", **{k: v for k, v in fit.items() if k != "model"}}
        for at, fit in enumerate(outcome["fits"])
    ]
    models = {one["file"]: (folder / fit["model"]).read_bytes() for one, fit in zip(fits, outcome["fits"], strict=True)}
    read = json.loads((folder / READ_FILE).read_bytes())
    card = {**_card(request, material, recipe, outcome, judged), "fits": fits, "one_fit_a_source": many}
    documents = {
        "card.json": card,
        "recipe.json": recipe.to_dict(),
        "metrics.json": {"metric": judged["metric"], "nulls": judged["nulls"], "by_fold": judged["report"].pop("by_fold", [])},
        "report.json": judged["report"],
        "fingerprint.json": {
            "sources": [{"name": Path(name).name, "rows": rows, "sha256": read["files"].get(name, "")} for name, rows in read["sources"]],
            "rows": len(material.frame),
            "columns": material.frame.columns,
            "ranges": {one["name"]: [one["low"], one["high"]] for one in card["inputs"]},
        },
    }
    return models | {name: json.dumps(facts, ensure_ascii=False, indent=1, allow_nan=False).encode() for name, facts in documents.items()}


def _card(request: TrainRequest, material: Material, recipe: FittedRecipe, outcome: Facts, judged: Facts) -> Facts:
    plan = material.plan
    family = family_named(plan.task, outcome["family"])
    classes = plan.classes
    return {
        "version": package.VERSION,
        "dure": __version__,
        "made": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "task": plan.task,
        "why": _both(plan.why),
        "target": plan.target,
        "family": outcome["family"],
        "family_words": _both(family.label),
        "form": outcome["form"],
        "settings": outcome["settings"],
        "learnt": outcome["facts"],
        "tried": outcome["tried"],
        "seed": request.seed,
        "rows": len(material.frame),
        "inputs": _inputs(material, recipe),
        "left_out": [_aside(one) for one in plan.left_out],
        "to_look_at": [_aside(one) for one in plan.to_look_at],
        "clock": plan.clock,
        "period": plan.period,
        "group": plan.group if plan.task == "detect" else "",
        "normal_rows": request.normal_rows,
        "classes": {"names": list(classes.names), "kind": classes.kind, "positive": classes.positive} if classes else None,
        "validation": _validation(plan),
        "notes": [_both(note) for note in plan.notes],
        "metric": judged["metric"],
        "null": nulls.best(judged["nulls"]),
        **judged["card"],
    }


def _validation(plan: plans.Plan) -> Facts:
    """How the model was judged, as the card has it."""
    if plan.validation is not None:
        one = plan.validation
        return {"kind": one.kind, "gap": one.gap, "folds": one.folds, "by": one.by, "words": _both(one.words)}
    many = len(plan.sources) > 1
    gap = plan.recipe.warm_up
    words = Text(
        f"Normal rows in order were held back in {detecting.STRETCHES} stretches, {gap} rows left out on either side; "
        "the alarms are those of the rows held back" + (", in each file by its own fit." if many else "."),
        f"정상 행을 순서대로 {detecting.STRETCHES}구간으로 나누어 번갈아 떼어 두고(앞뒤 {gap}행 제외), 떼어 둔 행에서 난 경보를 "
        "셌습니다" + (". 파일마다 따로 학습했습니다." if many else "."),
    )
    return {"kind": "held_back_normal", "gap": gap, "folds": detecting.STRETCHES, "by": "", "words": _both(words)}


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "ko": text.ko}


def _aside(one: Any) -> Facts:
    return {"column": one.column, "key": one.key, "why": _both(one.why)}


def _inputs(material: Material, recipe: FittedRecipe) -> list[Facts]:
    """Columns that the model needs, with the range and the usual range of the rows it learnt from."""
    frame = material.frame
    if material.plan.task == "detect":
        import polars as pl

        frame = frame.filter(pl.Series(material.y > 0))
    return [
        {"name": one.name, "unit": one.unit, "kind": one.kind, **_range(frame.get_column(one.name))}
        for one in recipe.columns
    ]


def _range(column: "pl.Series") -> dict[str, float | None]:
    values = column.drop_nulls() if column.dtype.is_numeric() else column.head(0).cast(float, strict=False)
    finite = values.cast(float).filter(values.cast(float).is_finite())
    if finite.is_empty():
        return {"low": None, "high": None, "usual_low": None, "usual_high": None}
    low, high = finite.min(), finite.max()
    usual = [finite.quantile(share, "nearest") for share in (0.05, 0.95)]
    return {"low": low, "high": high, "usual_low": usual[0], "usual_high": usual[1]}  # type: ignore[dict-item]  # of floats these are floats


def facts_of(card: Mapping[str, Any]) -> Facts:
    """What `train` answers, from the card."""
    from dure.vocabulary import language

    validation = {**card["validation"], "words": card["validation"]["words"][language()]}
    return {
        "task": card["task"],
        "target": card["target"],
        "why": card["why"][language()],
        "rows": card["rows"],
        "columns": len(card["inputs"]),
        "family": card["family"],
        "validation": validation,
        "metric": card["metric"],
        "null": card["null"],
        "left_out": [{**one, "why": one["why"][language()]} for one in card["left_out"]],
        "to_look_at": [{**one, "why": one["why"][language()]} for one in card["to_look_at"]],
        "notes": [note[language()] for note in card["notes"]],
    }
