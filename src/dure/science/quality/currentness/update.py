"""How often values come, and how evenly."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Value
from dure.science.quality.subject import Subject
from dure.science.quality.telling import duration, percent
from dure.vocabulary import Text


@dataclass(frozen=True)
class UpdateFrequency(Measure):
    """Rows a second by the usual step; a measure without a limit of its own."""

    key: ClassVar[str] = "update-frequency"
    characteristic: ClassVar[Characteristic] = Characteristic.CURRENTNESS
    title: ClassVar[Text] = Text("Update frequency", "갱신 주기")
    how: ClassVar[Text] = Text("Rows a second: one over the median time between rows.", "초당 행 수이며, 행 사이 시간의 중앙값의 역수입니다.")  # fmt: skip
    source: ClassVar[str] = "ISO/IEC 25024, Cur-I-1"

    def rated(self, subject: Subject) -> Iterator[Value]:
        """One value on the table's clock [Hz]."""
        if subject.clock is not None and subject.usual_step > 0:
            yield self.value(1 / subject.usual_step, subject.clock.name, "Hz")


@dataclass(frozen=True)
class UnevenPace(Measure):
    """Rows that come at no even pace: fewer than `even` of the steps within `slack` of the usual one."""

    key: ClassVar[str] = "uneven-pace"
    characteristic: ClassVar[Characteristic] = Characteristic.CURRENTNESS
    title: ClassVar[Text] = Text("Timeliness of update", "갱신 적시성")
    how: ClassVar[Text] = Text("Share of steps in time within a fifth of the usual one.", "보통 간격에서 5분의 1 안에 드는 시간 간격의 비율입니다.")  # fmt: skip
    source: ClassVar[str] = "ISO/IEC 25024, Cur-I-2"
    says: ClassVar[Text] = Text("Rows come at no even pace: only {share} of the steps of “{where}” are near {usual}; one in ten is below {low}, one in ten above {high}.", "“{where}”의 간격이 고르지 않습니다. {share}만 {usual}에 가깝고, 열에 하나는 {low}보다 짧고 열에 하나는 {high}보다 깁니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Bring the rows to an even pace before windows and lags are made (series.resample).", "구간과 지연 특징을 만들기 전에 일정 간격으로 맞추세요(series.resample).")  # fmt: skip
    defect: ClassVar[str] = "uneven"

    even: float = 0.5
    slack: float = 0.2

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the table's clock."""
        if subject.clock is None or not (subject.steps > 0).sum() >= 50:
            return
        share = self._on_time(subject)
        if share < self.even:
            low, high = np.quantile(subject.steps[subject.steps > 0], [0.1, 0.9]).tolist()
            facts = {"usual": duration(subject.usual_step), "low": duration(low), "high": duration(high)}
            yield self.found(subject.clock.name, share=percent(share), fraction=share, **facts)

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Share of steps that are near the usual one."""
        if subject.clock is not None and (subject.steps > 0).any():
            yield self.value(self._on_time(subject), subject.clock.name)

    def _on_time(self, subject: Subject) -> float:
        forward = subject.steps[subject.steps > 0]
        return float((np.abs(forward - subject.usual_step) <= self.slack * subject.usual_step).mean())
