"""The file that a recipe is kept in: for people first, with the joins that go before the steps and reasons as comments.

A join changes which rows there are, so it is no step and no part of a model; it lies beside the steps as `[[joins]]`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from dure.science.prepare.joining_how import FIRST, JOINED, Join, nanoseconds
from dure.science.prepare.recipe import Recipe, RecipeUnreadable
from dure.science.prepare.step import Step

_MOST_JOINS = 8
_MOST_BYTES = 4_000_000


@dataclass(frozen=True)
class RecipeFile:
    """A recipe and the joins that go before it."""

    recipe: Recipe
    joins: tuple[Join, ...] = ()


def read_recipe(path: Path) -> RecipeFile:
    """The recipe in a file, TOML or JSON by its ending; raises `RecipeUnreadable` and as `Recipe.from_dict`."""
    parsed = dict(_parsed(path))
    joins = parsed.pop("joins", [])
    if not isinstance(joins, list) or len(joins) > _MOST_JOINS:
        raise RecipeUnreadable(f"{path}: joins must be a list of at most {_MOST_JOINS} tables")
    return RecipeFile(Recipe.from_dict(parsed), tuple(_join(one, path) for one in joins))


def _parsed(path: Path) -> Mapping[str, Any]:
    import tomllib

    try:
        written = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as refused:
        raise RecipeUnreadable(f"{path} ({getattr(refused, 'strerror', None) or 'not text'})") from refused
    if len(written) > _MOST_BYTES:
        raise RecipeUnreadable(f"{path} (too long)")
    try:
        parsed = json.loads(written) if path.suffix == ".json" else tomllib.loads(written)
    except (ValueError, RecursionError) as wrong:
        raise RecipeUnreadable(f"{path}: {wrong}") from wrong
    return parsed if isinstance(parsed, dict) else {}


def _join(written: Any, path: Path) -> Join:
    known = {one.name for one in fields(Join)}
    if not isinstance(written, dict) or not all(isinstance(value, str) for value in written.values()):
        raise RecipeUnreadable(f"{path}: a join must be a table of texts")
    if set(written) - known or "table" not in written:
        raise RecipeUnreadable(f"{path}: a join has {', '.join(sorted(known))}, and `table` must be there")
    made = Join(**written)
    for duration in (made.delay, made.within or made.delay):
        nanoseconds(duration)
    if made.rows not in (FIRST, JOINED):
        raise RecipeUnreadable(f"{path}: rows of a join must be {FIRST} or {JOINED}")
    return made


def written(
    recipe: Recipe,
    joins: Sequence[Join] = (),
    *,
    about: Sequence[str] = (),
    reasons: Mapping[str, str] | None = None,
) -> str:
    """The file: what it was made for, joins, then the recipe, each column that is left out with its reason.

    Parameters
    ----------
    recipe, joins
        What is kept.
    about
        Lines on the table that the recipe was made for.
    reasons
        Why a column is treated as it is, by column.
    """
    head = "".join(f"# {_line(line)}\n" for line in about)
    plain = recipe.to_toml().split("\n")
    body = "\n".join(_with_reasons(plain, recipe.steps, reasons or {}))
    tables = "".join(_join_entry(one) for one in joins)
    first, _, rest = body.partition("\n[[steps]]")
    before, comment = _last_comment(first)
    steps = f"{comment}\n[[steps]]{rest}" if rest else comment
    return f"{head}{before}{tables}{steps}"


def _last_comment(text: str) -> tuple[str, str]:
    """What stands before the comment of the first step, and that comment."""
    at = text.rfind("\n\n#")
    return (text[: at + 1], text[at + 1 :]) if at >= 0 else (text, "")


def _join_entry(one: Join) -> str:
    lines = "".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in one.to_dict().items()
    )
    how = f"by {one.on}" if one.on else f"by time, {one.delay} late, at most {one.within or 'some steps'} old"
    return f"\n# joined before the steps, {how}\n[[joins]]\n{lines}"


def _with_reasons(lines: Sequence[str], steps: Sequence[Step], reasons: Mapping[str, str]) -> list[str]:
    """Below each step's comment one line a column whose reason is known."""
    found: list[str] = []
    left = list(steps)
    for line in lines:
        if line == "[[steps]]" and left:
            step = left.pop(0)
            dropped = getattr(step, "columns", ()) if step.name() == "table.drop_columns" else ()
            names = [name for name in dropped if name in reasons]
            found += [f"#   {_line(name)}: {_line(reasons[name])}" for name in names]
        found.append(line)
    return found


def _line(text: str) -> str:
    """Text that stays on the line of its comment."""
    return "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))[:160]
