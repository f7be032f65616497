"""What a signal was some rows ago."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, field, listed, place_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Lag(Step):
    """The value of `rows` rows ago beside each column; missing in the first rows.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"bar": [1.0, 3.0, 2.0]})
    >>> Lag(columns=("bar",)).fit(rows).transform(rows).rows()
    [(1.0, None), (3.0, 1.0), (2.0, 3.0)]
    """

    label: ClassVar[Text] = Text("Value some rows ago", "이전 행의 값")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"))
    rows: int = field("count", Text("Rows ago", "몇 행 전"), default=1, unit="{rows}", low=1, high=100_000)

    @property
    def warm_up(self) -> int:
        """The rows looked back."""
        return self.rows

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns there were, then `<column> lag <rows>`."""
        return {name: name for name in columns} | {f"{name} lag {self.rows}": name for name in self.columns}

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The earlier values behind the other columns."""
        import polars as pl

        del learnt
        return frame.with_columns(
            [pl.col(n).shift(self.rows).alias(f"{n} lag {self.rows}") for n in self.columns]
        )

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The oldest values of the window behind the newest row."""
        del learnt
        own, width = place_of(self.columns, columns), len(columns)

        def form(window: Floats) -> Floats:
            row = np.empty(width + len(own))
            row[:width] = window[-1]
            row[width:] = window[0, own]
            return row

        return form

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(
            f"Adds the value of {names} from {self.rows} rows ago.",
            f"{names}의 {self.rows}행 전 값을 더합니다.",
        )
