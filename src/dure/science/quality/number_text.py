"""Numbers that are text, and columns of both."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.columns import (
    DECIMAL_COMMA,
    TEXT,
    WRITTEN_NUMBER,
    has_decimal_commas,
    share_of_numbers,
)
from dure.science.quality.measure import Finding, Measure, Subject, shown
from dure.vocabulary import Text


@dataclass(frozen=True)
class DecimalComma(Measure):
    """Numbers written with a decimal comma; they are text until told otherwise."""

    key: ClassVar[str] = "decimal-comma"
    says: ClassVar[Text] = Text("“{where}” writes numbers with a decimal comma, such as {example}.", "“{where}”의 숫자는 {example}처럼 소수점을 쉼표로 씁니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text('Read it with table.numbers_from_text, decimal = ",".', 'table.numbers_from_text 단계에서 decimal = ","로 읽으세요.')  # fmt: skip

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column."""
        for column in subject.of_kind(TEXT):
            words = column.drop_nulls()
            if has_decimal_commas(words):
                example = words.filter(words.str.contains(DECIMAL_COMMA))[0]
                yield self.found(column.name, example=example.strip())


@dataclass(frozen=True)
class NumbersAsText(Measure):
    """A column whose texts are all numbers: thousands separators, units behind the number."""

    key: ClassVar[str] = "numbers-as-text"
    says: ClassVar[Text] = Text("“{where}” holds numbers as text, such as {example}.", "“{where}”에 {example}처럼 숫자가 글자로 들어 있습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Turn it into numbers (table.numbers_from_text).", "숫자로 바꾸세요(table.numbers_from_text).")  # fmt: skip

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column."""
        for column in subject.of_kind(TEXT):
            words = column.drop_nulls()
            if share_of_numbers(words) == 1.0 and not has_decimal_commas(words):
                yield self.found(column.name, example=words[0].strip())


@dataclass(frozen=True)
class MixedTypes(Measure):
    """A column that is mostly numbers, with words between them: error codes, marks of the operator."""

    key: ClassVar[str] = "mixed-types"
    says: ClassVar[Text] = Text("“{where}” mixes numbers with {count} texts ({examples}).", "“{where}”은(는) 숫자 사이에 글자 {count}개({examples})가 섞여 있습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Keep the numbers and take the texts for missing (table.numbers_from_text).", "숫자만 남기고 글자는 빈 값으로 보세요(table.numbers_from_text).")  # fmt: skip

    share: float = 0.5

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column."""
        for column in subject.of_kind(TEXT):
            words = column.drop_nulls()
            if self.share <= share_of_numbers(words) < 1.0 and not has_decimal_commas(words):
                odd = words.filter(~(words.str.contains(WRITTEN_NUMBER) & words.str.contains(r"\d")))
                yield self.found(
                    column.name, count=len(odd), examples=shown(odd.unique(maintain_order=True).to_list())
                )
