"""Columns that another column already tells."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure
from dure.science.quality.subject import Floats, Subject
from dure.science.quality.telling import number
from dure.vocabulary import Text


@dataclass(frozen=True)
class CopiedColumn(Measure):
    """A column that is another one, times a number, plus a number: all but 1 % of its rows within `within` of its span.

    Candidates are the pairs with a correlation of `alike` on at most `rows` rows, evenly taken.
    """

    key: ClassVar[str] = "copied-column"
    characteristic: ClassVar[Characteristic] = Characteristic.EFFICIENCY
    title: ClassVar[Text] = Text("Columns that are no copies", "사본이 아닌 열")
    how: ClassVar[Text] = Text("Share of columns that are no linear copy of a column before them.", "앞선 열의 선형 사본이 아닌 열의 비율입니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” is {relation}.", "“{where}”은(는) {relation}.")
    remedy: ClassVar[Text] = Text("Keep one of the two (table.drop_columns); if the factor is a surprise, check units and scaling.", "하나만 남기고(table.drop_columns), 뜻밖의 배율이라면 단위와 스케일을 확인하세요.")  # fmt: skip
    defect: ClassVar[str] = "linear-copy"
    counts: ClassVar[str] = "columns"

    alike: float = 0.9999
    within: float = 0.02
    rows: int = 4_000

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each column that an earlier one tells."""
        names = [name for name in subject.signals if self._moves(subject, name)][:1_000]
        if len(names) < 2:
            return
        taken = np.unique(np.linspace(0, len(subject.frame) - 1, self.rows).astype(int))
        near = _correlation([subject.array(name)[taken] for name in names])
        for at, name in enumerate(names):
            for before in np.flatnonzero(np.abs(near[at, :at]) >= self.alike):
                relation = self._relation(subject, name, names[int(before)])
                if relation is not None:
                    yield self.found(name, relation=relation, other=names[int(before)], affected=1)
                    break

    def _moves(self, subject: Subject, name: str) -> bool:
        shape = subject.shape(name)
        return shape is not None and shape.count >= 20 and shape.distinct >= 5

    def _relation(self, subject: Subject, name: str, other: str) -> Text | None:
        y, x = subject.array(name), subject.array(other)
        both = np.isfinite(x) & np.isfinite(y)
        if both.sum() < 0.9 * max(np.isfinite(x).sum(), np.isfinite(y).sum()):
            return None
        if np.array_equal(x[both], y[both]):
            return Text(f"a copy of “{other}”", f"“{other}”의 사본입니다")
        if float(np.quantile(np.abs(x[both] - y[both]), 0.95)) < self.within * float(np.ptp(y[both])) / 4:
            return Text(f"nearly the same as “{other}”", f"“{other}”과(와) 거의 같습니다")
        slope, offset = (float(one) for one in np.polyfit(x[both], y[both], 1))
        off = float(np.quantile(np.abs(y[both] - slope * x[both] - offset), 0.99))
        if off > self.within * float(np.ptp(np.quantile(y[both], [0.001, 0.999]))):
            return None
        return _linear(slope, offset, other, float(np.median(np.abs(y[both]))))


def _linear(slope: float, offset: float, other: str, level: float) -> Text:
    plus = "" if abs(offset) < 0.005 * max(level, 1e-300) else f" {'+' if offset > 0 else '−'} {number(float(f'{abs(offset):.3g}'))}"  # fmt: skip
    told = f"{number(float(f'{slope:.3g}'))} × “{other}”{plus}"
    return Text(f"{told}, row by row", f"모든 행에서 {told}입니다")


def _correlation(columns: list[Floats]) -> Floats:
    matrix = np.stack(columns)
    means = np.nanmean(
        np.where(np.isfinite(matrix).any(axis=1, keepdims=True), matrix, 0.0), axis=1, keepdims=True
    )
    centred = np.nan_to_num(matrix - means)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    unit = centred / np.where(length > 0, length, 1.0)
    near: Floats = unit @ unit.T
    return near
