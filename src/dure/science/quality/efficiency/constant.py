"""Columns that never change."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity
from dure.science.quality.subject import Subject
from dure.vocabulary import Text


@dataclass(frozen=True)
class ConstantColumn(Measure):
    """A column with one value only: nothing can be learnt from it."""

    key: ClassVar[str] = "constant-column"
    characteristic: ClassVar[Characteristic] = Characteristic.EFFICIENCY
    severity: ClassVar[Severity] = Severity.NOTE
    title: ClassVar[Text] = Text("Columns that carry information", "정보가 있는 열")
    how: ClassVar[Text] = Text(
        "Share of columns with more than one value.", "값이 두 가지 이상인 열의 비율입니다."
    )
    says: ClassVar[Text] = Text(
        "“{where}” is {value} in every row.", "“{where}”은(는) 모든 행에서 {value}입니다."
    )
    together: ClassVar[Text] = Text("{count} columns never change: {names}.", "{count}개 열은 값이 변하지 않습니다: {names}.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Leave it out (table.drop_columns), or check the sensor if it should move.", "열을 빼거나(table.drop_columns), 변해야 할 값이면 센서를 확인하세요.")  # fmt: skip
    defect: ClassVar[str] = "frozen-column"
    counts: ClassVar[str] = "columns"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column with one value in more than one row."""
        for column in subject.frame.get_columns():
            there = column.drop_nulls()
            if len(there) > 1 and there.n_unique() == 1 and column.name != subject.label:
                yield self.found(column.name, value=str(there[0])[:40])
