"""Numbers that a file holds as text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.prepare.step import Learnt, Step, WindowForm, WordReader, field, listed
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

# A number, then perhaps a unit: `12.5 ℃`, `98%`. Words around a number are no number.
_NUMBER = r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*[^\d\s]{0,6}\s*$"

_PLAIN = re.compile(r"[-+]?[0-9]{1,17}(\.[0-9]{1,17})?")


@dataclass(frozen=True)
class NumbersFromText(Step):
    """Read text as numbers, a unit behind them or not; what is no number becomes a missing value.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"bar": ["1,234.5", "12 bar", "ERR"]})
    >>> NumbersFromText(columns=("bar",)).fit(rows).transform(rows)["bar"].to_list()
    [1234.5, 12.0, None]
    """

    label: ClassVar[Text] = Text("Numbers from text", "글자를 숫자로")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"), of="text")
    decimal: str = field("choice", Text("Decimal mark", "소수점 기호"), default=".", choices=(".", ","))

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The columns as numbers [float64]."""
        import polars as pl

        del learnt
        thousands = "," if self.decimal == "." else "."
        word = pl.col(self.columns).cast(pl.String).str.replace_all(thousands, "", literal=True)
        plain = word.str.replace(self.decimal, ".", literal=True)
        return frame.with_columns(plain.str.extract(_NUMBER).cast(pl.Float64, strict=False))

    def word_reader(self, learnt: Learnt, column: str) -> WordReader | None:
        """The number in a word: a plain one at once, any other by `apply` on a table of one row."""
        if column not in self.columns:
            return None

        def read(word: str | None) -> float:
            if word is not None and self.decimal == "." and _PLAIN.fullmatch(word):
                return float(word)
            return self._by_table(word, learnt)

        return read

    def _by_table(self, word: str | None, learnt: Learnt) -> float:
        import polars as pl

        rows = pl.DataFrame({name: pl.Series([word], dtype=pl.String) for name in self.columns})
        found = self.apply(rows, learnt).item(0, self.columns[0])
        return float("nan") if found is None else float(found)

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm | None:
        """The newest row: what is a number already stays one, where the decimal mark is the point."""
        del learnt, columns
        return None if self.decimal == "," else lambda window: window[-1]

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(
            f"Reads the text in {names} as numbers; what is no number becomes missing.",
            f"{names}의 글자를 숫자로 읽고, 숫자가 아니면 빈 값으로 둡니다.",
        )
