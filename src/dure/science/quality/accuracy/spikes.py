"""Single readings that leave and come back at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure
from dure.science.quality.subject import Floats, Subject, near_the_last, thinned
from dure.science.quality.telling import counted, number
from dure.vocabulary import Text


@dataclass(frozen=True)
class Spikes(Measure):
    """Single rows `times` as far from both neighbours as the signal's usual step, while the neighbours agree.

    The jump must also be `beyond` times as high as the little peaks that the signal has anyway (those that one in
    500 rows exceeds). Only signals whose rows follow each other are judged.
    """

    key: ClassVar[str] = "spikes"
    characteristic: ClassVar[Characteristic] = Characteristic.ACCURACY
    title: ClassVar[Text] = Text("Values without spikes", "순간적으로 튀지 않은 값")
    how: ClassVar[Text] = Text("Share of numbers that do not jump away for a single row.", "한 행에서만 튀었다가 돌아오지 않는 숫자의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” jumps away for a single row {times}, first to {to} at {place}.", "“{where}”이(가) 한 행에서만 {times} 튑니다. 처음은 {place}의 {to}입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Check wiring and shielding; clip the values before training (table.clip_to_limits).", "배선과 차폐를 확인하고, 학습 전에 값을 한계로 자르세요(table.clip_to_limits).")  # fmt: skip
    defect: ClassVar[str] = "spike"
    counts: ClassVar[str] = "numbers"

    times: float = 12.0
    beyond: float = 4.0
    share: float = 0.002

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each signal with spikes."""
        if not subject.ordered or len(subject.frame) < 50:
            return
        for name in subject.signals:
            shape = subject.shape(name)
            if name == subject.label or shape is None or shape.distinct < 10:
                continue
            values = subject.array(name)
            rows = self._spikes(values, subject.starts)
            if len(rows) and near_the_last(np.delete(values, rows), np.delete(subject.starts, rows)) > 0.5:
                first = int(rows[0])
                facts = {"to": number(float(values[first])), "place": subject.place(first)}
                yield self.found(name, times=counted(len(rows), "time"), count=len(rows), **facts)

    def _spikes(self, values: Floats, starts: NDArray[np.bool_]) -> NDArray[np.int64]:
        step = np.diff(values)
        step[starts[1:]] = np.nan
        up, down = step[:-1], -step[1:]
        height = np.where(up * down > 0, np.minimum(np.abs(up), np.abs(down)), 0.0)
        agree = np.abs(up - down) < 0.3 * height
        moved = np.abs(step[np.isfinite(step) & (step != 0)])
        if len(moved) < 20:
            return np.zeros(0, np.int64)
        often = max(self.share, 10 / len(values))
        usual = max(
            self.times * float(np.median(thinned(moved))),
            self.beyond * float(np.quantile(thinned(height), 1 - often)),
        )
        rows: NDArray[np.int64] = np.flatnonzero(agree & (height > usual)) + 1
        return rows
