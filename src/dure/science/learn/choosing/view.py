"""Views: the ways in which the same rows may be shown to a model, which compete like the models do.

The plain view is the prepared row. Others add an equipment template's quantities, the calendar, what signals were some
rows ago, or what they did lately. A view is taken only if it foretells rows held back better, so that none can hurt
for long.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dure.science.learn.choosing.delays import Delay
from dure.science.prepare import Recipe
from dure.vocabulary import Text

#: Columns that a window or a delay is made of at most; more make a table too wide to search in the time there is.
MOST_COLUMNS = 80


@dataclass(frozen=True)
class View:
    """Input columns and the recipe that makes of them what a model sees; `used` names what a template brought."""

    name: str
    columns: tuple[str, ...]
    recipe: Recipe
    label: Text
    used: tuple[Mapping[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The view as JSON holds it."""
        return {
            "name": self.name,
            "columns": list(self.columns),
            "recipe": self.recipe.to_dict(),
            "label": {"en": self.label.en, "ko": self.label.ko},
            "used": [dict(one) for one in self.used],
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "View":
        """The view that `to_dict` wrote."""
        return cls(
            facts["name"],
            tuple(facts["columns"]),
            Recipe.from_dict(facts["recipe"]),
            Text(**facts["label"]),
            tuple(facts["used"]),
        )

    def with_steps(self, name: str, label: Text, steps: Sequence[Mapping[str, Any]]) -> "View":
        """The same view with steps behind its own."""
        more = Recipe.from_dict({"version": 1, "steps": [dict(one) for one in steps]}).steps
        own = self.recipe.steps
        return replace(self, name=name, label=label, recipe=Recipe((*own, *more), self.recipe.aside))


def unlike(steps: Iterable[Mapping[str, Any]], taken: Collection[str]) -> list[Mapping[str, Any]]:
    """Steps without the columns that would be made twice: a forecast looks back on its own signal in every view.

    >>> unlike([{"step": "series.lag", "columns": ["kW", "heat"], "rows": 4}], ["kW lag 4"])
    [{'step': 'series.lag', 'columns': ['heat'], 'rows': 4}]
    """
    found: list[Mapping[str, Any]] = []
    for step in steps:
        made = step.get("statistics", ["lag"])
        new = [
            name
            for name in step["columns"]
            if not any(f"{name} {one} {step['rows']}" in taken for one in made)
        ]
        found += [{**step, "columns": new}] if new else []
    return found


def windowed(view: View, columns: Sequence[str], rows: int) -> View:
    """The view with mean and spread of the last `rows` rows of each column, and how far it has come since."""
    step = {
        "step": "series.window_statistics",
        "columns": list(columns[:MOST_COLUMNS]),
        "rows": rows,
        "statistics": ["mean", "std"],
    }
    label = Text(f"with the last {rows} rows", f"최근 {rows}행 통계 포함")
    return view.with_steps(f"window {rows}", label, [step])


def delayed(view: View, delays: Sequence[Delay]) -> View:
    """The view with each column as it was when it began to show in the target, shortly before and after, and its mean since."""
    by_rows: dict[int, list[str]] = {}
    for one in delays:
        for rows in around(one.rows):
            by_rows.setdefault(rows, []).append(one.column)
    steps: list[Mapping[str, Any]] = [
        {"step": "series.lag", "columns": names, "rows": rows} for rows, names in sorted(by_rows.items())
    ]
    longest = max(by_rows, default=0)
    if longest > 2:
        named = [one.column for one in delays]
        steps.append(
            {"step": "series.window_statistics", "columns": named, "rows": longest, "statistics": ["mean"]}
        )
    return view.with_steps("delays", Text("with delayed signals", "지연된 신호 포함"), steps)


def around(rows: int) -> list[int]:
    """A delay and its neighbours, for what passes a vessel comes out spread.

    >>> around(1), around(6), around(20)
    ([1, 2], [5, 6, 7], [15, 20, 25])
    """
    spread = max(1, rows // 4)
    return [one for one in (rows - spread, rows, rows + spread) if one > 0]


def recent(view: View, columns: Sequence[str], rows: int) -> View:
    """The view with what each column was `rows` rows ago."""
    step = {"step": "series.lag", "columns": list(columns[:MOST_COLUMNS]), "rows": rows}
    return view.with_steps(
        f"lag {rows}", Text(f"with values of {rows} rows ago", f"{rows}행 전 값 포함"), [step]
    )


def window_lengths(stretch: int) -> list[int]:
    """Windows worth trying in stretches of so many rows held together.

    >>> window_lengths(480), window_lengths(20_000), window_lengths(40)
    ([4, 12, 32], [5, 20, 60], [2])
    """
    wanted = (5, 20, 60) if stretch >= 1200 else (stretch // 120, stretch // 40, stretch // 15)
    return sorted({rows for rows in wanted if rows >= 2})
