"""Where each column of a prepared folder comes from: files, how they were joined, and the steps that treated it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dure.science.prepare.mixing import Mix, Source
from dure.science.prepare.recipe import Recipe
from dure.science.quality import Profile

if TYPE_CHECKING:
    import polars as pl


def lineage(mixed: Mix, recipe: Recipe, prepared: "pl.DataFrame") -> list[dict[str, Any]]:
    """One entry a column that came out: the column it was made of, its files, how they were joined, and the steps."""
    made = _steps(mixed.table.frame.columns, recipe)
    own = Source(mixed.spine.files)
    return [
        {
            "column": name,
            "from": (source := mixed.sources.get(made[name][0], own)).written or made[name][0],
            "files": list(source.files),
            "joined": str(source.how or ""),
            "steps": made[name][1],
        }
        for name in prepared.columns
    ]


def _steps(columns: list[str], recipe: Recipe) -> Mapping[str, tuple[str, list[str]]]:
    """The column that each column was made of, and the steps that read or renamed it."""
    kept = {name: (name, list[str]()) for name in columns}
    now = {name: one for name, one in kept.items() if name not in recipe.aside}
    for step in recipe.steps:
        reads = set(step.reads())
        now = {
            made: (now[of][0], [*now[of][1], *([step.name()] if of in reads or made != of else [])])
            for made, of in step.names(list(now)).items()
        }
    return kept | now


def report(mixed: Mix, recipe: Recipe, prepared: "pl.DataFrame", found: Profile) -> dict[str, Any]:
    """What the report beside the table holds: groups, joins, what was left out, lineage and quality."""
    return {
        "version": 1,
        "rows": len(prepared),
        "columns": prepared.width,
        "rows_of": list(mixed.spine.files),
        "groups": [
            {"files": list(one.files), "kind": one.kind, "rows": len(one.frame), "columns": one.frame.columns}
            for one in mixed.groups
        ],
        "joins": [
            {"files": list(one.group.files), "how": str(one.says), "found": one.found, "rows": one.rows}
            for one in mixed.joins
        ],
        "left_out": [{"files": list(one.files), "why": str(one.why)} for one in mixed.left_out],
        "descriptions": dict(mixed.descriptions),
        "lineage": lineage(mixed, recipe, prepared),
        "quality": found.to_dict(),
    }
