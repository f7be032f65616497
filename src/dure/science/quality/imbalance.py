"""Classes that are rare."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.measure import Finding, Measure, Subject, percent
from dure.vocabulary import Text


@dataclass(frozen=True)
class ClassImbalance(Measure):
    """A class with less than `share` of the rows, in a column to be learnt of at most `classes` classes."""

    key: ClassVar[str] = "class-imbalance"
    says: ClassVar[Text] = Text("Only {count} of {rows} rows ({share}) have “{where}” = {value}.", "“{where}” = {value}인 행은 {rows}개 중 {count}개({share})뿐입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Judge the model by average precision and recall of that class, not by accuracy.", "정확도 대신 이 부류의 평균정밀도와 재현율로 모델을 평가하세요.")  # fmt: skip

    share: float = 0.1
    classes: int = 20

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the column to be learnt, on its rarest class."""
        if subject.label is None:
            return
        counts = subject.frame.get_column(subject.label).drop_nulls().value_counts(sort=True)
        if not 2 <= len(counts) <= self.classes:
            return
        value, count = counts.row(-1)
        rows = int(counts.to_series(1).sum())
        if count < self.share * rows:
            yield self.found(subject.label, value=value, count=count, rows=rows, share=percent(count / rows))
