"""How often something happened of late."""

from dataclasses import dataclass
from math import isnan
from typing import ClassVar

from dure.science.prepare.event_step import NAN, OfEvents, Past, Reckoner
from dure.science.prepare.step import Learnt, field
from dure.vocabulary import Text


@dataclass(frozen=True)
class Counts(OfEvents):
    """Events of the same thing within the last `seconds`, this row's own included: all, and each of `kinds`.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"at": ["2024-03-05 14:05", "2024-03-05 14:20", "2024-03-05 15:10"], "alarm": ["HI", "LO", "HI"]})
    >>> rows = rows.with_columns(pl.col("at").str.to_datetime())
    >>> Counts(column="alarm", time="at", seconds=3600.0, kinds=("HI",)).fit(rows).transform(rows).rows()
    [(1.0, 1.0), (2.0, 1.0), (2.0, 1.0)]
    """

    label: ClassVar[Text] = Text("Events in the last while", "최근 이벤트 수")
    seconds: float = field("number", Text("Within", "기간"), default=3600.0, unit="s", low=0.001, high=3.2e8)
    kinds: tuple[str, ...] = field("words", Text("Kinds counted one by one", "따로 셀 종류"), default=())

    def made(self) -> tuple[str, ...]:
        """All events, then one column a kind."""
        of = ("", *(f" {kind}" for kind in self.kinds))
        return tuple(f"{self.column}{kind} in {self.seconds:g} s" for kind in of)

    def reckoner(self, learnt: Learnt) -> Reckoner:
        """Counts of a row; missing where its time is."""
        del learnt
        past = Past(self.rows)

        def reckon(time: float, event: str | None, thing: str | None) -> list[float]:
            told = past.told(time, event, thing)
            if isnan(time):
                return [NAN] * (1 + len(self.kinds))
            late = [kind for _, at, kind in told if 0.0 <= time - at <= self.seconds]
            return [float(len(late)), *(float(late.count(kind)) for kind in self.kinds)]

        return reckon

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Counts what {self.column} said in the last {self.seconds:g} s.",
            f"최근 {self.seconds:g}초 동안 {self.column}에 나온 횟수를 셉니다.",
        )
