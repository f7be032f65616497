"""Probabilities that mean what they say: of a hundred castings called scrap at 20 %, twenty are.

A calibration is a broken line from the probability that a model gives to the share that came true, learnt from rows
that the model had not seen. It lies inside the served form, so that a batch, the line and the report say the same.

References
----------
J. Platt, "Probabilistic outputs for support vector machines", 1999; B. Zadrozny, C. Elkan, "Transforming classifier
scores into accurate multiclass probability estimates", KDD 2002 (isotonic); C. Guo et al., "On calibration of modern
neural networks", ICML 2017 (temperature, expected calibration error).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Rows of the rarer class from which on the line may have any rising shape.
ENOUGH = 200
#: Parts of the rows that judge a calibration learnt from the others.
PARTS = 5
BINS = 10
_LOG_ODDS = np.linspace(-12.0, 12.0, 49)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A broken line through `x` (what the model says) and `y` (what came true), both from 0 to 1.

    Of two classes it bends the probability of `positive`; of more, that of each, which then sum to 1 again.
    """

    method: str = "none"
    x: tuple[float, ...] = (0.0, 1.0)
    y: tuple[float, ...] = (0.0, 1.0)
    positive: int | None = None

    def apply(self, probability: Floats) -> Floats:
        """Probabilities as they came true. [N, C]."""
        if self.method == "none":
            return probability
        if self.positive is not None:
            found = np.interp(np.ascontiguousarray(probability[:, self.positive]), self.x, self.y)
            pair = (1.0 - found, found) if self.positive else (found, 1.0 - found)
            return np.stack(pair, axis=1)
        bent = [np.interp(np.ascontiguousarray(one), self.x, self.y) for one in probability.T]
        # Added class by class, so that a row's sum does not depend on the rows beside it.
        whole = sum(bent[1:], start=bent[0])
        return np.stack([one / whole for one in bent], axis=1)

    def to_dict(self) -> dict[str, Any]:
        """The calibration as JSON holds it."""
        return {"method": self.method, "x": list(self.x), "y": list(self.y), "positive": self.positive}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Calibration":
        """The calibration that `to_dict` wrote; raises ValueError if it is none."""
        x, y = (np.asarray(facts[name], dtype=np.float64) for name in ("x", "y"))
        if not (len(x) == len(y) > 1 and np.isfinite([x, y]).all() and (np.diff(x) > 0).all()):
            raise ValueError("a calibration needs finite points in rising order")
        return cls(str(facts["method"]), tuple(x.tolist()), tuple(y.tolist()), facts["positive"])


def fitted(truth: Codes, probability: Floats, positive: int | None) -> Calibration:
    """The calibration that helps most on rows it was not learnt from; `none` if none does.

    Parameters
    ----------
    truth
        Class of each row. [N]
    probability
        What a model said of these rows, which it had not seen. [N, C]
    positive
        Of two classes the one that is looked for; None for more.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> shy = rng.uniform(0.4, 0.6, 4000)
    >>> truth = (rng.random(4000) < (shy - 0.4) * 5).astype(np.int64)
    >>> line = fitted(truth, np.stack([1 - shy, shy], axis=1), 1)
    >>> float(line.apply(np.array([[0.42, 0.58]]))[0, 1].round(1))
    0.9
    """
    ways: list[Callable[[Codes, Floats], Calibration]] = [_none]
    if positive is None:
        ways.append(temperature)
    else:
        ways.append(lambda t, p: platt(t, p, positive))
        rarer = min(int((truth == positive).sum()), int((truth != positive).sum()))
        if rarer >= ENOUGH:
            ways.append(lambda t, p: isotonic(t, p, positive))
    losses = [_held_back_loss(way, truth, probability) for way in ways]
    return ways[int(np.argmin(losses))](truth, probability)


def _none(truth: Codes, probability: Floats) -> Calibration:
    """Probabilities as they are."""
    del truth, probability
    return Calibration()


def _held_back_loss(way: Callable[[Codes, Floats], Calibration], truth: Codes, probability: Floats) -> float:
    """Log loss of rows whose calibration came from the other parts."""
    return log_loss(truth, crossed(way, truth, probability))


def crossed(way: Callable[[Codes, Floats], Calibration], truth: Codes, probability: Floats) -> Floats:
    """Each fifth of the rows calibrated by the others. [N, C]."""
    part = np.arange(len(truth)) * PARTS // max(len(truth), 1)
    found = probability.copy()
    for at in range(PARTS):
        if (part == at).any() and len(np.unique(truth[part != at])) > 1:
            found[part == at] = way(truth[part != at], probability[part != at]).apply(probability[part == at])
    return found


