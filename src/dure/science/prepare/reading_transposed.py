"""Whether a table lies on its side: variables in rows, times in columns."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dure.science.prepare.reading_notes import note
from dure.science.prepare.reading_table import Table

# Fewer rows or columns than this say nothing.
_FEWEST = 4
# In a table on its side a row keeps to its scale while a column jumps between scales: spread in powers of ten.
_ROW_SPREAD, _COLUMN_SPREAD = 0.35, 0.5


def looks_transposed(table: Table) -> Table:
    """The table, with a note if it looks transposed.

    Only numbers (or names in the first column), no header, more columns than rows; each row is of one scale while
    columns go through several.
    """
    if table.layouts[0].format not in ("text", "excel") or table.layouts[0].header:
        return table
    frame = table.frame
    numeric = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    if frame.width - len(numeric) > 1 or len(frame) < _FEWEST or len(numeric) <= max(len(frame), _FEWEST):
        return table
    values = frame.select(numeric).to_numpy().astype(np.float64)
    if not _lies_on_its_side(values):
        return table
    said = note("looks-transposed", rows=len(frame), columns=len(numeric))
    return replace(table, notes=(*table.notes, said))


def _lies_on_its_side(values: NDArray[np.float64]) -> bool:
    with np.errstate(divide="ignore"):
        scale = np.log10(np.abs(values))
    scale[~np.isfinite(scale)] = np.nan
    if np.isnan(scale).mean() > 0.5:
        return False
    along, across = _spread(scale, 1), _spread(scale, 0)
    return along < _ROW_SPREAD and across > max(_COLUMN_SPREAD, 3 * along)


def _spread(scale: NDArray[np.float64], axis: int) -> float:
    """Median over lines of the middle half's width, in powers of ten."""
    lines = scale if axis == 1 else scale.T
    known = [line[~np.isnan(line)] for line in lines[:500]]
    return float(
        np.median([np.subtract(*np.quantile(line, [0.75, 0.25])) for line in known if len(line) > 1] or [0.0])
    )
