"""Rows as a view shows them to a model: prepared by a recipe that was fitted on the rows that may be known."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dure.science.learn.choosing.delays import Delay, find_delays
from dure.science.learn.choosing.plan import Material
from dure.science.learn.choosing.view import View, delayed, recent, unlike, windowed
from dure.science.learn.model import matrix
from dure.science.prepare import FittedRecipe, Recipe
from dure.vocabulary import Permit

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Shown:
    """A view of every row.

    Parameters
    ----------
    view
        What is shown.
    recipe
        The fitted recipe that shows it.
    x
        Rows as a model sees them, NaN where missing. [N, F]
    words
        How many words each column numbers, 0 for numbers. [F]
    names
        Name of each column. [F]
    delays
        The delays that were found, where the view has any.
    """

    view: View
    recipe: FittedRecipe
    x: Floats
    words: tuple[int, ...]
    names: tuple[str, ...]
    delays: tuple[Delay, ...] = ()

    @classmethod
    def of(cls, material: Material, chosen: Mapping[str, str], known: Flags, permit: Permit) -> "Shown":
        """The view called `chosen["static"]`, with what `chosen["dynamic"]` adds, by one recipe fitted on `known`."""
        plain = cls.plainly(material, view_named(material, chosen["static"]), known, permit)
        if chosen["dynamic"] == "none":
            return plain
        more = plain.adding(material, chosen["dynamic"], known, permit)
        frame = material.frame.select(more.view.columns)
        recipe = more.view.recipe.fit(frame.filter(known), permit)
        return cls(more.view, recipe, more.x, more.words, more.names, more.delays)

    @classmethod
    def plainly(cls, material: Material, view: View, known: Flags, permit: Permit) -> "Shown":
        """A view as it is planned."""
        frame = material.frame.select(view.columns)
        recipe = view.recipe.fit(frame.filter(known), permit)
        learnt = json.dumps(recipe.to_dict(), sort_keys=True)
        known_as, shown = material.seen.get(view.name, ("", None))
        if known_as != learnt:
            prepared = recipe.transform(frame, material.plan.segments)
            shown = matrix(prepared), tuple(prepared.columns)
            shown[0].flags.writeable = False
            material.seen[view.name] = learnt, shown
        x, names = shown
        return cls(view, recipe, x, _words(recipe, names), names)

    def adding(self, material: Material, dynamic: str, known: Flags, permit: Permit) -> "Shown":
        """The same view with what signals were or did some rows ago; itself if there is nothing to add."""
        import polars as pl

        numbers = self.numbers
        delays: list[Delay] = []
        if dynamic == "delays":
            at = [self.names.index(name) for name in numbers]
            delays = find_delays(self.x[:, at], material.y, numbers, material.plan.segments, known)
            if not delays:
                return self
        view = with_dynamic(self.view, dynamic, numbers, delays)
        own = self.view.recipe.steps
        steps = unlike(Recipe(view.recipe.steps[len(own) :]).to_dict()["steps"], self.names)
        if not steps:
            return self
        view = self.view.with_steps(view.name, view.label, steps)
        added = Recipe(view.recipe.steps[len(own) :])
        frame = pl.from_numpy(self.x, schema=list(self.names), orient="row").fill_nan(None)
        prepared = added.fit(frame.head(2), permit).transform(frame, material.plan.segments)
        words = self.words + (0,) * (prepared.width - len(self.words))
        return Shown(view, self.recipe, matrix(prepared), words, tuple(prepared.columns), tuple(delays))

    @property
    def numbers(self) -> list[str]:
        """Columns of numbers."""
        return [name for name, count in zip(self.names, self.words, strict=True) if not count]


def with_dynamic(view: View, dynamic: str, numbers: Sequence[str], delays: Sequence[Delay]) -> View:
    """The view with one of `delays`, `window N`, `lag N` added."""
    if dynamic == "delays":
        return delayed(view, delays)
    kind, _, rows = dynamic.partition(" ")
    return (windowed if kind == "window" else recent)(view, numbers, int(rows))


def view_named(material: Material, name: str) -> View:
    """The planned view of that name."""
    return next(view for view in material.plan.views if view.name == name)


def _words(recipe: FittedRecipe, names: Sequence[str]) -> tuple[int, ...]:
    """How many words each column numbers; 0 for numbers. [F]."""
    counts: dict[str, int] = {}
    for one in recipe.steps:
        if one.step.name() == "table.encode_category":
            learnt: Mapping[str, Any] = one.learnt
            counts |= {name: len(found) for name, found in learnt.items()}
    return tuple(counts.get(name, 0) for name in names)
