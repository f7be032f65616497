"""Columns without names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import TABLE, Finding, Measure, Severity
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, quoted
from dure.vocabulary import Text

_NUMBERED = re.compile(r"column_\d+|\s*")


@dataclass(frozen=True)
class NamelessColumns(Measure):
    """Columns that bear a number instead of a name, as in files without a header."""

    key: ClassVar[str] = "nameless-columns"
    characteristic: ClassVar[Characteristic] = Characteristic.UNDERSTANDABILITY
    severity: ClassVar[Severity] = Severity.NOTE
    title: ClassVar[Text] = Text("Columns with a name", "이름이 있는 열")
    how: ClassVar[Text] = Text("Share of columns whose header is more than a number.", "머리글이 번호뿐이 아닌 열의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("Without a name: {told} of {whole}, such as {names}.", "{whole}개 열 중 {told}에 이름이 없습니다: {names}.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Put a header above them; units, packs and people need names.", "머리글을 붙여 주세요. 단위, 솔루션 팩, 사람 모두 이름이 필요합니다.")  # fmt: skip
    defect: ClassVar[str] = "names-lost"
    counts: ClassVar[str] = "columns"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table."""
        names = [name for name in subject.frame.columns if _NUMBERED.fullmatch(name)]
        if names:
            facts = {"told": counted(len(names), "column"), "whole": subject.frame.width, "count": len(names)}
            yield self.found(TABLE, columns=names, names=quoted(names, 3), **facts)
