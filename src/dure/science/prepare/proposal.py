"""Propose a recipe from what a table is like."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dure.science.prepare.recipe import Recipe

if TYPE_CHECKING:
    import polars as pl


def propose(
    frame: "pl.DataFrame",
    *,
    target: str | None = None,
    time: str | None = None,
    ignore: Sequence[str] = (),
    windows: int | None = None,
    missing: str = "median",
) -> Recipe:
    """A sensible recipe for `frame` (first form)."""
    del windows, missing, frame
    aside = tuple(name for name in (time, target, *ignore) if name)
    return Recipe((), aside)
