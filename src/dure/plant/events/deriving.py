"""Frames out of a signal: each run in which a condition holds, so that downtime is measured and not typed."""

from typing import TYPE_CHECKING

from django.db import transaction

from dure.plant.events.models import Frame

if TYPE_CHECKING:
    from dure.plant.historian import Historian

SECOND = 1_000_000_000


def derive(  # noqa: PLR0913 - each is a part of the one question
    historian: "Historian",
    condition: str,
    start: int,
    end: int,
    *,
    origin: str,
    kind: str,
    equipment: str,
    every: int = SECOND,
    least: int = 0,
) -> int:
    """Keep a frame for each run in which `condition` holds; how many there are.

    Parameters
    ----------
    condition
        A formula over signal ids: `=[line1/Press01/State]=0`.
    start, end, every
        Range and step at which the signals are looked at [ns]; their last good value counts.
    least
        Shorter runs are left out [ns].

    Raises
    ------
    FormulaWrong
        Where the condition cannot be read.
    """
    import polars as pl

    from dure.science.formula import evaluate, parse

    formula = parse(condition)
    table = pl.DataFrame(historian.query_every(list(formula.columns), start, end, every))
    holds = evaluate(formula, table).cast(pl.Float64, strict=False).fill_null(0.0) != 0.0
    runs = (
        pl.DataFrame({"time": table["time"], "holds": holds})
        .with_columns(run=pl.col("holds").rle_id())
        .filter("holds")
        .group_by("run", maintain_order=True)
        .agg(start=pl.col("time").min(), end=pl.col("time").max() + every)
        .filter(pl.col("end") - pl.col("start") >= least)
    )
    rows = [
        Frame(origin=origin, key=str(one["start"]), kind=kind, title=condition[:300], equipment=equipment,
              start=one["start"], end=None if one["end"] >= end else one["end"])
        for one in runs.iter_rows(named=True)
    ]  # fmt: skip
    with transaction.atomic():
        Frame.objects.filter(origin=origin, start__gte=start, start__lt=end).delete()
        Frame.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)
