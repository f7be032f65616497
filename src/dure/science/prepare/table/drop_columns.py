"""Leave columns out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.prepare.step import Learnt, Step, WindowForm, field, listed, place_of
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class DropColumns(Step):
    """Leave columns out: identifiers, constants, columns that give the answer away.

    >>> DropColumns(columns=("id",)).names(["id", "pressure"])
    {'pressure': 'pressure'}
    """

    label: ClassVar[Text] = Text("Leave columns out", "열 빼기")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"), of="any")

    def reads(self) -> tuple[str, ...]:
        """Nothing: a column that is already absent is as good as left out."""
        return ()

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """All but those left out."""
        return {name: name for name in columns if name not in self.columns}

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The other columns."""
        del learnt
        return frame.drop(self.columns, strict=False)

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The other columns of the newest row."""
        del learnt
        kept = place_of(list(self.names(columns)), columns)
        return lambda window: window[-1, kept]

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        names = listed(self.columns)
        return Text(f"Leaves out {names}.", f"{names} 열을 뺍니다.")
