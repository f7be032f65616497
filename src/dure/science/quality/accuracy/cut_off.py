"""Texts cut off at the width of a field."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.columns import TEXT
from dure.science.quality.measure import Finding, Measure
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class CutOffTexts(Measure):
    """Free texts of which far more are exactly as long as the longest than chance would make: a field was too short.

    Judged are columns with at least `lengths` different lengths and a longest of at least `least` signs; cut off are
    those of the longest length, if they are `few` or more and `times` as many as of the five lengths below it on average.
    """

    key: ClassVar[str] = "cut-off-texts"
    characteristic: ClassVar[Characteristic] = Characteristic.ACCURACY
    title: ClassVar[Text] = Text("Texts that are whole", "잘리지 않은 글자")
    how: ClassVar[Text] = Text("Share of cells that do not seem cut off at the width of a field.", "입력란 길이에서 잘린 것으로 보이지 않는 칸의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("{texts} of “{where}” end at exactly {length} signs: they seem cut off.", "“{where}”의 {texts}이 정확히 {length}자에서 끝나 잘린 것으로 보입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Widen the field where the text is kept, and export it again.", "글자를 보관하는 입력란의 길이를 늘리고 다시 내보내세요.")  # fmt: skip
    defect: ClassVar[str] = "cut-texts"
    counts: ClassVar[str] = "values"

    lengths: int = 8
    least: int = 20
    few: int = 5
    times: float = 5.0

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column."""
        for column in subject.of_kind(TEXT):
            found = self._cut(column) if str(column.dtype) == "String" else None
            if found is not None:
                count, length = found
                yield self.found(column.name, texts=counted(count, "text"), count=count, length=length)

    def _cut(self, column: "pl.Series") -> tuple[int, int] | None:
        seen = np.bincount(column.drop_nulls().str.len_chars().to_numpy())
        longest = len(seen) - 1
        if longest < self.least or (seen > 0).sum() < self.lengths:
            return None
        usual = float(seen[longest - 5 : longest].mean())
        count = int(seen[longest])
        return (count, longest) if count >= self.few and count >= self.times * max(usual, 1.0) else None
