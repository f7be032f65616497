"""Measures of what was foretold and of lives that were said, beside those of any number.

References
----------
R. J. Hyndman, A. B. Koehler, "Another look at measures of forecast accuracy", Int. J. Forecasting 22(4), 679-688,
2006 (mean absolute scaled error); Y. Park et al., "Learning quantile functions without quantile crossing for
distribution-free time series forecasting", AISTATS 2022, §5 (weighted quantile loss); A. Saxena et al., "Damage
propagation modeling for aircraft engine run-to-failure simulation", PHM 2008 (the score of NASA's challenge); A. Saxena
et al., "Metrics for offline evaluation of prognostic performance", IJPHM 1(1), 2010 (alpha-lambda).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Facts = Mapping[str, Any]

#: Half of a life, and how far from the truth a life may then be said, as a share of it.
LAMBDA, ALPHA = 0.5, 0.2


def more(facts: Facts, truth: Floats, said: Floats) -> dict[str, float]:
    """The measures that the asked task adds for rows and what was said of them.

    Parameters
    ----------
    facts
        `scale` of a forecast, `lives` of a life: as the asked task found them; neither adds nothing.

    Examples
    --------
    >>> more({"scale": 2.0}, np.array([1.0, 3.0]), np.array([2.0, 4.0]))
    {'mean_absolute_scaled_error': 0.5}
    """
    found = {}
    if "scale" in facts:
        found["mean_absolute_scaled_error"] = float(np.abs(truth - said).mean() / facts["scale"])
    if facts.get("lives"):
        found["nasa_score"] = nasa_score(truth, said)
    return found


def quantile_loss(truth: Floats, said: Mapping[float, Floats]) -> float:
    """Mean over the quantiles of twice the pinball loss, as a share of the sum of the absolute truth.

    >>> quantile_loss(np.array([2.0, 4.0]), {0.5: np.array([3.0, 3.0])}).__round__(3)
    0.333
    """
    whole = max(float(np.abs(truth).sum()), 1e-12)
    parts = [2 * _pinball(truth, values, level) / whole for level, values in said.items()]
    return float(np.mean(parts))


def _pinball(truth: Floats, values: Floats, level: float) -> float:
    off = truth - values
    return float(np.maximum(level * off, (level - 1) * off).sum())


def quantiles(level: float, lower: Floats, middle: Floats, upper: Floats) -> dict[float, Floats]:
    """The quantiles that an interval of so much probability states, with its middle.

    >>> list(quantiles(0.8, np.zeros(1), np.zeros(1), np.zeros(1)))
    [0.1, 0.5, 0.9]
    """
    low = round((1 - level) / 2, 6)
    return {low: lower, 0.5: middle, round(1 - low, 6): upper}


def nasa_score(truth: Floats, said: Floats) -> float:
    """Sum over rows of what a wrong life costs: late ones more than early ones; 0 is perfect.

    >>> round(nasa_score(np.array([50.0, 50.0]), np.array([60.0, 40.0])), 3)
    2.876
    """
    off = np.clip(said - truth, -500.0, 500.0)
    return float(np.where(off < 0, np.expm1(-off / 13.0), np.expm1(off / 10.0)).sum())


def alpha_lambda(truth: Floats, said: Floats, thing: Codes) -> float:
    """Share of things whose remaining life was said within a fifth of the truth when half of it was over.

    Parameters
    ----------
    truth, said
        Remaining life of each row, in order of time within each thing. [N]
    thing
        Number of the thing of each row. [N]

    Examples
    --------
    >>> alpha_lambda(np.array([4.0, 3.0, 2.0, 1.0]), np.array([9.0, 9.0, 2.2, 9.0]), np.zeros(4, dtype=np.int64))
    1.0
    """
    hits = []
    for one in np.unique(thing):
        rows = np.flatnonzero(thing == one)
        at = rows[int(LAMBDA * len(rows))]
        hits.append(abs(said[at] - truth[at]) <= ALPHA * truth[at])
    return float(np.mean(hits)) if hits else float("nan")
