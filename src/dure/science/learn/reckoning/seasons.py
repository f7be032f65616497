"""Seasons of a signal, found in it: after how many rows it repeats itself.

A season counts where rows that far apart agree clearly better than rows half as far apart do: a slow signal agrees
with itself at every short distance and has no season for that.

References
----------
G. E. P. Box, G. M. Jenkins, G. C. Reinsel, "Time Series Analysis", 4th ed., 2008, §2.1.4 (sample autocorrelation,
its limits of chance).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAY = 86_400.0  # [s]
#: A season must be seen so often, agree so well, and so much better than half of it.
SEEN, LEAST, AHEAD = 3, 0.2, 0.1
#: A longer season counts beside a shorter one if it agrees so much better.
LONGER = 0.05
MOST, MOST_ROWS = 2, 60_000


def seasons(values: Floats, period: float = 0.0) -> list[int]:
    """Seasons of consecutive rows, the shortest first, at most two. [rows].

    Parameters
    ----------
    values
        The signal, NaN where missing. [N]
    period
        Time between rows, 0 where nobody knows: a day, a shift and a week are then looked at in any case. [s]

    Examples
    --------
    >>> at = np.arange(2_000)
    >>> seasons(np.sin(2 * np.pi * at / 96) + 0.1 * np.sin(at**2))
    [96]
    >>> seasons(np.cumsum(np.random.default_rng(0).normal(size=2_000)))
    []
    """
    values = values[-MOST_ROWS:]
    longest = len(values) // SEEN
    if longest < 2:
        return []
    like = likeness(values, longest)
    places = sorted({*_peaks(like), *_of_clock(period, longest)})
    clear = [at for at in places if _clear(like, at, len(values))]
    return sorted({_on_clock(at, like, _of_clock(period, longest)) for at in _few(like, clear)})


def likeness(values: Floats, longest: int) -> Floats:
    """Autocorrelation of the signal without its straight line, at 0 … `longest` rows. [longest + 1].

    >>> likeness(np.tile([0.0, 1.0], 50), 2).round(2).tolist()
    [1.0, -0.99, 0.98]
    """
    at = np.arange(len(values), dtype=np.float64)
    there = np.isfinite(values)
    if there.sum() < 3:
        return np.zeros(longest + 1)
    slope, offset = np.polyfit(at[there], values[there], 1)
    off = np.where(there, values - slope * at - offset, 0.0)
    spectrum = np.fft.rfft(off, 2 * len(off))
    found = np.fft.irfft(np.abs(spectrum) ** 2)[: longest + 1]
    return np.asarray(found / found[0]) if found[0] > 0 else np.zeros(longest + 1)


def _peaks(like: Floats) -> list[int]:
    """Distances at which rows agree better than at any distance a tenth shorter or longer, the clearest hundred."""
    inner = np.flatnonzero((like[1:-1] >= like[:-2]) & (like[1:-1] > like[2:])) + 1
    best = [at for at in inner.tolist() if like[at] >= like[at - at // 10 : at + at // 10 + 1].max()]
    return sorted(best, key=lambda at: -like[at])[:100]


def _of_clock(period: float, longest: int) -> list[int]:
    """A shift of 8 h, a day and a week in rows, where they are whole."""
    rows = [span / period for span in (DAY / 3, DAY, 7 * DAY)] if period > 0 else []
    return [round(one) for one in rows if 2 <= one <= longest and abs(one - round(one)) < 1e-6]


def _on_clock(at: int, like: Floats, clock: list[int]) -> int:
    """A season that is nearly a day is the day: lost rows make the one that is seen shorter."""
    near = [one for one in clock if abs(one - at) <= 0.04 * one and like[one] >= 0.8 * like[at]]
    return near[0] if near else at


def _clear(like: Floats, at: int, rows: int) -> bool:
    """Whether rows so far apart agree well, beyond chance, and better than half as far apart."""
    chance = 2.0 / np.sqrt(rows)
    half = float(like[max(at // 2, 1)]) if at > 2 else float(like[1])
    return bool(like[at] > max(LEAST, chance) and like[at] > half + AHEAD)


def _few(like: Floats, clear: list[int]) -> list[int]:
    """The shortest season that is nearly as clear as any, and a longer one that is clearer than its multiples."""
    if not clear:
        return []
    # A sum over fewer rows is smaller: likeness is weighed by the rows that it was taken from.
    worth = {at: float(like[at]) / (1 - at / (len(like) * SEEN)) for at in clear}
    best = max(worth.values())
    first = min(at for at in clear if worth[at] >= 0.8 * best)
    longer = [at for at in clear if at >= 2 * first and worth[at] > worth[first] + LONGER]
    return [first, *sorted(longer, key=lambda at: -worth[at])[: MOST - 1]]
