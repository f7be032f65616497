"""Values that stand for "no value"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dure.science.prepare.step import Floats, Learnt, Step, WindowForm, field, listed, place_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class BlankValues(Step):
    """Take −1, 9999, 65535 and their like for what the device means by them: no value.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"volume": [75.0, -1.0, 74.0]})
    >>> BlankValues(columns=("volume",), values=(-1,)).fit(rows).transform(rows)["volume"].to_list()
    [75.0, None, 74.0]
    """

    label: ClassVar[Text] = Text("Values that mean no value", "빈 값을 뜻하는 숫자")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"))
    values: tuple[float, ...] = field("numbers", Text("Values", "값"))

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The columns with those values missing."""
        import polars as pl

        del learnt
        column = pl.col(self.columns)
        return frame.with_columns(pl.when(~column.is_in(self.values)).then(column))

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row with those values missing."""
        del learnt
        own, blanks = place_of(self.columns, columns), np.array(self.values)[:, None]

        def form(window: Floats) -> Floats:
            row: Floats = window[-1].copy()
            values = row[own]
            row[own] = np.where((values == blanks).any(axis=0), np.nan, values)
            return row

        return form

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names, values = listed(self.columns), ", ".join(f"{value:g}" for value in self.values)
        return Text(f"Takes {values} in {names} for missing.", f"{names}의 {values}을(를) 빈 값으로 봅니다.")
