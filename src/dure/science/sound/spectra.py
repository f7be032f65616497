"""Spectra of one frame: amplitudes by frequency, what lies at a frequency, and what stands out of its surroundings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# How far beside its nominal frequency a line may lie: rolling elements slip by 1 to 2 % [Randall & Antoni 2011, §2].
SLIP = 0.02
_NOISE_BAND = 1.5


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Amplitudes [M] at multiples of `step` [fraction of the rate]; `fine` transform lines share what one would hold."""

    lines: Floats
    step: float
    fine: float


def spectrum_of(samples: Floats, padding: int = 2) -> Spectrum:
    """Single-sided amplitude spectrum through a Hann window, its mean taken away.

    A sine of amplitude A gives A at its frequency, at most 4 % less between two lines (`padding` 2).

    Parameters
    ----------
    samples
        One channel. [N]
    padding
        How many times as long the transform is, rounded up to a fast length.

    References
    ----------
    F. J. Harris, "On the use of windows", Proc. IEEE 66, 51-83, 1978, doi:10.1109/PROC.1978.10837.

    Examples
    --------
    >>> found = spectrum_of(3.0 * np.sin(2 * np.pi * 50.0 * np.arange(1000) / 1000.0))
    >>> round(float(found.lines.max()), 3), round(float(found.lines.argmax() * found.step * 1000.0), 3)
    (3.0, 50.0)
    """
    window = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(len(samples)) + 0.5) / len(samples))
    length = scipy.fft.next_fast_len(padding * len(samples), real=True)
    lines: Floats = np.abs(scipy.fft.rfft((samples - samples.mean()) * window, length))
    return Spectrum(lines * (2.0 / window.sum()), 1.0 / length, length / len(samples))


def at_lines(spectrum: Spectrum, lines: Sequence[float], slip: float = SLIP) -> Floats:
    """The greatest amplitude within `slip` of each line; NaN above half the rate or at 0.

    Parameters
    ----------
    spectrum
        What `spectrum_of` gives.
    lines
        Frequencies, as fractions of the rate.

    Examples
    --------
    >>> at_lines(Spectrum(np.array([0.0, 1.0, 5.0, 2.0, 0.0]), 0.1, 1.0), [0.21, 0.6])
    array([ 5., nan])
    """
    found = np.full(len(lines), np.nan)
    for place, line in enumerate(lines):
        if 0 < line <= 0.5:  # neither a speed that is missing
            first, last = _around(line * (1 - slip), line * (1 + slip), spectrum.step)
            found[place] = spectrum.lines[min(first, len(spectrum.lines) - 1) : last + 1].max()
    return found


def _around(low: float, high: float, step: float) -> tuple[int, int]:
    """Lines of the spectrum from `low` to `high`, and at least the nearest."""
    nearest = int((low + high) / 2 / step + 0.5)
    return max(1, min(int(np.ceil(low / step)), nearest)), max(1, int(high / step), nearest)


def prominence(spectrum: Spectrum, line: float, harmonics: int, slip: float = SLIP) -> float:
    """How far the harmonics of a line stand out: their amplitude over the median around them, its geometric mean.

    One harmonic that another line happens to lie beside (twice the inner race's near three times the outer's) so
    counts little. Noise alone gives about 2 (the greatest of a few lines over the median of many); NaN where no harmonic lies below
    half the rate.

    >>> flat = np.ones(1000); flat[100] = 7.0
    >>> round(prominence(Spectrum(flat, 0.0005, 1.0), 0.05, 1), 3)
    7.0
    """
    found = []
    for order in range(1, harmonics + 1):
        peak = at_lines(spectrum, [order * line], slip)[0]
        if np.isfinite(peak):
            first, last = _around((order - 0.5) * line, (order + 0.5) * line, spectrum.step)
            floor = float(np.median(spectrum.lines[first : last + 1]))
            found.append(peak / floor if floor > 0.0 and peak > 0.0 else 1.0)
    return float(np.exp(np.mean(np.log(found)))) if found else float("nan")


def band_levels(spectrum: Spectrum, ends: Sequence[float]) -> Floats:
    """Root mean square in bands between `ends` (fractions of the rate), by Parseval; NaN for a band above half the rate.

    The Hann window spreads a line over a noise band of 1.5 lines, which is allowed for.

    >>> found = spectrum_of(3.0 * np.sin(2 * np.pi * 50.0 * np.arange(1000) / 1000.0))
    >>> band_levels(found, [0.0, 0.1, 0.5, 0.6]).round(3)
    array([2.121, 0.   ,   nan])
    """
    power = np.concatenate([[0.0], np.cumsum(np.square(spectrum.lines))])
    at = [min(int(end / spectrum.step + 0.5), len(spectrum.lines)) for end in ends]
    found: Floats = np.sqrt(np.maximum(np.diff(power[at]), 0.0) / (2.0 * _NOISE_BAND * spectrum.fine))
    found[np.array(ends[:-1]) >= 0.5 - spectrum.step] = np.nan
    return found


def peaks(spectrum: Spectrum, count: int) -> Floats:
    """The `count` greatest local maxima: frequency [fraction of the rate] and amplitude of each, greatest first. [count, 2].

    >>> peaks(Spectrum(np.array([0.0, 1.0, 0.0, 4.0, 0.0]), 0.1, 1.0), 3).round(3)
    array([[0.3, 4. ],
           [0.1, 1. ],
           [nan, nan]])
    """
    lines, found = spectrum.lines, np.full((count, 2), np.nan)
    inner = lines[1:-1]
    at = np.flatnonzero((inner > lines[:-2]) & (inner >= lines[2:])) + 1
    best = at[np.argsort(-lines[at], kind="stable")[:count]]
    found[: len(best), 0], found[: len(best), 1] = best * spectrum.step, lines[best]
    return found


def centre_and_spread(spectrum: Spectrum) -> tuple[float, float]:
    """Mean frequency of the power and its standard deviation [fractions of the rate]; NaN in silence.

    >>> centre, spread = centre_and_spread(Spectrum(np.array([0.0, 0.0, 2.0, 0.0, 2.0]), 0.1, 1.0))
    >>> round(centre, 3), round(spread, 3)
    (0.3, 0.1)
    """
    power = np.square(spectrum.lines)
    total = float(power.sum())
    if total <= 0.0:
        return float("nan"), float("nan")
    at = np.arange(len(power)) * spectrum.step
    centre = float((at * power).sum() / total)
    return centre, float(np.sqrt(max((np.square(at - centre) * power).sum() / total, 0.0)))
