"""The promise every preparation step keeps, and the fields its form is made of.

A step is a frozen dataclass; `fit` looks at a table and freezes what it learnt as a `Fitted`, whose
`transform` then treats rows alike for ever. Its fields carry label, unit and range, so that the form, the
recipe file and the checks come from one place.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dure.science.prepare.fields import FieldForm, FieldRefused, checked, field, form_of
from dure.vocabulary import TableProblem, Text

if TYPE_CHECKING:
    import polars as pl

# What a member needs comes from here, its fields too.
__all__ = [
    "ColumnAbsent", "FieldForm", "FieldRefused", "Fitted", "Floats", "Learnt", "NotNumbers", "NotTimes", "Quantity", "RowForm", "Step",
    "WindowForm", "WordReader", "field", "form_of", "listed", "place_of", "require_columns", "rolling",
]  # fmt: skip

Learnt = Mapping[str, Any]
Floats = NDArray[np.float64]
# The last rows before a step [k, columns in], NaN where missing, to what it makes of the newest [columns out].
WindowForm = Callable[[Floats], Floats]
# One row after the other [columns in] to what the step makes of each [columns out]; remembers what it must.
RowForm = Callable[[Floats], Floats]
# What a word counts as among numbers; NaN where it counts as missing.
WordReader = Callable[[str | None], float]


class ColumnAbsent(TableProblem):
    """A table lacks a column that is needed."""

    key = "column-absent"
    says = Text("The table has no column “{where}”{near}.", "표에 “{where}” 열이 없습니다{near}.")
    remedy = Text(
        "Give a table with the same columns, or correct the recipe.",
        "같은 열을 가진 표를 쓰거나 레시피를 고쳐 주세요.",
    )


class NotNumbers(TableProblem):
    """A column that must hold numbers holds text."""

    key = "column-not-numbers"
    says = Text(
        "Column “{where}” should hold numbers but holds “{value}”.",
        "“{where}” 열에는 숫자가 있어야 하는데 “{value}”이(가) 들어 있습니다.",
    )
    remedy = Text(
        "Turn it into numbers first (step table.numbers_from_text), or correct the value.",
        "먼저 숫자로 바꾸거나(table.numbers_from_text 단계) 값을 고쳐 주세요.",
    )


class NotTimes(TableProblem):
    """A column that must hold times holds something else."""

    key = "column-not-times"
    says = Text(
        "Column “{where}” should hold times but holds “{value}”.",
        "“{where}” 열에는 시각이 있어야 하는데 “{value}”이(가) 들어 있습니다.",
    )
    remedy = Text("Write times as 2024-03-05 14:05:00.", "시각을 2024-03-05 14:05:00처럼 적어 주세요.")


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something reckoned from signals that has a name of its own, and its unit [UCUM]."""

    label: Text
    unit: str


