"""Rows left out by their number."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.prepare.step import Learnt, Step, field
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class DropRows(Step):
    """Leave single rows out by their number, the first being 1: a slip of the pen, a trial run. Numbers beyond the end mean nothing.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"bar": [1.0, 2.0, 3.0]})
    >>> DropRows(rows=(2, 9)).fit(rows).transform(rows)["bar"].to_list()
    [1.0, 3.0]
    """

    keeps_rows: ClassVar[bool] = False
    label: ClassVar[Text] = Text("Leave rows out", "행 빼기")
    rows: tuple[float, ...] = field(
        "numbers", Text("Row numbers, from 1", "행 번호(1부터)"), default=(), low=1, high=2**53
    )

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The other rows, in order."""
        import polars as pl

        del learnt
        gone = pl.Series([int(row) - 1 for row in self.rows], dtype=pl.Int64)
        return frame.filter(~pl.int_range(pl.len(), dtype=pl.Int64).is_in(gone.implode()))

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        shown = ", ".join(f"{row:.0f}" for row in self.rows[:6]) + (" …" if len(self.rows) > 6 else "")
        count = len(self.rows)
        return Text(
            f"Leaves out {count} row{'s' * (count != 1)} by number: {shown}.",
            f"{count}개 행({shown})을 뺍니다.",
        )
