"""Sensors that stopped moving."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity
from dure.science.quality.subject import Subject, runs
from dure.science.quality.telling import counted, duration, number
from dure.vocabulary import Text

_NONE = Text("", "")


@dataclass(frozen=True)
class StuckSensor(Measure):
    """One value for far longer than the signal ever rests: a frozen sensor, a broken wire, a gateway that repeats.

    A run counts as stuck from `rows` rows on, if it is `times` as long as 99 of 100 of the signal's runs and the
    signal has at least `distinct` values; a signal that mostly rests is not judged. At zero or 100 a signal may rest: there
    the finding is only to be looked at.
    """

    key: ClassVar[str] = "stuck-sensor"
    characteristic: ClassVar[Characteristic] = Characteristic.CREDIBILITY
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text("Values credibility (no frozen sensors)", "값 신뢰성(멈춘 센서 없음)")
    how: ClassVar[Text] = Text("Share of numbers outside the longest stretch in which their signal stands still.", "신호가 가장 오래 멈춘 구간에 들지 않는 숫자의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” stands still at {value} for {told}{lasting} from {place} on.", "“{where}” 값이 {place}부터 {told}{lasting} 동안 {value}에 멈춰 있습니다.")  # fmt: skip
    together: ClassVar[Text] = Text("{count} signals stand still far longer than they usually rest: {names}. {example}", "신호 {count}개가 평소보다 훨씬 오래 멈춰 있습니다: {names}. {example}")  # fmt: skip
    remedy: ClassVar[Text] = Text("Check the sensor and its line, unless the machine stood; leave these rows out of training.", "설비가 서 있던 때가 아니라면 센서와 배선을 확인하고, 이 구간은 학습에서 빼세요.")  # fmt: skip
    defect: ClassVar[str] = "stuck"
    counts: ClassVar[str] = "numbers"

    rows: int = 30
    times: float = 10.0
    distinct: int = 10

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each stuck signal, on its longest run."""
        for name in subject.signals:
            run = self._longest(subject, name)
            if run is None:
                continue
            start, length = run
            value = float(subject.array(name)[start])
            facts = {"value": number(value), "rows": length, "count": length, "told": counted(length, "row")}
            severity = Severity.CHECK if value in (0.0, 100.0) else Severity.SERIOUS
            lasting = _lasting(subject, start, length)
            yield self.found(name, severity=severity, place=subject.place(start), lasting=lasting, **facts)

    def _longest(self, subject: Subject, name: str) -> tuple[int, int] | None:
        shape = subject.shape(name)
        if shape is None or shape.distinct < self.distinct:
            return None
        values = subject.array(name)
        begins, lengths = runs(values, subject.starts)
        place = int(lengths.argmax())
        length = int(lengths[place])
        usual = float(np.quantile(np.delete(lengths, place), 0.99)) if len(lengths) > 1 else float("inf")
        if length < max(self.rows, self.times * usual) or not np.isfinite(values[begins[place]]):
            return None
        return int(begins[place]), length


def _lasting(subject: Subject, start: int, length: int) -> Text:
    if subject.clock is None or not subject.usual_step > 0:
        return _NONE
    ticks = subject.clock.seconds
    lasts = float(ticks[min(start + length, len(ticks)) - 1] - ticks[start])
    return Text(f" ({duration(lasts)})", f"({duration(lasts)})") if lasts > 0 else _NONE
