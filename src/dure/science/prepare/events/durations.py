"""How long something lasted: from an event that starts it to one that ends it."""

from dataclasses import dataclass
from math import isnan
from typing import ClassVar

from dure.science.prepare.event_step import NAN, OfEvents, Past, Reckoner
from dure.science.prepare.step import Learnt, field
from dure.vocabulary import Text


@dataclass(frozen=True)
class Durations(OfEvents):
    """Seconds from the last `start` that has no end yet: on the row of its `end` how long it lasted, on others how long it lasts.

    A second start before an end begins anew. Missing where nothing is going on, or where it began before the rows looked
    back.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"at": ["2024-03-05 14:05", "2024-03-05 14:20", "2024-03-05 15:10"], "does": ["on", "load", "off"]})
    >>> rows = rows.with_columns(pl.col("at").str.to_datetime())
    >>> Durations(column="does", time="at", start="on", end="off").fit(rows).transform(rows).rows()
    [(None, 0.0), (None, 900.0), (3900.0, None)]
    """

    label: ClassVar[Text] = Text("Durations between events", "이벤트 사이의 지속 시간")
    start: str = field("word", Text("Event that starts it", "시작 이벤트"), default="start")
    end: str = field("word", Text("Event that ends it", "종료 이벤트"), default="end")

    def made(self) -> tuple[str, ...]:
        """How long it lasted, and how long it lasts. [s]."""
        return (f"s from {self.start} to {self.end}", f"s since {self.start} without {self.end}")

    def reckoner(self, learnt: Learnt) -> Reckoner:
        """Both of a row."""
        del learnt
        past = Past(self.rows)

        def reckon(time: float, event: str | None, thing: str | None) -> list[float]:
            told = past.told(time, event, thing)
            ends = event == self.end and not isnan(time)
            begun = self._begun(told[:-1] if ends else told)
            lasts = time - begun if time - begun >= 0.0 else NAN
            return [lasts, NAN] if ends else [NAN, lasts]

        return reckon

    def _begun(self, told: list[tuple[int, float, str]]) -> float:
        """When what goes on began; NaN if nothing does."""
        for _, at, kind in reversed(told):
            if kind == self.end:
                return NAN
            if kind == self.start:
                return at
        return NAN

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Adds how long it is from “{self.start}” to “{self.end}” in {self.column}.",
            f"{self.column}에서 “{self.start}”부터 “{self.end}”까지 걸린 시간을 더합니다.",
        )
