"""Changes within a corridor: steps from one value to the next where both lie between two quantiles of the window."""

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np

from dure.science.window.windows import Feature, Flags, Floats, Windows, total

_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def quantile(w: Windows, share: float) -> Floats:
    """NumPy's linear interpolation between the two nearest values, from the nearer one. [N]."""
    place = (w.n - 1) * share
    lower = int(place)
    upper, part = min(lower + 1, w.n - 1), place - lower
    apart = w.ordered[upper] - w.ordered[lower]
    if part >= 0.5:
        return np.asarray(w.ordered[upper] - apart * (1 - part))
    return np.asarray(w.ordered[lower] + apart * part)


def _inside(low: float, high: float) -> Callable[[Windows], tuple[Flags, Floats]]:
    """Which steps stay in the corridor, and how many do (at least 1, so that it can be divided by)."""

    def inside(w: Windows) -> tuple[Flags, Floats]:
        there = (w.x >= quantile(w, low)) & (w.x <= quantile(w, high))
        both = there[1:] & there[:-1]
        return both, np.maximum(np.count_nonzero(both, axis=0), 1).astype(np.float64)

    return inside


_CORRIDORS = {
    (low, high): _inside(low, high) for low, high in product(_SHARES[:-1], _SHARES[1:]) if low < high
}


def _sizes(w: Windows) -> Floats:
    return np.asarray(np.abs(w.change))


def _change(low: float, high: float, *, size: bool, spread: bool) -> Feature:
    corridor = _CORRIDORS[low, high]

    def feature(w: Windows) -> Floats:
        both, count = w.of(corridor)
        steps = w.of(_sizes) if size else w.change
        mean = total(np.where(both, steps, 0.0)) / count
        if not spread:
            return np.asarray(mean)
        off = np.where(both, steps - mean, 0.0)
        return np.asarray(total(off * off) / count)

    return feature


CORRIDORS: Mapping[str, Feature] = {
    f'change_quantiles__f_agg_"{fold}"__isabs_{size}__qh_{high}__ql_{low}': _change(
        low, high, size=size, spread=fold == "var"
    )
    for low, high in _CORRIDORS
    for size in (False, True)
    for fold in ("mean", "var")
}
