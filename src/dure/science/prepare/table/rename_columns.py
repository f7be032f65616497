"""Columns by other names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dure.science.prepare.step import Learnt, Step, WindowForm, field, listed
from dure.vocabulary import RecipeProblem, Text

if TYPE_CHECKING:
    import polars as pl


class NameTaken(RecipeProblem):
    """A new name that another column has."""

    key = "column-name-taken"
    says = Text(
        "Two columns would be called “{where}”.",
        "“{where}” 이름의 열이 둘이 됩니다.",
    )
    remedy = Text("Give each column a name of its own.", "열마다 다른 이름을 붙여 주세요.")


@dataclass(frozen=True)
class RenameColumns(Step):
    """Call columns by other names; a column for which no name is given loses blanks at its ends and double ones.

    >>> RenameColumns(columns=("id", "press"), to=("lot", "id")).names(["id", "press", "temp"])
    {'lot': 'id', 'id': 'press', 'temp': 'temp'}
    >>> list(RenameColumns(columns=(" mold  temp ",)).names([" mold  temp "]))
    ['mold temp']
    """

    label: ClassVar[Text] = Text("Rename columns", "열 이름 바꾸기")
    columns: tuple[str, ...] = field("columns", Text("Columns", "열"), of="any")
    to: tuple[str, ...] = field(
        "words", Text("New names, in the same order", "새 이름(같은 순서)"), default=()
    )

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """Each new name with the old one; of two columns of one name the later."""
        named = self._named()
        return {named.get(name, name): name for name in columns}

    def _named(self) -> dict[str, str]:
        given = [*self.to, *("" for _ in self.columns)]
        return {
            name: new.strip() or " ".join(name.split()) or name
            for name, new in zip(self.columns, given, strict=False)
        }

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The same values.

        Raises
        ------
        NameTaken
        """
        del learnt
        named = self._named()
        seen: set[str] = set()
        for name in frame.columns:
            if (new := named.get(name, name)) in seen:
                raise NameTaken(new[:80])
            seen.add(new)
        return frame.rename(named)

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm:
        """The newest row as it is."""
        del learnt, columns
        return lambda window: window[-1]

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        named = self._named()
        old, new = listed(list(named)), listed(list(named.values()))
        return Text(f"Calls {old} by the names {new}.", f"{old} 이름을 {new}(으)로 바꿉니다.")
