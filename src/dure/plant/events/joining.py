"""Frames joined to signals: the signals of a frame's equipment, over its time; one row a frame, or every sample."""

from collections.abc import Callable, Iterable, Sequence
from time import time_ns
from typing import TYPE_CHECKING

from dure.plant.events.models import Frame
from dure.plant.inventory import Signal

if TYPE_CHECKING:
    import polars as pl

    from dure.plant.historian import Historian

STATISTICS = ("mean", "min", "max", "std", "first", "last", "count")
MOST_SIGNALS = 500
_BAD = 2


def signals_at(equipment: str) -> list[str]:
    """Ids of the signals at a piece of equipment and below it, at most `MOST_SIGNALS`."""
    from django.db.models import Q

    if not equipment:
        return []
    here = Signal.objects.filter(Q(equipment=equipment) | Q(equipment__startswith=f"{equipment}/"))
    return list(here.order_by("id").values_list("id", flat=True)[:MOST_SIGNALS])


def stretch(historian: "Historian", frame: Frame, signals: Sequence[str] | None = None) -> "pl.DataFrame":
    """Every sample of a frame: signal, time [UTC], value, text, quality; of its equipment's signals unless named."""
    import polars as pl

    names = list(signals_at(frame.equipment) if signals is None else signals)
    table = pl.DataFrame(historian.query(names, frame.start, _end(frame)))
    return table.select("signal", pl.col("time").cast(pl.Datetime("ns", "UTC")), "value", "text", "quality")


def table_by_frame(
    historian: "Historian",
    frames: Iterable[Frame],
    signals: Sequence[str] | None = None,
    statistics: Sequence[str] = ("mean", "min", "max"),
    progress: Callable[[int], None] = lambda _done: None,
) -> "pl.DataFrame":
    """One row a frame: origin, key, lot, equipment, start, end, its facts, and `<signal> <statistic>` of good samples.

    The signal's column bears its name below the frame's equipment, so that frames of like machines share columns. A
    statistic of no good sample is null. With `signals` named they are those of every frame.

    Parameters
    ----------
    statistics
        Among `STATISTICS`; std is that of the samples (n − 1).
    progress
        Told how many frames are done.
    """
    import polars as pl

    rows = []
    for done, frame in enumerate(frames, 1):
        names = signals_at(frame.equipment) if signals is None else list(signals)
        rows.append({**_named(frame), **_measured(historian, frame, names, statistics)})
        progress(done)
    return pl.DataFrame(rows, infer_schema_length=None)


def _end(frame: Frame) -> int:
    """An end that a range leaves out: one past it; of a frame that lasts, now."""
    return (time_ns() if frame.end is None else frame.end) + 1


def _named(frame: Frame) -> dict[str, object]:
    from datetime import UTC, datetime

    def shown(moment: int | None) -> datetime | None:
        return None if moment is None else datetime.fromtimestamp(moment / 1e9, UTC)

    facts = {f"{name}": value for name, value in frame.facts.items() if isinstance(value, (int, float, str))}
    own = {"origin": frame.origin, "key": frame.key, "lot": frame.lot_id, "equipment": frame.equipment}
    return {**facts, **own, "start": shown(frame.start), "end": shown(frame.end)}


def _measured(
    historian: "Historian", frame: Frame, names: Sequence[str], statistics: Sequence[str]
) -> dict[str, float | int | None]:
    import polars as pl

    if not names:
        return {}
    samples = pl.DataFrame(historian.query(list(names), frame.start, _end(frame)))
    good = samples.filter(pl.col("quality") < _BAD, pl.col("value").is_finite())
    value = pl.col("value")
    asked = {
        "mean": value.mean(), "min": value.min(), "max": value.max(), "std": value.std(),
        "first": value.first(), "last": value.last(), "count": value.len(),
    }  # fmt: skip
    found = good.group_by("signal").agg(asked[name].alias(name) for name in statistics)
    by_signal = {row["signal"]: row for row in found.iter_rows(named=True)}
    below = f"{frame.equipment}/" if frame.equipment else ""
    return {
        f"{name.removeprefix(below)} {statistic}": by_signal.get(name, {}).get(statistic)
        for name in names
        for statistic in statistics
    }
