"""Personal data in columns of words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity
from dure.science.quality.personal import PERSONAL_KINDS, personal_counts
from dure.science.quality.subject import Subject
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

# Different values of a column looked at, evenly taken, and characters of each.
_LOOKED_AT = 20_000
_CHARACTERS = 20_000


@dataclass(frozen=True)
class PersonalData(Measure):
    """Names, phone numbers, resident numbers and the like in columns of words; counted, never shown.

    At most 20,000 different values of a column are looked at, evenly taken.
    """

    key: ClassVar[str] = "personal-data"
    characteristic: ClassVar[Characteristic] = Characteristic.CONFIDENTIALITY
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text("Absence of personal data", "개인정보 없음")
    how: ClassVar[Text] = Text("Share of columns in which no personal data was found by rules.", "규칙으로 개인정보를 찾지 못한 열의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text(
        "“{where}” holds personal data: {counts}.", "“{where}” 열에 개인정보가 있습니다: {counts}."
    )
    remedy: ClassVar[Text] = Text("Mask it (step text.mask_personal) or leave the column out, unless you may use it.", "사용 권한이 없다면 가리거나(text.mask_personal 단계) 열을 빼 주세요.")  # fmt: skip
    counts: ClassVar[str] = "columns"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding a column."""
        for column in subject.of_kind("text"):
            found = personal_counts(_texts(column), column.name)
            if found:
                yield self.found(column.name, counts=_told(found), columns=(column.name,), **_facts(found))


def _texts(column: "pl.Series") -> list[str]:
    different = column.drop_nulls().unique(maintain_order=True)
    step = max(1, -(-len(different) // _LOOKED_AT))
    return [str(word)[:_CHARACTERS] for word in different.gather_every(step).to_list()]


def _told(found: dict[str, int]) -> Text:
    en = ", ".join(f"{PERSONAL_KINDS[kind].en} {count:,}" for kind, count in found.items())
    return Text(en, ", ".join(f"{PERSONAL_KINDS[kind].ko} {count:,}건" for kind, count in found.items()))


def _facts(found: dict[str, int]) -> dict[str, int]:
    return {kind.replace("-", "_"): count for kind, count in found.items()}
