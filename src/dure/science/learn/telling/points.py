"""What pictures of a model are drawn from, taken from its judged rows and from nothing else; small and bounded."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.forms.graph import thinned
from dure.science.learn.judging.judged import Judged
from dure.science.learn.judging.metrics import f1

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
Facts = dict[str, Any]

#: Points along time, parts beside each other, bins of a calibration, cuts of a curve.
MOST_POINTS, MOST_PARTS, BINS, CUTS = 240, 24, 10, 60
#: Rows below which a part or a bin says nothing.
FEWEST = 10


def points(known: Judged) -> Facts:
    """Points of the pictures by name: `over_time`, `parts`, `groups`, `calibration`, `curve`, `importance`; what fits the task."""
    if known.task == "detect":
        return {}
    rows = known.rows
    there = rows["fold"] >= 0
    found: Facts = {"parts": parts(known, there)}
    if grouped(known):
        found["groups"] = known.facts.get("groups", [])
    if known.task == "estimate":
        if known.facts.get("validation") == "blocked_time":
            found["over_time"] = over_time(known, there)
    elif known.facts["positive"] is not None:
        positive = int(known.facts["positive"])
        hit, probability = rows["truth"][there] == positive, rows["output"][there, positive]
        found |= {"calibration": calibration(hit, probability), "curve": curve(hit, probability)}
    else:
        output = rows["output"][there]
        right = output.argmax(axis=1) == rows["truth"][there]
        found["calibration"] = calibration(right, output.max(axis=1))
    if "parts" in rows:
        found["importance"] = importance(known)
    return found


def over_time(known: Judged, there: Flags) -> Facts:
    """True and predicted values in order of time, evenly thinned; `time` [s since 1970 UTC] where it is known."""
    rows = known.rows
    at = np.flatnonzero(there)
    if "seconds" in rows:
        at = at[np.isfinite(rows["seconds"][at])]
        at = at[np.argsort(rows["seconds"][at], kind="stable")]
    shown = np.arange(len(at))[thinned(len(at), MOST_POINTS)]
    at = at[shown]
    dated_rows = "seconds" in rows and dated(rows["seconds"][at])
    place = {"time": rows["seconds"][at].tolist()} if dated_rows else {"row": shown.tolist()}
    return {**place, "true": _short(rows["truth"][at]), "said": _short(rows["output"][at, 0])}


def dated(seconds: Floats) -> bool:
    """Whether moments [s since 1970 UTC] are dates of a plant, and not seconds since some start.

    >>> dated(np.array([1.3e9])), dated(np.array([0.0, 3600.0]))
    (True, False)
    """
    return bool(len(seconds)) and bool(((seconds > 3e8) & (seconds < 8e9)).all())


def grouped(known: Judged) -> bool:
    """Whether rows were held back by group, so that groups are what can differ."""
    return "group" in known.rows and known.facts.get("validation") in {"grouped", "within_groups"}


def parts(known: Judged, there: Flags) -> list[Facts]:
    """How well the model and no model do in each group, or else in each block, in order; the largest ones.

    Each has `part` (its number), `rows`, `value` and `null`: the average error of a number, F1 of the class that is
    looked for, or the share of right verdicts; and `from`, `to` [s] where blocks follow in time.
    """
    rows = known.rows
    by = rows["group"] if grouped(known) else rows["fold"]
    numbers, sizes = np.unique(by[there], return_counts=True)
    largest = np.sort(numbers[np.argsort(-sizes, kind="stable")[:MOST_PARTS]])
    found = []
    for number in largest:
        part = there & (by == number)
        if part.sum() < FEWEST or not _tells(known, part):
            continue
        said = {"part": int(number), "rows": int(part.sum()), **_worth(known, part)}
        if "seconds" in rows and known.facts.get("validation") == "blocked_time":
            when = rows["seconds"][part][np.isfinite(rows["seconds"][part])]
            said |= {"from": float(when.min()), "to": float(when.max())} if dated(when) else {}
        found.append(said)
    return found


def _tells(known: Judged, part: Flags) -> bool:
    """Whether the part has what is looked for: F1 is 0 without it, however right every verdict is."""
    positive = None if known.task == "estimate" else known.facts["positive"]
    return positive is None or bool((known.rows["truth"][part] == positive).any())


def _worth(known: Judged, part: Flags) -> dict[str, float]:
    rows = known.rows
    truth, null = rows["truth"][part], rows["null"][part]
    if known.task == "estimate":
        said = rows["output"][part, 0]
        return {
            "value": float(np.abs(said - truth).mean()),
            "null": float(np.abs(null[:, 0] - truth).mean()),
        }
    positive = known.facts["positive"]
    if positive is None:
        said = rows["decided"][part]
        return {"value": float((said == truth).mean()), "null": float((null.argmax(axis=1) == truth).mean())}
    hit = truth == positive
    return {
        "value": f1(hit, rows["decided"][part] == positive),
        "null": f1(hit, np.ones(len(hit), dtype=bool)),
    }


def calibration(hit: Flags, probability: Floats) -> Facts:
    """Stated probability beside how often it came true, in ten bins of equal width; those of few rows are left out.

    Examples
    --------
    >>> hit = np.repeat([False, True, False, True], [15, 5, 2, 18])
    >>> calibration(hit, np.repeat([0.25, 0.85], 20))
    {'said': [0.25, 0.85], 'true': [0.25, 0.9], 'rows': [20, 20]}
    """
    place = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    bins = [place == at for at in range(BINS) if (place == at).sum() >= FEWEST]
    return {
        "said": _short(np.array([probability[part].mean() for part in bins])),
        "true": _short(np.array([hit[part].mean() for part in bins])),
        "rows": [int(part.sum()) for part in bins],
    }


def curve(hit: Flags, probability: Floats) -> Facts:
    """What each threshold would miss (share of those looked for) and stop wrongly (share of the others).

    Examples
    --------
    >>> found = curve(np.array([False, True]), np.array([0.2, 0.8]))
    >>> found["threshold"][0], found["missed"][0], found["wrong"][0]
    (0.0, 0.0, 1.0)
    """
    positives, others = max(int(hit.sum()), 1), max(int((~hit).sum()), 1)
    cuts = np.unique(
        np.concatenate([np.linspace(0, 1, CUTS // 2), np.quantile(probability, np.linspace(0, 1, CUTS // 2))])
    )
    ranked_hit, ranked_other = np.sort(probability[hit]), np.sort(probability[~hit])
    below_hit = np.searchsorted(ranked_hit, cuts, side="right")
    below_other = np.searchsorted(ranked_other, cuts, side="right")
    return {
        "threshold": _short(cuts),
        "missed": _short(below_hit / positives),
        "wrong": _short((others - below_other) / others),
        "positives": int(hit.sum()),
        "others": int((~hit).sum()),
    }


def importance(known: Judged, most: int = 30) -> list[Facts]:
    """Mean share of each signal in what the model says of some of its rows, largest first."""
    weight = np.abs(known.rows["parts"]).mean(axis=0)
    whole = float(weight.sum()) or 1.0
    order = np.argsort(-weight, kind="stable")[:most]
    return [
        {"signal": known.facts["signals"][at], "share": round(float(weight[at]) / whole, 4)} for at in order
    ]


def _short(values: Floats) -> list[float]:
    """Six digits of each value: enough to draw."""
    return [float(f"{value:.6g}") for value in values]
