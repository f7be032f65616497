"""The NAB score of a detector's change points, written from its definition.

A detection is a row at which the alarm goes on or off; each true change point opens a window to its right. The first
detection inside a window earns between 1 (at once) and -0.11 (at the end), each detection outside costs 0.11,
each window without one costs 1. The sum is scaled so that no detection at all scores 0 and every change found
at once scores 100.

References
----------
A. Lavin, S. Ahmad, "Evaluating real-time anomaly detection algorithms - the Numenta Anomaly Benchmark", IEEE
ICMLA 2015, profiles "standard", "reward low FP rate" and "reward low FN rate"; the scaled tanh in place of the sigmoid, the window to the right and the cut of
overlapping windows as in the Skoltech Anomaly Benchmark's rules (I. Katser, V. Kozitsin, 2020).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class Profile:
    """What a hit at once, a false alarm and a missed change are worth."""

    hit: float = 1.0
    false_alarm: float = -0.11
    miss: float = -1.0


STANDARD, LOW_FP, LOW_FN = Profile(), Profile(false_alarm=-0.22), Profile(miss=-2.0)


@dataclass(frozen=True, slots=True)
class Timeline:
    """One experiment: when each row was [s], where the true changes are, and the detector's alarm."""

    time: Floats
    changes: Flags
    alarm: Flags


def nab_standard(experiments: Sequence[Timeline], window: float = WINDOW) -> float:
    """NAB score, profile standard, over all `experiments` together; see `nab`.

    >>> time, changes = np.arange(200.0), np.arange(200) == 100
    >>> at_once, silent = np.arange(200) >= 100, np.zeros(200, dtype=bool)
    >>> [round(nab_standard([Timeline(time, changes, alarm)]), 9) for alarm in (at_once, silent, ~silent)]
    [100.0, 0.0, -5.5]
    """
    return nab(experiments, STANDARD, window)


def nab(experiments: Sequence[Timeline], profile: Profile, window: float = WINDOW) -> float:
    """NAB score over all `experiments` together.

    Parameters
    ----------
    experiments
        One timeline an experiment; times rise.
    profile
        `STANDARD`, `LOW_FP` or `LOW_FN`.
    window
        How long after a change a detection still counts. [s]

    Returns
    -------
    At most 100; 0 for a silent detector; NaN when there is no change point.
    """
    changes = sum(int(one.changes.sum()) for one in experiments)
    if changes == 0:
        return float("nan")
    total = sum(_points(one, profile, window) for one in experiments)
    silent, perfect = profile.miss * changes, profile.hit * changes
    return 100.0 * (total - silent) / (perfect - silent)


def _points(one: Timeline, profile: Profile, window: float) -> float:
    detections = one.time[switches(one.alarm)]
    inside = np.zeros(len(detections), dtype=bool)
    points = 0.0
    for start, end in _windows(one.time[one.changes], window):
        hits = (detections >= start) & (detections <= end)
        inside |= hits
        place = (detections[hits][0] - start) / (end - start) if hits.any() else None
        points += profile.miss if place is None else _earned(place, profile)
    return points + profile.false_alarm * float((~inside).sum())


def switches(alarm: Flags) -> Flags:
    """Rows at which the alarm goes on or off; an alarm in the first row counts.

    >>> switches(np.array([True, True, False, True])).tolist()
    [True, False, True, True]
    """
    return np.asarray(np.diff(alarm.astype(np.int8), prepend=np.int8(0)) != 0, dtype=bool)


def _windows(changes: Floats, window: float) -> list[tuple[float, float]]:
    """Windows to the right of each change; where two overlap, the later one starts where the earlier ends."""
    windows: list[tuple[float, float]] = []
    for change in changes:
        start = max(float(change), windows[-1][1]) if windows else float(change)
        windows.append((start, float(change) + window))
    return windows


def _earned(place: float, profile: Profile) -> float:
    """Points for a first detection at `place` (0 to 1) in its window."""
    angle = (place - 0.5) * np.pi
    high, low = profile.hit, profile.false_alarm
    return float(-(high - low) / 2 * np.tanh(angle) / np.tanh(np.pi / 2) + (high + low) / 2)
