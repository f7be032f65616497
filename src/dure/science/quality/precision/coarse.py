"""Signals that move in coarse steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity, Value
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, number
from dure.vocabulary import Text


@dataclass(frozen=True)
class CoarseSteps(Measure):
    """A signal all of whose values lie on a grid of fewer than `levels` steps: a coarse converter, or rounding.

    Fewer than `least` different values are states, not a quantised signal.
    """

    key: ClassVar[str] = "coarse-steps"
    characteristic: ClassVar[Characteristic] = Characteristic.PRECISION
    severity: ClassVar[Severity] = Severity.NOTE
    title: ClassVar[Text] = Text("Precision of data values", "데이터 값 정밀도")
    how: ClassVar[Text] = Text("Bits of a signal: the logarithm to base two of its span over its smallest step; the median of the signals.", "신호의 비트 수로, 값의 폭을 가장 작은 간격으로 나눈 값의 밑 2 로그이며 신호들의 중앙값입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” moves in steps of {step} only: {levels}, as from a converter of {bits} bits.", "“{where}”은(는) {step} 간격으로만 움직입니다. {levels}뿐이며 {bits}비트 변환기 수준입니다.")  # fmt: skip
    together: ClassVar[Text] = Text("{count} signals move in coarse steps: {names}. {example}", "신호 {count}개가 거친 간격으로 움직입니다: {names}. {example}")  # fmt: skip
    remedy: ClassVar[Text] = Text("Nothing below a step can be learnt; store it finer if the sensor is.", "간격보다 작은 변화는 배울 수 없습니다. 센서가 더 세밀하면 더 세밀하게 저장하세요.")  # fmt: skip
    defect: ClassVar[str] = "quantised"

    levels: int = 64
    least: int = 8
    rows: int = 200

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such signal."""
        for name in subject.signals:
            grid = self._grid(subject, name)
            shape = subject.shape(name)
            if (
                grid is None
                or shape is None
                or name == subject.label
                or subject.frame.schema[name].is_integer()
            ):
                continue
            step, span = grid
            if span / step < self.levels and shape.distinct >= self.least and shape.count >= self.rows:
                bits = int(np.ceil(np.log2(span / step + 1)))
                told = counted(shape.distinct, "level")
                yield self.found(name, step=number(float(f"{step:.4g}")), levels=told, bits=bits, affected=0)

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Median of the signals' bits."""
        grids = [self._grid(subject, name) for name in subject.signals[:200]]
        bits = [np.log2(grid[1] / grid[0] + 1) for grid in grids if grid is not None]
        if bits:
            yield self.value(float(np.median(bits)), unit="bit")

    def _grid(self, subject: Subject, name: str) -> tuple[float, float] | None:
        """Smallest step that all values are multiples of, or the smallest there is; and the span."""
        values = subject.array(name)
        seen = np.unique(values[np.isfinite(values)][:50_000])
        if len(seen) < 3:
            return None
        steps = np.diff(seen)
        span = float(seen[-1] - seen[0])
        step = float(np.quantile(steps, 0.05, method="lower")) if len(seen) > 100 else float(steps.min())
        if step < 1e-12 * span:
            return None
        off = np.abs((seen - seen[0]) / step - np.round((seen - seen[0]) / step))
        return (step, span) if float((off < 0.05).mean()) > 0.98 else (float(np.min(steps)) or step, span)
