"""The local expert: what the static model was wrong by in rows that are near in their inputs and in time.

A Gaussian process on the residuals of the newest labelled rows. The covariance of two rows is a product of nearness
in the inputs and in time, a drift common to all rows, and a short-lived disturbance.

References
----------
C. E. Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning", 2006, §2.2 and §4.2.4.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from dure.science.replay.expert import Floats, Row
from dure.science.replay.packing import packed, unpacked

#: Reach in the inputs (per root of their number), in time [labels], and the weights of the covariance.
REACH, LASTS, SHORT = 0.67, 200.0, 6.0
COMMON, BRIEF, NOISE = 0.3, 0.2, 0.3
EVERY = 16


class Local:
    """The newest `rows` labelled rows, and the weights of their residuals."""

    names: ClassVar[tuple[str, ...]] = ("local",)

    def __init__(self, rows: int, columns: int, outputs: int) -> None:
        self.rows, self.reach = rows, REACH * max(columns, 1) ** 0.5
        self.z = np.empty((0, columns))
        self.at = np.empty(0)
        self.residual = np.empty((0, outputs))
        self.labels = 0
        #: Rows that the weights in force belong to.
        self.known_z, self.known_at = self.z, self.at
        self.weights, self.spacing = self.residual, 1.0

    def say(self, row: Row) -> Floats:
        """The static model, mended by what near rows were wrong by."""
        if not len(self.known_at):
            return row.static[None]
        return np.asarray(row.static + np.einsum("n,nc->c", self._to_known(row), self.weights))[None]

    def learn(self, row: Row, y: Floats) -> None:
        """The row takes the place of the oldest."""
        self.z = np.concatenate([self.z, row.z[None]])[-self.rows :]
        self.at = np.append(self.at, float(row.at))[-self.rows :]
        self.residual = np.concatenate([self.residual, (y - row.static)[None]])[-self.rows :]
        self.labels += 1
        if self.labels % EVERY == 0:
            self._solve()

    def mend(self, row: Row, change: Floats, age: int) -> None:
        """The residual of that row changes, if it is still among the newest."""
        del row
        if age < len(self.at):
            self.residual[-1 - age] += change

    def _solve(self) -> None:
        from scipy.linalg import cho_factor, cho_solve

        order = np.argsort(self.at, kind="stable")
        self.known_z, self.known_at = self.z[order], self.at[order]
        self.spacing = max(float(np.ptp(self.at)) / max(len(self.at) - 1, 1), 1.0)
        factor = cho_factor(self._among(), lower=True, overwrite_a=True, check_finite=False)
        self.weights = np.asarray(cho_solve(factor, self.residual[order], check_finite=False))

    def _among(self) -> Floats:
        """Covariance of the known rows with each other; only the lower triangle is right. [N, N].

        Where rows are in order of time, exp(-|t - s|) is a product of a factor of t and one of s.
        """
        near = _nearness(self.known_z / self.reach, self.known_z / self.reach)
        since = (self.known_at - self.known_at[0]) / self.spacing
        near += COMMON
        near *= np.outer(np.exp(-since / LASTS), np.exp(since / LASTS))
        near += np.outer(BRIEF * np.exp(-since / SHORT), np.exp(since / SHORT))
        near[np.diag_indices(len(near))] += NOISE
        return near

    def _to_known(self, row: Row) -> Floats:
        """Covariance of a row with the known ones. [N]."""
        apart = (self.known_z - row.z) / self.reach
        near = np.exp(-0.5 * np.einsum("nk,nk->n", apart, apart))
        since = np.abs(row.at - self.known_at) / self.spacing
        return np.asarray((COMMON + near) * np.exp(-since / LASTS) + BRIEF * np.exp(-since / SHORT))

    def to_dict(self) -> dict[str, Any]:
        """The rows, their residuals, and the weights in force with theirs."""
        names = ("z", "at", "residual", "known_z", "known_at", "weights")
        return {
            **{name: packed(getattr(self, name)) for name in names},
            "labels": self.labels,
            "spacing": self.spacing,
        }

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Know what `to_dict` wrote."""
        for name in ("z", "at", "residual", "known_z", "known_at", "weights"):
            setattr(self, name, unpacked(facts[name]))
        self.labels, self.spacing = int(facts["labels"]), float(facts["spacing"])


def _nearness(one: Floats, other: Floats) -> Floats:
    """exp(-d²/2) of every row of one with every row of the other. [N, M]."""
    square = one @ other.T
    square *= 2.0
    square -= (one**2).sum(axis=1)[:, None]
    square -= (other**2).sum(axis=1)
    np.minimum(square, 0.0, out=square)
    square *= 0.5
    return np.asarray(np.exp(square, out=square))
