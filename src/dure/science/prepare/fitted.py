"""A recipe with its statistics frozen, in batch and on a stream.

Equality holds because a row's result depends on that row and at most `warm_up` rows before it, and because the
same functions see the same windows whether the rows come at once or one by one. The stream keeps those few raw
rows and nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dure.science.formula import in_order, parse
from dure.science.prepare.conforming import InputColumn, conform, floats, inputs
from dure.science.prepare.recipe import Recipe, RecipeUnreadable
from dure.science.prepare.step import ColumnAbsent, Fitted, Quantity

if TYPE_CHECKING:
    import polars as pl

    from dure.science.prepare.by_row import ByRow
    from dure.science.prepare.late_rows import LateRows


@dataclass(frozen=True)
class FittedRecipe:
    """A recipe with every statistic frozen, and the columns that it expects."""

    recipe: Recipe
    columns: tuple[InputColumn, ...]
    steps: tuple[Fitted, ...] = field(repr=False)

    @property
    def warm_up(self) -> int:
        """Rows of history that a row needs for its final result."""
        return self.recipe.warm_up

    @property
    def origins(self) -> dict[str, str]:
        """Columns that come out, in order, each with the input column that it was made from."""
        origin = {column.name: column.name for column in self.columns}
        for step in self.recipe.steps:
            origin = {made: origin[source] for made, source in step.names(list(origin)).items()}
        return origin

    @property
    def known_as(self) -> dict[str, str]:
        """Columns that come out, in order, each with the input column or the quantity that people know it by."""
        known = {column.name: column.name for column in self.columns}
        for step in self.recipe.steps:
            own = step.quantities()
            names = step.names(list(known))
            known = {made: made if made in own else known[source] for made, source in names.items()}
        return known

    @property
    def quantities(self) -> dict[str, Quantity]:
        """What the steps reckon that has a name of its own."""
        return {name: one for step in self.recipe.steps for name, one in step.quantities().items()}

    def reckon(self, frame: "pl.DataFrame", segments: Sequence[int] = ()) -> "pl.DataFrame":
        """The quantities at each row, as the steps make them; raises as `transform`."""
        import polars as pl

        treated = conform(frame, self.columns)
        found: dict[str, pl.Series] = {}
        for fitted in self.steps if self.quantities else ():
            treated = _by_segment(fitted, treated, segments)
            segments = segments if fitted.step.keeps_rows else ()
            found |= {name: treated.get_column(name) for name in fitted.step.quantities()}
        return floats(pl.DataFrame(found))

    def transform(self, frame: "pl.DataFrame", segments: Sequence[int] = ()) -> "pl.DataFrame":
        """Rows ready for a model: the same number and order; numbers are float64, null where missing.

        Parameters
        ----------
        frame
            Has at least the `columns`; others are passed over.
        segments
            Rows of each file or run, in order; no window reaches from one into the next.

        Raises
        ------
        ColumnAbsent, NotNumbers
            If a column is not there or cannot be read as what it was at `fit`.
        """
        return floats(self.treated(frame, segments))

    def treated(self, frame: "pl.DataFrame", segments: Sequence[int] = ()) -> "pl.DataFrame":
        """As `transform`, with numbers in the types that the steps leave: rows that another recipe goes on with."""
        treated = conform(frame, self.columns)
        for fitted in self.steps:
            treated = _by_segment(fitted, treated, segments)
            segments = segments if fitted.step.keeps_rows else ()
        return treated

    def live(self) -> "Live":
        """The recipe as a stream: push rows, get as many treated rows.

        Raises
        ------
        NotForAStream
            If a step looks ahead or changes the number of rows.
        """
        self.recipe.require_stream()
        return Live(self)

    def late_rows(self) -> "LateRows":
        """The recipe on rows that carry times and may come late, as its `watermark_s` and `late` say.

        Raises
        ------
        NotForAStream
            If a step looks ahead or changes the number of rows.
        """
        from dure.science.prepare.late_rows import LateRows

        self.recipe.require_stream()
        return LateRows(self)

    def by_row(self) -> "ByRow | None":
        """The recipe one row at a time on plain arrays, bit-equal to `transform`; None if a step has no such form.

        Raises
        ------
        NotForAStream
            If a step looks ahead or changes the number of rows.
        """
        from dure.science.prepare.by_row import by_row

        self.recipe.require_stream()
        return by_row(self.columns, [(fitted.step, fitted.learnt) for fitted in self.steps])

    def to_dict(self) -> dict[str, Any]:
        """Recipe, columns and frozen statistics, as JSON holds them."""
        return {
            "recipe": self.recipe.to_dict(),
            "columns": [{"name": c.name, "kind": c.kind, "unit": c.unit} for c in self.columns],
            "learnt": [dict(fitted.learnt) for fitted in self.steps],
        }

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> "FittedRecipe":
        """The fitted recipe that `to_dict` wrote; raises `RecipeUnreadable` if it is not one."""
        try:
            recipe = Recipe.from_dict(written["recipe"])
            columns = tuple(InputColumn(**column) for column in written["columns"])
            learnt = list(written["learnt"])
            steps = tuple(Fitted(step, dict(facts)) for step, facts in zip(recipe.steps, learnt, strict=True))
        except (KeyError, TypeError, ValueError) as wrong:
            raise RecipeUnreadable(f"a fitted recipe lacks or misnames {wrong}") from wrong
        fitted = cls(recipe, columns, steps)
        fitted._require_sound()
        return fitted

    def _require_sound(self) -> None:
        """Treat no rows: statistics that do not fit their steps are found here, not on the line."""
        import polars as pl

        kinds: dict[str, pl.DataType] = {
            "number": pl.Float64(),
            "text": pl.String(),
            "time": pl.Datetime("ns"),
            "yes-no": pl.Boolean(),
        }
        try:
            rows = pl.DataFrame(schema={column.name: kinds[column.kind] for column in self.columns})
            self.transform(rows)
        except (
            KeyError,
            TypeError,
            ValueError,
            IndexError,
            AttributeError,
            pl.exceptions.PolarsError,
        ) as wrong:
            raise RecipeUnreadable(
                f"the statistics of a fitted recipe do not fit its steps ({wrong!r})"
            ) from wrong


class Live:
    """A fitted recipe on a stream; keeps the last `warm_up` raw rows and nothing else."""

    def __init__(self, fitted: FittedRecipe) -> None:
        self._fitted = fitted
        self._before: pl.DataFrame | None = None

    def push(self, rows: "pl.DataFrame") -> "pl.DataFrame":
        """The treated form of `rows`, as many and in the same order; raises as `FittedRecipe.transform`."""
        new = conform(rows, self._fitted.columns)
        known = new if self._before is None else self._before.vstack(new).rechunk()
        treated = known
        for step in self._fitted.steps:
            treated = step.transform(treated)
        self._before = known.tail(self._fitted.warm_up)
        return floats(treated.tail(len(new)))


def fit(recipe: Recipe, frame: "pl.DataFrame", segments: Sequence[int]) -> FittedRecipe:
    """Freeze every step's statistics on `frame`; the permit was asked for by `Recipe.fit`."""
    columns = inputs(frame, recipe.aside)
    treated = conform(frame, columns)
    fitted: list[Fitted] = []
    for step in recipe.steps:
        try:
            fitted.append(step.fit(treated))
        except ColumnAbsent:
            _no_circle(recipe)
            raise
        treated = _by_segment(fitted[-1], treated, segments)
        segments = segments if step.keeps_rows else ()
    return FittedRecipe(recipe, columns, tuple(fitted))


def _no_circle(recipe: Recipe) -> None:
    """A column is absent because formulas wait for each other: `FormulaCycle` names them, which tells more."""
    texts = [step.settings() for step in recipe.steps if step.name() == "table.formula"]
    in_order({str(one["column"]): parse(str(one["formula"])) for one in texts})


def _by_segment(fitted: Fitted, frame: "pl.DataFrame", segments: Sequence[int]) -> "pl.DataFrame":
    import polars as pl

    if len(segments) < 2 or not (fitted.step.warm_up or not fitted.step.keeps_rows):
        return fitted.transform(frame)
    return pl.concat([fitted.transform(part) for part in _parts(frame, segments)], how="vertical")


def _parts(frame: "pl.DataFrame", segments: Sequence[int]) -> Iterator["pl.DataFrame"]:
    start = 0
    for rows in segments:
        yield frame.slice(start, rows)
        start += rows
