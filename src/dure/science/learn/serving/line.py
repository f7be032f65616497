"""A model on the line: one row in, one verdict out, in a tenth of a thousandth of a second.

What `Model.predict` says of a table, said row by row without a data frame: the gate, the recipe on plain arrays, the
model's own form for single rows, and the verdict. The bits are the same; `Line.facts` says where a step without such a
form makes the way through tables, which gives the same bits thirty times slower.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.forms.opening import by_row
from dure.science.learn.refusals import ColumnNotNumbers, ColumnsUnlike, RowUnlike, nearest
from dure.science.learn.serving.asked import bounded
from dure.science.learn.serving.gate import mended, widened
from dure.science.learn.serving.verdicts import SILENT
from dure.science.prepare import FittedRecipe, NotNumbers

if TYPE_CHECKING:
    from dure.science.learn.model import Model

Floats = NDArray[np.float64]
Row = Sequence[float | str | None] | Floats
Form = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model says of one row.

    Parameters
    ----------
    prediction
        The number in the target's unit, or the class as its column held it; None from a detector.
    lower, upper
        Bounds of a number, in its unit.
    probabilities
        Probability of each class, in the order of `Model.classes`.
    score, alarm
        A detector's score (1 is the threshold), and whether it raises an alarm.
    state
        Operating state of the row, where states are told apart.
    change_point
        Whether a detector's score goes over to another level here; None where that is not told.
    out_of_range
        Inputs outside the range learnt from, widened by a tenth.
    missing
        Inputs without a value.
    """

    prediction: float | int | bool | str | None = None
    lower: float | None = None
    upper: float | None = None
    probabilities: tuple[float, ...] = ()
    score: float | None = None
    alarm: bool | None = None
    state: str = ""
    out_of_range: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    change_point: bool | None = None


class _Rows(Protocol):
    """The recipe, one row after the other."""

    def read(self, values: Row) -> Floats:
        """A raw row as numbers, NaN where missing; remembers nothing. [F]."""

    def push(self, row: Floats) -> Floats:
        """The row that the model sees. [F out]."""


