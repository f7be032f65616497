"""Numbers that a file holds as text."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.prepare.step import Learnt, Step, field, listed
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

# A number, then perhaps a unit: `12.5 ℃`, `98%`. Words around a number are no number.
_NUMBER = r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*[^\d\s]{0,6}\s*$"


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

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(
            f"Reads the text in {names} as numbers; what is no number becomes missing.",
            f"{names}의 글자를 숫자로 읽고, 숫자가 아니면 빈 값으로 둡니다.",
        )
