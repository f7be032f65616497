"""What signals tell of each other: a line through the others, and what of a signal it leaves over."""

from dataclasses import dataclass

import numpy as np

from dure.science.quality.subject import Floats, Subject

_MOST_ROWS, _MOST_SIGNALS, _OTHERS = 20_000, 60, 8


@dataclass(frozen=True)
class Told:
    """A signal as its relatives tell it: which, how much of its variance [1], and what is left over, row by row. [N]."""

    name: str
    by: tuple[str, ...]
    share: float
    residual: Floats


def told_by_others(subject: Subject, least: float) -> tuple[Told, ...]:
    """Signals of which the others tell at least `least`; of the first 60, by a line through the eight nearest.

    The line is fitted twice, the second time without the rows that the first left furthest over, so that a fault in a
    tenth of the rows does not bend it.
    """
    names = [one for one in subject.signals if _moves(subject, one)][:_MOST_SIGNALS]
    if len(names) < 2 or len(subject.frame) < 200:
        return ()
    whole = np.column_stack([subject.array(one) for one in names])
    middle = np.nanmedian(whole, axis=0)
    filled = np.where(np.isfinite(whole), whole, middle)
    spread = filled.std(axis=0)
    scaled = (filled - middle) / np.where(spread > 0, spread, 1.0)
    few = scaled[:: max(1, -(-len(scaled) // _MOST_ROWS))]
    alike = np.abs(np.nan_to_num(np.corrcoef(few, rowvar=False)))
    np.fill_diagonal(alike, 0.0)
    found = [_told(names, at, scaled, few, alike[at], spread[at]) for at in range(len(names))]
    return tuple(one for one in found if one.share >= least)


def _moves(subject: Subject, name: str) -> bool:
    shape = subject.shape(name)
    return shape is not None and shape.distinct >= 20 and shape.span > 0


def _told(names: list[str], at: int, scaled: Floats, few: Floats, alike: Floats, spread: float) -> Told:  # noqa: PLR0913, PLR0917 - one fit
    near = np.argsort(-alike, kind="stable")[:_OTHERS]
    inputs, wanted = np.column_stack([few[:, near], np.ones(len(few))]), few[:, at]
    weights = _line(inputs, wanted)
    off = np.abs(wanted - inputs @ weights)
    kept = off <= np.quantile(off, 0.85)
    weights = _line(inputs[kept], wanted[kept])
    # robust: the middle 70 % of what is left over, as of a normal distribution, against the signal's own
    left = wanted - inputs @ weights
    low, high = np.quantile(left, [0.15, 0.85])
    own_low, own_high = np.quantile(wanted, [0.15, 0.85])
    share = 1 - float((high - low) / (own_high - own_low)) ** 2 if own_high > own_low else 0.0
    told = np.column_stack([scaled[:, near], np.ones(len(scaled))]) @ weights
    left_over: Floats = np.asarray((scaled[:, at] - told) * spread, dtype=np.float64)
    return Told(names[at], tuple(names[one] for one in near[:3]), float(share), left_over)


def _line(inputs: Floats, wanted: Floats) -> Floats:
    size = inputs.shape[1]
    ridge = 1e-6 * len(inputs) * np.eye(size)
    return np.asarray(np.linalg.solve(inputs.T @ inputs + ridge, inputs.T @ wanted), dtype=np.float64)
