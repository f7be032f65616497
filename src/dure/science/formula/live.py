"""A formula on a stream: it keeps the rows that later rows look back at, and nothing else."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

    from dure.science.formula.formula import Checked


class Live:
    """A checked formula on a stream; the same bits as in batch, however the rows come.

    >>> import polars as pl
    >>> from dure.science.formula import Kind, parse
    >>> live = parse("=ROLLMEAN([a], 2)").checked({"a": Kind("number")}).live()
    >>> [live.push(pl.DataFrame({"a": [value]})).item() for value in (1.0, 2.0, 4.0)]
    [1.0, 1.5, 3.0]
    """

    def __init__(self, checked: "Checked", time: str | None, most: int | None) -> None:
        self._checked, self._time, self._most = checked, time, most
        self._before: pl.DataFrame | None = None

    def push(self, rows: "pl.DataFrame") -> "pl.Series":
        """The result at each of `rows`; raises as `Checked.evaluate`."""
        known = rows if self._before is None else self._before.vstack(rows)
        found = self._checked.evaluate(known, time=self._time, most=self._most).tail(len(rows))
        self._before = known.slice(self._first(known))
        return found

    def _first(self, known: "pl.DataFrame") -> int:
        """First row that a row after the last one may look back at."""
        from dure.science.formula.functions.windows import nanoseconds

        row = len(known)
        for rows, span in self._checked.formula.reach.stages:
            row -= rows
            if span and self._time is not None and row > 0:
                times = nanoseconds(known.get_column(self._time))
                row = int(np.searchsorted(times, times[min(row, len(times) - 1)] - span, side="right"))
        return max(0, row)
