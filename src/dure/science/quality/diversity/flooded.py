"""Categories of which one is nearly alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.columns import TEXT
from dure.science.quality.measure import Finding, Measure, Severity, Value
from dure.science.quality.subject import Subject, thinned
from dure.science.quality.telling import percent
from dure.vocabulary import Text

_BINS = 20


@dataclass(frozen=True)
class FloodedCategory(Measure):
    """A column of at least three categories of which one fills `limit` of the rows: the others are hardly there.

    The value is about the signals: the entropy of a signal over 20 even bins from its 1st to its 99th percentile, over that of
    even use; the median of the signals.
    """

    key: ClassVar[str] = "flooded-category"
    characteristic: ClassVar[Characteristic] = Characteristic.DIVERSITY
    severity: ClassVar[Severity] = Severity.NOTE
    title: ClassVar[Text] = Text("Diversity of operating points", "운전 조건 다양성")
    how: ClassVar[Text] = Text("Entropy of a signal over twenty bins of its range, over that of even use; the median of the signals.", "신호 값을 범위의 20개 칸에 나눈 엔트로피를 고른 경우의 엔트로피로 나눈 값이며 신호들의 중앙값입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{most}” fills {share} of “{where}”; its other {others} values are hardly there.", "“{where}”의 {share}이(가) “{most}”이며 나머지 {others}개 값은 거의 없습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Gather rows of the rare cases before a model is to know them.", "모델이 드문 경우를 알아야 한다면 그 행을 더 모으세요.")  # fmt: skip
    defect: ClassVar[str] = "category-flooded"

    limit: float = 0.99
    rows: int = 200
    categories: int = 50

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column."""
        for column in subject.of_kind(TEXT):
            there = column.drop_nulls()
            if str(column.dtype) not in {"String", "Categorical"} or len(there) < self.rows:
                continue
            counts = there.value_counts(sort=True)
            if not 3 <= len(counts) <= self.categories:
                continue
            share = float(counts.to_series(1)[0]) / len(there)
            if share >= self.limit:
                most = str(counts.to_series(0)[0])[:40]
                yield self.found(column.name, most=most, share=percent(share), others=len(counts) - 1)

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Median of the signals' evenness."""
        even = [one for name in subject.signals[:200] if (one := _evenness(subject, name)) is not None]
        if even:
            yield self.value(float(np.median(even)))


def _evenness(subject: Subject, name: str) -> float | None:
    shape = subject.shape(name)
    if shape is None or shape.span <= 0:
        return None
    values = thinned(subject.array(name))
    counts = np.histogram(values[np.isfinite(values)], _BINS, (shape.first, shape.last))[0]
    share = counts[counts > 0] / max(counts.sum(), 1)
    return max(0.0, float(-(share * np.log(share)).sum() / np.log(_BINS)))
