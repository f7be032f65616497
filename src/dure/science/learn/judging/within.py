"""Stretches within groups: how rows are held back where every group has an outcome of its own.

A file for each fault, a run for each setting: whoever holds back the group holds back the outcome, and no model can
tell what it never saw. So every group is cut into stretches of time, and a stretch of each is held back.
"""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Share of a group that is left out on either side of a stretch.
GAP = 0.02


def outcomes_apart(target: Floats, groups: Rows) -> bool:
    """Whether most classes are found in one group only.

    >>> outcomes_apart(np.array([0.0, 0, 1, 1, 2, 2]), np.array([0, 0, 1, 1, 2, 2]))
    True
    >>> outcomes_apart(np.array([0.0, 1, 0, 1, 2, 2]), np.array([0, 0, 1, 1, 2, 2]))
    False
    """
    pairs = np.unique(np.stack([target.astype(np.int64), groups]), axis=1)
    homes = np.bincount(pairs[0])
    return bool((homes[homes > 0] == 1).mean() > 0.5)


def by_group(groups: Rows, in_time: Rows) -> Rows:
    """Rows group by group, each in order of time. [N]."""
    return in_time[np.argsort(groups[in_time], kind="stable")]


def parts_of(groups: Rows, count: int) -> Rows:
    """Stretch of each row, for rows that lie group by group. [N].

    >>> parts_of(np.array([4, 4, 4, 4, 7, 7]), 2).tolist()
    [0, 0, 1, 1, 0, 1]
    """
    sizes = np.unique_counts(groups).counts
    return np.concatenate([np.arange(size) * count // size for size in sizes])


def gap_of(groups: Rows) -> int:
    """Rows left out on either side of a stretch."""
    return max(1, int(GAP * np.median(np.unique_counts(groups).counts)))


def near(rows: Flags, gap: int) -> Flags:
    """The flagged rows and `gap` more on either side.

    >>> near(np.array([False, False, False, True, False]), 1).tolist()
    [False, False, True, True, True]
    """
    return np.convolve(rows, np.ones(2 * gap + 1), mode="same") > 0
