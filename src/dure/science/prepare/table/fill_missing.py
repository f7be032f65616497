"""Something in the place of missing values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, field, listed, place_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class FillMissing(Step):
    """Put the last value (for `rows` rows at most), then the median frozen at `fit`, where a value is missing.

    A column that had no value at `fit` stays as it is.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"bar": [1.0, None, 3.0, 8.0]})
    >>> FillMissing(columns=("bar",)).fit(rows).transform(rows)["bar"].to_list()
    [1.0, 3.0, 3.0, 8.0]
    """

    label: ClassVar[Text] = Text("Fill missing values", "빈 값 채우기")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"))
    by: str = field("choice", Text("By", "채울 값"), default="median", choices=("median", "last"))
    rows: int = field(
        "count",
        Text("The last value holds for", "직전 값의 유효 행 수"),
        default=10,
        unit="{rows}",
        low=1,
        high=100_000,
    )

    @property
    def warm_up(self) -> int:
        """As many rows as a last value may be old."""
        return self.rows if self.by == "last" else 0

    def learn(self, frame: "pl.DataFrame") -> Learnt:
        """The median of each column."""
        return {name: frame.get_column(name).median() for name in self.columns}

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The columns without missing values."""
        import polars as pl

        filled = []
        for name in self.columns:
            column = pl.col(name).forward_fill(limit=self.rows) if self.by == "last" else pl.col(name)
            filled.append(column if learnt[name] is None else column.fill_null(learnt[name]))
        return frame.with_columns(filled)

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row without missing values."""
        own = place_of(self.columns, columns)
        median = np.array([np.nan if learnt[name] is None else learnt[name] for name in self.columns])

        def form(window: Floats) -> Floats:
            row: Floats = window[-1].copy()
            missing = np.isnan(row[own])
            if missing.any():
                row[own] = self._filled(window[:, own], missing, median)
            return row

        return form

    def _filled(self, window: Floats, missing: NDArray[np.bool_], median: Floats) -> Floats:
        """The newest row, by the last value in the window [k, F] where there is one, then by the median."""
        row = window[-1].copy()
        if self.by == "last":
            for at in np.flatnonzero(missing):
                there = np.flatnonzero(~np.isnan(window[:, at]))
                row[at] = window[there[-1], at] if len(there) else np.nan
        return np.where(np.isnan(row), median, row)

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        if self.by == "last":
            return Text(
                f"Fills missing values of {names} with the last value, for {self.rows} rows at most.",
                f"{names}의 빈 값을 직전 값으로 최대 {self.rows}행까지 채웁니다.",
            )
        return Text(
            f"Fills missing values of {names} with the median.", f"{names}의 빈 값을 중앙값으로 채웁니다."
        )
