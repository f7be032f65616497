"""The shape of each column in a few counts: what a page draws beside a column's name."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

BINS = 24
MOST_WORDS = 12


def shapes(frame: "pl.DataFrame") -> dict[str, list[int]]:
    """Counts by column: of equal stretches for numbers, of the most frequent values for words.

    >>> import polars as pl
    >>> shapes(pl.DataFrame({"part": ["a", "b", "a"], "t": [1.0, 1.0, None]}))["part"]
    [2, 1]
    """
    return {column.name: _shape(column) for column in frame.get_columns()}


def _shape(column: "pl.Series") -> list[int]:
    import numpy as np

    if column.dtype.is_numeric():
        values = column.drop_nulls().cast(float).to_numpy()
        values = values[np.isfinite(values)]
        return [int(count) for count in np.histogram(values, BINS)[0]] if len(values) else []
    if column.dtype.is_temporal():
        return []
    counts = column.drop_nulls().value_counts(sort=True).head(MOST_WORDS)
    return [int(count) for count in counts["count"]]
