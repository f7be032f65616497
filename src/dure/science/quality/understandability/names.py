"""Columns without names, and tables that stand on their side."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.columns import kind_of
from dure.science.quality.measure import TABLE, Finding, Measure, Severity
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, quoted
from dure.vocabulary import Text

_NUMBERED = re.compile(r"(column|field|unnamed:?|f|v|x)?[_ ]?\d+", re.IGNORECASE)


@dataclass(frozen=True)
class NamelessColumns(Measure):
    """Columns that bear a number instead of a name, as in files without a header."""

    key: ClassVar[str] = "nameless-columns"
    characteristic: ClassVar[Characteristic] = Characteristic.UNDERSTANDABILITY
    severity: ClassVar[Severity] = Severity.NOTE
    title: ClassVar[Text] = Text("Columns with a name", "이름이 있는 열")
    how: ClassVar[Text] = Text("Share of columns whose header is more than a number.", "머리글이 번호뿐이 아닌 열의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("{told} of {whole} have no name: {names}.", "{whole}개 열 중 {told}에 이름이 없습니다: {names}.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Put a header above them; units, packs and people need names.", "머리글을 붙여 주세요. 단위, 솔루션 팩, 사람 모두 이름이 필요합니다.")  # fmt: skip
    defect: ClassVar[str] = "names-lost"
    counts: ClassVar[str] = "columns"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table."""
        names = [name for name in subject.frame.columns if re.fullmatch(r"column_\d+|\s*", name)]
        if names:
            facts = {"told": counted(len(names), "column"), "whole": subject.frame.width, "count": len(names)}
            yield self.found(TABLE, columns=names, names=quoted(names, 3), **facts)


@dataclass(frozen=True)
class OnItsSide(Measure):
    """A nameless table with more columns than rows, whose rows are each of one size and its columns of many.

    In a table, the values of a column are alike and those of a row are not. Told by the spread of the logarithm of
    the values' size along rows and along columns, one `times` the other.
    """

    key: ClassVar[str] = "transposed"
    characteristic: ClassVar[Characteristic] = Characteristic.UNDERSTANDABILITY
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text("Rows and columns the right way round", "행과 열의 방향")
    how: ClassVar[Text] = Text("1 if the values of a column are more alike than those of a row, else 0.", "열 안의 값이 행 안의 값보다 서로 비슷하면 1, 아니면 0입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("The table of {rows} and {wide} seems to lie on its side: each row is one signal.", "{rows}, {wide}인 이 표는 행과 열이 뒤바뀐 것 같습니다. 행마다 한 신호로 보입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Turn it before use: rows are times, columns are signals.", "쓰기 전에 돌려 주세요. 행은 시각, 열은 신호여야 합니다.")  # fmt: skip
    defect: ClassVar[str] = "turned"
    counts: ClassVar[str] = "columns"

    times: float = 3.0

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table."""
        frame = subject.frame
        if len(frame) < 5 or frame.width <= len(frame) or frame.width > 20_000:
            return
        if any(kind_of(kind) != "number" for kind in frame.dtypes) or not all(
            _NUMBERED.fullmatch(name) for name in frame.columns
        ):
            return
        size = np.log10(np.abs(frame.to_numpy().astype(float)) + 1e-9)
        along_row, along_column = (float(np.nanmedian(np.nanstd(size, axis=axis))) for axis in (1, 0))
        if along_column > self.times * max(along_row, 1e-6):
            rows, columns = counted(len(frame), "row"), counted(frame.width, "column")
            yield self.found(TABLE, rows=rows, wide=columns, affected=frame.width)
