"""Wavelet coefficients: how much the first values of a window look like a hat of 2, 5, 10 or 20 rows.

The second derivative of a bell curve (“Mexican hat”), integrated over each row, as PyWavelets' continuous transform does:
G. R. Lee et al., "PyWavelets: a Python package for wavelet analysis", J. Open Source Softw. 4(36), 1237, 2019. Each
coefficient is a weighted sum of the window, so the weights are kept by width of window.
"""

from collections.abc import Mapping
from functools import lru_cache
from math import floor, pi, sqrt

import numpy as np

from dure.science.window.windows import Feature, Floats, Windows, nothing, total

_WIDTHS, _PLACES = (2, 5, 10, 20), 15
_REACH, _POINTS = 8.0, 4096


@lru_cache(maxsize=64)
def _weights(rows: int, width: int) -> Floats:
    """Weights of a window's values in its first coefficients. [places, rows]."""
    at = np.linspace(-_REACH, _REACH, _POINTS)
    hat = (1 - at**2) * np.exp(-(at**2) / 2) * 2 / (sqrt(3) * pi**0.25)
    step = at[1] - at[0]
    below = np.cumsum(hat) * step
    places = (np.arange(width * (at[-1] - at[0]) + 1) / (width * step)).astype(np.int64)
    mask = below[places[places < _POINTS]][::-1]
    # convolving and then differencing is convolving with the differences, whose ends are the mask's own ends
    change = -sqrt(width) * np.diff(np.concatenate([[0.0], mask, [0.0]]))
    start = floor((len(mask) - 2) / 2) + 1
    found = np.zeros((min(_PLACES, rows), rows))
    for place in range(len(found)):
        source = start + place - np.arange(rows)
        there = (source >= 0) & (source < len(change))
        found[place, there] = change[source[there]]
    return found


def _coefficient(place: int, width: int) -> Feature:
    def feature(w: Windows) -> Floats:
        if place >= w.n or w.n < 2:
            return nothing(w)
        return total(_weights(w.n, width)[place][:, None] * w.x)

    return feature


WAVELETS: Mapping[str, Feature] = {
    f"cwt_coefficients__coeff_{place}__w_{width}__widths_(2, 5, 10, 20)": _coefficient(place, width)
    for place in range(_PLACES)
    for width in _WIDTHS
}
