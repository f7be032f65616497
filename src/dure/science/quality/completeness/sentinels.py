"""Numbers that mean "no value"."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity
from dure.science.quality.subject import Floats, Subject
from dure.science.quality.telling import counted, percent
from dure.vocabulary import Text

# What devices and historians write for "no value": minus one and nines, and the ends of integer types.
SENTINELS = (
    -1.0, -9.0, -99.0, -999.0, -999.25, -9999.0, -9999.25, -99999.0, 999.0, 9999.0, 99999.0, 999999.0, 32767.0,
    -32768.0, 65535.0, 2147483647.0, -2147483648.0, 4294967295.0,
)  # fmt: skip


@dataclass(frozen=True)
class SentinelValues(Measure):
    """A usual sign for "no value" that stands apart from all real values, at least `times` times.

    Apart means: it is the smallest or the largest of the column, and either no other value lies within `apart` of
    the span between the 1st and 99th percentile of the rest, or it is the only value below zero and `often` times
    as frequent as the value next to it.
    """

    key: ClassVar[str] = "sentinel-values"
    characteristic: ClassVar[Characteristic] = Characteristic.COMPLETENESS
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text("Value completeness (no stand-ins for missing values)", "값 완전성(빈 값을 대신한 숫자 없음)")  # fmt: skip
    how: ClassVar[Text] = Text("Share of numbers that are no sign for “no value” such as -9999.", "-9999처럼 “값 없음”을 뜻하는 숫자가 아닌 값의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” is {value} in {rows} ({share}), which looks like “no value”; first {place}.", "“{where}”이(가) {rows}({share})에서 {value}인데, 값 없음을 뜻하는 것 같습니다. 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text(
        "Take it for missing (table.blank_values).", "빈 값으로 보세요(table.blank_values)."
    )
    defect: ClassVar[str] = "sentinel"
    counts: ClassVar[str] = "numbers"

    times: int = 2
    apart: float = 0.1
    often: float = 10.0

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such value of a column."""
        for name in subject.signals:
            shape = subject.shape(name)
            if name == subject.label or shape is None:
                continue
            for sign in (s for s in SENTINELS if shape.low <= s <= shape.high):
                yield from self._judged(subject, name, sign)

    def _judged(self, subject: Subject, name: str, sign: float) -> Iterator[Finding]:
        values = subject.array(name)
        here = values == sign
        count = int(here.sum())
        if count < self.times:
            return
        there = values[np.isfinite(values)]
        if self._stands_apart(sign, count, there[there != sign]):
            facts = {
                "value": f"{sign:g}",
                "count": count,
                "number": sign,
                "place": subject.place(int(here.argmax())),
            }
            share = percent(count / len(there))
            yield self.found(name, rows=counted(count, "row"), share=share, **facts)

    def _stands_apart(self, sign: float, count: int, others: Floats) -> bool:
        if len(np.unique(others[:10_000])) < 5 or others.min() <= sign <= others.max():
            return False
        low, high = np.quantile(others, [0.01, 0.99])
        near = float(np.abs(others - sign).min())
        beside = int((others == others.min()).sum())
        only_negative = sign < 0 <= others.min() and count > self.often * beside
        return bool(high > low and (near > self.apart * (high - low) or only_negative))
