"""Columns of numbers with words between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.columns import TEXT, WRITTEN_NUMBER, has_decimal_commas, share_of_numbers
from dure.science.quality.measure import Finding, Measure, Severity
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, shown
from dure.vocabulary import Text


@dataclass(frozen=True)
class MixedTypes(Measure):
    """A column that is mostly numbers, with words between them: error codes, marks of the operator."""

    key: ClassVar[str] = "mixed-types"
    characteristic: ClassVar[Characteristic] = Characteristic.ACCURACY
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text("Syntactic data accuracy", "구문 정확성")
    how: ClassVar[Text] = Text("Share of cells whose value is of the kind of its column.", "열의 종류에 맞는 값을 가진 칸의 비율입니다.")  # fmt: skip
    source: ClassVar[str] = "ISO/IEC 25024, Acc-I-1"
    says: ClassVar[Text] = Text("“{where}” mixes numbers with {texts} ({examples}), first {place}.", "“{where}”은(는) 숫자 사이에 {texts}({examples})이 섞여 있습니다. 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Keep the numbers and take the texts for missing (table.numbers_from_text).", "숫자만 남기고 글자는 빈 값으로 보세요(table.numbers_from_text).")  # fmt: skip
    defect: ClassVar[str] = "words-between"
    counts: ClassVar[str] = "values"

    share: float = 0.5

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column."""
        for column in subject.of_kind(TEXT):
            words = column.drop_nulls()
            if self.share <= share_of_numbers(words) < 1.0 and not has_decimal_commas(words):
                numeric = column.str.contains(WRITTEN_NUMBER) & column.str.contains(r"\d")
                odd = column.filter(~numeric & column.is_not_null())
                first = int((~numeric & column.is_not_null()).fill_null(value=False).arg_max() or 0)
                examples = shown(odd.unique(maintain_order=True).to_list())
                facts = {"texts": counted(len(odd), "text"), "count": len(odd), "examples": examples}
                yield self.found(column.name, place=subject.place(first), **facts)