def log_loss(truth: Codes, probability: Floats) -> float:
    """Mean log loss, with probabilities kept a thousandth from 0."""
    given = probability[np.arange(len(truth)), truth]
    return float(-np.log(np.clip(given, 1e-3, 1.0)).mean())


def platt(truth: Codes, probability: Floats, positive: int) -> Calibration:
    """A straight line on the scale of log-odds, never falling."""
    from scipy.optimize import minimize

    odds = _log_odds(probability[:, positive])
    # Platt's targets: a class that never failed in so few rows may fail yet.
    hits = int((truth == positive).sum())
    high, low = (hits + 1) / (hits + 2), 1 / (len(truth) - hits + 2)
    wanted = np.where(truth == positive, high, low)

    def loss(at: Floats) -> float:
        shifted = np.exp(at[0]) * odds + at[1]
        return float((np.logaddexp(0.0, shifted) - wanted * shifted).mean()) + 1e-4 * float(at[0] ** 2)

    slope, offset = minimize(loss, np.zeros(2), method="BFGS").x
    slope = np.exp(np.clip(slope, -6.0, 2.0))
    raised = 1.0 / (1.0 + np.exp(-np.clip(slope * _LOG_ODDS + offset, -30, 30)))
    return _line("platt", 1.0 / (1.0 + np.exp(-_LOG_ODDS)), raised, positive)


def isotonic(truth: Codes, probability: Floats, positive: int) -> Calibration:
    """Any rising line: shares of neighbours in rank, pooled until they rise, joined at their middles."""
    order = np.argsort(probability[:, positive], kind="stable")
    said, came = probability[order, positive], (truth[order] == positive).astype(np.float64)
    parts = np.array_split(np.arange(len(said)), min(40, max(len(said) // 50, 2)))
    blocks = [(float(said[part].mean()), float(came[part].mean()), len(part)) for part in parts]
    pooled: list[tuple[float, float, int]] = []
    for block in blocks:
        pooled.append(block)
        while len(pooled) > 1 and pooled[-2][1] >= pooled[-1][1]:
            (x0, y0, n0), (x1, y1, n1) = pooled[-2:]
            rows = n0 + n1
            pooled[-2:] = [((x0 * n0 + x1 * n1) / rows, (y0 * n0 + y1 * n1) / rows, rows)]
    x = np.array([one[0] for one in pooled])
    y = np.array([(one[1] * one[2] + 0.5) / (one[2] + 1) for one in pooled])
    return _line("isotonic", x, np.maximum.accumulate(y), positive)


def temperature(truth: Codes, probability: Floats) -> Calibration:
    """Every probability to one power, so that a model too sure of itself is cooled."""
    powers = np.geomspace(0.1, 4.0, 30)
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 1.0, 60)])
    lines = [
        _line("temperature", grid, np.maximum(grid, 1e-9) ** power, None, ends=False) for power in powers
    ]
    losses = [log_loss(truth, line.apply(probability)) for line in lines]
    return lines[int(np.argmin(losses))]


def _line(method: str, x: Floats, y: Floats, positive: int | None, *, ends: bool = True) -> Calibration:
    """A broken line from 0 to 1; its ends go on level."""
    if ends:
        x, y = (
            np.concatenate([[0.0], x, [1.0]]),
            np.concatenate([[y[0] * 0.999], y, [1 - (1 - y[-1]) * 0.999]]),
        )
    kept = np.concatenate([[True], np.diff(x) > 1e-12])
    return Calibration(method, tuple(x[kept].tolist()), tuple(y[kept].tolist()), positive)


def _log_odds(probability: Floats) -> Floats:
    kept = np.clip(probability, 6e-6, 1 - 6e-6)
    return np.log(kept / (1 - kept))


def calibration_error(truth: Codes, probability: Floats, positive: int | None) -> float:
    """Expected calibration error: how far what is said lies from what comes true, over ten bins of equal rows.

    Of two classes the probability of `positive` is judged, of more that of the likeliest class.

    >>> calibration_error(np.array([0, 1]), np.array([[0.5, 0.5], [0.5, 0.5]]), 1)
    0.0
    """
    if positive is None:
        said, came = probability.max(axis=1), probability.argmax(axis=1) == truth
    else:
        said, came = probability[:, positive], truth == positive
    order = np.argsort(said, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    # Rows said alike belong into one bin: they are judged together.
    gaps = [abs(said[part].mean() - came[part].mean()) * len(part) for part in _whole(parts, said)]
    return float(sum(gaps) / max(len(said), 1))


def _whole(parts: list[Codes], said: Floats) -> list[Codes]:
    """Bins that keep rows said alike together."""
    joined: list[Codes] = []
    for part in parts:
        if joined and said[joined[-1][-1]] == said[part[0]]:
            joined[-1] = np.concatenate([joined[-1], part])
        else:
            joined.append(part)
    return joined
