"""Rows that are there twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import TABLE, Finding, Measure
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, percent
from dure.vocabulary import Text


@dataclass(frozen=True)
class DuplicateRows(Measure):
    """Copies of earlier rows, in tables of at least `columns` columns; narrower ones repeat by nature."""

    key: ClassVar[str] = "duplicate-rows"
    characteristic: ClassVar[Characteristic] = Characteristic.SIMILARITY
    title: ClassVar[Text] = Text("Sample similarity (rows that are no copies)", "샘플 유사성(사본이 아닌 행)")
    how: ClassVar[Text] = Text(
        "Share of rows that are no copy of an earlier row.", "앞선 행의 사본이 아닌 행의 비율입니다."
    )
    source: ClassVar[str] = "ISO/IEC 25024, Con-I-3"
    defect: ClassVar[str] = "copied-rows"
    counts: ClassVar[str] = "rows"
    says: ClassVar[Text] = Text("{rows} ({share}) repeat an earlier row, first {place}.", "{rows}({share})이 앞선 행과 똑같습니다. 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Export each row once; copies in both training and test make a model look better than it is.", "행을 한 번씩만 내보내세요. 같은 행이 학습과 시험에 섞이면 성능이 부풀려집니다.")  # fmt: skip

    columns: int = 3

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table."""
        frame = subject.frame
        if frame.width < self.columns or len(frame) < 2:
            return
        copies = ~frame.hash_rows(seed=0).is_first_distinct()
        count = int(copies.sum())
        if count:
            first = copies.arg_max() or 0
            yield self.found(
                TABLE,
                rows=counted(count, "row"),
                count=count,
                share=percent(count / len(frame)),
                place=subject.place(first),
            )
