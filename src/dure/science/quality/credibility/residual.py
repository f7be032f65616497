"""Signals that leave what the others tell of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity, Value
from dure.science.quality.redundancy import Told, told_by_others
from dure.science.quality.subject import Subject, segments_of
from dure.science.quality.telling import counted, percent, quoted
from dure.vocabulary import Text


@dataclass(frozen=True)
class PhysicsResidual(Measure):
    """A signal that the others tell (a balance, a law, a second sensor), but for a stretch: a sensor drifts or sits loose.

    Signals of which a line through the others tells `least`; told is a stretch of `block` rows or more whose middle
    residual is `times` the spread of all stretches' away, against its own file of at least `rows` rows. Laws that are known belong into a rule set, as a formula.
    """

    key: ClassVar[str] = "physics-residual"
    characteristic: ClassVar[Characteristic] = Characteristic.CREDIBILITY
    severity: ClassVar[Severity] = Severity.CHECK
    title: ClassVar[Text] = Text("Signals in keeping with each other", "신호 간 물리 관계 유지")
    how: ClassVar[Text] = Text("Share of stretches in which each signal that the others tell is as they tell it.", "다른 신호로 알 수 있는 신호가 그 관계를 지키는 구간의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}”, of which {others} tell {told}, leaves that from {place} on for {rows}.", "“{where}”은(는) {others}(으)로 {told}까지 알 수 있는데 {place}부터 {rows} 동안 이 관계에서 벗어납니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Compare the sensor with a second one; leave the stretch out if the sensor was wrong.", "다른 센서와 비교해 보고, 센서가 틀렸다면 이 구간을 빼세요.")  # fmt: skip
    together: ClassVar[Text] = Text("{count} signals leave what the others tell of them: {names}. {example}", "신호 {count}개가 다른 신호와의 관계에서 벗어납니다: {names}. {example}")  # fmt: skip
    defect: ClassVar[str] = "offset-alone"

    least: float = 0.8
    block: int = 50
    times: float = 8.0
    rows: int = 1_000

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such signal, on its first stretch."""
        for one in self._told(subject):
            off = self._off(subject, one)
            if not off.any():
                continue
            start = int(off.argmax())
            length = int((~off[start:]).argmax()) or len(off) - start
            count = length * self.block
            place, told = subject.place(self._row(subject, start)), percent(one.share)
            yield self.found(
                one.name,
                others=quoted(one.by),
                told=told,
                place=place,
                rows=counted(count, "row"),
                count=count,
            )

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Share of stretches that keep to it."""
        off = [self._off(subject, one) for one in self._told(subject)]
        if off:
            yield self.value(1 - float(np.concatenate(off).mean()))

    def _told(self, subject: Subject) -> tuple[Told, ...]:
        if len(subject.frame) < self.rows:
            return ()
        return subject.once(self, lambda one: told_by_others(one, self.least))

    def _row(self, subject: Subject, block: int) -> int:
        """First row of a block; what is left at the end of a file is in none."""
        for rows in segments_of(subject.ends.tolist()):
            blocks = (rows.stop - rows.start) // self.block
            if block < blocks:
                return int(rows.start) + block * self.block
            block -= blocks
        return len(subject.frame) - 1

    def _off(self, subject: Subject, one: Told) -> NDArray[np.bool_]:
        """Blocks whose middle residual is away, each against those of its own file."""
        levels, noise = [], []
        for rows in segments_of(subject.ends.tolist()):
            left = one.residual[rows]
            blocks = left[: len(left) // self.block * self.block].reshape(-1, self.block)
            level = np.median(blocks, axis=1)
            judged = len(left) >= self.rows
            levels.append(level - np.median(level) if judged else np.zeros(len(level)))
            noise.append(np.abs(left - np.median(left)) if judged else left[:0])
        away, every = np.abs(np.concatenate(levels)), np.concatenate(noise)
        if not len(every):
            return np.zeros(len(away), dtype=bool)
        spread = float(np.median(away[away > 0])) * 1.4826 if (away > 0).any() else 0.0
        usual = max(spread, float(np.median(every)) / self.block**0.5)
        off: NDArray[np.bool_] = away > max(self.times * usual, 1e-12)
        return off
