"""Intervals that keep their promise under drift: wider after misses, narrower after hits.

The half width is a quantile of recent absolute errors, each in units of the error usual when it was made. The level
of the quantile itself moves with every label: after a miss it rises by step · level, after a hit it falls by
step · (1 - level), so that in the long run the share of rows inside is the level, whatever the drift.

References
----------
I. Gibbs, E. Candès, "Adaptive conformal inference under distribution shift", NeurIPS 34, 2021. arXiv:2106.00170.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dure.science.replay.packing import packed, unpacked

#: Recent scores that the quantile is taken of; so many are needed before it replaces the static width.
WINDOW, FEWEST = 500, 30
#: Half-life of the error that is usual. [labels]
HALF = 50.0
#: With labels so late (in labels) steps are half as large.
LAG = 20.0


class Interval:
    """Half width of the interval at `level`, from the labels seen so far."""

    def __init__(self, level: float, step: float) -> None:
        self.level, self.step = level, step
        self.miss = 1.0 - level
        self.keep = 0.5 ** (1.0 / HALF)
        self.scores = np.empty(0)
        self.usual, self.count = 0.0, 0.0

    def width(self, static: float) -> tuple[float, float]:
        """Half width for the next row, and the error usual now; `static` is the width of the model as trained."""
        if len(self.scores) < FEWEST:
            return static, 0.0
        usual = self.usual / self.count
        return self._quantile() * usual, usual

    def _quantile(self) -> float:
        rank = int(np.ceil((len(self.scores) + 1) * (1.0 - self.miss))) - 1
        ranked = np.sort(self.scores)
        if rank >= len(ranked):
            # More than the worst of all recent rows is asked for.
            return float(ranked[-1]) * 1.5
        return float(ranked[max(rank, 0)])

    def learn(self, error: float, usual: float, *, inside: bool, lag: int = 0) -> None:
        """Take the absolute error of a row.

        Parameters
        ----------
        error, usual
            The error, and the one that was usual when the row was predicted.
        inside
            Whether it lay inside of the interval.
        lag
            Labels that came between prediction and label. Steps taken on old news overshoot, so they are smaller.
        """
        if len(self.scores) >= FEWEST:
            step = self.step / (1.0 + lag / LAG)
            self.miss += step * ((1.0 - self.level) - (0.0 if inside else 1.0))
            self.miss = min(max(self.miss, -self.step), 0.5)
        self.usual, self.count = self.usual * self.keep + error, self.count * self.keep + 1.0
        unit = usual or self.usual / self.count
        self.scores = np.append(self.scores, error / unit if unit else 1.0)[-WINDOW:]

    def to_dict(self) -> dict[str, Any]:
        """The scores, the usual error, the level in force."""
        known = {"scores": packed(self.scores), "usual": self.usual}
        return {**known, "count": self.count, "miss": self.miss}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Know what `to_dict` wrote."""
        self.scores = unpacked(facts["scores"])
        self.usual, self.count, self.miss = (float(facts[name]) for name in ("usual", "count", "miss"))
