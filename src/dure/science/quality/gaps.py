"""Stretches of time without rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.measure import Finding, Measure, Subject, duration
from dure.vocabulary import Text


@dataclass(frozen=True)
class TimeGaps(Measure):
    """Steps in time `times` as long as usual, the usual being the longer of median and 95th percentile."""

    key: ClassVar[str] = "time-gaps"
    says: ClassVar[Text] = Text("“{where}” has {count} gaps where rows come every {usual}; the longest is {longest}, before {place}.", "“{where}”은(는) 보통 {usual} 간격인데 {count}번 끊겼고, 가장 긴 공백은 {place} 앞의 {longest}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Do not let windows reach across them: give each run as its own file, or bring the rows to an even pace (series.resample).", "구간 계산이 공백을 넘지 않도록 구간별 파일로 나누거나 일정 간격으로 맞추세요(series.resample).")  # fmt: skip

    times: float = 3.0

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table's clock."""
        forward = subject.steps[subject.steps > 0]
        if subject.clock is None or len(forward) < 10:
            return
        usual = float(np.median(forward))
        limit = self.times * max(usual, float(np.quantile(forward, 0.95)))
        gaps = np.flatnonzero(subject.steps > limit)
        if len(gaps):
            longest = int(gaps[subject.steps[gaps].argmax()])
            facts = {"usual": duration(usual), "longest": duration(float(subject.steps[longest]))}
            yield self.found(subject.clock.name, count=len(gaps), place=subject.place(longest), **facts)
