"""The first steps of a recipe, file by file or part by part, on the engine in force: those that learn nothing.

What a step learns from a whole column needs the whole column, so from the first such step on everything is done where
the table is. Pictures, sounds and texts are turned into numbers by steps that learn nothing.
"""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dure.science.prepare.conforming import InputColumn, inputs
from dure.science.prepare.fitted import FittedRecipe
from dure.science.prepare.media import ContentAbsent, content_of, is_reference, lend, own_shelf
from dure.science.prepare.recipe import Recipe
from dure.science.prepare.spreading import each
from dure.science.prepare.step import Fitted, Step

if TYPE_CHECKING:
    import polars as pl

    from dure.science.prepare.reading_table import Table

#: Rows are cut into parts of so many where no step looks back; of so many where they refer to contents.
ROWS_A_PART, CONTENTS_A_PART = 20_000, 16


@dataclass(frozen=True)
class Part:
    """Rows that are treated together, by which steps, and where the contents that they refer to are found."""

    recipe: str
    columns: tuple[InputColumn, ...]
    rows: "pl.DataFrame"
    contents: Mapping[str, tuple[str, str] | bytes]


@dataclass(frozen=True, slots=True)
class Sent:
    """A shelf of what came with a part: the bytes, or the file that has them on this machine too."""

    contents: Mapping[str, tuple[str, str] | bytes]

    def open(self, reference: str) -> bytes:
        """The bytes; raises `ContentAbsent` if they are not here or are others."""
        found = self.contents.get(reference)
        if found is None:
            raise ContentAbsent(reference)
        if isinstance(found, bytes):
            return found
        path, part = found
        if own_shelf().put(Path(path), part) != reference:
            raise ContentAbsent(path)
        return own_shelf().open(reference)


def in_parts(recipe: Recipe, table: "Table") -> "tuple[Recipe, Table]":
    """The table after the leading steps that learn nothing, treated in parts; and the recipe that is left.

    The result is that of the whole recipe in one piece: a step that learns nothing owes nothing to other files, nor to
    other rows than its `warm_up`.
    """
    import polars as pl

    steps = tuple(itertools.takewhile(_learns_nothing, recipe.steps))
    if not steps:
        return recipe, table
    aside = [name for name in table.frame.columns if name in recipe.aside]
    rows = table.frame.drop(aside)
    first = FittedRecipe(
        Recipe(steps), inputs(rows, ()), tuple(Fitted(step, step.learn(rows.head(0))) for step in steps)
    )
    parts = [
        Part(json.dumps(first.recipe.to_dict()), first.columns, one, _contents(one)) for one in _cut(rows, table.rows_per_source, first.warm_up)
    ]  # fmt: skip
    treated = pl.concat(each(treat, parts, "prepare"))
    order = [name for name in table.frame.columns if name in aside]
    whole = table.frame.select(order).hstack(treated.get_columns())
    return replace(recipe, steps=recipe.steps[len(steps) :]), replace(table, frame=whole)


def treat(part: Part) -> "pl.DataFrame":
    """The rows of one part after its steps."""
    recipe = Recipe.from_dict(json.loads(part.recipe))
    steps = tuple(Fitted(step, step.learn(part.rows.head(0))) for step in recipe.steps)
    with lend(Sent(part.contents)):
        return FittedRecipe(recipe, part.columns, steps).treated(part.rows)


def _learns_nothing(step: Step) -> bool:
    return type(step).learn is Step.learn and step.keeps_rows


def _cut(rows: "pl.DataFrame", sources: Sequence[int], warm_up: int) -> "list[pl.DataFrame]":
    """The rows of each file; parts of one size where no row looks back on others."""
    if warm_up:
        ends = list(itertools.accumulate(sources, initial=0))
        return [rows[begin:end] for begin, end in itertools.pairwise(ends) if end > begin]
    size = CONTENTS_A_PART if _referring(rows) else ROWS_A_PART
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def _referring(rows: "pl.DataFrame") -> set[str]:
    """References that stand in the rows."""
    import polars as pl

    words = (word for column in rows.select(pl.col(pl.String)).get_columns() for word in column.unique())
    return {word for word in words if is_reference(word)}


def _contents(rows: "pl.DataFrame") -> dict[str, tuple[str, str] | bytes]:
    """Where the contents lie that the rows refer to; their bytes where they lie in no file."""
    return {word: own_shelf().place(word) or content_of(word) for word in sorted(_referring(rows))}
