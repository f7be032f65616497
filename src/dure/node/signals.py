"""The signals of the node as a table, for the commands that take `signal:` names: the newest day of each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

DAY_NS = 86_400 * 10**9
_BAD = 2
"""Quality from which a sample has no value (`transport.SAMPLE_SCHEMA`)."""


def read_signals(names: Sequence[str]) -> "pl.DataFrame":
    """One row a time with a column `time` [UTC] and one column a signal, over the last day before the newest sample.

    Raises
    ------
    SignalUnknown
        If the historian has no sample of a name.
    HistorianDown
        If the node is not up.
    """
    import polars as pl

    from dure.plant.historian import Historian, SignalUnknown
    from dure.vocabulary import home

    with Historian(home()) as historian:
        newest = {row["signal"]: row["last"] for row in historian.signals()}
        for name in names:
            if name not in newest:
                raise SignalUnknown(name, known=len(newest))
        end = max(newest[name] for name in names) + 1
        samples = pl.DataFrame(historian.query(list(names), end - DAY_NS, end))
    good = pl.when(pl.col("quality") < _BAD).then(pl.col("value").fill_nan(None))
    rows = samples.with_columns(good.alias("value"), pl.col("time").cast(pl.Datetime("ns", "UTC")))
    wide = rows.pivot(on="signal", index="time", values="value", aggregate_function="last").sort("time")
    return wide.select("time", *names)
