"""Features of a window's spectrum: Fourier coefficients, how they are spread, and Welch's power.

References
----------
P. D. Welch, "The use of fast Fourier transform for the estimation of power spectra", IEEE Trans. Audio Electroacoust.
15(2), 70-73, 1967: pieces of at most 256 values, half of each shared with the next, Hann's window, mean taken off.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from dure.science.window.counts import binned_entropy
from dure.science.window.windows import Feature, Floats, Windows, nothing, total

_COEFFICIENTS, _PIECE = 100, 256
# A spectrum narrower than this has no skewness that could be told from rounding.
_NARROW = 0.5


def _transform(values: Floats) -> NDArray[np.complex128]:
    """Fourier coefficients of each column. [n // 2 + 1, N]."""
    return np.ascontiguousarray(np.fft.rfft(np.ascontiguousarray(values.T), axis=1).T)


def _fourier(w: Windows) -> NDArray[np.complex128]:
    return _transform(w.x)


def _sizes(w: Windows) -> Floats:
    return np.asarray(np.abs(w.of(_fourier)))


_ATTRIBUTES: Mapping[str, Callable[[Windows], Floats]] = {
    "real": lambda w: w.of(_fourier).real,
    "imag": lambda w: w.of(_fourier).imag,
    "abs": _sizes,
    "angle": lambda w: np.angle(w.of(_fourier), deg=True),
}


def _coefficient(attribute: str, place: int) -> Feature:
    part = _ATTRIBUTES[attribute]
    return lambda w: w.of(part)[place] if place <= w.n // 2 else nothing(w)


def _moments(w: Windows) -> list[Floats]:
    """Moments 1 to 4 of the coefficients' places, weighted by their sizes; NaN where all are 0."""
    sizes, places = w.of(_sizes), np.arange(w.n // 2 + 1, dtype=np.float64)[:, None]
    whole = total(sizes)
    return [total(sizes * places**power) / np.where(whole == 0, np.nan, whole) for power in (1, 2, 3, 4)]


def _variance(w: Windows) -> Floats:
    first, second, *_ = w.of(_moments)
    return np.asarray(second - first * first)


def _wide(w: Windows) -> Floats:
    """Variance, NaN where the spectrum is too narrow for what is divided by it."""
    found = _variance(w)
    return np.where(found < _NARROW, np.nan, found)


def _skewness(w: Windows) -> Floats:
    """As tsfresh defines it."""
    first, _, third, _ = w.of(_moments)
    return np.asarray((third - 3 * first * _variance(w) - first**3) / _wide(w) ** 1.5)


def _kurtosis(w: Windows) -> Floats:
    """As tsfresh defines it: its last term is the mean place itself, not the fourth power."""
    first, second, third, fourth = w.of(_moments)
    return np.asarray((fourth - 4 * first * third + 6 * second * first**2 - 3 * first) / _wide(w) ** 2)


def _power(w: Windows) -> Floats:
    """Power at each frequency. [K, N]."""
    length = min(w.n, _PIECE)
    step = max(length - length // 2, 1)
    hann = (
        0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)[:, None] if length > 1 else np.ones((1, 1))
    )
    starts = range(0, w.n - length + 1, step)
    found = np.stack([_piece_power(w.x[start : start + length], hann) for start in starts])
    return np.asarray(total(found) / len(found))


def _piece_power(piece: Floats, hann: Floats) -> Floats:
    flat = (piece == piece[0]).all(axis=0)
    off = np.where(flat, 0.0, piece - total(piece) / len(piece))
    spectrum = _transform(off * hann)
    power = (spectrum.real**2 + spectrum.imag**2) / float((hann * hann).sum())
    power[1 : len(power) - 1 if len(piece) % 2 == 0 else len(power)] *= 2
    return np.asarray(power)


def _density(place: int) -> Feature:
    return lambda w: w.of(_power)[place] if place <= min(w.n, _PIECE) // 2 else nothing(w)


def _entropy(bins: int) -> Feature:
    def feature(w: Windows) -> Floats:
        power = w.of(_power)
        largest = power.max(axis=0)
        flat = largest == 0
        found = binned_entropy(power / np.where(flat, 1.0, largest), bins)
        return np.where(flat, np.nan, found)

    return feature


SPECTRUM: Mapping[str, Feature] = {
    **{
        f'fft_coefficient__attr_"{attribute}"__coeff_{place}': _coefficient(attribute, place)
        for attribute in _ATTRIBUTES
        for place in range(_COEFFICIENTS)
    },
    'fft_aggregated__aggtype_"centroid"': lambda w: w.of(_moments)[0],
    'fft_aggregated__aggtype_"variance"': _variance,
    'fft_aggregated__aggtype_"skew"': _skewness,
    'fft_aggregated__aggtype_"kurtosis"': _kurtosis,
    **{f"spkt_welch_density__coeff_{place}": _density(place) for place in (2, 5, 8)},
    **{f"fourier_entropy__bins_{bins}": _entropy(bins) for bins in (2, 3, 5, 10, 100)},
}
