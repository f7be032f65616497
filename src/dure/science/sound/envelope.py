"""The envelope of a band: how the strength of its ringing goes up and down, and at which frequencies."""

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from dure.science.sound.spectra import Spectrum, spectrum_of

Floats = NDArray[np.float64]


def envelope(samples: Floats, low: float, high: float) -> tuple[Floats, float]:
    """Squared envelope of the band from `low` to `high`, by the analytic signal of that band alone.

    Parameters
    ----------
    samples
        One channel. [N]
    low, high
        Ends of the band, as fractions of the rate.

    Returns
    -------
    The squared envelope at a lower rate that still holds it, and that rate as a fraction of the first.

    References
    ----------
    R. B. Randall and J. Antoni, "Rolling element bearing diagnostics — a tutorial", Mech. Syst. Signal Process. 25,
    485-520, 2011, doi:10.1016/j.ymssp.2010.07.017, §5.2: one-sided band, Hilbert transform, squared envelope.

    Examples
    --------
    A tone of amplitude 2 has a squared envelope of 4 throughout:

    >>> found, rate = envelope(2.0 * np.cos(2 * np.pi * 0.25 * np.arange(1024)), 0.2, 0.3)
    >>> len(found), round(rate, 3), float(found.min().round(3)), float(found.max().round(3))
    (210, 0.205, 4.0, 4.0)
    """
    lines = scipy.fft.rfft(samples - samples.mean())
    first = max(1, int(low * len(samples) + 0.5))
    last = min(len(lines), int(high * len(samples) + 0.5) + 1)
    part = lines[first:last]
    if len(part) < 2:
        return np.zeros(16), 1.0
    # the square of a band of B lines reaches to B: twice as many samples hold it
    length = min(scipy.fft.next_fast_len(2 * len(part)), len(samples))
    ringing = scipy.fft.ifft(np.concatenate([part, np.zeros(length - len(part))])) * (
        2.0 * length / len(samples)
    )
    return np.square(ringing.real) + np.square(ringing.imag), length / len(samples)


def envelope_spectrum(samples: Floats, low: float, high: float) -> tuple[Spectrum, float]:
    """Spectrum of the squared envelope, and the rate that its frequencies are fractions of, as a fraction of the first."""
    squared, rate = envelope(samples, low, high)
    return spectrum_of(squared), rate
