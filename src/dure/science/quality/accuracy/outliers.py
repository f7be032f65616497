"""Values far from all others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure
from dure.science.quality.subject import Floats, Subject, near_the_last
from dure.science.quality.telling import counted, number, percent
from dure.vocabulary import Text


@dataclass(frozen=True)
class Outliers(Measure):
    """Values beyond median ± `deviations` × 1.4826 MAD that stand `apart` from the rest, at most `share` of the rows.

    1.4826 makes the median absolute deviation a standard deviation where values are normal (Hampel, "The
    influence curve and its role in robust estimation", JASA 69, 1974, DOI 10.1080/01621459.1974.10482962). A long
    tail is no outlier: the nearest must be `apart` times as far out as the farthest of the rest. A column that
    rests on one value has no such limits and is not judged; nor are single rows of a signal, which are spikes.
    """

    key: ClassVar[str] = "outliers"
    characteristic: ClassVar[Characteristic] = Characteristic.ACCURACY
    title: ClassVar[Text] = Text("Risk of data set inaccuracy (values without outliers)", "데이터셋 부정확 위험(이상치가 아닌 값)")  # fmt: skip
    how: ClassVar[Text] = Text("Share of numbers that are not far apart from all others of their column.", "자기 열의 다른 값들과 동떨어지지 않은 숫자의 비율입니다.")  # fmt: skip
    source: ClassVar[str] = "ISO/IEC 25024, Acc-I-4; ISO/IEC 5259-2, Acc-ML-4"
    says: ClassVar[Text] = Text("“{where}” has {values} ({share}) far outside its usual {low} to {high}, as far as {farthest}, first {place}.", "“{where}”의 {values}({share})이 평소 범위 {low}~{high}에서 크게 벗어나며 가장 먼 값은 {farthest}, 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Check whether they happened; if not, clip them (table.clip_to_limits).", "실제 값인지 확인하고, 아니라면 한계값으로 자르세요(table.clip_to_limits).")  # fmt: skip
    defect: ClassVar[str] = "outlying-stretch"
    counts: ClassVar[str] = "numbers"

    deviations: float = 8.0
    apart: float = 1.5
    share: float = 0.02

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column with such values."""
        for name in subject.signals:
            rows = self._outlying(subject, name) if name != subject.label else None
            shape = subject.shape(name)
            if rows is None or shape is None or not len(rows):
                continue
            values = subject.array(name)
            far = float(values[rows[np.abs(values[rows] - shape.middle).argmax()]])
            facts = {"low": number(shape.first), "high": number(shape.last), "farthest": number(far)}
            part = percent(len(rows) / shape.count)
            told = counted(len(rows), "value")
            yield self.found(
                name, values=told, count=len(rows), share=part, place=subject.place(int(rows[0])), **facts
            )

    def _outlying(self, subject: Subject, name: str) -> NDArray[np.int64] | None:
        values, shape = subject.array(name), subject.shape(name)
        if shape is None or shape.count < 30 or not shape.deviation:
            return None
        away = np.abs(np.nan_to_num(values, nan=shape.middle) - shape.middle)
        far = away > self._border(away, shape.deviation)
        if subject.ordered and near_the_last(values, subject.starts) > 0.5:
            far &= _beside(far)
        rows = np.flatnonzero(far)
        return rows if len(rows) <= self.share * shape.count else None

    def _border(self, away: Floats, deviation: float) -> float:
        """Distance beyond which values stand apart; infinite if none do."""
        reach = self.deviations * 1.4826 * deviation
        beyond = np.sort(away[away > reach])
        if not len(beyond) or len(beyond) > self.share * len(away):
            return float("inf")
        before = np.concatenate([[max(reach, float(away[away <= reach].max()))], beyond[:-1]])
        gap = np.flatnonzero(beyond >= self.apart * before)
        return float(before[gap[0]]) if len(gap) else float("inf")


def _beside(far: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the row before or after is far out too."""
    beside = np.zeros_like(far)
    beside[1:] |= far[:-1]
    beside[:-1] |= far[1:]
    return beside
