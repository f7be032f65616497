"""Statistics of the last rows: what a signal has been doing lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.conforming import matrix
from dure.science.prepare.step import Floats, Learnt, RowForm, Step, WindowForm, field, listed, place_of
from dure.science.window import STATISTICS, WindowByRow, window_statistics
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class WindowStatistics(Step):
    """Mean, spread, limits and slope of the last `rows` rows, beside each column or in its place.

    >>> import polars as pl
    >>> step = WindowStatistics(columns=("bar",), rows=2, statistics=("mean", "max"))
    >>> step.fit(pl.DataFrame({"bar": [1.0, 3.0, 2.0]})).transform(pl.DataFrame({"bar": [1.0, 3.0, 2.0]})).rows()
    [(1.0, 1.0, 1.0), (3.0, 2.0, 3.0), (2.0, 2.5, 3.0)]
    """

    label: ClassVar[Text] = Text("Statistics of the last rows", "최근 구간 통계")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"))
    rows: int = field(
        "count", Text("Rows in a window", "구간 길이(행)"), default=10, unit="{rows}", low=2, high=100_000
    )
    statistics: tuple[str, ...] = field(
        "choices", Text("Statistics", "통계량"), default=STATISTICS, choices=STATISTICS
    )
    keep: bool = field("yes-no", Text("Keep the columns themselves", "원래 열도 남기기"), default=True)

    @property
    def warm_up(self) -> int:
        """The rows of the window but the last."""
        return self.rows - 1

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns there were, then `<column> <statistic> <rows>`."""
        kept = {name: name for name in columns if self.keep or name not in self.columns}
        made = {f"{name} {what} {self.rows}": name for name in self.columns for what in self.statistics}
        return kept | made

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The statistics of the window that ends at each row."""
        import polars as pl

        del learnt
        found = window_statistics(matrix(frame, self.columns), self.rows, self.statistics)
        names = [f"{name} {what} {self.rows}" for name in self.columns for what in self.statistics]
        made = pl.from_numpy(found.reshape(len(frame), len(names)), schema=names, orient="row").fill_nan(None)
        kept = frame if self.keep else frame.drop(self.columns)
        return kept.hstack(made) if kept.width else made

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The statistics of one window of each column."""
        del learnt
        own, kept = place_of(self.columns, columns), self._kept(columns)

        def form(window: Floats) -> Floats:
            made = window_statistics(window[:, own], self.rows, self.statistics)[-1]
            return np.concatenate([window[-1, kept], made.ravel()])

        return form

    def by_row(self, learnt: Learnt, columns: Sequence[str]) -> RowForm:
        """The same with a memory of partial merges: one more row costs a few merges, not a window of them."""
        del learnt
        own, kept = place_of(self.columns, columns), self._kept(columns)
        push = WindowByRow(self.rows, len(own), self.statistics).push

        def form(row: Floats) -> Floats:
            return np.concatenate([row[kept], push(row[own]).ravel()])

        return form

    def _kept(self, columns: Sequence[str]) -> list[int]:
        return [at for at, name in enumerate(columns) if self.keep or name not in self.columns]

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names, what = listed(self.columns), ", ".join(self.statistics)
        return Text(
            f"Adds {what} of the last {self.rows} rows of {names}.",
            f"{names}의 최근 {self.rows}행에 대한 {what}을(를) 더합니다.",
        )
