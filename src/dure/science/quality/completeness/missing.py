"""Values that are not there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, percent
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


def lacking(column: "pl.Series") -> int:
    """Rows without a value, NaN included."""
    return column.null_count() + (int(column.is_nan().sum()) if column.dtype.is_float() else 0)


@dataclass(frozen=True)
class MissingValues(Measure):
    """Share of rows without a value; columns without any are another finding, and so is a label that is missing."""

    key: ClassVar[str] = "missing-values"
    characteristic: ClassVar[Characteristic] = Characteristic.COMPLETENESS
    title: ClassVar[Text] = Text("Value completeness", "값 완전성")
    how: ClassVar[Text] = Text("Share of cells that hold a value.", "값이 있는 칸의 비율입니다.")
    says: ClassVar[Text] = Text("“{where}” lacks {values} of {rows} ({share}), first {place}.", "“{where}”은(는) {rows}개 중 {values}({share})이 비어 있습니다. 처음은 {place}입니다.")  # fmt: skip
    together: ClassVar[Text] = Text("{count} columns lack values: {names}. {example}", "{count}개 열에 빈 값이 있습니다: {names}. {example}")  # fmt: skip
    remedy: ClassVar[Text] = Text("Fill them (table.fill_missing); leave the column out if most are missing.", "빈 값을 채우고(table.fill_missing), 대부분 비었으면 열을 빼세요.")  # fmt: skip
    defect: ClassVar[str] = "missing"
    counts: ClassVar[str] = "values"

    serious: float = 0.5
    worth_a_look: float = 0.05

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column that lacks some of its values."""
        rows = len(subject.frame)
        for column in subject.frame.get_columns():
            count = lacking(column)
            if 0 < count < rows and column.name != subject.label:
                share = count / rows
                severity = Severity((share < self.serious) + (share < self.worth_a_look))
                first = int((column.is_null() | column.is_nan() if column.dtype.is_float() else column.is_null()).arg_max() or 0)  # fmt: skip
                facts = {
                    "count": count,
                    "values": counted(count, "value"),
                    "rows": rows,
                    "place": subject.place(first),
                }
                yield self.found(
                    column.name, severity=severity, share=percent(share), fraction=share, **facts
                )


@dataclass(frozen=True)
class EmptyColumn(Measure):
    """A column without any value: it was exported, but nothing ever came."""

    key: ClassVar[str] = "empty-column"
    characteristic: ClassVar[Characteristic] = Characteristic.COMPLETENESS
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text("Attribute completeness", "속성 완전성")
    how: ClassVar[Text] = Text(
        "Share of columns that hold at least one value.", "값이 하나라도 있는 열의 비율입니다."
    )
    says: ClassVar[Text] = Text("“{where}” has no value in any of {rows}.", "“{where}” 열은 {rows} 모두 비어 있습니다.")  # fmt: skip
    together: ClassVar[Text] = Text("{count} columns have no value in any row: {names}.", "{count}개 열은 모든 행이 비어 있습니다: {names}.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Leave it out (table.drop_columns), or find out why nothing was recorded.", "열을 빼거나(table.drop_columns) 기록되지 않은 까닭을 찾으세요.")  # fmt: skip
    defect: ClassVar[str] = "emptied-column"
    counts: ClassVar[str] = "columns"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column without values."""
        rows = len(subject.frame)
        for column in subject.frame.get_columns():
            if rows and lacking(column) == rows:
                told = counted(rows, "row")
                yield self.found(column.name, rows=told, count=rows, fraction=1.0, affected=rows)


@dataclass(frozen=True)
class MissingLabels(Measure):
    """Rows whose column to be learnt is empty: not inspected, or not yet."""

    key: ClassVar[str] = "missing-labels"
    characteristic: ClassVar[Characteristic] = Characteristic.COMPLETENESS
    title: ClassVar[Text] = Text("Label completeness", "라벨 완전성")
    how: ClassVar[Text] = Text("Share of rows whose column to be learnt has a value.", "학습할 열에 값이 있는 행의 비율입니다.")  # fmt: skip
    source: ClassVar[str] = "ISO/IEC 5259-2"
    says: ClassVar[Text] = Text("{rows} ({share}) have no “{where}”, first {place}.", "{rows}({share})에 “{where}” 값이 없습니다. 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("They cannot be learnt from; if only chosen parts were inspected, the model knows only such parts.", "이 행은 학습에 쓸 수 없습니다. 일부만 골라 검사했다면 모델은 그런 제품만 알게 됩니다.")  # fmt: skip
    defect: ClassVar[str] = "unlabelled"
    counts: ClassVar[str] = "labels"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the column to be learnt."""
        if subject.label is None or not len(subject.frame):
            return
        column = subject.frame.get_column(subject.label)
        count, rows = lacking(column), len(column)
        if 0 < count < rows:
            first = int(column.is_null().arg_max() or 0)
            facts = {"rows": counted(count, "row"), "count": count, "fraction": count / rows}
            yield self.found(subject.label, share=percent(count / rows), place=subject.place(first), **facts)
