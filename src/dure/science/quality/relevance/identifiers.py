"""Columns that only name their row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.columns import TEXT, has_decimal_commas, kind_of, share_of_numbers
from dure.science.quality.measure import Finding, Measure, Severity
from dure.science.quality.subject import Subject
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class IdentifierColumn(Measure):
    """A running number or a word that is different in every row: a model would learn it by heart."""

    key: ClassVar[str] = "identifier-column"
    characteristic: ClassVar[Characteristic] = Characteristic.RELEVANCE
    severity: ClassVar[Severity] = Severity.NOTE
    title: ClassVar[Text] = Text("Columns that are no names of rows", "행 이름이 아닌 열")
    how: ClassVar[Text] = Text("Share of columns that are not different in every row only to name it.", "행을 구별하는 이름 역할만 하지 않는 열의 비율입니다.")  # fmt: skip
    defect: ClassVar[str] = "serial-number"
    counts: ClassVar[str] = "columns"
    says: ClassVar[Text] = Text("“{where}” is different in every row and only names it.", "“{where}”은(는) 행마다 달라 이름 역할만 합니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Leave it out (table.drop_columns).", "열을 빼세요(table.drop_columns).")

    rows: int = 20

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column."""
        clock = subject.clock.name if subject.clock is not None else None
        for column in subject.frame.get_columns():
            if (
                column.name not in (clock, subject.label)
                and len(column) >= self.rows
                and self._names_rows(column, subject)
            ):
                yield self.found(column.name)

    def _names_rows(self, column: "pl.Series", subject: Subject) -> bool:
        if column.dtype.is_integer():
            return _runs(column, subject) and column.null_count() == 0
        return kind_of(column.dtype) == TEXT and column.null_count() == 0 and _is_name(column)


def _is_name(words: "pl.Series") -> bool:
    """Whether words are all different and no numbers written as text."""
    return words.n_unique() == len(words) and share_of_numbers(words) < 0.5 and not has_decimal_commas(words)


def _runs(column: "pl.Series", subject: Subject) -> bool:
    """Whether whole numbers, all different, rise from row to row within each file, but for a restart here and there."""
    steps = column.cast(float).diff().fill_null(1.0).to_numpy()[~subject.starts]
    return bool(len(steps) and (steps > 0).mean() > 0.999) and column.n_unique() == len(column)
