"""Columns that give the answer away."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.measure import Finding, Measure, Subject, percent
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class LeakageSuspect(Measure):
    """A column that alone tells the column to be learnt, at least `limit` of it.

    Told is, for classes, the share of rows guessed right beyond the commonest class; for numbers, the share of
    variance; each when the column's values are cut into at most `bins` groups of neighbours.
    """

    key: ClassVar[str] = "leakage-suspect"
    says: ClassVar[Text] = Text("“{where}” alone tells {told} of “{label}”.", "“{where}” 열만으로 “{label}”의 {told}를 알 수 있습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Leave it out if it is known only after the result (table.drop_columns).", "결과가 나온 뒤에야 아는 값이라면 빼세요(table.drop_columns).")  # fmt: skip

    limit: float = 0.98
    bins: int = 200
    rows: int = 50

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column."""
        if subject.label is None or len(subject.frame) < self.rows:
            return
        wanted = subject.frame.get_column(subject.label)
        known = wanted.is_not_null()
        if known.sum() < self.rows:
            return
        answers = wanted.filter(known)
        clock = subject.clock.name if subject.clock is not None else ""
        for column in subject.frame.get_columns():
            if column.name in (subject.label, clock) or column.dtype.is_temporal():
                continue
            told = self._told(column.filter(known), answers)
            if told >= self.limit:
                yield self.found(column.name, label=subject.label, told=percent(told), fraction=told)

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
    table = np.zeros((int(groups.max()) + 1, int(classes.max()) + 1))
    np.add.at(table, (groups, classes), 1)
    commonest = table.sum(axis=0).max()
    return float((table.max(axis=1).sum() - commonest) / max(len(classes) - commonest, 1))
