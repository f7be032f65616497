"""Which rows are worth a person's look first: those a model wavers on, and those unlike all that is labelled.

Uncertainty is the margin between the two likeliest classes [Scheffer et al. 2001]; a batch of the least certain is
thinned by k-centres, so that twenty rows do not show one thing twenty times [Sener & Savarese 2018; Zhdanov 2019].
Without a model the rows stand for the rest: each is the most typical of a part of them that nobody looked at yet
[Hacohen et al. 2022].
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
#: So many candidates for one place of the batch are taken by uncertainty before they are thinned.
WIDE = 2
#: Of the first batch this share stands for many others, the rest stands alone; of a later one this share explores.
STANDS, EXPLORES = 0.5, 0.2
#: Rows that a person's look is chosen among at once; more are thinned evenly.
MOST_ROWS = 20_000
_ROUNDS = 12
_NEIGHBOURS = 20


class Why(StrEnum):
    """Why a row is suggested."""

    WAVERS = "wavers"
    UNLIKE = "unlike"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A row worth a look: its place, why, and for a wavering model the two classes and their probabilities."""

    place: int
    why: Why
    first: int = -1
    second: int = -1
    shares: tuple[float, float] = (0.0, 0.0)


def scaled(features: Floats) -> Floats:
    """Columns on one scale: median 0, spread 1; empty cells at the median, what never moves left out. [N, F].

    >>> scaled(np.array([[1.0, 5.0], [2.0, 5.0], [np.nan, 5.0]])).shape
    (3, 1)
    """
    x = np.asarray(features, dtype=np.float64)
    x = np.where(np.isfinite(x), x, np.nan)
    x = x[:, ~np.all(np.isnan(x), axis=0)]
    if not x.size:
        return np.zeros((len(features), 1))
    x = np.where(np.isnan(x), np.nanmedian(x, axis=0), x)
    spread = x.std(axis=0)
    moves = spread > 0
    even = (x[:, moves] - np.median(x[:, moves], axis=0)) / spread[moves]
    return np.asarray(np.clip(even, -8.0, 8.0), dtype=np.float64)


def margin(probability: Floats) -> Floats:
    """How far the likeliest class is ahead of the next, 0 … 1. [N].

    >>> margin(np.array([[0.5, 0.5], [0.75, 0.25]])).tolist()
    [0.0, 0.5]
    """
    if probability.shape[1] < 2:
        return np.ones(len(probability))
    top = np.sort(probability, axis=1)[:, -2:]
    return np.asarray(top[:, 1] - top[:, 0], dtype=np.float64)


def k_centre(x: Floats, known: Places, count: int) -> list[int]:
    """Rows far from the known ones and from each other, greedily [Gonzalez 1985]; without a known one from the middle.

    >>> k_centre(np.array([[0.0], [1.0], [10.0], [11.0]]), np.array([0]), 2)
    [3, 1]
    """
    if not len(x):
        return []
    found: list[int] = []
    if len(known):
        nearest = np.min([_squared(x, x[one]) for one in known], axis=0)
    else:
        found.append(int(np.argmin(_squared(x, x.mean(axis=0)))))
        nearest = _squared(x, x[found[0]])
    while len(found) < count:
        best = int(np.argmax(nearest))
        if nearest[best] <= 0.0:
            break
        found.append(best)
        nearest = np.minimum(nearest, _squared(x, x[best]))
    return found


def typical(x: Floats, known: Places, count: int, seed: int = 0) -> list[int]:
    """The densest row of each of the largest parts that hold no known row: what stands for most of the rest.

    >>> points = np.array([[0.0], [0.1], [0.2], [9.0], [9.1], [9.2]])
    >>> typical(points, np.array([1]), 1)
    [4]
    """
    parts = _parts(x, min(len(x), len(known) + count), np.random.default_rng(seed))
    taken, seen = set(known.tolist()), set(parts[known].tolist())
    sizes = np.bincount(parts)
    order = sorted(range(len(sizes)), key=lambda part: (part in seen, -sizes[part], part))
    found: list[int] = []
    for part in order:
        own = np.array([one for one in np.flatnonzero(parts == part) if one not in taken], dtype=np.int64)
        if len(found) < count and len(own):
            found.append(int(own[_densest(x[own])]))
    return found


