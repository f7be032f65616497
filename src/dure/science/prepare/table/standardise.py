"""Numbers of different size made comparable."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, field, listed, place_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Standardise(Step):
    """Subtract the mean and divide by the standard deviation (ddof 0), both frozen at `fit`.

    A column that never moved at `fit` is only centred.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"bar": [1.0, 3.0]})
    >>> Standardise(columns=("bar",)).fit(rows).transform(rows)["bar"].to_list()
    [-1.0, 1.0]
    """

    label: ClassVar[Text] = Text("Standardise", "표준화")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"))

    def learn(self, frame: "pl.DataFrame") -> Learnt:
        """Mean of each column, and one over its standard deviation."""
        return {name: _mean_and_scale(frame.get_column(name)) for name in self.columns}

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The columns as standard deviations from their mean."""
        import polars as pl

        return frame.with_columns([(pl.col(n) - learnt[n][0]) * learnt[n][1] for n in self.columns])

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row as standard deviations from its mean."""
        own = place_of(self.columns, columns)
        mean, scale = np.array([learnt[name] for name in self.columns]).reshape(-1, 2).T

        def form(window: Floats) -> Floats:
            row: Floats = window[-1].copy()
            row[own] = (row[own] - mean) * scale
            return row

        return form

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(
            f"Expresses {names} as standard deviations from the mean.",
            f"{names}을(를) 평균에서 떨어진 표준편차로 나타냅니다.",
        )


def _mean_and_scale(column: "pl.Series") -> list[float]:
    values = column.drop_nulls().to_numpy()
    if not len(values):
        return [0.0, 1.0]
    # a constant column's standard deviation is rounding noise, not zero
    spread = float(values.std()) if values.min() < values.max() else 0.0
    # Polars divides many rows by a number as a product with its inverse, but one row truly: multiply ourselves
    return [float(values.mean()), 1.0 / (spread or 1.0)]
