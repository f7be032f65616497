"""Features of a window cut into pieces: the trend of their extremes, means and variances, and their shares of energy."""

from collections.abc import Callable, Mapping

import numpy as np

from dure.science.window.windows import Feature, Floats, Windows, nothing, total

_PIECES = 10
_Fold = Callable[[Floats], Floats]


def _mean(piece: Floats) -> Floats:
    return np.asarray(total(piece) / len(piece))


def _variance(piece: Floats) -> Floats:
    off = piece - _mean(piece)
    flat = (piece == piece[0]).all(axis=0)
    return np.where(flat, 0.0, _mean(off * off))


_FOLDS: Mapping[str, _Fold] = {
    "max": lambda piece: np.asarray(piece.max(axis=0)),
    "min": lambda piece: np.asarray(piece.min(axis=0)),
    "mean": _mean,
    "var": _variance,
}
_TREND = ("rvalue", "intercept", "slope", "stderr")


def _line_through(length: int, fold: str) -> Callable[[Windows], Mapping[str, Floats]]:
    """The straight line through one number for each piece of `length` rows; equal numbers have no correlation (NaN)."""

    def line(w: Windows) -> Mapping[str, Floats]:
        if length >= w.n:
            return dict.fromkeys(_TREND, nothing(w))
        y = np.stack([_FOLDS[fold](w.x[start : start + length]) for start in range(0, w.n, length)])
        count, flat = len(y), (y == y[0]).all(axis=0)
        at = np.arange(count, dtype=np.float64)[:, None] - (count - 1) / 2
        wide = count * (count * count - 1) / 12
        mean = np.where(flat, y[0], _mean(y))
        off = y - mean
        square, product = total(off * off), total(at * off)
        r = np.minimum(np.maximum(product / np.sqrt(wide * np.where(flat, 1.0, square)), -1.0), 1.0)
        slope = product / wide
        error = np.sqrt((1 - r * r) * square / wide / (count - 2)) if count > 2 else np.zeros(len(slope))
        values = (
            np.where(flat, np.nan, r),
            mean - slope * ((count - 1) / 2),
            slope,
            np.where(flat, 0.0, error),
        )
        return dict(zip(_TREND, values, strict=True))

    return line


_LINES = {(length, fold): _line_through(length, fold) for length in (5, 10, 50) for fold in _FOLDS}


def _trend(attribute: str, length: int, fold: str) -> Feature:
    line = _LINES[length, fold]
    return lambda w: w.of(line)[attribute]


def _share_of_piece(place: int) -> Feature:
    def feature(w: Windows) -> Floats:
        longer, rest = w.n // _PIECES + 1, w.n % _PIECES
        start = place * (longer - 1) + min(place, rest)
        piece = w.x[start : start + (longer if place < rest else longer - 1)]
        return np.where(w.energy == 0, np.nan, total(piece * piece) / np.where(w.energy == 0, 1.0, w.energy))

    return feature


CHUNKS: Mapping[str, Feature] = {
    **{
        f'agg_linear_trend__attr_"{attribute}"__chunk_len_{length}__f_agg_"{fold}"': _trend(
            attribute, length, fold
        )
        for attribute in _TREND
        for length, fold in _LINES
    },
    **{
        f"energy_ratio_by_chunks__num_segments_{_PIECES}__segment_focus_{place}": _share_of_piece(place)
        for place in range(_PIECES)
    },
}
