"""Signals that have moved away from where they began."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Value
from dure.science.quality.subject import Subject, counts_up
from dure.science.quality.telling import number, percent
from dure.vocabulary import Text


@dataclass(frozen=True)
class Drift(Measure):
    """A signal of which `beyond` of the last third lie outside the range of the first two thirds.

    The range is that between the 1st and 99th percentile, widened by a tenth on either side. Counters, which only
    rise or only fall, are not judged. Less than `rows` rows in the last third are too few.
    """

    key: ClassVar[str] = "drift"
    characteristic: ClassVar[Characteristic] = Characteristic.REPRESENTATIVENESS
    title: ClassVar[Text] = Text(
        "Representativeness of the first rows for the last", "뒤 구간에 대한 앞 구간의 대표성"
    )
    how: ClassVar[Text] = Text("Share of the last third's numbers within the range of the first two thirds, over all signals.", "모든 신호에서 마지막 3분의 1의 값이 앞 3분의 2의 범위에 드는 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” has drifted: {share} of the last third lie outside {low} to {high}, where the rows before were.", "“{where}” 값이 옮겨 갔습니다. 마지막 3분의 1 가운데 {share}가 앞 구간의 범위 {low}~{high}를 벗어납니다.")  # fmt: skip
    together: ClassVar[Text] = Text("{count} signals have drifted away from the range of the rows before: {names}. {example}", "신호 {count}개가 앞 구간의 범위를 벗어났습니다: {names}. {example}")  # fmt: skip
    remedy: ClassVar[Text] = Text("Judge the model on the last rows (--time) and keep it corrected by late labels (dure replay).", "마지막 구간으로 모델을 평가하고(--time) 늦게 오는 라벨로 계속 보정하세요(dure replay).")  # fmt: skip
    defect: ClassVar[str] = "drifted"

    beyond: float = 0.5
    rows: int = 50

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such signal."""
        for name, share, low, high in subject.once(self, self._outside):
            if share >= self.beyond:
                facts = {"share": percent(share), "low": number(low), "high": number(high), "fraction": share}
                yield self.found(name, **facts)

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Mean share within, over all signals."""
        shares = [share for _, share, _, _ in subject.once(self, self._outside)]
        if shares:
            yield self.value(1 - float(np.mean(shares)))

    def _outside(self, subject: Subject) -> Iterator[tuple[str, float, float, float]]:
        border = len(subject.frame) * 2 // 3
        if len(subject.frame) - border < self.rows or not (subject.ordered or len(subject.segments) > 1):
            return
        for name in subject.signals:
            shape, values = subject.shape(name), subject.array(name)
            if shape is None or shape.distinct < 20 or counts_up(values):
                continue
            first, last = values[:border][:: _every(border)], values[border:]
            first, last = first[np.isfinite(first)], last[np.isfinite(last)]
            if min(len(first), len(last)) >= self.rows:
                low, high = np.quantile(first, [0.01, 0.99]).tolist()
                reach = 0.1 * (high - low) + 1e-9 * abs(high)
                yield name, float(((last < low - reach) | (last > high + reach)).mean()), low, high


def _every(rows: int) -> int:
    return max(1, rows // 200_000)
