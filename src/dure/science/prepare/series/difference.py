"""How a signal has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, field, listed, place_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Difference(Step):
    """The change over the last `rows` rows beside each column; missing in the first rows.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"bar": [1.0, 3.0, 2.0]})
    >>> Difference(columns=("bar",)).fit(rows).transform(rows).rows()
    [(1.0, None), (3.0, 2.0), (2.0, -1.0)]
    """

    label: ClassVar[Text] = Text("Change", "변화량")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"))
    rows: int = field(
        "count", Text("Over how many rows", "몇 행 동안"), default=1, unit="{rows}", low=1, high=100_000
    )

    @property
    def warm_up(self) -> int:
        """The rows looked back."""
        return self.rows

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns there were, then `<column> change <rows>`."""
        return {name: name for name in columns} | {
            f"{name} change {self.rows}": name for name in self.columns
        }

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The changes behind the other columns."""
        import polars as pl

        del learnt
        made = [
            (pl.col(n) - pl.col(n).shift(self.rows)).alias(f"{n} change {self.rows}") for n in self.columns
        ]
        return frame.with_columns(made)

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """Newest less oldest values of the window behind the newest row."""
        del learnt
        own, width = place_of(self.columns, columns), len(columns)

        def form(window: Floats) -> Floats:
            row = np.empty(width + len(own))
            row[:width] = window[-1]
            row[width:] = window[-1, own] - window[0, own]
            return row

        return form

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(
            f"Adds the change of {names} over {self.rows} rows.",
            f"{names}의 {self.rows}행 동안 변화량을 더합니다.",
        )
