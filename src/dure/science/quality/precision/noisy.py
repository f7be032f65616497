"""Stretches in which a signal is far noisier than it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure
from dure.science.quality.subject import Floats, Subject, near_the_last
from dure.science.quality.telling import counted, number
from dure.vocabulary import Text


@dataclass(frozen=True)
class NoiseBurst(Measure):
    """A stretch in which a smooth signal jitters `times` as much as in 95 of 100 stretches: a loose contact, interference.

    Jitter is the median of |x(t+1) − 2 x(t) + x(t−1)| over `block` rows, so that neither a slope nor one spike counts;
    signals whose rows hardly follow each other are not judged, nor less than `least` blocks in a row.
    """

    key: ClassVar[str] = "noise-burst"
    characteristic: ClassVar[Characteristic] = Characteristic.PRECISION
    title: ClassVar[Text] = Text("Steadiness of noise", "잡음의 고른 정도")
    how: ClassVar[Text] = Text("Share of numbers outside stretches in which their signal jitters far more than it does.", "신호가 평소보다 훨씬 심하게 흔들리는 구간에 들지 않는 숫자의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” jitters {factor} times as much as usual for {rows} from {place} on.", "“{where}”이(가) {place}부터 {rows} 동안 평소의 {factor}배로 흔들립니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Check contacts and shielding; smooth the stretch or leave it out.", "접점과 차폐를 확인하고, 이 구간을 다듬거나 빼세요.")  # fmt: skip
    together: ClassVar[Text] = Text("{count} signals jitter far more than usual in some stretch: {names}. {example}", "신호 {count}개에 평소보다 훨씬 심하게 흔들리는 구간이 있습니다: {names}. {example}")  # fmt: skip
    defect: ClassVar[str] = "noise"
    counts: ClassVar[str] = "numbers"

    block: int = 20
    times: float = 4.0
    blocks: int = 20
    least: int = 3

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such signal, on its noisiest stretch."""
        for name in subject.signals:
            jitter = self._jitter(subject, name)
            if jitter is None:
                continue
            usual = max(float(np.quantile(jitter, 0.95)), _step(subject.array(name)))
            off = _lasting(jitter > self.times * usual, self.least)
            if usual > 0 and off.any():
                count, start = int(off.sum()) * self.block, int(off.argmax()) * self.block
                told = {"factor": number(float(f"{jitter.max() / usual:.3g}")), "rows": counted(count, "row")}
                yield self.found(name, place=subject.place(start), count=count, **told)

    def _jitter(self, subject: Subject, name: str) -> Floats | None:
        shape = subject.shape(name)
        values = subject.array(name)
        size = len(values) // self.block
        if (
            shape is None
            or shape.distinct < 50
            or size < self.blocks
            or subject.frame.schema[name].is_integer()
        ):
            return None
        if near_the_last(values, subject.starts) < 0.3:
            return None
        bent = np.abs(np.diff(values, 2, prepend=np.nan, append=np.nan))
        bent[subject.starts] = np.nan
        blocks = np.sort(bent[: size * self.block].reshape(size, self.block), axis=1)  # NaN last
        there = np.isfinite(blocks).sum(axis=1)
        jitter = blocks[np.arange(size), np.maximum(there - 1, 0) // 2]
        return np.where(there >= self.block // 2, jitter, 0.0)


def _lasting(off: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """Blocks that are off together with `least` - 1 others beside them; a single one is an event of the process."""
    kept = np.zeros(len(off), dtype=bool)
    for start in range(len(off) - least + 1):
        if off[start : start + least].all():
            kept[start : start + least] = True
    return kept


def _step(values: Floats) -> float:
    """The usual step of a signal that moves in steps: below it there is no jitter."""
    steps = np.abs(np.diff(values))
    steps = steps[np.isfinite(steps) & (steps > 0)]
    return float(np.quantile(steps, 0.25)) if len(steps) else 0.0
