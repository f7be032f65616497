"""From samples to rows: at each moment at which an input speaks, what is known of all inputs.

The same rows are made of a stretch of the historian (`table`) and of the live feed (`Carry`), so that a replay says
what would have been said live. A bad sample is an unknown value until the next good one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.plant.alarms.definition import Conditions, Definition
from dure.plant.alarms.watching import Known, Look
from dure.science.formula import Checked, Kind
from dure.vocabulary import Quality

if TYPE_CHECKING:
    import polars as pl

TIME = "time"
Value = float | str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample as an alarm sees it; `value` None where its quality is bad or it is no value."""

    signal: str
    time: int
    value: Value
    received: int = 0


def reading(row: Mapping[str, Any]) -> Reading:
    """A row of the historian as a reading."""
    value: Value = row["text"] if row.get("text") is not None else row["value"]
    unknown = row["quality"] >= Quality.BAD or value != value  # noqa: PLR0124 - NaN is not itself
    return Reading(row["signal"], row["time"], None if unknown else value, row.get("received") or row["time"])


@dataclass(slots=True)
class Carry:
    """The newest value of each input and its time; an input older than `max_age` [ns] is not known."""

    signals: Sequence[str]
    max_age: int = 0
    values: dict[str, Value] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)

    def take(self, one: Reading) -> None:
        """Take a reading in; one that is older than the newest is passed over."""
        if one.time >= self.times.get(one.signal, -1):
            self.values[one.signal], self.times[one.signal] = one.value, one.time

    def at(self, time: int) -> list[Value]:
        """Values of all inputs at `time` [ns]."""
        return [
            None if self.max_age and time - self.times.get(one, 0) > self.max_age else self.values.get(one)
            for one in self.signals
        ]

    def faded(self, after: int, until: int) -> list[int]:
        """Moments after `after` and before `until` [ns] at which an input becomes too old: rows of their own."""
        if not self.max_age:
            return []
        moments = {time + self.max_age + 1 for time in self.times.values()}
        return sorted(one for one in moments if after < one < until)


def table(
    samples: "pl.DataFrame", definition: Definition, kinds: Mapping[str, Kind], end: int
) -> "pl.DataFrame":
    """Rows of a stretch up to `end` [ns]: column `time` [ns], and one a signal; `samples` as the historian gives them."""
    import polars as pl

    signals = definition.signals
    rows = samples.select(TIME)
    if definition.max_age:
        own = samples.unique(["signal", TIME]).sort("signal", TIME)
        fades = pl.col(TIME) + definition.max_age + 1
        later = pl.col(TIME).shift(-1).over("signal").fill_null(end)
        rows = pl.concat([rows, own.filter(fades < later).select(fades)])
    rows = rows.unique().sort(TIME)
    for name in signals:
        text = kinds[name].type == "text"
        value = pl.col("text") if text else pl.col("value").fill_nan(None)
        own = samples.filter(pl.col("signal") == name).select(
            TIME,
            "sequence",
            pl.when(pl.col("quality") < Quality.BAD).then(value).alias(name),
            pl.col(TIME).alias("\0since"),
        )
        own = own.sort(TIME, "sequence").unique(TIME, keep="last", maintain_order=True).drop("sequence")
        rows = rows.join_asof(own, on=TIME)
        if definition.max_age:
            fresh = pl.col(TIME) - pl.col("\0since") <= definition.max_age
            rows = rows.with_columns(pl.when(fresh).then(pl.col(name)).alias(name))
        rows = rows.drop("\0since")
    return rows


def looks(rows: "pl.DataFrame", found: Conditions) -> Iterable[Look]:
    """What the formulas say at each of the rows where that changes, and at the last."""
    import polars as pl

    timed = rows.with_columns(pl.from_epoch(TIME, time_unit="ns"))

    def told(checked: Checked) -> "pl.Series":
        return checked.evaluate(timed, time=TIME).cast(pl.Float64).ne(0)

    suppress = told(found.suppress) if found.suppress else pl.repeat(value=False, n=len(rows), eager=True)
    said = rows.select(TIME).with_columns(
        told(found.holds).alias("holds"), told(found.over).alias("over"), suppress.alias("suppress")
    )
    code = sum(
        3**n * pl.col(one).cast(pl.Int8).fill_null(2) for n, one in enumerate(("holds", "over", "suppress"))
    )
    kept = said.filter(code.ne_missing(code.shift()))
    return (Look(*row) for row in kept.iter_rows())


class Form:
    """A checked formula, row by row, with the bits that it has in batch."""

    def __init__(self, checked: Checked, signals: Sequence[str]) -> None:
        self._checked, self._signals = checked, list(signals)
        self._quick = checked.by_row(self._signals)
        self._live = None if self._quick else checked.live(time=TIME)

    def push(self, time: int, values: Sequence[Value]) -> Known:
        """Whether it holds after one more row; None where that is not known."""
        if self._quick is not None:
            row = np.array([np.nan if one is None else one for one in values], dtype=np.float64)
            result = self._quick.push(row)
            return None if np.isnan(result) else bool(result)
        return self._slowly(time, values)

    def _slowly(self, time: int, values: Sequence[Value]) -> Known:
        import polars as pl

        kinds = {
            name: pl.String if self._checked.schema[name].type == "text" else pl.Float64
            for name in self._signals
            if name in self._checked.schema
        }
        row = {name: [value] for name, value in zip(self._signals, values, strict=True) if name in kinds}
        frame = pl.DataFrame({TIME: [time], **row}, schema={TIME: pl.Int64, **kinds})
        assert self._live is not None  # noqa: S101 - one of the two is there
        result = self._live.push(frame.with_columns(pl.from_epoch(TIME, time_unit="ns")))[0]
        return None if result is None else bool(result)


class Forms:
    """The formulas of a definition, row by row."""

    def __init__(self, found: Conditions, definition: Definition) -> None:
        self._holds = Form(found.holds, definition.signals)
        plain = not definition.deadband and not definition.clear
        self._over = None if plain else Form(found.over, definition.signals)
        self._suppress = Form(found.suppress, definition.signals) if found.suppress else None

    def look(self, time: int, values: Sequence[Value]) -> Look:
        """What they say of one more row."""
        holds = self._holds.push(time, values)
        over = (None if holds is None else not holds) if self._over is None else self._over.push(time, values)
        return Look(time, holds, over, self._suppress.push(time, values) if self._suppress else False)
