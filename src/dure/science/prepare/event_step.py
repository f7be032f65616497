"""What steps on event logs have in common: rows of time, thing and event, looked back on for so many rows.

A step gives one function that is told row after row (time [s], event, thing) and answers with the numbers of that row.
The same function runs on a table and on the line, so that both give the same bits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.step import Floats, Learnt, RowForm, Step, field, place_of
from dure.science.prepare.word_tokens import word_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

# Numbers of one row, from its time [s], its event and its thing.
Reckoner = Callable[[float, str | None, str | None], Sequence[float]]
NAN = float("nan")


@dataclass(frozen=True)
class OfEvents(Step):
    """A step on a log of events: `column` says what happened, `time` when, `thing` to what (empty: to one thing).

    What happened within the last `rows` rows counts. The three columns are dropped unless `keep` is said, as where another
    step of events follows.
    """

    on_words: ClassVar[bool] = True
    column: str = field("column", Text("Event column", "이벤트 열"), of="text")
    time: str = field("column", Text("Time column", "시각 열"), of="time")
    thing: str = field("column", Text("Thing column", "대상 열"), default="", of="text")
    rows: int = field(
        "count", Text("Rows looked back", "되돌아볼 행 수"), default=200, unit="{rows}", low=1, high=100_000
    )
    keep: bool = field("yes-no", Text("Keep the columns", "원래 열도 남기기"), default=False)

    @property
    def warm_up(self) -> int:
        """The rows looked back."""
        return self.rows

    def reads(self) -> tuple[str, ...]:
        """Event, thing and time."""
        return (*self.words_read(), self.time)

    def words_read(self) -> tuple[str, ...]:
        """Event and thing."""
        return (self.column, self.thing) if self.thing and self.thing != self.column else (self.column,)

    def worded(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Event and thing, where they are kept."""
        return tuple(name for name in columns if self.keep and name in self.words_read())

    def made(self) -> tuple[str, ...]:
        """Names of the columns that are made."""
        raise NotImplementedError

    def reckoner(self, learnt: Learnt) -> Reckoner:
        """A fresh function that is told one row after the other."""
        raise NotImplementedError

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns there were, without those of the log unless kept, then what is made of the event."""
        gone = () if self.keep else self.reads()
        return {n: n for n in columns if n not in gone} | dict.fromkeys(self.made(), self.column)

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The numbers of each row [float64] behind the other columns."""
        import polars as pl

        from dure.science.prepare.conforming import as_words

        reckon = self.reckoner(learnt)
        events = as_words(frame.get_column(self.column)).to_list()
        things = as_words(frame.get_column(self.thing)).to_list() if self.thing else [None] * len(events)
        rows = zip(_seconds(frame.get_column(self.time)), events, things, strict=True)
        values = np.array([reckon(*row) for row in rows], dtype=np.float64).reshape(
            len(events), len(self.made())
        )
        made = [
            pl.Series(name, values[:, at], dtype=pl.Float64).fill_nan(None)
            for at, name in enumerate(self.made())
        ]
        return frame.drop([] if self.keep else self.reads()).with_columns(made)

    def by_row(self, learnt: Learnt, columns: Sequence[str]) -> RowForm:
        """One row after the other; words come as tokens, times as the wall clock [µs]."""
        reckon = self.reckoner(learnt)
        event, time = columns.index(self.column), columns.index(self.time)
        thing = columns.index(self.thing) if self.thing else None
        gone = () if self.keep else self.reads()
        others = place_of([name for name in columns if name not in gone], columns)

        def form(row: Floats) -> Floats:
            of = word_of(row[thing]) if thing is not None else None
            made = reckon(float(row[time]) / 1e6, word_of(row[event]), of)
            return np.concatenate([row[others], np.asarray(made, dtype=np.float64)])

        return form


class Past:
    """What was told of each thing within the last `rows` rows, the newest last: number of the row, time [s], event.

    >>> past = Past(rows=2)
    >>> past.told(1.0, "on", "pump"), past.told(2.0, "off", "fan")
    ([(1, 1.0, 'on')], [(2, 2.0, 'off')])
    >>> past.told(3.0, "off", "pump")
    [(1, 1.0, 'on'), (3, 3.0, 'off')]
    """

    def __init__(self, rows: int) -> None:
        self._rows, self._row = rows, 0
        self._of: dict[str | None, list[tuple[int, float, str]]] = {}

    def told(self, time: float, event: str | None, thing: str | None) -> list[tuple[int, float, str]]:
        """The past of `thing` with this row; a row without event or time adds nothing."""
        self._row += 1
        first = self._row - self._rows
        if self._row % max(self._rows, 256) == 0:  # things that are heard of no more are forgotten
            self._of = {name: past for name, past in self._of.items() if past and past[-1][0] >= first}
        past = self._of.setdefault(thing, [])
        old = 0
        while old < len(past) and past[old][0] < first:
            old += 1
        del past[:old]
        if event is not None and not isnan(time):
            past.append((self._row, time, event))
        return past


def _seconds(column: "pl.Series") -> list[float]:
    """The wall clock [s] of each row to the microsecond, NaN where it is missing."""
    import polars as pl

    if column.dtype == pl.Datetime:
        column = column.dt.replace_time_zone(None).dt.cast_time_unit("ns").to_physical()
    elif column.dtype == pl.Date:
        column = column.cast(pl.Datetime("ns")).to_physical()
    else:
        column = (
            column.to_physical()
            if column.dtype in (pl.Time, pl.Duration)
            else column.cast(pl.Int64, strict=False)
        )
    return [NAN if one is None else float(one // 1000) / 1e6 for one in column.to_list()]
