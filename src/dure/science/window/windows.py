"""Windows side by side, and what several features of them share: sums, means, order, changes, runs of equal values.

Windows stand side by side, one a column: all arithmetic runs along whole rows and is elementwise, so that a window
alone gives the bits it gives among a million. Sums add in the order in which NumPy adds a contiguous window (eight
lanes, then their pairs: Higham, "The accuracy of floating point summation", SIAM J. Sci. Comput. 14(4), 1993), so
that a value equal to the mean is equal here whenever it is in tsfresh.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]

Made = TypeVar("Made")

_LANES, _LONGEST = 8, 128


def total(values: Floats) -> Floats:
    """Sum over the first axis, each column added in the order in which NumPy adds a contiguous array.

    >>> values = np.random.default_rng(0).normal(size=(300, 2))
    >>> bool((total(values)[0] == np.ascontiguousarray(values[:, 0]).sum()).all())
    True
    """
    rows = len(values)
    if rows < _LANES:
        return np.asarray(np.add.reduce(values, axis=0))
    if rows > _LONGEST:
        half = rows // 2 - rows // 2 % _LANES
        return np.asarray(total(values[:half]) + total(values[half:]))
    whole = rows - rows % _LANES
    lanes = np.add.reduce(values[:whole].reshape(-1, _LANES, *values.shape[1:]), axis=0)
    pairs = lanes[0::2] + lanes[1::2]
    fours = pairs[0::2] + pairs[1::2]
    found = fours[0] + fours[1]
    for rest in values[whole:]:
        found += rest
    return np.asarray(found)


class Windows:
    """Windows of one width side by side, oldest value first [n, N]; what several features need is reckoned once.

    A window of equal values has that value as its mean and a variance of exactly 0.
    """

    def __init__(self, values: Floats) -> None:
        self.x = values
        self.n = len(values)
        self._made: dict[Any, Any] = {}

    def of(self, make: "Callable[[Windows], Made]") -> Made:
        """What `make` reckons of these windows, once for all features of its family."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made

    @cached_property
    def low(self) -> Floats:
        """Least value. [N]."""
        return np.asarray(self.x.min(axis=0))

    @cached_property
    def high(self) -> Floats:
        """Largest value. [N]."""
        return np.asarray(self.x.max(axis=0))

    @cached_property
    def sum(self) -> Floats:
        """Sum of the values. [N]."""
        return total(self.x)

    @cached_property
    def mean(self) -> Floats:
        """Mean; of equal values the value itself. [N]."""
        return np.where(self.low == self.high, self.low, self.sum / self.n)

    @cached_property
    def off(self) -> Floats:
        """Values less their mean. [n, N]."""
        return np.asarray(self.x - self.mean)

    @cached_property
    def squares(self) -> Floats:
        """(x − mean)². [n, N]."""
        return np.asarray(self.off * self.off)

    @cached_property
    def square(self) -> Floats:
        """Sum of (x − mean)². [N]."""
        return total(self.squares)

    @cached_property
    def variance(self) -> Floats:
        """Mean of (x − mean)². [N]."""
        return np.asarray(self.square / self.n)

    @cached_property
    def spread(self) -> Floats:
        """Standard deviation, ddof 0. [N]."""
        return np.asarray(np.sqrt(self.variance))

    @cached_property
    def ordered(self) -> Floats:
        """Values from small to large. [n, N]."""
        return np.ascontiguousarray(np.sort(np.ascontiguousarray(self.x.T), axis=1).T)

    @cached_property
    def change(self) -> Floats:
        """Each value less the one before. [n − 1, N]."""
        return np.asarray(self.x[1:] - self.x[:-1])

    @cached_property
    def changed(self) -> Floats:
        """Sum of absolute changes. [N]."""
        return total(np.abs(self.change))

    @cached_property
    def energy(self) -> Floats:
        """Sum of squares. [N]."""
        return total(self.x * self.x)

    @cached_property
    def above(self) -> Flags:
        """Which values are above the mean. [n, N]."""
        return np.greater(self.x, self.mean)

    @cached_property
    def below(self) -> Flags:
        """Which values are below the mean. [n, N]."""
        return np.less(self.x, self.mean)

    @cached_property
    def places(self) -> Floats:
        """Places of the values less their mean. [n, 1]."""
        return np.arange(self.n, dtype=np.float64)[:, None] - (self.n - 1) / 2

    @cached_property
    def place_square(self) -> float:
        """Sum of squares of `places`."""
        return self.n * (self.n * self.n - 1) / 12

    @cached_property
    def product(self) -> Floats:
        """Sum of (place − mean)(x − mean). [N]."""
        return total(self.places * self.off)

    @cached_property
    def correlation(self) -> Floats:
        """Correlation of value and place; 0 where the values are equal. [N]."""
        found = self.product / np.sqrt(self.place_square * self.square)
        return np.where(self.square == 0, 0.0, np.minimum(np.maximum(found, -1.0), 1.0))

    @cached_property
    def size(self) -> Floats:
        """Absolute values. [n, N]."""
        return np.asarray(np.abs(self.x))

    @cached_property
    def runs(self) -> tuple[Counts, Flags]:
        """Runs of equal values in order of size: the place within its run of each value, and where a run ends."""
        return runs_of(self.ordered)


Feature = Callable[[Windows], Floats | Flags | Counts]


def runs_of(ordered: NDArray[Any]) -> tuple[Counts, Flags]:
    """Of ordered columns: the place of each value in its run of equal ones (from 1), and which values end one. [n, N].

    >>> place, ends = runs_of(np.array([[1], [1], [2]]))
    >>> place[:, 0].tolist(), ends[:, 0].tolist()
    ([1, 2, 1], [False, True, True])
    """
    new = np.ones(ordered.shape, dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    at = np.arange(len(ordered))[:, None]
    ends = np.ones(ordered.shape, dtype=bool)
    ends[:-1] = new[1:]
    return at - np.maximum.accumulate(np.where(new, at, 0), axis=0) + 1, ends


def entropy_of(ordered: NDArray[Any]) -> Floats:
    """Entropy [nat] of how often each value stands in an ordered column. [N].

    >>> entropy_of(np.array([[1, 1], [1, 2]])).round(6)
    array([0.      , 0.693147])
    """
    place, ends = runs_of(ordered)
    share = np.arange(1, len(ordered) + 1) / len(ordered)
    part = np.concatenate([[0.0], -share * np.log(share) + 0.0])
    return total(np.where(ends, part[place], 0.0))


def nothing(w: Windows) -> Floats:
    """A missing value for each window. [N]."""
    return np.full(w.x.shape[1], np.nan)


def at_least(rows: int, feature: Feature) -> Feature:
    """A feature that shorter windows do not have: NaN."""
    return lambda w: feature(w) if w.n >= rows else nothing(w)
