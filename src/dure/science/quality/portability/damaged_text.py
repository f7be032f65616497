"""Texts that were damaged on their way from one system to another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.columns import TEXT
from dure.science.quality.measure import Finding, Measure
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, percent
from dure.vocabulary import Text

# The sign for “could not be decoded”, control signs, UTF-8 read as Latin-1, and EUC-KR read as Latin-1.
_DAMAGED = (
    r"\x{FFFD}|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|[\x{C2}-\x{F4}][\x{80}-\x{BF}]{1,3}|[\x{A1}-\x{FE}]{4,}"
)


@dataclass(frozen=True)
class DamagedText(Measure):
    """Texts with signs that only a wrong decoding leaves behind."""

    key: ClassVar[str] = "damaged-text"
    characteristic: ClassVar[Characteristic] = Characteristic.PORTABILITY
    title: ClassVar[Text] = Text("Texts that survived being carried", "옮기는 동안 깨지지 않은 글자")
    how: ClassVar[Text] = Text("Share of cells that hold no sign of a wrong decoding.", "잘못 해독된 흔적이 없는 칸의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("{texts} of “{where}” ({share}) are damaged by a wrong encoding, first {place}.", "“{where}”의 {texts}({share})이 잘못된 인코딩으로 깨졌습니다. 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Export it again as UTF-8 from the system that still has it whole.", "온전한 값이 있는 시스템에서 UTF-8로 다시 내보내세요.")  # fmt: skip
    defect: ClassVar[str] = "wrong-encoding"
    counts: ClassVar[str] = "values"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column of text."""
        for column in subject.of_kind(TEXT):
            if str(column.dtype) not in {"String", "Categorical"}:
                continue
            damaged = column.cast(str).str.contains(_DAMAGED).fill_null(value=False)
            count = int(damaged.sum())
            if count:
                place = subject.place(damaged.arg_max() or 0)
                share = percent(count / max(len(column) - column.null_count(), 1))
                yield self.found(
                    column.name, texts=counted(count, "text"), count=count, share=share, place=place
                )
