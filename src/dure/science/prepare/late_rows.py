"""A fitted recipe on rows that carry times and may come late: what the recipe's watermark says is done.

The watermark is the newest time seen less `Recipe.watermark_s`. Rows behind it are final; what is given for them is, to
the bit, what the batch gives for the same rows in the order of their times.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dure.science.prepare.conforming import conform, floats

if TYPE_CHECKING:
    import polars as pl

    from dure.science.prepare.fitted import FittedRecipe

Times = NDArray[np.int64]


class LateRows:
    """A stream by event time; keeps the rows that may yet change and `warm_up` before them. `dropped` counts rows."""

    def __init__(self, fitted: "FittedRecipe") -> None:
        self._fitted, self.dropped = fitted, 0
        self._wait = round(fitted.recipe.watermark_s * 1e9)
        self._holds = fitted.recipe.late == "drop"
        self._rows: pl.DataFrame | None = None
        self._times: Times = np.empty(0, dtype=np.int64)
        self._final = np.iinfo(np.int64).min

    def push(self, rows: "pl.DataFrame", times: Times) -> "tuple[pl.DataFrame, Times]":
        """Treated rows and their times: those now final (`drop`), or those that came and what they change (`correct`).

        Parameters
        ----------
        rows
            Raw rows in the order in which they came.
        times
            When each was measured. [N] [ns]
        """
        times = np.asarray(times, dtype=np.int64)
        kept = times > self._final
        self.dropped += int((~kept).sum())
        self._take(rows.filter(kept), times[kept])
        before = self._final
        self._final = max(before, int(self._times.max(initial=before)) - self._wait)
        if self._holds:
            return self._given(before, self._final)
        first = int(times[kept].min()) - 1 if kept.any() else np.iinfo(np.int64).max
        return self._given(first, np.iinfo(np.int64).max)

    def finish(self) -> "tuple[pl.DataFrame, Times]":
        """What is still held back, when no more rows come."""
        before, self._final = self._final, np.iinfo(np.int64).max
        return self._given(before if self._holds else self._final, self._final)

    def _take(self, rows: "pl.DataFrame", times: Times) -> None:
        new = conform(rows, self._fitted.columns)
        known = new if self._rows is None else self._rows.vstack(new)
        self._times = np.concatenate([self._times, times])
        order = np.argsort(self._times, kind="stable")
        self._rows, self._times = known[order].rechunk(), self._times[order]

    def _given(self, after: int, until: int) -> "tuple[pl.DataFrame, Times]":
        """Treated rows with `after` < time ≤ `until`; then only what may yet be needed is kept."""
        if self._rows is None:
            raise ValueError("no row has been pushed")
        treated = self._rows
        for step in self._fitted.steps:
            treated = step.transform(treated)
        due = (self._times > after) & (self._times <= until)
        found, at = floats(treated.filter(due)), self._times[due]
        open_from = int(np.searchsorted(self._times, self._final, side="right"))
        start = max(0, open_from - self._fitted.warm_up)
        self._rows, self._times = self._rows[start:], self._times[start:]
        return found, at