@dataclass(frozen=True)
class Step:
    """What a preparation step promises; members give `learn`, `apply` and `explain`.

    `causal`: a row's result never depends on later rows (others are refused on a stream).
    `keeps_rows`: as many rows come out as go in, in the same order (others are no part of a model).
    `on_words`: its form on arrays takes words of columns of text, as tokens (see `word_tokens`).
    """

    causal: ClassVar[bool] = True
    keeps_rows: ClassVar[bool] = True
    on_words: ClassVar[bool] = False
    label: ClassVar[Text] = Text("Step", "단계")

    def __post_init__(self) -> None:
        """Take lists from a recipe file as tuples, and refuse what a field cannot mean."""
        for found in form_of(self):
            object.__setattr__(self, found.name, checked(self.name(), found, getattr(self, found.name)))

    @classmethod
    def name(cls) -> str:
        """Name in a recipe: data type and file, `table.drop_columns`; a wheel's own name for an outsider."""
        parts = cls.__module__.split(".")
        return ".".join(parts[-2:])

    @property
    def warm_up(self) -> int:
        """Rows before a row that its result may depend on."""
        return 0

    def reads(self) -> tuple[str, ...]:
        """Columns that must be there."""
        return tuple(getattr(self, "columns", ()))

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """Columns that come out of `columns`, in order, each with the one it was made from."""
        return {name: name for name in columns}

    def words_read(self) -> tuple[str, ...]:
        """Of the columns that must be there, those that a step `on_words` takes as words; it takes others as numbers."""
        return self.reads()

    def worded(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Of the columns that come out of `columns`, those it gives as words, of a step `on_words`."""
        del columns
        return ()

    def quantities(self) -> dict[str, Quantity]:
        """Columns made here that people know by a name of their own, as a resistance; others speak for their origin."""
        return {}

    def learn(self, frame: "pl.DataFrame") -> Learnt:
        """What is frozen at `fit`, able to be written as JSON."""
        del frame
        return {}

    def apply(self, frame: "pl.DataFrame", learnt: Learnt) -> "pl.DataFrame":
        """The rows after this step; `frame` is never changed."""
        raise NotImplementedError

    def array(self, learnt: Learnt, columns: Sequence[str]) -> WindowForm | None:
        """The step on plain arrays, to the same bits as `apply`; None if it has no such form.

        The form is given the last `warm_up` + 1 rows of `columns`, all NaN before the first row; of a time it sees
        the wall clock in microseconds since 1970 (since midnight for a time of day).
        """
        del learnt, columns
        return None

    def by_row(self, learnt: Learnt, columns: Sequence[str]) -> RowForm | None:
        """A fresh form that is given one row after the other; by default `array` on the rows it remembers."""
        form = self.array(learnt, columns)
        return None if form is None else rolling(form, self.warm_up + 1, len(columns))

    def word_reader(self, learnt: Learnt, column: str) -> WordReader | None:
        """What the step makes of a word of `column`, if it is the step that turns words into numbers."""
        del learnt, column
        return None

    def explain(self) -> Text:
        """One sentence for the person at the machine."""
        raise NotImplementedError

    def fit(self, frame: "pl.DataFrame") -> "Fitted":
        """Look at `frame`, refuse it if a column is absent, and freeze what was learnt."""
        require_columns(self.reads(), frame.columns)
        return Fitted(self, self.learn(frame))

    def settings(self) -> dict[str, Any]:
        """The fields as a recipe file holds them."""
        return {
            one.name: _plain(getattr(self, one.name))
            for one in dataclasses.fields(self)
            if getattr(self, one.name) is not None
        }


@dataclass(frozen=True, slots=True)
class Fitted:
    """A step with what it learnt frozen."""

    step: Step
    learnt: Learnt

    def transform(self, frame: "pl.DataFrame") -> "pl.DataFrame":
        """The rows after this step.

        Raises
        ------
        ColumnAbsent
            If a column that the step reads is not there.
        """
        require_columns(self.step.reads(), frame.columns)
        return self.step.apply(frame, self.learnt)

    def to_dict(self) -> dict[str, Any]:
        """Name, settings and what was learnt, as JSON holds them."""
        return {"step": self.step.name(), **self.step.settings(), "learnt": dict(self.learnt)}


def require_columns(wanted: Sequence[str], there: Sequence[str]) -> None:
    """Raise `ColumnAbsent` for the first wanted column that is not there, with the nearest name there is.

    >>> require_columns(["AFDP"], ["AT", "AFDP "])
    Traceback (most recent call last):
    dure.science.prepare.step.ColumnAbsent: The table has no column “AFDP”; the nearest is “AFDP ”. Give ...
    """
    have = set(there)
    for name in wanted:
        if name not in have:
            near = _nearest(name, there)
            raise ColumnAbsent(
                name,
                near=Text(f"; the nearest is “{near}”", f"(가장 비슷한 열: “{near}”)") if near else "",
            )


def place_of(wanted: Sequence[str], columns: Sequence[str]) -> NDArray[np.intp]:
    """Where each of the `wanted` stands among `columns`.

    >>> place_of(["c", "a"], ["a", "b", "c"]).tolist()
    [2, 0]
    """
    place = {name: at for at, name in enumerate(columns)}
    return np.array([place[name] for name in wanted], dtype=np.intp)


def rolling(form: WindowForm, rows: int, columns: int) -> RowForm:
    """A form on windows as one on single rows: it remembers the last `rows`, missing before the first.

    >>> total = rolling(lambda window: window.sum(axis=0), rows=2, columns=1)
    >>> total(np.array([1.0])), total(np.array([2.0])), total(np.array([4.0]))
    (array([nan]), array([3.]), array([6.]))
    """
    if rows == 1:
        return lambda row: form(row[None])
    kept = np.full((rows + max(rows, 64), columns), np.nan)
    end = rows - 1

    def push(row: Floats) -> Floats:
        nonlocal end
        if end == len(kept):  # the memory is full: begin again with the rows that still count
            kept[: rows - 1] = kept[end - rows + 1 :]
            end = rows - 1
        kept[end] = row
        end += 1
        return form(kept[end - rows : end])

    return push


def listed(columns: Sequence[str], most: int = 6) -> str:
    """Column names for a sentence: all of a few, the first of many and how many there are.

    >>> listed(["a", "b"]), listed(["a", "b", "c", "d"], most=3)
    ('a, b', 'a, b … (4)')
    """
    if len(columns) <= most:
        return ", ".join(columns)
    return f"{', '.join(columns[: most - 1])} … ({len(columns)})"


def _nearest(name: str, there: Sequence[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, there, n=1)), "")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
