"""What needs no model: the answers that every model stands beside.

A number is also foretold by the mean, or by the last value that was known; a class by how common it is, or by always
calling the class that is looked for; an anomaly by alarming always. A model that is not better than these is
worth nothing, whatever its score.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.judging import reckoned
from dure.science.learn.judging.metrics import better, classify_metrics, detect_metrics, estimate_metrics

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]
Nulls = dict[str, dict[str, float]]


def estimate_nulls(truth: Floats, means: Floats, last: Floats | None) -> Nulls:
    """Worth of the mean of the rows learnt from, and of the last known value where rows follow in time.

    >>> estimate_nulls(np.array([1.0, 3.0]), np.array([2.0, 2.0]), np.array([0.0, 1.0]))["mean"]["r2"]
    0.0
    """
    found = {"mean": estimate_metrics(truth, means)}
    if last is not None:
        known = ~np.isnan(last)
        if known.sum() > 1:
            found["persistence"] = estimate_metrics(truth[known], last[known])
    return found


def beside(truth: Floats, said: Mapping[str, Floats], facts: Mapping[str, object]) -> Nulls:
    """Worth of each answer that the asked task knows without a model, on the rows for which it knows one.

    >>> beside(np.array([1.0, 3.0]), {"last_value": np.array([0.0, 1.0])}, {"scale": 2.0})["last_value"]["r2"]
    -1.5
    """
    found = {}
    for name, values in said.items():
        known = ~np.isnan(values)
        if known.sum() > 1:
            there, own = truth[known], values[known]
            found[name] = {**estimate_metrics(there, own), **reckoned.more(facts, there, own)}
            if "scale" in facts:
                found[name]["weighted_quantile_loss"] = reckoned.quantile_loss(there, {0.5: own})
    return found


def classify_nulls(truth: Codes, prior: Floats, positive: int | None) -> Nulls:
    """Worth of the shares of the classes, and, of two classes, of always calling the one that is looked for."""
    found = {"prior": classify_metrics(truth, prior, prior.argmax(axis=1), positive=positive)}
    # One class called throughout gets one class right; shares that differ between folds must not look like less than that.
    constant = 1 / max(len(np.unique(truth)), 1)
    found["prior"]["balanced_accuracy"] = max(found["prior"]["balanced_accuracy"], constant)
    if positive is not None and "roc_auc" in found["prior"]:
        # Shares that differ between folds must not look like a ranking: what knows nothing ranks at random.
        found["prior"] |= {"roc_auc": 0.5, "average_precision": float((truth == positive).mean())}
    if positive is not None:
        always = classify_metrics(truth, prior, np.full(len(truth), positive), positive=positive)
        found["always_positive"] = {name: always[name] for name in ("accuracy", "balanced_accuracy", "f1")}
    return found


def detect_nulls(truth: Flags) -> Nulls:
    """Worth of an alarm in every row.

    >>> round(detect_nulls(np.array([True, True, False]))["all_ones"]["f1"], 3)
    0.8
    """
    return {"all_ones": detect_metrics(truth, np.ones(len(truth), dtype=bool))}


def best(nulls: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """For each measure the best value that any of the nulls reaches.

    >>> best({"mean": {"r2": 0.0}, "persistence": {"r2": 0.4}})
    {'r2': 0.4}
    """
    found: dict[str, float] = {}
    for worth in nulls.values():
        for name, value in worth.items():
            if name not in found or better(name, value, found[name]):
                found[name] = value
    return found


def last_known(values: Floats, order: NDArray[np.int64], gap: int) -> Floats:
    """For each row the value that was known `gap` rows before, in order of time; NaN where there was none. [N].

    >>> last_known(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 2]), 1).tolist()
    [nan, 1.0, 2.0]
    """
    found = np.full(len(values), np.nan)
    lag = max(gap, 1)
    found[order[lag:]] = values[order[:-lag]]
    return found
