"""Columns that give the answer away."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity, Value
from dure.science.quality.subject import Subject
from dure.science.quality.telling import percent
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class LeakageSuspect(Measure):
    """A column that alone tells the column to be learnt, at least `limit` of it.

    Told is, for classes, the share of rows guessed right beyond the commonest class; for numbers, the share of
    variance; each when the column's values are cut into at most `bins` groups of neighbours, on at most `most`
    rows, evenly taken.
    """

    key: ClassVar[str] = "leakage-suspect"
    characteristic: ClassVar[Characteristic] = Characteristic.RELEVANCE
    severity: ClassVar[Severity] = Severity.SERIOUS
    title: ClassVar[Text] = Text("Feature relevance (best single column)", "특징 관련성(가장 관련 깊은 열)")
    how: ClassVar[Text] = Text("Share of the column to be learnt that its best other column tells alone; from 0.98 on it is a suspect.", "학습할 열을 다른 열 하나로 알 수 있는 최대 비율이며, 0.98 이상이면 누설이 의심됩니다.")  # fmt: skip
    says: ClassVar[Text] = Text("“{where}” alone tells {told} of “{label}”.", "“{where}” 열만으로 “{label}”의 {told}를 알 수 있습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Leave it out if it is known only after the result (table.drop_columns).", "결과가 나온 뒤에야 아는 값이라면 빼세요(table.drop_columns).")  # fmt: skip
    defect: ClassVar[str] = "target-copy"

    limit: float = 0.98
    bins: int = 200
    rows: int = 50
    most: int = 100_000

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column."""
        for name, told in self._told_by(subject):
            if told >= self.limit:
                yield self.found(name, label=subject.label, told=percent(told), fraction=told)

    def rated(self, subject: Subject) -> Iterator[Value]:
        """What the best column tells."""
        told = max(self._told_by(subject), key=lambda one: one[1], default=None)
        if told is not None:
            yield self.value(max(told[1], 0.0), told[0])

    def _told_by(self, subject: Subject) -> Iterator[tuple[str, float]]:
        frame = subject.frame
        if subject.label is None or len(frame) < self.rows:
            return
        if len(frame) > self.most:
            frame = frame[np.linspace(0, len(frame) - 1, self.most).astype(int)]
        wanted = frame.get_column(subject.label)
        known = wanted.is_not_null()
        if known.sum() < self.rows:
            return
        clock = subject.clock.name if subject.clock is not None else ""
        answers = wanted.filter(known)
        for column in frame.get_columns():
            if column.name not in (subject.label, clock) and not column.dtype.is_temporal():
                yield column.name, self._told(column.filter(known), answers)

    def _told(self, column: "pl.Series", answers: "pl.Series") -> float:
        groups = _groups(column, self.bins)
        if groups is None:
            return 0.0
        if answers.dtype.is_numeric() and answers.n_unique() > 20:
            return _variance_told(groups, answers.cast(float).to_numpy())
        return _classes_told(groups, answers.rank("dense").cast(int).to_numpy())


def _groups(column: "pl.Series", bins: int) -> NDArray[np.int64] | None:
    """A group number for each row; None where groups would be so small that they tell anything."""
    bins = min(bins, len(column) // 5)
    ranks = column.rank("dense").fill_null(0).cast(int).to_numpy()
    if int(ranks.max()) < bins:
        return ranks
    if not column.dtype.is_numeric():
        return None
    return column.rank("min").fill_null(0).cast(int).to_numpy() * bins // (len(ranks) + 1)


def _variance_told(groups: NDArray[np.int64], answers: NDArray[np.float64]) -> float:
    sizes = np.bincount(groups)
    means = np.bincount(groups, weights=answers) / np.maximum(sizes, 1)
    whole = float(((answers - answers.mean()) ** 2).sum())
    return 1 - float(((answers - means[groups]) ** 2).sum()) / whole if whole else 0.0


def _classes_told(groups: NDArray[np.int64], classes: NDArray[np.int64]) -> float:
    if classes.max() > 1_000:  # names of rows, not classes
        return 0.0
    table = np.zeros((int(groups.max()) + 1, int(classes.max()) + 1))
    np.add.at(table, (groups, classes), 1)
    commonest = table.sum(axis=0).max()
    return float((table.max(axis=1).sum() - commonest) / max(len(classes) - commonest, 1))
