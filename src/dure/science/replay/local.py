"""The local expert: what the static model was wrong by in rows that are near in their inputs and in time.

A Gaussian process on the residuals of the newest labelled rows. The covariance of two rows is a product of nearness
in the inputs and in time, a drift common to all rows, and a short-lived disturbance.

References
----------
C. E. Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning", 2006, §2.2 and §4.2.4.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dure.science.replay.expert import Floats, Row
from dure.science.replay.packing import packed, unpacked

#: Reach in the inputs (per root of their number), in time [labels], and the weights of the covariance.
REACH, LASTS, SHORT = 0.67, 200.0, 6.0
COMMON, BRIEF, NOISE = 0.3, 0.2, 0.3
EVERY = 8


class Local:
    """The newest `rows` labelled rows, and the weights of their residuals."""

    names = ("local",)

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
        near = self._covariance(row.z[None], np.array([float(row.at)]), self.known_z, self.known_at)[0]
        return np.asarray(row.static + np.einsum("n,nc->c", near, self.weights))[None]

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

        self.known_z, self.known_at = self.z, self.at
        self.spacing = max(float(np.ptp(self.at)) / max(len(self.at) - 1, 1), 1.0)
        near = self._covariance(self.z, self.at, self.z, self.at)
        near[np.diag_indices(len(near))] += NOISE
        factor = cho_factor(near, lower=True, overwrite_a=True, check_finite=False)
        self.weights = np.asarray(cho_solve(factor, self.residual, check_finite=False))

    def _covariance(self, z: Floats, at: Floats, known_z: Floats, known_at: Floats) -> Floats:
        apart = ((z[:, None, :] - known_z[None, :, :]) / self.reach) if len(z) == 1 else None
        if apart is not None:
            square = np.einsum("ijk,ijk->ij", apart, apart)
        else:
            one, other = z / self.reach, known_z / self.reach
            square = np.maximum((one**2).sum(1)[:, None] + (other**2).sum(1) - 2.0 * one @ other.T, 0.0)
        since = np.abs(at[:, None] - known_at) / self.spacing
        return np.asarray(
            (COMMON + np.exp(-0.5 * square)) * np.exp(-since / LASTS) + BRIEF * np.exp(-since / SHORT)
        )

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
