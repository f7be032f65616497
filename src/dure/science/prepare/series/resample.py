"""Rows at an even pace."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.prepare.step import FieldRefused, Learnt, NotTimes, Step, field
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

STATISTICS = ("mean", "last", "min", "max", "median", "sum")
_DURATION = re.compile(r"[1-9]\d{0,8}(ms|s|m|h|d)")


@dataclass(frozen=True)
class Resample(Step):
    """One row for each `every` of time: numbers by a statistic, other columns by their last value.

    The row of a stretch bears the time at which the stretch begins and holds what came later in it, so this step
    is not causal; a stretch without rows gives none.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"at": ["2024-03-05 14:00:05", "2024-03-05 14:00:50"], "bar": [1.0, 3.0]})
    >>> rows = rows.with_columns(pl.col("at").str.to_datetime())
    >>> Resample(column="at", every="1m").fit(rows).transform(rows)["bar"].to_list()
    [2.0]
    """

    causal: ClassVar[bool] = False
    keeps_rows: ClassVar[bool] = False
    label: ClassVar[Text] = Text("Even pace", "일정 간격으로")
    column: str = field("column", Text("Time column", "시각 열"), of="time")
    every: str = field("word", Text("Every (ms, s, m, h or d)", "간격(ms, s, m, h, d)"), default="1m")
    statistic: str = field("choice", Text("Numbers by", "숫자 집계"), default="mean", choices=STATISTICS)

    def __post_init__(self) -> None:
        """Refuse what is no stretch of time."""
        super().__post_init__()
        if not _DURATION.fullmatch(self.every):
            raise FieldRefused(
                self.name(),
                field="every",
                value=repr(self.every),
                must=Text("like 500ms, 10s or 1m", "500ms, 10s, 1m 형식"),
            )

    def reads(self) -> tuple[str, ...]:
        """The time column."""
        return (self.column,)

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """One row a stretch, in order of time; rows without a time are left out."""
        import polars as pl
        import polars.selectors as cs

        del learnt
        if not frame.schema[self.column].is_temporal():
            raise NotTimes(self.column, value=str(frame.get_column(self.column).head(1).to_list()))
        rest = cs.exclude(self.column)
        numbers = getattr((cs.numeric() & rest), self.statistic)()
        others = (rest - cs.numeric()).drop_nulls().last()
        dated = frame.filter(pl.col(self.column).is_not_null()).sort(self.column, maintain_order=True)
        return (
            dated.group_by_dynamic(self.column, every=self.every).agg(numbers, others).select(frame.columns)
        )

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        return Text(
            f"Makes one row for every {self.every} of {self.column} ({self.statistic}).",
            f"{self.column} 기준 {self.every}마다 한 행으로 모읍니다({self.statistic}).",
        )
