"""Signals that are cut off at a limit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure
from dure.science.quality.subject import Floats, Subject, runs
from dure.science.quality.telling import counted, number, percent
from dure.vocabulary import Text


@dataclass(frozen=True)
class Saturated(Measure):
    """A signal that comes again and again to rest on its largest or smallest value, as at the end of a sensor's range.

    Its extreme must be there in `share` of the rows and in `stretches` stretches, and `times` as often as the values
    of the outer tenth beside it; in more than `rest` of the rows it rests there. Zero, and 100 of a share, are natural ends and not judged.
    """

    key: ClassVar[str] = "saturated"
    characteristic: ClassVar[Characteristic] = Characteristic.ACCURACY
    title: ClassVar[Text] = Text("Values within the sensor's range", "센서 범위 안의 값")
    how: ClassVar[Text] = Text("Share of numbers that are not cut off at the end of their signal's range.", "신호 범위의 끝에서 잘리지 않은 숫자의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” stops at {value} in {rows} ({share}) and {stretches}, as if cut off there; first {place}.", "“{where}”이(가) {rows}({share}), {stretches}에서 {value}에 걸려 잘린 것처럼 보입니다. 처음은 {place}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Check the range of the sensor and its input; what lies beyond is not in the data.", "센서와 입력의 측정 범위를 확인하세요. 범위를 넘은 값은 데이터에 없습니다.")  # fmt: skip
    defect: ClassVar[str] = "clipped"
    counts: ClassVar[str] = "numbers"

    share: float = 0.005
    stretches: int = 5
    times: float = 10.0
    rest: float = 0.3

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each end of a signal that cuts it off."""
        for name in subject.signals:
            shape = subject.shape(name)
            if shape is None or shape.count < 100 or shape.distinct < 50 or name == subject.label:
                continue
            values = subject.array(name)
            there = values[np.isfinite(values)]
            for end, inward in ((shape.high, -1.0), (shape.low, 1.0)):
                natural = end in (0.0, 1.0, 100.0, -1.0)
                if not natural and self._cut(there, end, inward, shape.distinct):
                    yield from self._told(subject, name, values, end)

    def _cut(self, there: Floats, end: float, inward: float, distinct: int) -> bool:
        at = int((there == end).sum())
        if not max(10, self.share * len(there)) <= at <= self.rest * len(there):
            return False
        outer = (there != end) & ((there - end) * inward < 0.1 * np.ptp(there))
        beside = np.unique(there[outer], return_counts=True)[1] if outer.any() else np.zeros(0)
        usual = max(float(beside.mean()) if len(beside) else 0.0, len(there) / distinct / 4)
        near = bool(outer.any()) and float(np.abs(there[outer] - end).min()) < 0.03 * np.ptp(there)
        return bool(near and len(beside) >= 3 and at >= self.times * usual and at > 3 * beside.max())

    def _told(self, subject: Subject, name: str, values: Floats, end: float) -> Iterator[Finding]:
        begins, lengths = runs(values, subject.starts)
        stretches = begins[(values[begins] == end) & (lengths > 1)]
        if len(stretches) < self.stretches:
            return
        count = int((values == end).sum())
        facts = {
            "value": number(end),
            "share": percent(count / len(values)),
            "place": subject.place(int(stretches[0])),
        }
        yield self.found(
            name,
            rows=counted(count, "row"),
            count=count,
            stretches=counted(len(stretches), "stretch"),
            **facts,
        )
