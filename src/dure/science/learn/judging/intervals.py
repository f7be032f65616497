"""Intervals for numbers that hold what they promise, wide where the model errs and narrow where it does not.

Widths come from rows predicted by models that never saw them (conformal prediction). Where it makes them narrower
at the same promise, rows are taken apart by what is predicted (Mondrian): a strong casting may be foretold better
than a weak one.

References
----------
J. Lei et al., "Distribution-free predictive inference for regression", JASA 113(523), 1094-1111, 2018; V. Vovk et al.,
"Mondrian confidence machine", 2003; R. L. Winkler, "A decision-theoretic approach to interval estimation", JASA
67(337), 187-191, 1972.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Way = Callable[[Floats, Floats, Codes, float], dict[str, Any]]

LEVEL = 0.9
#: Rows that a bin needs: nine tenths of fewer say little.
LEAST, MOST_BINS = 80, 8
#: Parts of a block by which it is seen whether widths last, and the levels that may take the place of the promise.
PARTS_OF_BLOCK, LEVELS = 6, (0.82, 0.84, 0.86, 0.88, 0.9, 0.92, 0.94, 0.96, 0.98)


def bounds(interval: Mapping[str, Any], prediction: Floats) -> tuple[Floats, Floats]:
    """Lower and upper bound of each prediction, in the unit of the target. [N] each.

    Parameters
    ----------
    interval
        `below` and `above`, the same for all; or, where there are `edges`, `belows` and `aboves`, one for each bin of
        what is predicted.

    Examples
    --------
    >>> bounds({"below": 1.0, "above": 2.0}, np.array([5.0]))
    (array([4.]), array([7.]))
    >>> apart = {"below": 1.0, "above": 1.0, "edges": [10.0], "belows": [1.0, 3.0], "aboves": [1.0, 4.0]}
    >>> bounds(apart, np.array([5.0, 20.0]))
    (array([ 4., 17.]), array([ 6., 24.]))
    """
    edges = interval.get("edges") or []
    if not edges:
        return prediction - interval["below"], prediction + interval["above"]
    at = np.searchsorted(np.asarray(edges), prediction, side="right")
    return prediction - np.asarray(interval["belows"])[at], prediction + np.asarray(interval["aboves"])[at]


def plain(truth: Floats, prediction: Floats, level: float = LEVEL) -> dict[str, Any]:
    """One width for all rows.

    >>> plain(np.arange(1.0, 20.0), np.zeros(19))["above"]
    18.0
    """
    half = quantile(np.abs(truth - prediction), level)
    return {"level": level, "below": half, "above": half}


def apart(truth: Floats, prediction: Floats, level: float = LEVEL) -> dict[str, Any]:
    """A width for each bin of what is predicted, above and below by themselves."""
    whole = plain(truth, prediction, level)
    bins = min(MOST_BINS, len(truth) // LEAST)
    edges = np.unique(np.quantile(prediction, np.linspace(0, 1, bins + 1)[1:-1])) if bins > 1 else np.empty(0)
    at = np.searchsorted(edges, prediction, side="right")
    if not len(edges) or np.bincount(at, minlength=len(edges) + 1).min() < LEAST // 2:
        return whole
    rest = 1 - (1 - level) / 2
    off = truth - prediction
    belows = [max(quantile(-off[at == one], rest), 0.0) for one in range(len(edges) + 1)]
    aboves = [max(quantile(off[at == one], rest), 0.0) for one in range(len(edges) + 1)]
    return {**whole, "edges": edges.tolist(), "belows": belows, "aboves": aboves}


def fitted(truth: Floats, prediction: Floats, block: Codes, level: float = LEVEL) -> dict[str, Any]:
    """Plain widths or widths apart, whichever costs less on blocks that they were not learnt from (Winkler)."""
    costs = {}
    for way in (plain, apart):
        parts = [one for one in np.unique(block) if (block != one).any()]
        costs[way] = sum(
            _winkler(truth[block == one], *bounds(way(truth[block != one], prediction[block != one], level), prediction[block == one]), level)
            for one in parts
        )  # fmt: skip
    # What is simple stays unless the other is better by a fiftieth.
    chosen = apart if costs[apart] < 0.98 * costs[plain] else plain
    return chosen(truth, prediction, level)


def lasting(truth: Floats, prediction: Floats, block: Codes, level: float = LEVEL) -> dict[str, Any]:
    """Widths that hold their promise on what comes later: as wide as later blocks would have needed by earlier ones.

    Errors of one season are narrower than those of the next, so the quantile of all rows that are past promises too much.
    Each block (a fold) is cut into `PARTS_OF_BLOCK` that follow each other; the level whose widths, taken from the parts
    before, hold `level` of the part that follows on average takes the place of `level` itself (adaptive conformal
    inference, Gibbs and Candès, NeurIPS 2021, in large steps). It is never lower, so nothing gets narrower than before.

    Parameters
    ----------
    truth, prediction, block
        Rows in order of time; blocks follow each other. [N] each.

    Examples
    --------
    >>> off = np.concatenate([np.tile(np.linspace(0, 1, 20), 6), np.tile(np.linspace(0, 3, 20), 6)])
    >>> wide = lasting(off, np.zeros(240), np.repeat([0, 1], 120), 0.8)
    >>> wide["level"], bool(wide["above"] > plain(off, np.zeros(240), 0.8)["above"])
    (0.8, True)
    """
    part = _parts(block)
    found = fitted(truth, prediction, part, level)
    way = apart if found.get("edges") else plain
    last = int(part.max(initial=-1)) + 1
    turns = [(part < one, part == one) for one in range(max(last // 3, 1), last)]

    def holds(tried: float) -> bool:
        """Whether widths of this level, from the parts before, hold the promise on the parts that follow."""
        inside = [
            _inside(truth[now], *bounds(way(truth[past], prediction[past], tried), prediction[now]))
            for past, now in turns
        ]
        return not inside or float(np.mean(inside)) >= level

    wanted = [level, *(one for one in LEVELS if one > level)]
    own = next((one for one in wanted if holds(one)), wanted[-1])
    return found if own == level else {**way(truth, prediction, own), "level": level, "own": own}


def _parts(block: Codes) -> Codes:
    """Each block cut into parts of rows that follow each other, numbered through. [N]."""
    found = np.zeros(len(block), dtype=np.int64)
    for place, one in enumerate(np.unique(block)):
        at = np.flatnonzero(block == one)
        found[at] = place * PARTS_OF_BLOCK + np.arange(len(at)) * PARTS_OF_BLOCK // len(at)
    return found


def _inside(truth: Floats, lower: Floats, upper: Floats) -> float:
    return float(((truth >= lower) & (truth <= upper)).mean())


def _winkler(truth: Floats, lower: Floats, upper: Floats, level: float) -> float:
    """Width plus what a miss costs, summed."""
    missed = np.maximum(lower - truth, 0) + np.maximum(truth - upper, 0)
    return float((upper - lower + 2 / (1 - level) * missed).sum())


def covered(
    truth: Floats, prediction: Floats, block: Codes, *, ordered: bool, level: float = LEVEL
) -> dict[int, float]:
    """Share of rows inside their interval, block by block, with widths from the other blocks, or the earlier ones.

    Parameters
    ----------
    ordered
        Whether blocks follow each other in time: then widths come from the blocks before only, and the first has none.

    Examples
    --------
    >>> off = np.tile(np.arange(10.0), 2)
    >>> covered(off, np.zeros(20), np.repeat([0, 1], 10), ordered=False)
    {0: 1.0, 1: 1.0}
    """
    lower, upper = honest(truth, prediction, block, ordered=ordered, level=level)
    return shares_inside(truth, lower, upper, block)


def honest(  # noqa: PLR0913 - what the rows are, and how widths are found
    truth: Floats,
    prediction: Floats,
    block: Codes,
    *,
    ordered: bool,
    level: float = LEVEL,
    way: Way = fitted,
) -> tuple[Floats, Floats]:
    """Bounds of each row by widths from the other blocks, or the earlier ones; NaN where there is none. [N] each.

    `way` finds widths: `fitted`, or `lasting` where rows are in order of time.
    """
    found_lower, found_upper = np.full(len(truth), np.nan), np.full(len(truth), np.nan)
    for one in np.unique(block):
        others = block < one if ordered else block != one
        if not others.any():
            continue
        here = block == one
        widths = way(truth[others], prediction[others], block[others], level)
        found_lower[here], found_upper[here] = bounds(widths, prediction[here])
    return found_lower, found_upper


def shares_inside(truth: Floats, lower: Floats, upper: Floats, block: Codes) -> dict[int, float]:
    """Share of the rows of each block that lie inside their bounds, where they have any.

    >>> shares_inside(np.array([1.0, 2.0]), np.array([0.0, np.nan]), np.array([3.0, np.nan]), np.array([0, 1]))
    {0: 1.0}
    """
    found = {}
    for one in np.unique(block):
        here = (block == one) & ~np.isnan(lower)
        if here.any():
            found[int(one)] = float(((truth[here] >= lower[here]) & (truth[here] <= upper[here])).mean())
    return found


def quantile(values: Floats, level: float) -> float:
    """The value that a new one stays below with probability `level`, with the correction for few rows."""
    ranked = np.sort(values)
    place = int(np.ceil((len(ranked) + 1) * level)) - 1
    return float(ranked[min(place, len(ranked) - 1)])
