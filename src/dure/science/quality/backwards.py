"""A clock that goes back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.measure import Finding, Measure, Subject, duration
from dure.vocabulary import Text


@dataclass(frozen=True)
class TimeBackwards(Measure):
    """Rows that are older than the row before them: a clock set back, a restart, or runs stacked on each other."""

    key: ClassVar[str] = "time-backwards"
    says: ClassVar[Text] = Text("“{where}” goes back {count} times, first before {place} by {by}.", "“{where}”이(가) {count}번 거꾸로 갑니다. 처음은 {place} 앞에서 {by}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Sort the rows by time, or name the column that tells the runs apart.", "시간순으로 정렬하거나 실행 구간을 구분하는 열을 알려 주세요.")  # fmt: skip

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table's clock."""
        back = np.flatnonzero(subject.steps < 0)
        if subject.clock is not None and len(back):
            first = int(back[0])
            by = duration(-float(subject.steps[first]))
            yield self.found(subject.clock.name, count=len(back), place=subject.place(first), by=by)
