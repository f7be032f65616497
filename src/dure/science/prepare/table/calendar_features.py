"""What the clock says about a row: hour, weekday, month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, field, place_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

PARTS = ("hour", "minute of day", "weekday", "day of month", "month")


@dataclass(frozen=True)
class CalendarFeatures(Step):
    """Parts of a time, in its own time zone: hours count from 0, weekdays from 1 for Monday (ISO 8601).

    >>> import polars as pl
    >>> rows = pl.DataFrame({"at": ["2024-03-05 14:05"]}).with_columns(pl.col("at").str.to_datetime())
    >>> CalendarFeatures(column="at", parts=("hour", "weekday")).fit(rows).transform(rows).rows()
    [(14.0, 2.0)]
    """

    label: ClassVar[Text] = Text("Calendar features", "달력 특징")
    column: str = field("column", Text("Time column", "시각 열"), of="time")
    parts: tuple[str, ...] = field(
        "choices", Text("Parts", "요소"), default=("hour", "weekday"), choices=PARTS
    )
    keep: bool = field("yes-no", Text("Keep the time itself", "시각 열도 남기기"), default=False)

    def reads(self) -> tuple[str, ...]:
        """The time column."""
        return (self.column,)

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns there were, then `<column> <part>`."""
        kept = {name: name for name in columns if self.keep or name != self.column}
        return kept | {f"{self.column} {part}": self.column for part in self.parts}

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The parts of the time [float64] behind the other columns."""
        import polars as pl

        del learnt
        at = pl.col(self.column)
        if frame.schema[self.column] == pl.Time:
            at = pl.lit(0).cast(pl.Date).dt.combine(at)
        found = {
            "hour": at.dt.hour(),
            "minute of day": at.dt.hour().cast(pl.Int32) * 60 + at.dt.minute(),
            "weekday": at.dt.weekday(),
            "day of month": at.dt.day(),
            "month": at.dt.month(),
        }
        made = [found[part].cast(pl.Float64).alias(f"{self.column} {part}") for part in self.parts]
        with_parts = frame.with_columns(made)
        return with_parts if self.keep else with_parts.drop(self.column)

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm | None:
        """The parts of the wall clock [µs] behind the newest row; a time that is kept has no such form."""
        del learnt
        if self.keep:
            return None
        clock = columns.index(self.column)
        others = place_of([name for name in columns if name != self.column], columns)

        def form(window: Floats) -> Floats:
            return np.concatenate([window[-1, others], self._parts(float(window[-1, clock]))])

        return form

    def _parts(self, microseconds: float) -> Floats:
        if np.isnan(microseconds):
            return np.full(len(self.parts), np.nan)
        at = datetime(1970, 1, 1) + timedelta(microseconds=microseconds)  # noqa: DTZ001 - a wall clock
        found = {
            "hour": at.hour,
            "minute of day": at.hour * 60 + at.minute,
            "weekday": at.isoweekday(),
            "day of month": at.day,
            "month": at.month,
        }
        return np.array([float(found[part]) for part in self.parts])

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        parts = ", ".join(self.parts)
        return Text(f"Adds {parts} of {self.column}.", f"{self.column}의 {parts}을(를) 더합니다.")
