"""How long ago something happened last."""

from dataclasses import dataclass
from math import isnan
from typing import ClassVar

from dure.science.prepare.event_step import NAN, OfEvents, Past, Reckoner
from dure.science.prepare.step import Learnt, field
from dure.vocabulary import Text


@dataclass(frozen=True)
class TimeSince(OfEvents):
    """Seconds since the event before this row, and since the last of each of `kinds` (0 on its own row), of the same thing.

    Missing where none happened within the rows looked back.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"at": ["2024-03-05 14:05", "2024-03-05 14:20", "2024-03-05 15:10"], "alarm": ["HI", "LO", "LO"]})
    >>> rows = rows.with_columns(pl.col("at").str.to_datetime())
    >>> TimeSince(column="alarm", time="at", kinds=("HI",)).fit(rows).transform(rows).rows()
    [(None, 0.0), (900.0, 900.0), (3000.0, 3900.0)]
    """

    label: ClassVar[Text] = Text("Time since an event", "이벤트 후 경과 시간")
    kinds: tuple[str, ...] = field("words", Text("Kinds told one by one", "따로 볼 종류"), default=())

    def made(self) -> tuple[str, ...]:
        """Since any event before, then one column a kind. [s]."""
        return (f"s since {self.column} before", *(f"s since {self.column} {kind}" for kind in self.kinds))

    def reckoner(self, learnt: Learnt) -> Reckoner:
        """Seconds of a row; what is later than the row by its clock is not known to it."""
        del learnt
        past = Past(self.rows)

        def reckon(time: float, event: str | None, thing: str | None) -> list[float]:
            told = past.told(time, event, thing)
            own = event is not None and not isnan(time)
            before = told[:-1] if own else told
            last = {kind: at for _, at, kind in told}
            since = [before[-1][1] if before else NAN, *(last.get(kind, NAN) for kind in self.kinds)]
            return [time - at if time - at >= 0.0 else NAN for at in since]

        return reckon

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Adds how long ago {self.column} said something last.",
            f"{self.column}에 마지막으로 나온 뒤 지난 시간을 더합니다.",
        )
