"""Numbers that mean "no value"."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.columns import NUMBER
from dure.science.quality.measure import Finding, Measure, Subject, numbers, percent
from dure.vocabulary import Text

# What devices and historians write for "no value": minus one and nines, and the ends of integer types.
SENTINELS = (
    -1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, 999.0, 9999.0, 99999.0, 999999.0, 32767.0, -32768.0, 65535.0,
    2147483647.0, -2147483648.0, 4294967295.0,
)  # fmt: skip


@dataclass(frozen=True)
class SentinelValues(Measure):
    """A usual sign for "no value" that stands apart from all real values, at least `times` times.

    Apart means: it is the smallest or the largest of the column, and either no other value lies within `apart` of
    the span between the 1st and 99th percentile of the rest, or it is the only value below zero and `often` times
    as frequent as the value next to it.
    """

    key: ClassVar[str] = "sentinel-values"
    says: ClassVar[Text] = Text("“{where}” is {value} in {count} rows ({share}), which looks like “no value”.", "“{where}”이(가) {count}개 행({share})에서 {value}인데, 값 없음을 뜻하는 것 같습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text(
        "Take it for missing (table.blank_values).", "빈 값으로 보세요(table.blank_values)."
    )

    times: int = 2
    apart: float = 0.1
    often: float = 10.0

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such value of a column."""
        for column in subject.of_kind(NUMBER):
            values = numbers(column)
            for sign in (s for s in SENTINELS if column.name != subject.label and len(values)):
                count = int((values == sign).sum())
                if count >= self.times and self._stands_apart(sign, count, values[values != sign]):
                    share = percent(count / len(values))
                    yield self.found(column.name, value=f"{sign:g}", count=count, share=share, number=sign)

    def _stands_apart(self, sign: float, count: int, others: NDArray[np.float64]) -> bool:
        if len(np.unique(others[:10_000])) < 5 or others.min() <= sign <= others.max():
            return False
        low, high = np.quantile(others, [0.01, 0.99])
        near = float(np.abs(others - sign).min())
        beside = int((others == others.min()).sum())
        only_negative = sign < 0 <= others.min() and count > self.often * beside
        return bool(high > low and (near > self.apart * (high - low) or only_negative))
