"""From the source and the actions in force to the table: each action in its order, as a recipe does it.

Typed cells, new rows and names act on the table as it stands; formulas are reckoned again from what stands at the
end, as in Excel, except that a step of preparation takes the columns made before it as they are then, as in a recipe.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dure.plant.studio.contents import contents_lent
from dure.plant.studio.filling import series
from dure.plant.studio.grid import Grid, print_of, scattered
from dure.plant.studio.journal import Action, Actions
from dure.plant.studio.keeping import SHELF, Cache
from dure.plant.studio.refusals import ActionWrong, ColumnMade
from dure.plant.studio.settling import Reckon, Written, renamed, settle
from dure.plant.studio.typed import column_of, kind_of, value_for
from dure.science.formula import Table
from dure.vocabulary import DureError, Permit, Text

if TYPE_CHECKING:
    import polars as pl

VIEWS = frozenset({"filter", "sort", "hide"})
"""Kinds of actions that change what is shown, not what is there."""
CLOSING = frozenset({"step", "group"})
Pending = Mapping[str, Written]
__all__ = ["VIEWS", "column_absent", "folded", "series", "unfinished"]


def folded(  # noqa: PLR0913, PLR0917 - what surrounds a table, in the order of its making
    source: Grid, actions: Actions, functions: Table, cache: Cache, reckon: Reckon, permit: Permit
) -> Grid:
    """The table after the actions."""
    grid, pending = unfinished(source, actions, functions, cache, reckon, permit)
    return settle(grid, pending, functions, cache, reckon)


def unfinished(  # noqa: PLR0913, PLR0917 - as `folded`
    source: Grid, actions: Actions, functions: Table, cache: Cache, reckon: Reckon, permit: Permit
) -> tuple[Grid, Pending]:
    """The table after the actions, and the formulas that are still to be reckoned on it."""
    grid: Grid = source
    pending: Pending = {}
    chain = print_of("source", source.key)
    for action in actions:
        if not action.on or action.kind in VIEWS:
            continue
        chain = print_of(chain, action.n, action.kind, dict(action.settings))
        held = SHELF.get(("fold", chain))
        if held is not None:
            grid, pending = held
            continue
        before = frozenset(grid.keys.values())
        if action.kind in CLOSING:
            grid, pending = settle(grid, pending, functions, cache, reckon), {}
        try:
            grid, pending = _DO[action.kind](grid, pending, action, permit)
        except DureError as refusal:
            grid = replace(grid, wrong={**grid.wrong, action.n: refusal})
        if not grid.busy:
            SHELF.put(("fold", chain), (grid, pending), _size(grid, before))
    return grid, pending


def _size(grid: Grid, before: frozenset[str]) -> int:
    """Bytes that an action added to what is held anyway."""
    new = [name for name in grid.columns if grid.keys[name] not in before]
    return 2_000 + sum(int(grid.frame.get_column(name).estimated_size()) for name in new)


def column_absent(name: str) -> ActionWrong:
    """The refusal of a column that is not there."""
    return ActionWrong(name, why=Text("there is no such column", "그런 열이 없습니다"))


def _there(grid: Grid, pending: Pending, name: str) -> None:
    if name not in grid.columns and name not in pending:
        raise column_absent(name)


# Cells ---------------------------------------------------------------------------------------------------------------
def _cells(grid: Grid, pending: Pending, action: Action, _permit: Permit) -> tuple[Grid, Pending]:
    """Typed cells: `cells` [[row, column, value]], or `block` {rows, columns, values column by column}; `added` rows come first."""
    if added := int(action.settings.get("added", 0)):
        grid = _more_rows(grid, grid.rows, added, action.n)
    columns = _by_column(action.settings)
    here = [one for one in columns if (grid.places_of(one[1]) >= 0).any()]
    if columns and not here:
        raise ActionWrong(columns[0][0], why=Text("its rows are no longer there", "해당 행이 더는 없습니다"))
    for name, rows, values in here:
        if name in pending:
            raise ColumnMade(name)
        grid = _typed(grid, name, rows, values, action.n)
    return grid, pending


def _by_column(settings: Mapping[str, Any]) -> list[tuple[str, list[int], list[Any]]]:
    if block := settings.get("block"):
        return [
            (name, block["rows"], values)
            for name, values in zip(block["columns"], block["values"], strict=True)
        ]
    found: dict[str, tuple[list[int], list[Any]]] = {}
    for row, name, value in settings["cells"]:
        rows, values = found.setdefault(str(name), ([], []))
        rows.append(int(row))
        values.append(value)
    return [(name, rows, values) for name, (rows, values) in found.items()]


def _typed(grid: Grid, name: str, rows: list[int], values: list[Any], n: int) -> Grid:
    import polars as pl

    places = grid.places_of(rows)
    here = places >= 0
    kept = [value for value, good in zip(values, here, strict=True) if good]
    if name not in grid.columns:
        made = column_of(["" if one is None else str(one) for one in kept], name)
        empty = pl.Series(name, [], dtype=made.dtype).extend_constant(None, grid.rows)
        column = scattered(empty, places[here], made)
    else:
        column = _put(grid.frame.get_column(name), places[here], kept)
    key = print_of(grid.keys.get(name, "new"), grid.row_key, n, rows, values)
    return grid.with_columns({name: column}, {name: key})


def _put(column: "pl.Series", places: Any, values: list[Any]) -> "pl.Series":
    import polars as pl

    if column.dtype in (pl.Null, pl.Categorical, pl.Enum):
        column = (
            column.cast(pl.String)
            if column.dtype != pl.Null
            else column.cast(column_of([str(one) for one in values]).dtype)
        )
    fit = [value_for(one, column.dtype, column.name) for one in values]
    if column.dtype.is_integer() and any(isinstance(one, float) and not one.is_integer() for one in fit):
        column = column.cast(pl.Float64)
    return scattered(column, places, _as(column, fit))


def _as(column: "pl.Series", values: list[Any]) -> "pl.Series":
    import polars as pl

    if column.dtype.is_integer():
        return pl.Series(column.name, [None if one is None else int(one) for one in values], dtype=pl.Int64)
    if kind_of(column.dtype) == "number":
        return pl.Series(
            column.name, [None if one is None else float(one) for one in values], dtype=pl.Float64
        )
    if isinstance(column.dtype, pl.Datetime):
        zone = column.dtype.time_zone
        plain = pl.Series(
            column.name,
            [one.replace(tzinfo=None) if one else None for one in values],
            dtype=pl.Datetime("us"),
        )
        return (plain.dt.replace_time_zone("UTC").dt.convert_time_zone(zone) if zone else plain).cast(
            column.dtype
        )
    if column.dtype == pl.Date:
        return pl.Series(column.name, [one.date() if one else None for one in values], dtype=pl.Date)
    return pl.Series(column.name, values, dtype=column.dtype)


# Rows ----------------------------------------------------------------------------------------------------------------
def _insert(grid: Grid, pending: Pending, action: Action, _permit: Permit) -> tuple[Grid, Pending]:
    after, count = action.settings.get("after"), int(action.settings["count"])
    place = 0
    if after is not None:
        found = int(grid.places_of([int(after)])[0])
        if found < 0:
            raise ActionWrong(f"{after}", why=Text("there is no such row", "그런 행이 없습니다"))
        place = found + 1
    return _more_rows(grid, place, count, action.n), pending


def _more_rows(grid: Grid, place: int, count: int, n: int) -> Grid:
    made = np.arange(grid.next_id, grid.next_id + count, dtype=np.int64)
    whole = np.arange(grid.rows, dtype=np.int64)
    places = np.concatenate([whole[:place], np.full(count, -1, dtype=np.int64), whole[place:]])
    known = grid.all_ids()
    ids = np.concatenate([known[:place], made, known[place:]])
    return _moved(
        grid.gathered(places, ids, print_of(grid.row_key, "insert", n, place, count), grid.next_id + count)
    )


def _delete(grid: Grid, pending: Pending, action: Action, _permit: Permit) -> tuple[Grid, Pending]:
    gone = grid.places_of(action.settings["rows"])
    keep = np.ones(grid.rows, dtype=bool)
    keep[gone[gone >= 0]] = False
    places = np.flatnonzero(keep).astype(np.int64)
    key = print_of(grid.row_key, "delete", action.n, sorted(action.settings["rows"]))
    return _moved(grid.gathered(places, grid.all_ids()[places], key, grid.next_id)), pending


def _moved(grid: Grid) -> Grid:
    """Columns whose rows moved are no longer what they were."""
    return replace(grid, keys={name: print_of(key, grid.row_key) for name, key in grid.keys.items()})


# Columns -------------------------------------------------------------------------------------------------------------
def _formula(grid: Grid, pending: Pending, action: Action, _permit: Permit) -> tuple[Grid, Pending]:
    name, text = str(action.settings["column"]), str(action.settings["text"])
    made = Written(
        text, str(action.settings.get("reckoned") or text), str(action.settings.get("unit") or ""), action.n
    )
    return grid, {**pending, name: made}


def _rename(grid: Grid, pending: Pending, action: Action, _permit: Permit) -> tuple[Grid, Pending]:
    old, new = str(action.settings["column"]), str(action.settings["to"])
    _there(grid, pending, old)
    if new in grid.columns or new in pending:
        raise ActionWrong(new, why=Text("there is such a column already", "같은 이름의 열이 이미 있습니다"))
    if old in grid.columns:
        grid = replace(
            grid,
            frame=grid.frame.rename({old: new}),
            keys=_swapped(grid.keys, old, new),
            units=_swapped(grid.units, old, new),
            formulas=_swapped(grid.formulas, old, new),
            wrong_columns=_swapped(grid.wrong_columns, old, new),
        )
    told = {
        (new if name == old else name): replace(
            one, text=renamed(one.text, old, new), reckoned=renamed(one.reckoned, old, new)
        )
        for name, one in pending.items()
    }
    return grid, told


def _swapped(known: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    return {(new if name == old else name): value for name, value in known.items()}


def _unit(grid: Grid, pending: Pending, action: Action, _permit: Permit) -> tuple[Grid, Pending]:
    name, unit = str(action.settings["column"]), str(action.settings["unit"])
    _there(grid, pending, name)
    if name in pending:
        return grid, {**pending, name: replace(pending[name], unit=unit)}
    return replace(grid, units={**grid.units, name: unit}), pending


def _drop(grid: Grid, pending: Pending, action: Action, _permit: Permit) -> tuple[Grid, Pending]:
    names = [str(one) for one in action.settings["columns"]]
    for name in names:
        _there(grid, pending, name)
    left = [name for name in grid.columns if name not in names]
    kept = {name: one for name, one in pending.items() if name not in names}
    if not left:
        raise ActionWrong(names[0], why=Text("it is the last column", "마지막 열입니다"))
    return replace(
        grid,
        frame=grid.only(left),
        formulas={name: one for name, one in grid.formulas.items() if name not in names},
        wrong_columns={name: one for name, one in grid.wrong_columns.items() if name not in names},
    ), kept


# Steps ---------------------------------------------------------------------------------------------------------------
def _step(grid: Grid, pending: Pending, action: Action, permit: Permit) -> tuple[Grid, Pending]:
    """A step of preparation, by the same code as a recipe."""
    from dure.plant.studio.recipes import step_of
    from dure.science.prepare import Recipe

    step = step_of(str(action.settings["step"]), action.settings.get("settings") or {})
    with contents_lent():
        made = Recipe((step,)).fit(grid.frame, permit, (grid.rows,)).transform(grid.frame, (grid.rows,))
    key = print_of("step", grid.key, step.name(), step.settings())
    same = made.height == grid.rows and step.keeps_rows
    from_ = step.names(grid.columns)
    units = {name: grid.units.get(from_.get(name, name), "") for name in made.columns}
    return Grid(
        made,
        grid.ids if same else None,
        grid.next_id if same else made.height,
        {name: print_of(key, name) for name in made.columns},
        grid.row_key if same else key,
        units,
        {name: one for name, one in grid.formulas.items() if name in made.columns},
        grid.wrong,
        {name: one for name, one in grid.wrong_columns.items() if name in made.columns},
        grid.busy,
    ), pending


def _group(grid: Grid, pending: Pending, action: Action, _permit: Permit) -> tuple[Grid, Pending]:
    from dure.plant.studio.looking import grouped

    made = grouped(grid.frame, action.settings.get("by") or [], action.settings.get("values") or [])
    key = print_of("group", grid.key, dict(action.settings))
    keys = {name: print_of(key, name) for name in made.columns}
    units = {name: grid.units.get(name, "") for name in made.columns}
    return Grid(made, None, made.height, keys, key, units, {}, grid.wrong, {}, grid.busy), pending


_DO: dict[str, Callable[[Grid, Pending, Action, Permit], tuple[Grid, Pending]]] = {
    "edit": _cells, "paste": _cells, "fill": _cells, "insert_rows": _insert, "delete_rows": _delete, "formula": _formula,
    "rename": _rename, "unit": _unit, "drop": _drop, "step": _step, "group": _group,
}  # fmt: skip
