"""Covariance of few rows of many signals, shrunk so that it can be inverted and trusted.

With as many columns as rows the sample covariance has directions without spread, and a distance that divides by
them is noise. Ledoit and Wolf's estimate leans towards equal, unrelated variances by just so much as the sample is
unsure of itself.

References
----------
O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of Multivariate
Analysis 88(2), 365-411, 2004. A. Kessy, A. Lewin, K. Strimmer, "Optimal whitening and decorrelation", The American
Statistician 72(4), 309-314, 2018 (the symmetric root keeps each whitened column nearest to its own).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Variance below which a direction is taken for rounding.
LEAST = 1e-9


def ledoit_wolf(z: Floats) -> tuple[Floats, float]:
    """Shrunk covariance of rows, and the shrinkage (0: the sample itself, 1: equal variances). [F, F].

    Parameters
    ----------
    z
        Rows of standardised columns, none missing. [N, F]

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(20, 10))
    >>> shrunk, how_much = ledoit_wolf(rows)
    >>> shrunk.shape, round(how_much, 2), bool(np.linalg.cond(shrunk) < 5)
    ((10, 10), 0.86, True)
    """
    rows, columns = z.shape
    z = z - z.mean(axis=0)
    sample = z.T @ z / rows
    mean = float(np.trace(sample)) / columns
    target = mean * np.eye(columns)
    apart = float(((sample - target) ** 2).sum())
    unsure = float(((z**2).T @ (z**2) / rows - sample**2).sum()) / rows
    shrinkage = min(max(unsure, 0.0) / apart, 1.0) if apart > 0 else 1.0
    return (1 - shrinkage) * sample + shrinkage * target, shrinkage


def whitening(z: Floats) -> Floats:
    """Symmetric W so that `z @ W` has (shrunk) covariance 1: its squared length is Mahalanobis' distance. [F, F].

    >>> rows = np.random.default_rng(0).normal(size=(5000, 2)) @ np.array([[1.0, 0.9], [0.0, 0.4]])
    >>> np.abs(np.cov((rows @ whitening(rows)).T)).round(2)
    array([[1., 0.],
           [0., 1.]])
    """
    values, axes = np.linalg.eigh(ledoit_wolf(z)[0])
    return np.asarray((axes / np.sqrt(np.maximum(values, LEAST))) @ axes.T)
