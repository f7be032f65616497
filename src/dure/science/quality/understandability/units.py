"""Units in headers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.columns import NUMBER, unit_in, unit_written
from dure.science.quality.measure import Finding, Measure, Severity, Value
from dure.science.quality.subject import Subject
from dure.vocabulary import Text


@dataclass(frozen=True)
class UnitInHeader(Measure):
    """A header that carries its unit, read as a UCUM code."""

    key: ClassVar[str] = "unit-in-header"
    characteristic: ClassVar[Characteristic] = Characteristic.UNDERSTANDABILITY
    severity: ClassVar[Severity] = Severity.NOTE
    title: ClassVar[Text] = Text("Signals with a known unit", "단위를 아는 신호")
    how: ClassVar[Text] = Text("Share of signals whose header or file names a unit that UCUM knows.", "머리글이나 파일에 UCUM 단위가 적힌 신호의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("The header “{where}” carries a unit, read as {unit}.", "머리글 “{where}”에 단위가 있어 {unit}(으)로 읽었습니다.")  # fmt: skip
    together: ClassVar[Text] = Text("{count} headers carry a unit, which is kept with the column: {names}.", "머리글 {count}개에 단위가 있어 열과 함께 보관합니다: {names}.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Nothing to do if that is right; the unit stays with the column.", "맞다면 그대로 두세요. 단위는 열과 함께 보관됩니다.")  # fmt: skip
    defect: ClassVar[str] = "header-with-unit"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column of numbers with a unit."""
        for column in subject.of_kind(NUMBER):
            unit = unit_in(column.name)
            if unit:
                yield self.found(column.name, unit=unit)

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Share of signals whose unit is known."""
        if subject.signals:
            yield self.value(sum(bool(subject.unit(name)) for name in subject.signals) / len(subject.signals))


@dataclass(frozen=True)
class UnitUnknown(Measure):
    """A header with something in brackets that is no unit of UCUM."""

    key: ClassVar[str] = "unit-unknown"
    characteristic: ClassVar[Characteristic] = Characteristic.UNDERSTANDABILITY
    severity: ClassVar[Severity] = Severity.NOTE
    title: ClassVar[Text] = Text("Headers without unknown units", "모르는 단위가 없는 머리글")
    how: ClassVar[Text] = Text("Share of signals whose header has nothing in brackets that is no unit.", "괄호 안에 단위가 아닌 것이 적히지 않은 신호의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{written}” in the header “{where}” is not a unit that UCUM knows.", "머리글 “{where}”의 “{written}”은(는) UCUM에 없는 단위입니다.")  # fmt: skip
    together: ClassVar[Text] = Text("{count} headers have something in brackets that is no unit UCUM knows: {names}.", "머리글 {count}개의 괄호 안에 UCUM에 없는 단위가 있습니다: {names}.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Write the unit as a UCUM code, for example Cel, kPa or A.h, if it is one.", "단위라면 Cel, kPa, A.h처럼 UCUM 코드로 적어 주세요.")  # fmt: skip
    defect: ClassVar[str] = "header-with-odd-unit"
    counts: ClassVar[str] = "signals"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column of numbers with such a header."""
        for column in subject.of_kind(NUMBER):
            written = unit_written(column.name)
            if written and not written.isdigit() and not subject.unit(column.name):
                yield self.found(column.name, written=written, affected=1)
