"""The window kernel one row at a time: the same tree, of which a new row touches only one branch.

Each level of the tree keeps its merges that end at the last rows, so that one more row costs one merge a level, where
the kernel on a whole window would merge all of it again. The bits are those of `window_statistics`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dure.science.window.moments import STATISTICS, Floats, of_block


class _Join(NamedTuple):
    """What two parts of fixed lengths share: weights that depend on these lengths alone."""

    share: np.float64
    weight: np.float64
    lean: np.float64


class _Span(NamedTuple):
    """A stretch of rows without holes: how many, their mean place and its centred square."""

    held: np.float64
    time: np.float64
    time_square: np.float64


class _Level(NamedTuple):
    """One width of the tree.

    `newer` is how many newer rows of the window it is merged with (None where the window has no part of this width), by
    `join` (None where it is the newest part itself); `join_next` doubles it (None at the top).
    """

    width: int
    newer: int | None
    join: _Join | None
    join_next: _Join | None


Part = tuple[Floats, Floats, Floats]


class WindowByRow:
    """Statistics of the last `window` rows of some columns, given one row after the other.

    >>> lately = WindowByRow(2, columns=1, statistics=("mean", "max"))
    >>> lately.push(np.array([1.0])), lately.push(np.array([4.0]))
    (array([[1., 1.]]), array([[2.5, 4. ]]))
    """

    def __init__(self, window: int, columns: int, statistics: Sequence[str] = STATISTICS) -> None:
        self.window, self.statistics = window, tuple(statistics)
        self._sloped = "slope" in statistics
        self._moments = bool({"mean", "std", "slope"} & set(statistics))
        self._levels, self._whole = _plan(window)
        nothing = np.full(columns, np.nan)
        self._kept: list[list[Part]] = [[(nothing, nothing, nothing)] * window for _ in self._levels]
        self._zeros = np.zeros(columns)
        self._rows = np.full((2 * window + 64, columns), np.nan)
        self._end, self._at = window - 1, 0

    def push(self, row: Floats) -> Floats:
        """The statistics after one more row [F], NaN where missing. [F, len(statistics)]."""
        row = row + 0.0
        last = self._remember(row)
        named = self._named(row, last)
        found = np.stack([named[name] for name in self.statistics], axis=-1)
        missing = np.isnan(named["mean"] if self._moments else found[:, 0])
        if missing.any():
            found[missing] = of_block(last[:, missing], self.window, self.statistics)[-1]
        return found

    def _remember(self, row: Floats) -> Floats:
        """The last rows with `row` at their end. [window, F]."""
        if self._end == len(self._rows):
            self._rows[: self.window - 1] = self._rows[self._end - self.window + 1 :]
            self._end = self.window - 1
        self._rows[self._end] = row
        self._end += 1
        return self._rows[self._end - self.window : self._end]

    def _named(self, row: Floats, last: Floats) -> dict[str, Floats]:
        named: dict[str, Floats] = {}
        if "min" in self.statistics:
            named["min"] = np.asarray(last.min(axis=0))
        if "max" in self.statistics:
            named["max"] = np.asarray(last.max(axis=0))
        if self._moments:
            named["mean"], square, product = self._merged(row)
            named["std"] = np.asarray(np.sqrt(square / self._whole.held))
            named["slope"] = np.asarray(product / (self._whole.time_square or 1.0))
        return named

    def _merged(self, row: Floats) -> Part:
        """The whole window that ends at `row`, and each level of the tree one merge further."""
        at = self._at
        self._at = (at + 1) % self.window
        one: Part = (row, self._zeros, self._zeros)
        merged = one
        for kept, (width, newer, join, join_next) in zip(self._kept, self._levels, strict=True):
            kept[at] = one
            if newer is not None:
                older = kept[at - newer]
                merged = older if join is None else self._join(older, merged, join)
            if join_next is not None:
                one = self._join(kept[at - width], one, join_next)
        return merged

    def _join(self, older: Part, newer: Part, by: _Join) -> Part:
        apart = newer[0] - older[0]
        mean = older[0] + apart * by.share
        square = older[1] + newer[1] + apart * apart * by.weight
        product = older[2] + newer[2] + apart * by.lean if self._sloped else self._zeros
        return mean, square, product


def _plan(window: int) -> tuple[list[_Level], _Span]:
    """The levels of the tree from single rows up, and what is known of the places of a whole window."""
    one = merged = _Span(np.float64(1), np.float64(0), np.float64(0))
    width, wide = 1, 0
    levels: list[_Level] = []
    while width <= window:
        newer, join, join_next = (wide if window & width else None), None, None
        if newer is not None:
            merged, join = _spanned(one, merged, wide) if wide else (one, None)
            wide += width
        if 2 * width <= window:
            one, join_next = _spanned(one, one, width)
        levels.append(_Level(width, newer, join, join_next))
        width *= 2
    return levels, merged


def _spanned(older: _Span, newer: _Span, newer_rows: int) -> tuple[_Span, _Join]:
    """Two stretches as one: the arithmetic of the kernel's merge on what depends on places alone."""
    held = older.held + newer.held
    share = newer.held / np.maximum(held, 1.0)
    weight = older.held * share
    start = older.time - newer_rows
    apart = newer.time - start
    time_square = older.time_square + newer.time_square + apart * apart * weight
    return _Span(held, start + apart * share, time_square), _Join(share, weight, apart * weight)
