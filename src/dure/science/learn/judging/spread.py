"""How far a measure would move on other rows of the same kind: a bootstrap over blocks.

Rows beside each other, or of one group, err together; so whole blocks are drawn, not rows.

References
----------
B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, §8.6; H. R. Künsch, "The jackknife and the
bootstrap for general stationary observations", Ann. Statist. 17(3), 1217-1241, 1989.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Measured = Mapping[str, float]

DRAWS, MOST_ROWS = 100, 20_000
LOW, HIGH = 0.025, 0.975
#: Below so many blocks nothing is said.
FEWEST = 4


def spans(block: Codes, measure: Callable[[Codes], Measured], seed: int = 0) -> dict[str, list[float]]:
    """Lowest and highest value of each measure over draws of blocks, the outer twentieth left out.

    Parameters
    ----------
    block
        Block of each row. [N]
    measure
        Measures of the rows at the given places.
    seed
        Start of the draws: the same rows give the same spans.

    Examples
    --------
    >>> values = np.repeat([1.0, 2.0, 3.0, 4.0], 5)
    >>> spans(np.repeat([0, 1, 2, 3], 5), lambda rows: {"mean": float(values[rows].mean())})["mean"]
    [1.36875, 3.5]
    """
    names = np.unique(block)
    if len(names) < FEWEST:
        return {}
    rows = [np.flatnonzero(block == one) for one in names]
    step = max(1, -(-len(block) // MOST_ROWS))
    rows = [part[::step] for part in rows]
    rng = np.random.default_rng(seed)
    found: dict[str, list[float]] = {}
    for _ in range(DRAWS):
        drawn = rng.integers(0, len(rows), len(rows))
        for name, value in measure(np.concatenate([rows[at] for at in drawn])).items():
            found.setdefault(name, []).append(value)
    return {
        name: [float(edge) for edge in np.quantile(values, [LOW, HIGH])]
        for name, values in found.items()
        if len(values) == DRAWS
    }
