"""Ridge regression that forgets: a refit with every label, at the cost of one small system of equations.

What is kept are the sums ΣλᵃφφT and Σλᵃφy (a the age of a label), no rows: nothing of the plant can be read from it
but means and moments. Several half-lives share the same terms φ: 1, the inputs, what the static model says, and
for few inputs their squares and products.

References
----------
A. E. Hoerl, R. W. Kennard, "Ridge regression", Technometrics 12(1), 55-67, 1970.
L. Ljung, "System Identification: Theory for the User", 2nd ed., 1999, §11.2 (recursive least squares, forgetting).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dure.science.replay.expert import Floats, Row
from dure.science.replay.packing import packed, unpacked

#: A variant that predicts by itself is silent until it has seen so many labels for each of its terms.
AWAKE = 1.5


class Ridge:
    """Forgetting ridges on the same terms, one a half-life. [labels]."""

    def __init__(  # noqa: PLR0913 - what tells one ridge from another
        self, halves: Sequence[float], columns: int, outputs: int, penalty: float, *, square: bool, own: bool
    ) -> None:
        kind = "own" if own else "square" if square else "linear"
        self.names = tuple(f"{kind} {half:g}" for half in halves)
        self.own, self.pairs = own, np.triu_indices(columns) if square else None
        terms = 1 + columns + (0 if self.pairs is None else len(self.pairs[0])) + (not own)
        self.keep = 0.5 ** (1.0 / np.asarray(halves))
        self.gram = np.zeros((len(halves), terms, terms))
        self.moment = np.zeros((len(halves), terms, outputs))
        self.weights: Floats = np.zeros_like(self.moment)
        self.labels = 0
        # The intercept of a residual is drawn to 0 a little; of one's own prediction it is free.
        self.penalty = np.diag(np.concatenate([[1e-6 if own else 0.5], np.full(terms - 1, penalty)]))
        self.every = 1 + terms * terms // 4000
        self.scale = 0.0

    def terms(self, row: Row) -> Floats:
        """The terms φ of a row. [T]."""
        parts = [np.ones(1), row.z]
        if not self.own:
            # What the static model says, in units of its usual size, so that a change of gain is seen.
            parts.append(np.array([row.static[-1] / self.scale if self.scale else 0.0]))
        if self.pairs is not None:
            parts.append(row.z[self.pairs[0]] * row.z[self.pairs[1]])
        return np.concatenate(parts)

    def say(self, row: Row) -> Floats:
        """The weighted sum of the terms, on top of the static model or alone."""
        if self.own and self.labels < AWAKE * self.gram.shape[1]:
            return np.tile(row.static, (len(self.keep), 1))
        found = np.einsum("t,ktc->kc", self.terms(row), self.weights)
        return np.asarray(found if self.own else row.static + found)

    def learn(self, row: Row, y: Floats) -> None:
        """Sums forget a little and take the row; the weights follow."""
        if not self.scale:
            self.scale = float(abs(row.static[-1])) or 1.0
        terms, goal = self.terms(row), y if self.own else y - row.static
        self.gram *= self.keep[:, None, None]
        self.gram += np.outer(terms, terms)
        self.moment *= self.keep[:, None, None]
        self.moment += np.outer(terms, goal)
        self.labels += 1
        if self.labels % self.every == 0:
            self._solve()

    def mend(self, row: Row, change: Floats, age: int) -> None:
        """Only Σφy holds the label."""
        self.moment += (self.keep**age)[:, None, None] * np.outer(self.terms(row), change)
        self._solve()

    def _solve(self) -> None:
        self.weights = np.asarray(np.linalg.solve(self.gram + self.penalty, self.moment))

    def to_dict(self) -> dict[str, Any]:
        """The sums, the weights in force, how many labels there were."""
        arrays = {name: packed(getattr(self, name)) for name in ("gram", "moment", "weights")}
        return {**arrays, "labels": self.labels, "scale": self.scale}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Know what `to_dict` wrote."""
        for name in ("gram", "moment", "weights"):
            setattr(self, name, unpacked(facts[name]))
        self.labels, self.scale = int(facts["labels"]), float(facts["scale"])
