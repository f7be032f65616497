"""Units in headers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.columns import NUMBER, unit_in, unit_written
from dure.science.quality.measure import Finding, Measure, Subject
from dure.vocabulary import Text


@dataclass(frozen=True)
class UnitInHeader(Measure):
    """A header that carries its unit, read as a UCUM code."""

    key: ClassVar[str] = "unit-in-header"
    says: ClassVar[Text] = Text("The header “{where}” carries a unit, read as {unit}.", "머리글 “{where}”에 단위가 있어 {unit}(으)로 읽었습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Nothing to do if that is right; the unit stays with the column.", "맞다면 그대로 두세요. 단위는 열과 함께 보관됩니다.")  # fmt: skip

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column of numbers with a unit."""
        for column in subject.of_kind(NUMBER):
            unit = unit_in(column.name)
            if unit:
                yield self.found(column.name, unit=unit)


@dataclass(frozen=True)
class UnitUnknown(Measure):
    """A header with something in brackets that is no unit of UCUM."""

    key: ClassVar[str] = "unit-unknown"
    says: ClassVar[Text] = Text("“{written}” in the header “{where}” is not a unit that UCUM knows.", "머리글 “{where}”의 “{written}”은(는) UCUM에 없는 단위입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Write the unit as a UCUM code, for example Cel, kPa or A.h, if it is one.", "단위라면 Cel, kPa, A.h처럼 UCUM 코드로 적어 주세요.")  # fmt: skip

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column of numbers with such a header."""
        for column in subject.of_kind(NUMBER):
            written = unit_written(column.name)
            if written and not written.isdigit() and not unit_in(column.name):
                yield self.found(column.name, written=written)
