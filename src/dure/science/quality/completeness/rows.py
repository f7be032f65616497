"""Tables with hardly any rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import TABLE, Finding, Measure, Severity, Value
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted
from dure.vocabulary import Text


@dataclass(frozen=True)
class TooFewRows(Measure):
    """A table of fewer than `enough` rows: a summary, a test export, or a file whose data lies elsewhere."""

    key: ClassVar[str] = "too-few-rows"
    characteristic: ClassVar[Characteristic] = Characteristic.COMPLETENESS
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text(
        "Record completeness (rows that hold anything)", "레코드 완전성(내용이 있는 행)"
    )
    how: ClassVar[Text] = Text(
        "Share of rows with at least one value.", "값이 하나라도 있는 행의 비율입니다."
    )
    source: ClassVar[str] = "ISO/IEC 25024, Com-I-5"
    says: ClassVar[Text] = Text(
        "There is too little to learn from: {rows}.", "학습하기에는 너무 적습니다: {rows}."
    )
    remedy: ClassVar[Text] = Text("Give a file with more rows; if this one has them, look for its other sheets or sections.", "행이 더 많은 파일을 주세요. 이 파일에 있어야 한다면 다른 시트나 구역을 확인하세요.")  # fmt: skip
    defect: ClassVar[str] = "cut-short"

    enough: int = 20

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table."""
        rows = len(subject.frame)
        if rows < self.enough:
            severity = Severity.SERIOUS if rows < 2 else Severity.CHECK
            yield self.found(TABLE, severity=severity, rows=counted(rows, "row"), count=rows)

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Share of rows with at least one value."""
        import polars as pl

        if subject.frame.width and len(subject.frame):
            empty = subject.frame.select(pl.all_horizontal(pl.all().is_null()).mean()).item()
            yield self.value(1 - float(empty or 0.0))
