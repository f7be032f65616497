"""Rows that share their time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.measure import Finding, Measure, Subject
from dure.vocabulary import Text


@dataclass(frozen=True)
class DuplicateTimes(Measure):
    """Rows with the time of the row before: a coarse clock, a replay, or several machines in one table."""

    key: ClassVar[str] = "duplicate-times"
    says: ClassVar[Text] = Text("{count} rows have the same “{where}” as the row before, first {place}.", "{count}개 행의 “{where}”이(가) 바로 앞 행과 같습니다. 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Write times with their milliseconds, or name the column that tells the machines apart.", "밀리초까지 기록하거나 설비를 구분하는 열을 알려 주세요.")  # fmt: skip

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table's clock."""
        same = np.flatnonzero(subject.steps == 0)
        if subject.clock is not None and len(same):
            yield self.found(subject.clock.name, count=len(same), place=subject.place(int(same[0])))