def suggest(
    features: Floats, labelled: NDArray[np.bool_], probability: Floats | None = None, count: int = 20
) -> list[Suggestion]:
    """The rows whose labels would help most, the most telling first.

    Parameters
    ----------
    features
        Numbers of each row, NaN where missing; scaled here. [N, F]
    labelled
        Rows that have a label. [N]
    probability
        What a model says of each row; None before there is one. [N, C]
    count
        How many are wanted.

    >>> x = np.array([[0.0], [1.0], [2.0], [10.0]])
    >>> [(one.place, one.why.value) for one in suggest(x, np.array([True, False, False, False]), None, 1)]
    [(3, 'unlike')]
    """
    pool = np.flatnonzero(~labelled)
    if not len(pool) or count < 1:
        return []
    if probability is None:
        return _unlike(features, labelled, count, round(STANDS * count))
    wavering = [_wavering(int(one), probability[one]) for one in _unsure(features, pool, probability, count)]
    found = wavering[: count - round(EXPLORES * count)]
    seen = labelled.copy()
    seen[[one.place for one in found]] = True
    return [*found, *_unlike(features, seen, count - len(found), 0)]


def _unsure(features: Floats, pool: Places, probability: Floats, count: int) -> Places:
    """The least certain, thinned so that they are unlike each other. [count]."""
    ahead = margin(probability[pool])
    unsure = pool[np.argsort(ahead, kind="stable")][: WIDE * count]
    chosen = k_centre(scaled(features[unsure]), np.array([0]), count - 1)
    return unsure[[0, *chosen]]


def _unlike(features: Floats, labelled: NDArray[np.bool_], count: int, typically: int) -> list[Suggestion]:
    """Rows unlike all labelled ones: first those that stand for many others, then those that stand alone."""
    rows = _thinned(labelled)
    x, known = scaled(features[rows]), np.flatnonzero(labelled[rows])
    found = typical(x, known, typically) if typically else []
    seen = np.array([*known, *found], dtype=np.int64)
    found += k_centre(x, seen, count - len(found))
    return [Suggestion(int(rows[one]), Why.UNLIKE) for one in found]


def _wavering(place: int, probability: Floats) -> Suggestion:
    order = np.argsort(-probability, kind="stable")
    first, second = int(order[0]), int(order[min(1, len(order) - 1)])
    shares = (float(probability[first]), float(probability[second]))
    return Suggestion(place, Why.WAVERS, first, second, shares)


def _thinned(labelled: NDArray[np.bool_]) -> Places:
    """All rows, or of very many the labelled and every n-th."""
    step = -(-len(labelled) // MOST_ROWS)
    keep = np.zeros(len(labelled), dtype=bool)
    keep[::step] = True
    return np.flatnonzero(keep | (labelled & (np.cumsum(labelled) <= MOST_ROWS)))


def _squared(x: Floats, point: Floats) -> Floats:
    return np.asarray(((x - point) ** 2).sum(axis=1), dtype=np.float64)


def _parts(x: Floats, count: int, rng: np.random.Generator) -> Places:
    """Lloyd's parts around centres drawn far apart [Arthur & Vassilvitskii 2007]. [N]."""
    centres = [x[int(rng.integers(len(x)))]]
    nearest = _squared(x, centres[0])
    while len(centres) < count:
        total = nearest.sum()
        pick = int(rng.choice(len(x), p=nearest / total)) if total > 0 else int(rng.integers(len(x)))
        centres.append(x[pick])
        nearest = np.minimum(nearest, _squared(x, x[pick]))
    middle = np.array(centres)
    parts = np.zeros(len(x), dtype=np.int64)
    for _round in range(_ROUNDS):
        apart = (middle**2).sum(axis=1)[None, :] - 2.0 * x @ middle.T
        moved = np.argmin(apart, axis=1)
        if _round and np.array_equal(moved, parts):
            break
        parts = moved
        for one in np.unique(parts):
            middle[one] = x[parts == one].mean(axis=0)
    return parts


def _densest(x: Floats) -> int:
    """The row whose neighbours are nearest; of a very large part the one nearest its middle."""
    if len(x) > 2_000:
        return int(np.argmin(_squared(x, x.mean(axis=0))))
    apart = np.sqrt(
        np.maximum(0.0, (x**2).sum(axis=1)[:, None] + (x**2).sum(axis=1)[None, :] - 2.0 * x @ x.T)
    )
    near = np.sort(apart, axis=1)[:, : _NEIGHBOURS + 1]
    return int(np.argmin(near.mean(axis=1)))
