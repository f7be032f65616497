"""Rows that can be used as they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dure.science.quality.characteristics import Characteristic
from dure.science.quality.measure import Measure, Value
from dure.science.quality.subject import Subject
from dure.vocabulary import Text


@dataclass(frozen=True)
class UsableRows(Measure):
    """Rows that hold every signal and the label, and repeat no earlier row; it only rates."""

    key: ClassVar[str] = "usable-rows"
    characteristic: ClassVar[Characteristic] = Characteristic.EFFECTIVENESS
    title: ClassVar[Text] = Text("Data set effectiveness (rows usable as they are)", "데이터 세트 유효성(그대로 쓸 수 있는 행)")  # fmt: skip
    how: ClassVar[Text] = Text("Share of rows that hold every signal and the column to be learnt, and are no copies.", "모든 신호와 학습할 열에 값이 있고 사본이 아닌 행의 비율입니다.")  # fmt: skip

    def rated(self, subject: Subject) -> Iterator[Value]:
        """Share of such rows."""
        import polars as pl

        frame = subject.frame
        names = [*dict.fromkeys([*subject.signals, *([subject.label] if subject.label else [])])]
        if not names or not len(frame):
            return
        whole = frame.select(
            pl.all_horizontal(
                *(
                    pl.col(name).is_not_null() & pl.col(name).is_not_nan()
                    if frame.schema[name].is_float()
                    else pl.col(name).is_not_null()
                    for name in names
                )
            )
        ).to_series()
        yield self.value(float((whole & frame.hash_rows(seed=0).is_first_distinct()).mean() or 0.0))  # type: ignore[arg-type]  # a mean of booleans is a float
