"""A column of times in which a few cells hold none: “ERROR”, “#N/A”, a line of a restart. Those cells become empty."""

import json
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from dure.science.prepare import Table

LOOKED_AT = 50  # cells tried before a whole column is
USUAL = 0.5  # share of its cells that look like the most common one in a column of times


def without_strays(frame: "pl.DataFrame") -> "tuple[pl.DataFrame, Table | None]":
    """The rows with the first column of words as times, if those that look alike are times; and how these were read.

    Only for a frame in which no column holds times. None where there is no such column.
    """
    import polars as pl

    for name, kind in frame.schema.items():
        if kind != pl.String:
            continue
        cells = _alike(frame[name])
        if cells is None or _times(name, cells.drop_nulls().head(LOOKED_AT)) is None:
            continue
        there = cells.is_not_null()
        read = _times(name, cells.filter(there))
        if read is not None:
            places = pl.Series(name, there.cum_sum().cast(pl.Int64) - 1)
            times = read.frame[name].gather(places.clip(0))
            return frame.with_columns(
                pl.select(pl.when(there).then(times).otherwise(None).alias(name)).to_series()
            ), read
    return frame, None


def _alike(column: "pl.Series") -> "pl.Series | None":
    """The cells of the most common form, digits set aside, the others empty; None if that form is no usual one."""
    import polars as pl

    forms = column.str.strip_chars().str.replace_all(r"\d+", "9")
    counted = forms.drop_nulls().value_counts(sort=True)
    if not counted.height or int(counted["count"][0]) < USUAL * len(forms.drop_nulls()):
        return None
    form = counted[column.name][0]
    if form.count("9") < 3:
        return None
    return pl.select(pl.when(forms == form).then(column).otherwise(None).alias(column.name)).to_series()


def _times(name: str, cells: "pl.Series") -> "Table | None":
    """Cells as times by the rules of `dure.science.prepare`, None if they are none."""
    import polars as pl

    from dure.science.prepare import read
    from dure.vocabulary import DureError

    with tempfile.NamedTemporaryFile("w", prefix="dure-", suffix=".json") as beside:
        json.dump([{name: cell} for cell in cells.to_list()], beside)
        beside.flush()
        try:
            table = read([beside.name])
        except DureError:
            return None
    kind = table.frame.schema.get(name)
    return table if kind == pl.Date or isinstance(kind, pl.Datetime) else None
