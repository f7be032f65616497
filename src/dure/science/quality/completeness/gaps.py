"""Stretches of time without rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Value
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, duration
from dure.vocabulary import Text

_HOUR = 3_600.0
_YEAR = 365.25 * 86_400
_SUMMER = Text("; it is one hour, as when daylight saving time begins", " 한 시간인 것으로 보아 서머타임 시작일 수 있습니다.")  # fmt: skip
_RESET = Text("; so many years are a clock that was reset", " 몇 년이나 되므로 시계가 초기화된 것입니다.")
_NONE = Text("", "")


@dataclass(frozen=True)
class TimeGaps(Measure):
    """Steps in time `times` as long as usual, the usual being the longer of median and 95th percentile.

    A step that only makes good a step back just before it is no gap: the clock came right again.
    """

    key: ClassVar[str] = "time-gaps"
    characteristic: ClassVar[Characteristic] = Characteristic.COMPLETENESS
    title: ClassVar[Text] = Text("Record completeness over time", "시간상 레코드 완전성")
    how: ClassVar[Text] = Text("Rows that are there over rows that would be there if none were missing between them.", "빠진 시각이 없을 때의 행 수 대비 실제 행 수입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” has {gaps}{spread} where rows come every {usual}; the longest is {longest}, before {place}{why}.", "“{where}”은(는) 보통 {usual} 간격인데{spread} {gaps} 끊겼고, 가장 긴 공백은 {place} 앞의 {longest}입니다.{why}")  # fmt: skip
    remedy: ClassVar[Text] = Text("Do not let windows reach across them: give each run as its own file, or bring the rows to an even pace (series.resample).", "구간 계산이 공백을 넘지 않도록 구간별 파일로 나누거나 일정 간격으로 맞추세요(series.resample).")  # fmt: skip
    defect: ClassVar[str] = "gap"

    times: float = 3.0

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table's clock."""
        gaps = self._gaps(subject)
        if subject.clock is None or not len(gaps):
            return
        longest = int(gaps[subject.steps[gaps].argmax()])
        length, usual = float(subject.steps[longest]), subject.usual_step
        files = len(np.unique(np.searchsorted(subject.ends, gaps, side="right")))
        spread = counted(files, "file") if len(subject.segments) > 1 else None
        facts = {
            "gaps": counted(len(gaps), "gap"),
            "count": len(gaps),
            "usual": duration(usual),
            "longest": duration(length),
            "seconds": length,
            "spread": _NONE if spread is None else Text(f" in {spread.en}", f" {spread.ko}에서"),
            "why": _why(length, usual),
        }
        yield self.found(subject.clock.name, place=subject.place(longest), **facts)

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Share of the rows that would be there."""
        if subject.clock is not None and subject.usual_step > 0:
            gaps = self._gaps(subject)
            absent = float((subject.steps[gaps] / subject.usual_step - 1).sum()) if len(gaps) else 0.0
            yield self.value(len(subject.frame) / (len(subject.frame) + absent), subject.clock.name)

    def _gaps(self, subject: Subject) -> NDArray[np.int64]:
        forward = subject.steps[subject.steps > 0]
        if len(forward) < 10:
            return np.zeros(0, np.int64)
        usual = float(np.median(forward))
        limit = self.times * max(usual, float(np.quantile(forward, 0.95)))
        gaps = np.flatnonzero(subject.steps > limit)
        before = subject.steps[gaps - 1]
        made_good = (before < 0) & (np.abs(before + subject.steps[gaps] - 2 * usual) <= 2 * usual)
        kept: NDArray[np.int64] = gaps[~made_good]
        return kept


def _why(length: float, usual: float) -> Text:
    if length > 5 * _YEAR:
        return _RESET
    hour = usual < _HOUR / 2 and abs(length - usual - _HOUR) <= 0.5 * usual
    return _SUMMER if hour else _NONE
