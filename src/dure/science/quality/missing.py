"""Values that are not there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.measure import Finding, Measure, Subject, percent
from dure.vocabulary import Text


@dataclass(frozen=True)
class MissingValues(Measure):
    """Share of rows without a value (completeness, in the words of ISO/IEC 25012)."""

    key: ClassVar[str] = "missing-values"
    says: ClassVar[Text] = Text("{count} of {rows} values ({share}) of “{where}” are missing.", "“{where}”의 값 {rows}개 중 {count}개({share})가 비어 있습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Fill them (table.fill_missing); leave the column out if most are missing.", "빈 값을 채우고(table.fill_missing), 대부분 비었으면 열을 빼세요.")  # fmt: skip

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column that lacks values."""
        rows = len(subject.frame)
        for column in subject.frame.get_columns():
            count = column.null_count() + (int(column.is_nan().sum()) if column.dtype.is_float() else 0)
            if count:
                share = count / rows
                yield self.found(column.name, count=count, rows=rows, share=percent(share), fraction=share)
