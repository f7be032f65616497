"""Log-mel spectrogram: loudness by time and by bands that are as wide as ears hear them."""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from scipy import sparse

Singles = NDArray[np.float32]

# Slaney's scale: linear to 1 kHz, then 27 bands for each factor of 6.4.
_LINEAR, _KNEE, _STEP = 200.0 / 3.0, 1000.0, np.log(6.4) / 27.0
_LEAST, _SPAN = 1e-10, 80.0
_FRAMES = 2048


def mel(hertz: ArrayLike) -> NDArray[np.float64]:
    """Pitch in mel by Slaney's scale. [mel].

    References
    ----------
    M. Slaney, "Auditory Toolbox: version 2", Interval Research, technical report 1998-010.

    Examples
    --------
    >>> mel([200.0, 1000.0, 6400.0]).round(3).tolist()
    [3.0, 15.0, 42.0]
    """
    found = np.asarray(hertz, dtype=np.float64)
    high = _KNEE / _LINEAR + np.log(np.maximum(found, _KNEE) / _KNEE) / _STEP
    return np.where(found < _KNEE, found / _LINEAR, high)


def hertz(mels: ArrayLike) -> NDArray[np.float64]:
    """Frequency of a pitch in mel, the inverse of `mel`. [Hz].

    >>> hertz([3.0, 15.0, 42.0]).round(6).tolist()
    [200.0, 1000.0, 6400.0]
    """
    found = np.asarray(mels, dtype=np.float64)
    knee = _KNEE / _LINEAR
    return np.where(found < knee, found * _LINEAR, _KNEE * np.exp(_STEP * (found - knee)))


def edges(bands: int, low: float, high: float) -> NDArray[np.float64]:
    """Lower end, centre and upper end of triangular bands that overlap: band k is `edges[k : k + 3]`. [Hz], [bands + 2].

    >>> edges(2, 0.0, 1000.0).round(1).tolist()
    [0.0, 333.3, 666.7, 1000.0]
    """
    return hertz(np.linspace(mel(low), mel(high), bands + 2))


@cache
def filters(rate: float, fft: int, bands: int, low: float, high: float) -> Singles:
    """Weights of each frequency in each band; each band has the same area. [bands, fft // 2 + 1].

    References
    ----------
    As `librosa.filters.mel(norm="slaney")`, 0.11: B. McFee et al., SciPy 2015, doi:10.25080/Majora-7b98e3ed-003.
    """
    at = np.fft.rfftfreq(fft, 1.0 / rate)
    ends = edges(bands, low, high)
    slopes = (at - ends[:, None]) / np.diff(ends, append=np.inf)[:, None]
    up, down = slopes[:-2], 1.0 - slopes[1:-1]
    weights = np.maximum(0.0, np.minimum(up, down)) * (2.0 / (ends[2:] - ends[:-2]))[:, None]
    return np.ascontiguousarray(weights, dtype=np.float32)


@cache
def _sparse(rate: float, fft: int, bands: int, low: float, high: float) -> "sparse.csc_array":
    """The weights without their zeros: a hundredth of the products, and none of the threads of a dense one."""
    from scipy import sparse

    return sparse.csc_array(filters(rate, fft, bands, low, high).T)


@cache
def _hann(length: int) -> Singles:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)


def log_mel(  # noqa: PLR0913 - one argument for each setting of the transform, as its peers have them
    samples: NDArray[np.floating], rate: float, *, fft: int = 2048, hop: int = 512, bands: int = 64, low: float = 0.0, high: float = 0.0
) -> Singles:  # fmt: skip
    """Power by band and time, 10·log₁₀, at most 80 dB below the loudest. [dB], [bands, 1 + N // hop].

    Parameters
    ----------
    samples
        One channel. [N]
    rate
        Samples a second. [Hz]
    fft, hop
        Length of a window and how far the next begins after it; the first is centred on the first sample. [samples]
    bands
        How many bands on the mel scale.
    low, high
        Where the lowest begins and the highest ends; 0 for `high` means half the rate. [Hz]

    References
    ----------
    Equal to `librosa.power_to_db(librosa.feature.melspectrogram(...))`, 0.11, within 1e-4 dB (`benchmarks/log_mel.py`).

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000.0 * np.arange(8000) / 8000.0)
    >>> found = log_mel(tone, 8000.0)
    >>> found.shape, int(found.mean(axis=1).argmax())
    ((64, 16), 27)
    """
    half = fft // 2
    padded = np.zeros(len(samples) + 2 * half, dtype=np.float32)
    padded[half : half + len(samples)] = samples
    windows = sliding_window_view(padded, fft)[::hop]
    weights = _sparse(rate, fft, bands, low, high or rate / 2.0)
    found = np.empty((len(windows), bands), dtype=np.float32)
    for start in range(0, len(windows), _FRAMES):
        part = slice(start, start + _FRAMES)
        power = np.abs(scipy.fft.rfft(windows[part] * _hann(fft), axis=1, overwrite_x=True))
        np.square(power, out=power)
        found[part] = power @ weights
    np.log10(np.maximum(found, np.float32(_LEAST), out=found), out=found)
    found *= np.float32(10.0)
    np.maximum(found, found.max() - np.float32(_SPAN), out=found)
    return found.T
