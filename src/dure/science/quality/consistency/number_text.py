"""Numbers that are text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.columns import (
    DECIMAL_COMMA,
    TEXT,
    has_decimal_commas,
    share_of_numbers,
)
from dure.science.quality.measure import Finding, Measure
from dure.science.quality.subject import Subject
from dure.vocabulary import Text


@dataclass(frozen=True)
class DecimalComma(Measure):
    """Numbers written with a decimal comma; they are text until told otherwise."""

    key: ClassVar[str] = "decimal-comma"
    characteristic: ClassVar[Characteristic] = Characteristic.CONSISTENCY
    title: ClassVar[Text] = Text("Data format consistency (decimal marks)", "데이터 형식 일관성(소수점)")
    how: ClassVar[Text] = Text(
        "Share of columns that write no decimal commas.", "소수점을 쉼표로 쓰지 않는 열의 비율입니다."
    )
    source: ClassVar[str] = "ISO/IEC 25024, Con-I-2"
    says: ClassVar[Text] = Text("“{where}” writes numbers with a decimal comma, such as {example}.", "“{where}”의 숫자는 {example}처럼 소수점을 쉼표로 씁니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text('Read it with table.numbers_from_text, decimal = ",".', 'table.numbers_from_text 단계에서 decimal = ","로 읽으세요.')  # fmt: skip
    defect: ClassVar[str] = "comma-decimals"
    counts: ClassVar[str] = "columns"

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
    characteristic: ClassVar[Characteristic] = Characteristic.CONSISTENCY
    title: ClassVar[Text] = Text("Data format consistency (numbers)", "데이터 형식 일관성(숫자)")
    how: ClassVar[Text] = Text("Share of columns whose numbers are not written as text.", "숫자를 글자로 적지 않은 열의 비율입니다.")  # fmt: skip
    source: ClassVar[str] = "ISO/IEC 25024, Con-I-2"
    says: ClassVar[Text] = Text("“{where}” holds numbers as text, such as {example}.", "“{where}”에 {example}처럼 숫자가 글자로 들어 있습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Turn it into numbers (table.numbers_from_text).", "숫자로 바꾸세요(table.numbers_from_text).")  # fmt: skip
    defect: ClassVar[str] = "unit-behind-number"
    counts: ClassVar[str] = "columns"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column."""
        for column in subject.of_kind(TEXT):
            words = column.drop_nulls()
            if share_of_numbers(words) == 1.0 and not has_decimal_commas(words):
                yield self.found(column.name, example=words[0].strip())
