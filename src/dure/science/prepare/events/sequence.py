"""What happened last, one after the other."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.prepare.event_step import NAN, OfEvents, Past, Reckoner
from dure.science.prepare.step import Learnt, field
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

# More kinds than this are names, not kinds.
_MOST = 10_000


@dataclass(frozen=True)
class Sequence(OfEvents):
    """The last `last` kinds of the same thing as numbers, the newest first: 0 for the commonest kind at `fit`.

    A kind not seen at `fit` gets the next number; missing where nothing happened.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"at": ["2024-03-05 14:05", "2024-03-05 14:20", "2024-03-05 15:10"], "alarm": ["HI", "LO", "HI"]})
    >>> rows = rows.with_columns(pl.col("at").str.to_datetime())
    >>> Sequence(column="alarm", time="at", last=2).fit(rows).transform(rows).rows()
    [(0.0, None), (1.0, 0.0), (0.0, 1.0)]
    """

    label: ClassVar[Text] = Text("Last kinds of event", "최근 이벤트 순서")
    last: int = field("count", Text("How many", "몇 개"), default=3, unit="{events}", low=1, high=100)

    def made(self) -> tuple[str, ...]:
        """One column a place, the newest first."""
        return tuple(f"{self.column} {place} back" for place in range(self.last))

    def learn(self, frame: "pl.DataFrame") -> Learnt:
        """The kinds, the commonest first, equals in the order of the alphabet."""
        from dure.science.prepare.conforming import as_words

        counts = as_words(frame.get_column(self.column)).drop_nulls().value_counts().rows()
        return {"kinds": [word for word, _ in sorted(counts, key=lambda one: (-one[1], one[0]))[:_MOST]]}

    def reckoner(self, learnt: Learnt) -> Reckoner:
        """Numbers of the last kinds."""
        codes = {kind: float(code) for code, kind in enumerate(learnt["kinds"])}
        unseen, past = float(len(codes)), Past(self.rows)

        def reckon(time: float, event: str | None, thing: str | None) -> list[float]:
            told = past.told(time, event, thing)[-self.last :]
            newest = [codes.get(kind, unseen) for _, _, kind in reversed(told)]
            return newest + [NAN] * (self.last - len(newest))

        return reckon

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Adds the last {self.last} things that {self.column} said, as numbers.",
            f"{self.column}에 나온 최근 {self.last}가지를 번호로 더합니다.",
        )
