"""Prepare files: read, look, follow a recipe or propose one, write; nothing is written unless all is well."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.science.prepare.proposal import propose
from dure.science.prepare.reading import SignalReader, Table, read
from dure.science.prepare.recipe import Recipe, RecipeUnreadable
from dure.science.prepare.writing import check_out, write, write_text
from dure.science.quality import Profile, profile
from dure.vocabulary import Action, NodeProblem, Permit, RecipeProblem, Text

if TYPE_CHECKING:
    import polars as pl


class ClusterNotYet(NodeProblem):
    """A cluster was asked for."""

    key = "cluster-not-yet"
    says = Text("Preparing on {where} is not yet possible.", "{where}에서 준비하는 기능은 아직 없습니다.")
    remedy = Text("Leave out --on to run here.", "--on을 빼면 이 컴퓨터에서 실행합니다.")


class AsideLost(RecipeProblem):
    """Columns carried along, where the number of rows changes."""

    key = "recipe-aside-lost"
    says = Text(
        "The recipe changes the number of rows, so “{where}” cannot be carried along untouched.",
        "레시피가 행 수를 바꾸므로 “{where}” 열을 그대로 둘 수 없습니다.",
    )
    remedy = Text(
        "Take it out of `aside`; it then goes through the steps.", "`aside`에서 빼면 단계를 함께 거칩니다."
    )


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is asked for: sources, output file, recipe file or None, columns to know, and where to run."""

    sources: tuple[str, ...]
    out: Path
    recipe: Path | None = None
    target: str | None = None
    time: str | None = None
    ignore: tuple[str, ...] = ()
    on: str = ""


def run(wanted: Preparation, permit: Permit, signals: SignalReader | None = None) -> dict[str, Any]:
    """Prepare as `wanted`; the facts that `dure prepare --json` gives.

    Raises
    ------
    ActionRefused
        If `permit` does not allow to prepare.
    InputError
        If a source, the recipe or the output cannot be used; then nothing is written.
    """
    permit.require(Action.PREPARE)
    if wanted.on:
        raise ClusterNotYet(wanted.on)
    check_out(wanted.out, wanted.sources)
    given = read_recipe(wanted.recipe) if wanted.recipe is not None else None
    table = read(wanted.sources, signals)
    found = profile(table, target=wanted.target)
    recipe = given if given is not None else _proposed(table, found, wanted)
    prepared = apply(recipe, table, permit)
    write(prepared, wanted.out)
    facts = {"rows": len(prepared), "columns": prepared.width, "recipe": str(_recipe_file(wanted, recipe))}
    return facts | {"findings": [one.report() for one in found.findings], "out": str(wanted.out)}


def apply(recipe: Recipe, table: Table, permit: Permit) -> "pl.DataFrame":
    """The table after the recipe, the columns aside first; raises `AsideLost` where they cannot stay."""
    fitted = recipe.fit(table.frame, permit, table.rows_per_source)
    treated = fitted.transform(table.frame, table.rows_per_source)
    aside = [name for name in table.frame.columns if name in recipe.aside]
    if not aside:
        return treated
    if not all(step.keeps_rows for step in recipe.steps):
        raise AsideLost(aside[0])
    return table.frame.select(aside).hstack(
        [column for column in treated.get_columns() if column.name not in aside]
    )


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file, TOML or JSON by its ending; raises `RecipeUnreadable` and as `Recipe.from_dict`."""
    import json

    try:
        written = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as refused:
        raise RecipeUnreadable(f"{path} ({getattr(refused, 'strerror', None) or 'not text'})") from refused
    if path.suffix != ".json":
        return Recipe.from_toml(written)
    try:
        parsed = json.loads(written)
    except json.JSONDecodeError as wrong:
        raise RecipeUnreadable(f"{path}: {wrong}") from wrong
    return Recipe.from_dict(parsed if isinstance(parsed, dict) else {})


def _proposed(table: Table, found: Profile, wanted: Preparation) -> Recipe:
    return propose(table.frame, target=wanted.target, time=wanted.time, ignore=wanted.ignore, profile=found)


def _recipe_file(wanted: Preparation, recipe: Recipe) -> Path:
    """The recipe that was followed: the file given, or the one now written beside the output."""
    if wanted.recipe is not None:
        return wanted.recipe
    beside = wanted.out.with_name(f"{wanted.out.stem}.recipe.toml")
    write_text(recipe.to_toml(), beside)
    return beside
