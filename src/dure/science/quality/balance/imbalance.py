"""Classes that are rare."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Value
from dure.science.quality.subject import Subject
from dure.science.quality.telling import counted, percent
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ClassImbalance(Measure):
    """A class with less than `share` of the rows, in a column to be learnt of at most `classes` classes."""

    key: ClassVar[str] = "class-imbalance"
    characteristic: ClassVar[Characteristic] = Characteristic.BALANCE
    title: ClassVar[Text] = Text("Label balance", "라벨 균형")
    how: ClassVar[Text] = Text("Entropy of the classes over the entropy of even classes: 1 if all are as frequent, 0 if there is one only.", "부류들의 엔트로피를 고른 부류의 엔트로피로 나눈 값으로, 모두 고르면 1, 하나뿐이면 0입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("Only {told} of {rows} ({share}) have “{where}” = {value}.", "“{where}” = {value}인 행은 {rows}개 중 {told}({share})뿐입니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Judge the model by average precision and recall of that class, not by accuracy.", "정확도 대신 이 부류의 평균정밀도와 재현율로 모델을 평가하세요.")  # fmt: skip
    defect: ClassVar[str] = "rare-class"

    share: float = 0.1
    classes: int = 20

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the column to be learnt, on its rarest class."""
        counts = self._classes(subject)
        if counts is None or subject.label is None:
            return
        value, count = counts.row(-1)
        rows = int(counts.to_series(1).sum())
        if count < self.share * rows:
            facts = {"value": str(value), "count": count, "told": counted(count, "row"), "rows": rows}
            yield self.found(subject.label, share=percent(count / rows), **facts)

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Evenness of the classes."""
        counts = self._classes(subject)
        if counts is not None and subject.label is not None:
            share = counts.to_series(1).to_numpy() / counts.to_series(1).sum()
            yield self.value(float(-(share * np.log(share)).sum() / np.log(len(share))), subject.label)

    def _classes(self, subject: Subject) -> "pl.DataFrame | None":
        if subject.label is None:
            return None
        counts = subject.frame.get_column(subject.label).drop_nulls().value_counts(sort=True)
        return counts if 2 <= len(counts) <= self.classes else None


@dataclass(frozen=True)
class SortedByLabel(Measure):
    """Rows without a clock that are sorted by their class: split in order, training and test share no class."""

    key: ClassVar[str] = "sorted-by-label"
    characteristic: ClassVar[Characteristic] = Characteristic.BALANCE
    title: ClassVar[Text] = Text("Mixing of labels over rows", "행 순서상 라벨 섞임")
    how: ClassVar[Text] = Text("Changes of class from row to row over those that chance would give, at most 1.", "우연일 때 대비 행 사이 부류가 바뀌는 횟수의 비율이며 최대 1입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("The rows are sorted by “{where}”: its {classes} classes stand in {told}.", "행이 “{where}” 순으로 정렬되어 있습니다. 부류 {classes}개가 {told}에 모여 있습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Leave out running numbers, which tell the class, and let the split be stratified (it is, without --time).", "부류를 알려 주는 일련번호를 빼고 층화 분할을 쓰세요(--time이 없으면 그렇게 합니다).")  # fmt: skip
    defect: ClassVar[str] = "sorted"

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding on the column to be learnt."""
        seen = subject.label_runs
        if seen is not None and subject.label is not None and seen[0] <= 1.5 * seen[1]:
            yield self.found(subject.label, classes=seen[1], told=counted(seen[0], "stretch"))

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Changes of class over those of chance."""
        seen = subject.label_runs
        if seen is not None and subject.label is not None:
            yield self.value(min(1.0, (seen[0] - 1) / max(seen[2], 1e-9)), subject.label)
