"""Measures of a model's worth, under scikit-learn's names in snake case; a detector's under the field's.

Every function takes what was true first and gives plain floats; a measure that the rows cannot give (one class
only) is left out rather than guessed.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.judging.nab import LOW_FN, LOW_FP, STANDARD, Timeline, nab

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]

#: For these a smaller number is the better model.
SMALLER_IS_BETTER = frozenset(
    {
        "mean_absolute_error",
        "root_mean_squared_error",
        "log_loss",
        "false_alarm_rate",
        "missed_alarm_rate",
        "cost_per_1000_rows",
        "calibration_error",
        "mean_absolute_scaled_error",
        "weighted_quantile_loss",
        "nasa_score",
    }
)
#: The measure that chooses between models, and that is named first.
HEADLINE: Mapping[str, tuple[str, ...]] = {
    "estimate": ("mean_absolute_error", "r2"),
    "classify": ("roc_auc", "accuracy"),
    "detect": ("f1", "alarms_per_shift"),
}


def estimate_metrics(truth: Floats, prediction: Floats) -> dict[str, float]:
    """Worth of predicted numbers, in the unit of the target.

    >>> estimate_metrics(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]))["r2"]
    0.5
    """
    error = prediction - truth
    spread = float(((truth - truth.mean()) ** 2).sum())
    measured = {
        "mean_absolute_error": float(np.abs(error).mean()),
        "root_mean_squared_error": float(np.sqrt((error**2).mean())),
    }
    if spread > 0:
        measured = {"r2": 1.0 - float((error**2).sum()) / spread, **measured}
    return measured


def classify_metrics(
    truth: Codes, probability: Floats, decided: Codes, *, positive: int | None = None
) -> dict[str, float]:
    """Worth of predicted classes.

    Parameters
    ----------
    truth
        Class of each row as its place in the list of classes.
    probability
        One column a class, rows sum to 1.
    decided
        Class decided for each row.
    positive
        Of two classes, the one that is looked for; None for more classes.

    Examples
    --------
    >>> truth, probability = np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]])
    >>> classify_metrics(truth, probability, np.array([0, 0, 1]), positive=1)["roc_auc"]
    1.0
    """
    per_class = [(decided[truth == one] == one).mean() for one in np.unique(truth)]
    given = np.clip(probability[np.arange(len(truth)), truth], 1e-12, None)
    measured = {
        "accuracy": float((truth == decided).mean()),
        "balanced_accuracy": float(np.mean(per_class)),
        "log_loss": float(-np.log(given).mean()),
    }
    if positive is None:
        there = np.union1d(truth, decided)
        measured["f1_macro"] = float(np.mean([f1(truth == one, decided == one) for one in there]))
        return measured
    hit = truth == positive
    return {**measured, "f1": f1(hit, decided == positive), **ranking(hit, probability[:, positive])}


def f1(truth: Flags, called: Flags) -> float:
    """Harmonic mean of precision and recall; 0 when nothing is true and nothing called.

    >>> f1(np.array([True, True, False]), np.array([True, False, False])).__round__(3)
    0.667
    """
    hits, wrong = int((truth & called).sum()), int((truth != called).sum())
    return 2 * hits / (2 * hits + wrong) if hits + wrong else 0.0


def ranking(truth: Flags, score: Floats) -> dict[str, float]:
    """`roc_auc` and `average_precision` of a score; nothing when there is one class only.

    >>> ranking(np.array([False, True, False, True]), np.array([0.1, 0.4, 0.4, 0.8]))
    {'roc_auc': 0.875, 'average_precision': 0.8333333333333333}
    """
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return {}
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    # Rows of equal score are one step: the curves have a point where the next one differs.
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    hits = np.cumsum(truth[order])[last].astype(np.float64)
    called = last + 1.0
    recall, false = hits / positives, (called - hits) / negatives
    area = np.trapezoid(np.append(0.0, recall), np.append(0.0, false))
    precision = float((np.diff(np.append(0.0, recall)) * hits / called).sum())
    return {"roc_auc": float(area), "average_precision": precision}


def detect_metrics(truth: Flags, alarm: Flags, score: Floats | None = None) -> dict[str, float]:
    """Worth of alarms, row by row: F1, false and missed alarms as shares of normal and abnormal rows.

    >>> detect_metrics(np.array([False, False, True, True]), np.array([True, False, True, True]))
    {'f1': 0.8, 'false_alarm_rate': 0.5, 'missed_alarm_rate': 0.0}
    """
    false, missed = int((~truth & alarm).sum()), int((truth & ~alarm).sum())
    measured = {"f1": f1(truth, alarm)}
    if (~truth).any():
        measured["false_alarm_rate"] = false / int((~truth).sum())
    if truth.any():
        measured["missed_alarm_rate"] = missed / int(truth.sum())
    return measured if score is None else {**measured, **ranking(truth, score)}


def change_metrics(experiments: Sequence[Timeline]) -> dict[str, float]:
    """The change-point measures, where there are change points: `nab_standard`, `nab_low_fp`, `nab_low_fn`."""
    score = nab(experiments, STANDARD)
    if np.isnan(score):
        return {}
    return {
        "nab_standard": score,
        "nab_low_fp": nab(experiments, LOW_FP),
        "nab_low_fn": nab(experiments, LOW_FN),
    }


def best_threshold(positive: Flags, probability: Floats) -> float:
    """Probability above which a row is called positive, so that F1 on these rows is as good as the largest.

    Of all thresholds whose F1 is within one standard error of the largest, the one nearest to 0.5: the very best
    one follows the accidents of these rows, and the next ones will have others.

    References
    ----------
    L. Breiman et al., "Classification and Regression Trees", 1984, §3.4.3 (the one standard error rule).

    Examples
    --------
    >>> best_threshold(np.array([False, False, True, True]), np.array([0.1, 0.2, 0.3, 0.9])).__round__(2)
    0.28
    """
    order = np.argsort(-probability, kind="stable")
    ranked, found = probability[order], np.cumsum(positive[order])
    # Rows of equal probability fall on the same side, so only the last of each may be the cut.
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    score = 2 * found[last] / (last + 1 + max(int(positive.sum()), 1))
    below = np.append(ranked, ranked[-1] - 1.0 if ranked[-1] <= 0 else 0.0)[last + 1]
    most = float(score.max())
    error = np.sqrt(most * (1 - most) / max(int(positive.sum()), 1))
    allowed = score >= most - error
    # A cut may lie anywhere between its two neighbours; between them, as near to one half as leaves a margin.
    margin = (ranked[last] - below) / 4
    cuts = np.clip(0.5, below + margin, ranked[last] - margin)
    return float(cuts[allowed][np.abs(cuts[allowed] - 0.5).argmin()])


def cheapest_threshold(positive: Flags, probability: Floats, miss: float, false_alarm: float) -> float:
    """Probability above which a row is called positive so that misses and false alarms cost little on these rows.

    Of all thresholds whose cost is within one standard error of the least, the one nearest to
    `false_alarm / (miss + false_alarm)`, which is the best one for probabilities that come true (C. Elkan, "The
    foundations of cost-sensitive learning", IJCAI 2001).

    >>> cheapest_threshold(np.array([False, False, True, True]), np.array([0.1, 0.2, 0.3, 0.9]), 3, 1).__round__(2)
    0.25
    """
    order = np.argsort(-probability, kind="stable")
    ranked, hit = probability[order], positive[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    caught, called = np.append(0, np.cumsum(hit)[last]), np.append(0, last + 1)
    cost = miss * (int(hit.sum()) - caught) + false_alarm * (called - caught)
    least = int(np.argmin(cost))
    missed, alarmed = int(hit.sum()) - caught[least], called[least] - caught[least]
    error = np.sqrt(miss**2 * missed + false_alarm**2 * alarmed)
    allowed = cost <= cost[least] + error
    edges = np.concatenate([[max(1.0, float(ranked[0]))], ranked[last], [0.0]])
    # Between two neighbours any cut calls the same rows; it stays a little off both.
    high, low = edges[:-1], edges[1:]
    margin = (high - low) / 4
    wanted = false_alarm / (miss + false_alarm)
    cuts = np.clip(wanted, low + margin, high - margin)
    return float(cuts[allowed][np.abs(cuts[allowed] - wanted).argmin()])


def costs(written: str) -> tuple[float, float]:
    """Cost of a miss and of a false alarm in `MISS:FALSE`; raises ValueError if it is none.

    >>> costs("20:1")
    (20.0, 1.0)
    """
    miss, false_alarm = (float(part) for part in written.split(":"))
    if not (miss > 0 and false_alarm > 0 and np.isfinite(miss + false_alarm)):
        raise ValueError(written)
    return miss, false_alarm


def cost_per_1000(positive: Flags, called: Flags, miss: float, false_alarm: float) -> float:
    """What misses and false alarms cost in a thousand rows.

    >>> cost_per_1000(np.array([True, False]), np.array([False, True]), 20.0, 1.0)
    10500.0
    """
    missed, alarmed = int((positive & ~called).sum()), int((~positive & called).sum())
    return 1000.0 * (miss * missed + false_alarm * alarmed) / max(len(positive), 1)


def better(name: str, one: float, other: float) -> bool:
    """Whether `one` is the better value of the measure `name`.

    >>> better("r2", 0.9, 0.8), better("log_loss", 0.9, 0.8)
    (True, False)
    """
    return one < other if name in SMALLER_IS_BETTER else one > other