class Line:
    """A model that is given consecutive rows of one source; `columns` are what a row holds, in order.

    It remembers what windows look back on: rows of another machine or group need a line of their own.
    """

    def __init__(self, model: "Model", source: str = "", where: str = "the line") -> None:
        self.model, self.where = model, where
        inputs = model.inputs
        self._inputs = tuple(one["name"] for one in inputs)
        rule = model.verdicts.rule if model.task == "detect" else None
        own = () if rule is None else rule.columns
        self.columns = (*self._inputs, *(name for name in own if name not in self._inputs))
        self._state = None if rule is None else rule.live()
        self._told_by = [(name, self.columns.index(name)) for name in own]
        self._low, self._high = widened(inputs)
        self._fit, self._forms = model.file_for(source), dict[str, Form]()
        self._say = {"detect": self._scored, "estimate": self._estimated, "classify": self._classified}[
            model.task
        ]
        if model.task == "classify":
            self._classes = model.classes.column(np.arange(len(model.classes.names))).to_list()
        self.restart()

    def restart(self) -> None:
        """Forget the rows that were pushed: a new run begins."""
        rows = self.model.recipe.by_row()
        self._by_arrays = rows is not None
        self._rows: _Rows = rows or _Tables(self.model.recipe)
        if self.model.task == "detect":
            self._verdicts = self.model.verdicts.live()
            changes = self.model.verdicts.changes
            self._changes = changes.live(self.model.verdicts.skip) if changes else None
        if self._state is not None:
            self._state.forget()

    @property
    def facts(self) -> dict[str, Any]:
        """How it works: `form` (`arrays`, or `tables` where a step of `slow` has no form on arrays), `columns`, `warm_up`."""
        slow = [] if self._by_arrays else [one.step.name() for one in self.model.recipe.steps]
        form = "arrays" if self._by_arrays else "tables"
        return {"form": form, "slow": slow, "columns": list(self.columns), "warm_up": self.model.warm_up}

    def push(self, values: Row) -> Verdict:
        """The verdict on the next row.

        Parameters
        ----------
        values
            One for each of `columns`, in their order and unit; None or NaN where missing.

        Raises
        ------
        RowUnlike
            If it has not as many values.
        ColumnNotNumbers
            If a word stands where numbers stood. Neither row is remembered.
        """
        row, x = self._prepared(values)
        return self._say(row, x, values)

    def push_named(self, values: Mapping[str, float | str | None]) -> Verdict:
        """The verdict on the next row by names; raises `ColumnsUnlike` if one is absent, and `push`'s."""
        try:
            return self.push([values[name] for name in self.columns])
        except KeyError:
            return self.push(self._named(values))

    def push_rows(self, rows: Sequence[Row] | Floats) -> list[Verdict]:
        """The verdicts on the next rows, in order; raises as `push`."""
        return [self.push(row) for row in rows]

    def _prepared(self, values: Row) -> tuple[Floats, Floats]:
        if len(values) != len(self.columns):
            raise RowUnlike(self.where, found=len(values), known=len(self.columns))
        try:
            row = self._rows.read(
                values if len(self.columns) == len(self._inputs) else values[: len(self._inputs)]
            )
        except NotNumbers as odd:
            raise ColumnNotNumbers(self.where, column=odd.where, value=str(odd.facts["value"])) from odd
        return row, self._rows.push(row)

    def _named(self, values: Mapping[str, float | str | None]) -> list[float | str | None]:
        names = mended(list(values), self.columns)
        known = {names.get(name, name): value for name, value in values.items()}
        absent = [name for name in self.columns if name not in known]
        if absent:
            shown = ", ".join(f"“{name}”" for name in absent[:3])
            raise ColumnsUnlike(self.where, columns=shown, **nearest(absent[0], list(values)))
        return [known[name] for name in self.columns]

    # What is said, by task -----------------------------------------------------------------------------------

    def _form(self, file: str) -> Form:
        if file not in self._forms:
            self._forms[file] = by_row(self.model.fits[file])
        return self._forms[file]

    def _estimated(self, row: Floats, x: Floats, values: Row) -> Verdict:
        del values
        found, lower, upper = bounded(self.model.card, self._form(self._fit)(x))
        return Verdict(float(found), float(lower), float(upper), (), None, None, "", *self._odd(row))

    def _classified(self, row: Floats, x: Floats, values: Row) -> Verdict:
        del values
        found = self._form(self._fit)(x)
        said = self._classes[int(self.model.decided(found[None])[0])]
        return Verdict(said, None, None, tuple(found.tolist()), None, None, "", *self._odd(row))

    def _scored(self, row: Floats, x: Floats, values: Row) -> Verdict:
        state, file = "", self._fit
        if self._state is not None:
            state = self._state.push({name: values[at] for name, at in self._told_by})
            file = self.model.verdicts.by_state.get(state, "")
        raw = float(self._form(file)(x)) if file else SILENT
        score, alarm = self._verdicts.push(raw)
        changed = None if self._changes is None else self._changes.push(score)
        return Verdict(None, None, None, (), score, alarm, state, *self._odd(row), change_point=changed)

    def _odd(self, row: Floats) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Inputs outside their range, and inputs without a value."""
        within = (row >= self._low) & (row <= self._high)
        if within.all():
            return (), ()
        gone = np.isnan(row)
        outside = np.flatnonzero(~within & ~gone)
        return tuple(self._inputs[at] for at in outside), tuple(
            self._inputs[at] for at in np.flatnonzero(gone)
        )


class _Tables:
    """The recipe through tables of one row, for a step that has no form on arrays."""

    def __init__(self, recipe: FittedRecipe) -> None:
        self._live, self._columns = recipe.live(), recipe.columns
        self._values: list[Any] = []

    def read(self, values: Row) -> Floats:
        self._values = list(values)
        return np.array(
            [value if isinstance(value, int | float) else np.nan for value in values], dtype=np.float64
        )

    def push(self, row: Floats) -> Floats:
        import polars as pl

        del row
        named = zip(self._columns, self._values, strict=True)
        frame = pl.DataFrame([pl.Series(column.name, [value], strict=False) for column, value in named])
        treated = self._live.push(frame)
        numbers = treated.select(pl.all().cast(pl.Float64).fill_null(float("nan")))
        return np.asarray(numbers.to_numpy()[0])
