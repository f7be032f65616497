"""Columns that give the answer away."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Finding, Measure, Severity, Value
from dure.science.quality.subject import Floats, Subject
from dure.science.quality.telling import percent
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class LeakageSuspect(Measure):
    """A column that alone tells the column to be learnt, at least `limit` of it.

    Told is, for classes, the share of rows guessed right beyond the commonest class; for numbers, the share of
    variance; by the rows with the same value where a column has fewer than `bins` values, else by the nearest rows in
    its order, a row itself left out. At most `most` rows, evenly taken, are asked.
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
    most: int = 50_000

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each such column."""
        for name, told in subject.once(self, self._told_by):
            if told >= self.limit:
                yield self.found(name, label=subject.label, told=percent(told), fraction=told)

    def rated(self, subject: Subject) -> Iterator[Value]:
        """What the best column tells."""
        told = max(subject.once(self, self._told_by), key=lambda one: one[1], default=None)
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
        numbers = answers.dtype.is_numeric() and answers.n_unique() > 20
        known = answers.cast(float).to_numpy() if numbers else answers.rank("dense").cast(int).to_numpy()
        if not numbers and known.max() > 1_000:  # names of rows, not classes
            return 0.0
        groups = column.rank("dense").fill_null(0).cast(int).to_numpy()
        if int(groups.max()) < min(self.bins, len(column) // 5):
            return _variance_told(groups, known) if numbers else _classes_told(groups, known)
        if not column.dtype.is_numeric():
            return 0.0
        order = _in_order(groups)
        return _variance_near(known[order]) if numbers else _classes_near(known[order].astype(np.int64))


# Neighbours on either side by which a row's answer is told.
_NEAR = 4


def _in_order(ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows by rank; rows of one rank in no order, so that the order of the file tells nothing."""
    return np.lexsort((np.random.default_rng(0).permutation(len(ranks)), ranks))


def _near(values: Floats) -> Floats:
    """Sum of each row's neighbours, itself left out. [N] or [N, classes]."""
    width = 2 * _NEAR + 1
    padded = np.concatenate(
        [np.zeros((_NEAR + 1, *values.shape[1:])), values, np.zeros((_NEAR, *values.shape[1:]))]
    )
    total = padded.cumsum(axis=0)
    around: Floats = total[width:] - total[:-width] - values
    return around


def _variance_near(answers: Floats) -> float:
    whole = float(((answers - answers.mean()) ** 2).sum())
    told = _near(answers) / _near(np.ones(len(answers)))
    return 1 - float(((answers - told) ** 2).sum()) / whole if whole else 0.0


def _classes_near(classes: NDArray[np.int64]) -> float:
    kinds = int(classes.max()) + 1
    if kinds > 50:
        return 0.0
    told = _near(np.eye(kinds)[classes]).argmax(axis=1)
    commonest = int(np.bincount(classes).max())
    return float(((told == classes).sum() - commonest) / max(len(classes) - commonest, 1))


def _variance_told(groups: NDArray[np.int64], answers: Floats) -> float:
    sizes = np.bincount(groups)
    means = np.bincount(groups, weights=answers) / np.maximum(sizes, 1)
    whole = float(((answers - answers.mean()) ** 2).sum())
    return 1 - float(((answers - means[groups]) ** 2).sum()) / whole if whole else 0.0


def _classes_told(groups: NDArray[np.int64], classes: NDArray[np.int64]) -> float:
    table = np.zeros((int(groups.max()) + 1, int(classes.max()) + 1))
    np.add.at(table, (groups, classes), 1)
    commonest = table.sum(axis=0).max()
    return float((table.max(axis=1).sum() - commonest) / max(len(classes) - commonest, 1))
