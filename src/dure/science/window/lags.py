"""How a window depends on what it was some rows before: all autocorrelations at once, partial ones, an autoregression.

References
----------
J. Durbin, "The fitting of time-series models", Rev. Int. Stat. Inst. 28(3), 233-244, 1960 (partial autocorrelation from
the autocovariances, each divided by its own number of products); Å. Björck, "Numerics of Gram-Schmidt
orthogonalization", Linear Algebra Appl. 197, 297-316, 1994 (least squares, each column made orthogonal twice).
"""

from collections.abc import Callable, Mapping

import numpy as np

from dure.science.window.windows import Feature, Floats, Windows, nothing, total

_LONGEST, _PARTIAL, _ORDER = 40, 9, 10
_NO_VARIANCE = 1e-10
# A column left with less than this share of its length says nothing that those before it do not.
_DEPENDENT = 1e-10


def _covariances(w: Windows) -> Floats:
    """Autocovariance at the lags 0 to 40, as far as the window reaches. [L, N]."""
    lags = range(min(_LONGEST + 1, w.n))
    return np.stack([total(w.off[: w.n - lag] * w.off[lag:]) / (w.n - lag) for lag in lags])


def _correlations(w: Windows) -> Floats:
    """Autocorrelation at the lags 1 to 40; 0 where nothing varies. [L, N]."""
    flat = w.variance < _NO_VARIANCE
    found = w.of(_covariances)
    return np.where(flat, 0.0, found[1:] / np.where(flat, 1.0, found[0]))


def _over_lags(fold: Callable[[Floats], Floats]) -> Feature:
    return lambda w: fold(w.of(_correlations)) if w.n > 1 else np.zeros(w.x.shape[1])


def _mean(values: Floats) -> Floats:
    return np.asarray(total(values) / len(values))


def _variance(values: Floats) -> Floats:
    off = values - _mean(values)
    return _mean(off * off)


def _median(values: Floats) -> Floats:
    ordered, middle = np.sort(values, axis=0), len(values) // 2
    if len(values) % 2:
        return np.asarray(ordered[middle])
    return np.asarray((ordered[middle - 1] + ordered[middle]) / 2)


def _partials(w: Windows) -> list[Floats]:
    """Partial autocorrelations from lag 0 on, by Durbin's recursion; at most half a window of them."""
    most = _PARTIAL if w.n // 2 > _PARTIAL else w.n // 2 - 1
    if most < 1:
        return []
    s = w.of(_covariances)
    flat = w.square == 0
    weights = [np.where(flat, np.nan, s[1] / np.where(flat, 1.0, s[0]))]
    found, left = [np.ones(len(flat)), weights[0]], s[0] - weights[0] * s[1]
    for lag in range(2, most + 1):
        known = np.stack([weight * s[lag - 1 - at] for at, weight in enumerate(weights)])
        new = (s[lag] - total(known)) / left
        weights = [*(weight - new * weights[-1 - at] for at, weight in enumerate(weights)), new]
        left = left * (1 - new * new)
        found.append(new)
    return found


def _partial(lag: int) -> Feature:
    def feature(w: Windows) -> Floats:
        found = w.of(_partials)
        return found[lag] if lag < len(found) else nothing(w)

    return feature


def _regression(w: Windows) -> list[Floats]:
    """Constant and ten weights of the values before, by least squares; NaN where they are not determined. 11 × [N]."""
    rows = w.n - _ORDER
    if rows < 2 * _ORDER:
        return []
    columns = [
        np.ones((rows, w.x.shape[1])),
        *(w.x[_ORDER - lag : w.n - lag] for lag in range(1, _ORDER + 1)),
    ]
    basis: list[Floats] = []
    weights: list[list[Floats]] = []
    unsure = np.zeros(w.x.shape[1], dtype=bool)
    for column in [*columns, w.x[_ORDER:]]:
        left, along = _freed(column, basis)
        weights.append(along)
        if len(basis) <= _ORDER:
            length, whole = np.sqrt(total(left * left)), np.sqrt(total(column * column))
            unsure |= ~(length > _DEPENDENT * whole)
            basis.append(left / length)
            along.append(length)
    return [np.where(unsure, np.nan, one) for one in _solved(weights)]


def _freed(column: Floats, basis: list[Floats]) -> tuple[Floats, list[Floats]]:
    """A column less its parts along the basis, and these; done twice, since once leaves rounding behind."""
    along = [np.zeros(column.shape[1]) for _ in basis]
    for _ in range(2):
        for at, direction in enumerate(basis):
            part = total(direction * column)
            column = column - direction * part
            along[at] = along[at] + part
    return column, along


def _solved(weights: list[list[Floats]]) -> list[Floats]:
    """Back substitution in the triangle of `weights`, whose last column is what is to be explained."""
    found: list[Floats] = []
    for row in range(_ORDER, -1, -1):
        value = weights[-1][row]
        for at, known in enumerate(found):
            value = value - weights[_ORDER - at][row] * known
        found.append(value / weights[row][row])
    return found[::-1]


def _weight(place: int) -> Feature:
    def feature(w: Windows) -> Floats:
        found = w.of(_regression)
        return found[place] if found else nothing(w)

    return feature


LAGS: Mapping[str, Feature] = {
    f'agg_autocorrelation__f_agg_"mean"__maxlag_{_LONGEST}': _over_lags(_mean),
    f'agg_autocorrelation__f_agg_"median"__maxlag_{_LONGEST}': _over_lags(_median),
    f'agg_autocorrelation__f_agg_"var"__maxlag_{_LONGEST}': _over_lags(_variance),
    **{f"partial_autocorrelation__lag_{lag}": _partial(lag) for lag in range(_PARTIAL + 1)},
    **{f"ar_coefficient__coeff_{place}__k_{_ORDER}": _weight(place) for place in range(_ORDER + 1)},
}
