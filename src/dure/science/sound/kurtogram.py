"""The fast kurtogram: in which band of frequencies a signal knocks, found by a tree of filters."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]
Floats = NDArray[np.float64]

_TAPS = 16
_CUT = 0.4


@dataclass(frozen=True, slots=True)
class Band:
    """A band of frequencies and the kurtosis of the envelope within it; frequencies as fractions of the rate."""

    centre: float
    width: float
    kurtosis: float

    @property
    def ends(self) -> tuple[float, float]:
        """Where it begins and ends."""
        return self.centre - self.width / 2, self.centre + self.width / 2


def best_band(samples: Floats, levels: int) -> Band:
    """The band of the kurtogram whose envelope is the most impulsive; all of it at kurtosis 0 where nothing knocks.

    Parameters
    ----------
    samples
        One channel. [N]
    levels
        How often the whole band is halved; fewer where bands would hold fewer than 32 samples.

    References
    ----------
    J. Antoni, "Fast computation of the kurtogram for the detection of transient faults", Mech. Syst. Signal Process. 21,
    108-124, 2007, doi:10.1016/j.ymssp.2005.12.002.

    Examples
    --------
    A ringing of 3 kHz struck 50 times a second in noise, sampled at 12 kHz:

    >>> at = np.arange(12_000)
    >>> ring = np.exp(-(at % 240) / 12) * np.sin(2 * np.pi * 3000 * (at % 240) / 12_000)
    >>> found = best_band(ring + 0.05 * np.random.default_rng(0).normal(size=12_000), 5)
    >>> found.ends[0] * 12_000 < 3000 < found.ends[1] * 12_000, found.kurtosis > 2
    (True, True)
    """
    best = Band(0.25, 0.5, 0.0)
    for band in bands(samples, levels):
        if band.kurtosis > best.kurtosis:
            best = band
    return best


def bands(samples: Floats, levels: int) -> Iterator[Band]:
    """Every band of the kurtogram: of levels 0, 1, 1.6, 2, 2.6, … in the paper's words, lowest frequency first."""
    whole = samples - samples.mean()
    yield Band(0.25, 0.5, _kurtosis_real(whole))
    rows = whole[None, :].astype(np.complex128)
    for level in range(1, levels + 1):
        if rows.shape[1] // 2 < 32:
            return
        if level > 1 and rows.shape[1] // 3 >= 32:
            yield from _told(_split(rows, 3), 3 * 2 ** (level - 1))
        rows = _split(rows, 2)
        yield from _told(rows, 2**level)


def _told(rows: Complex, count: int) -> Iterator[Band]:
    width = 0.5 / count
    found = _kurtosis(rows[:, min(_TAPS + 1, rows.shape[1] // 4) :])
    for place, kurtosis in enumerate(found):
        yield Band((place + 0.5) * width, width, float(kurtosis))


def _split(rows: Complex, parts: int) -> Complex:
    """Each band in 2 or 3, in order of frequency, one sample in 2 or 3 kept. [bands · parts, N // parts]."""
    import scipy.signal

    kept = rows.shape[1] // parts
    made = []
    for place, taps in enumerate(_filters(parts)):
        # the sample before: MATLAB's a(2:2:N) of the paper's program keeps the second of each pair
        row = scipy.signal.upfirdn(np.concatenate([[0.0], taps]), rows, 1, parts, axis=1)[:, 1 : kept + 1]
        if parts == 2 and place == 1:
            row = row * np.where(np.arange(kept) % 2, 1.0, -1.0)
        made.append(row)
    return np.stack(made, axis=1).reshape(-1, kept)


@cache
def _filters(parts: int) -> tuple[Complex, ...]:
    """Quasi-analytic filters of the lower and upper half, or of three thirds, of the positive frequencies."""
    import scipy.signal

    if parts == 2:
        low = scipy.signal.firwin(_TAPS + 1, _CUT) * np.exp(2j * np.pi * np.arange(_TAPS + 1) * 0.125)
        turn = np.arange(1, _TAPS + 1)
        high = low[-turn % _TAPS] * (-1.0) ** -turn
        return low[: _TAPS + 1], high
    taps = 3 * _TAPS // 2
    at = np.arange(taps + 1)
    first = scipy.signal.firwin(taps + 1, 2 / 3 * _CUT) * np.exp(2j * np.pi * at * 0.25 / 3)
    return first, first * np.exp(2j * np.pi * at / 6), first * np.exp(2j * np.pi * at / 3)


def _kurtosis(rows: Complex) -> Floats:
    """Kurtosis of complex envelopes: E|x|⁴ / (E|x|²)² - 2, 0 for Gaussian noise [paper, eq. 6]; 0 in silence."""
    rows = rows - rows.mean(axis=1, keepdims=True)
    power = np.square(rows.real) + np.square(rows.imag)
    mean = power.mean(axis=1)
    quiet = mean < np.finfo(np.float64).eps
    found: Floats = np.square(power).mean(axis=1) / np.square(np.where(quiet, 1.0, mean)) - 2.0
    return np.where(quiet, 0.0, found)


def _kurtosis_real(samples: Floats) -> float:
    power = np.square(samples)
    mean = float(power.mean())
    return float(np.square(power).mean() / mean**2 - 3.0) if mean > np.finfo(np.float64).eps else 0.0
