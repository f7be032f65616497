"""Sensors that stopped moving."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.quality.columns import NUMBER
from dure.science.quality.measure import Finding, Measure, Subject
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class StuckSensor(Measure):
    """One value for far longer than the signal ever rests: a frozen sensor, a broken wire, a gateway that repeats.

    A run counts as stuck from `rows` rows on, if it is `times` as long as 99 of 100 of the signal's runs and the
    signal has at least `distinct` values; a signal that mostly rests is not judged.
    """

    key: ClassVar[str] = "stuck-sensor"
    says: ClassVar[Text] = Text("“{where}” stands still at {value} for {rows} rows from {place} on.", "“{where}” 값이 {place}부터 {rows}행 동안 {value}에 멈춰 있습니다.")  # fmt: skip
    remedy: ClassVar[Text] = Text("Check the sensor and its line; leave these rows out of training.", "센서와 배선을 확인하고, 이 구간은 학습에서 빼세요.")  # fmt: skip

    rows: int = 30
    times: float = 10.0
    distinct: int = 10

    def measure(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each stuck signal, on its longest run."""
        for column in subject.of_kind(NUMBER):
            run = self._longest(column, subject.starts)
            if run is not None:
                start, length = run
                yield self.found(
                    column.name, value=f"{column[start]:g}", rows=length, place=subject.place(start)
                )

    def _longest(self, column: "pl.Series", starts: NDArray[np.bool_]) -> tuple[int, int] | None:
        values = column.cast(float).fill_null(float("nan")).to_numpy()
        moved = np.concatenate([[True], values[1:] != values[:-1]]) | starts
        begins = np.flatnonzero(moved)
        lengths = np.diff(np.append(begins, len(values)))
        place = int(lengths.argmax())
        length = int(lengths[place])
        usual = float(np.quantile(np.delete(lengths, place), 0.99)) if len(lengths) > 1 else float("inf")
        if length < max(self.rows, self.times * usual) or column.n_unique() < self.distinct:
            return None
        return int(begins[place]), length
