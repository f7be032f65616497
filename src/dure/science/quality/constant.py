"""Columns that never change."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.measure import Finding, Measure, Subject
from dure.vocabulary import Text


@dataclass(frozen=True)
class ConstantColumn(Measure):
    """A column with one value only: nothing can be learnt from it."""

    key: ClassVar[str] = "constant-column"
    says: ClassVar[Text] = Text(
        "“{where}” is {value} in every row.", "“{where}”은(는) 모든 행에서 {value}입니다."
    )
    remedy: ClassVar[Text] = Text("Leave it out (table.drop_columns), or check the sensor if it should move.", "열을 빼거나(table.drop_columns), 변해야 할 값이면 센서를 확인하세요.")  # fmt: skip

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column with one value in more than one row."""
        for column in subject.frame.get_columns():
            there = column.drop_nulls()
            if len(there) > 1 and there.n_unique() == 1:
                yield self.found(column.name, value=str(there[0])[:40])
