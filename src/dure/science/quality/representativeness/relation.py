"""A relation between signals and the column to be learnt that no longer holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Value
from dure.science.quality.subject import Floats, Subject
from dure.science.quality.telling import number, percent
from dure.vocabulary import Text


@dataclass(frozen=True)
class RelationDrift(Measure):
    """A measured target that a line through the signals misses `worse` times as far in the last third as before.

    The line (ridge, standardised signals cut off at ±4) is fitted to the first two thirds; what it misses there is
    judged on every second tenth, fitted on the others. It must explain `explains` of the variance there, or there is
    no relation to lose. At most `rows` rows, evenly taken.
    """

    key: ClassVar[str] = "relation-drift"
    characteristic: ClassVar[Characteristic] = Characteristic.REPRESENTATIVENESS
    title: ClassVar[Text] = Text("Representativeness of the relation to the target", "목표와의 관계 대표성")
    how: ClassVar[Text] = Text("Error of a line through the signals on the first two thirds over its error on the last third, at most 1.", "신호들로 맞춘 직선의 앞 3분의 2 오차를 마지막 3분의 1 오차로 나눈 값이며 최대 1입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("What the signals tell of “{where}” has changed: a line through the first two thirds misses the last third {times} times as far ({told} of the variance explained before).", "신호와 “{where}”의 관계가 바뀌었습니다. 앞 3분의 2에 맞춘 직선의 오차가 마지막 3분의 1에서 {times}배로 커집니다(앞에서는 분산의 {told} 설명).")  # fmt: skip
    remedy: ClassVar[Text] = Text("Judge the model on the last rows (--time) and keep it corrected by late labels (dure replay).", "마지막 구간으로 모델을 평가하고(--time) 늦게 오는 라벨로 계속 보정하세요(dure replay).")  # fmt: skip
    defect: ClassVar[str] = "relation-changed"

    worse: float = 1.33
    explains: float = 0.3
    rows: int = 20_000

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the column to be learnt."""
        for told, before, after in subject.once(self, self._judged):
            if told >= self.explains and after >= self.worse * before and subject.label is not None:
                times = after / max(before, 1e-12)
                facts = {"times": number(float(f"{times:.3g}")), "told": percent(told), "ratio": times}
                yield self.found(subject.label, **facts)

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Error before over error after."""
        for told, before, after in subject.once(self, self._judged):
            if told >= self.explains and subject.label is not None:
                yield self.value(min(1.0, before / max(after, 1e-12)), subject.label)

    def _judged(self, subject: Subject) -> Iterator[tuple[float, float, float]]:
        """Share explained, error before and error after; nothing where this cannot be judged."""
        if subject.label not in subject.signals or not (subject.ordered or len(subject.segments) > 1):
            return
        names = [
            name for name in subject.signals[:200] if name != subject.label and self._moves(subject, name, 10)
        ]
        if len(names) < 2 or not self._moves(subject, subject.label, 21):
            return
        taken = np.unique(np.linspace(0, len(subject.frame) - 1, self.rows).astype(int))
        signals = np.stack([subject.array(name)[taken] for name in names], axis=1)
        target = subject.array(subject.label)[taken]
        known = np.isfinite(signals).all(axis=1) & np.isfinite(target)
        if known.sum() >= max(300, 10 * len(names)):
            yield _judge(signals[known], target[known])

    def _moves(self, subject: Subject, name: str | None, distinct: int) -> bool:
        shape = subject.shape(name) if name is not None else None
        return shape is not None and shape.distinct >= distinct and shape.count > 0.5 * len(subject.frame)


def _judge(signals: Floats, target: Floats) -> tuple[float, float, float]:
    border = len(target) * 2 // 3
    middle, spread = signals[:border].mean(axis=0), signals[:border].std(axis=0) + 1e-12
    rows: Floats = np.c_[np.clip((signals - middle) / spread, -4, 4), np.ones(len(target))]
    odd = (np.arange(border) * 10 // border) % 2 == 1
    first, known = rows[:border], target[:border]
    missed = known[odd] - first[odd] @ _line(first[~odd], known[~odd])
    after = target[border:] - rows[border:] @ _line(first, known)
    told = 1 - float((missed**2).mean()) / max(float(known[odd].var()), 1e-300)
    return told, float(np.sqrt((missed**2).mean())), float(np.sqrt((after**2).mean()))


def _line(rows: Floats, target: Floats) -> Floats:
    """Weights of a ridge with a penalty of a ten thousandth of the rows."""
    penalty = 1e-4 * len(rows) * np.eye(rows.shape[1])
    return np.asarray(np.linalg.solve(rows.T @ rows + penalty, rows.T @ target), dtype=np.float64)
