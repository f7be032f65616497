"""Rows that are there twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.quality.measure import TABLE, Finding, Measure, Subject, percent
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class DuplicateRows(Measure):
    """Copies of earlier rows, in tables of at least `columns` columns; narrower ones repeat by nature."""

    key: ClassVar[str] = "duplicate-rows"
    says: ClassVar[Text] = Text("{count} rows ({share}) are copies of other rows, first {place}.", "{count}개 행({share})이 다른 행과 똑같습니다. 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Export each row once; copies in both training and test make a model look better than it is.", "행을 한 번씩만 내보내세요. 같은 행이 학습과 시험에 섞이면 성능이 부풀려집니다.")  # fmt: skip

    columns: int = 3

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table."""
        frame = subject.frame
        if frame.width < self.columns or len(frame) < 2:
            return
        copies = ~frame.select(first=_first_of_each(frame)).to_series()
        count = int(copies.sum())
        if count:
            first = copies.arg_max() or 0
            yield self.found(
                TABLE, count=count, share=percent(count / len(frame)), place=subject.place(first)
            )


def _first_of_each(frame: "pl.DataFrame") -> "pl.Expr":
    import polars as pl

    return pl.struct(frame.columns).is_first_distinct()
