"""Columns written as formulas: in the order in which they need each other, each reckoned whole, once."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dure.plant.studio.grid import Grid, print_of
from dure.plant.studio.keeping import SHELF, Cache
from dure.science.formula import Formula, FormulaWrong, Kind, Table, in_order, parse, require_unit, schema_of
from dure.vocabulary import DureError

if TYPE_CHECKING:
    import polars as pl

SLOW = frozenset({"PREDICT", "ANOMALY", "FORECAST", "SIMILAR", "SIMILARTEXT"})
AT_ONCE = 20_000
"""Rows up to which a dear column is reckoned while the page waits."""
AT_ONCE_MEANT = 300
"""The same for SIMILAR, whose every text takes milliseconds."""
ON_DISK = 1_000_000
_AT = re.compile(r"\[@(\[(?:[^\[\]]|'[\[\]])+\]|[^\[\]@#]+)\]")


@dataclass(frozen=True)
class Written:
    """A column's formula: its text as typed, as it is reckoned (models by version), its unit, the action's number."""

    text: str
    reckoned: str
    unit: str = ""
    n: int = 0


Reckon = Callable[[str, Callable[[Callable[[float], None]], "pl.Series"]], "pl.Series | float"]
"""Given a key and the work, the column, or the share that is done while it is under way."""


def plain_text(text: str) -> str:
    """A formula with Excel's `[@column]` as `[column]`; a leading `=` is put before what has none.

    >>> plain_text("=[@temp]*2+[@[Melt temp]]")
    '=[temp]*2+[Melt temp]'
    """
    found = _AT.sub(lambda one: one[1] if one[1].startswith("[") else f"[{one[1]}]", text.strip())
    return found if found.startswith("=") else f"={found}"


def renamed(text: str, old: str, new: str) -> str:
    """The formula with a column's new name.

    >>> renamed("=[a]+[b]", "a", "c [x]")
    '=[c [[x]]]+[b]'
    """

    def bracketed(name: str) -> str:
        return "[" + name.replace("[", "[[").replace("]", "]]") + "]"

    shown = {bracketed(old), f"[{old}]"}
    for one in shown:
        text = text.replace(one, bracketed(new))
    return text


def time_of(frame: "pl.DataFrame") -> str | None:
    """The column of times that durations look back over: the first, if there is one."""
    import polars as pl

    return next((name for name, dtype in frame.schema.items() if dtype in (pl.Date, pl.Datetime)), None)


def settle(
    base: Grid, pending: Mapping[str, Written], functions: Table, cache: Cache, reckon: Reckon
) -> Grid:
    """The grid with its formulas' columns; a formula that fails leaves an empty column and its sentence."""
    if not pending:
        return base
    read, wrong = _read(pending, functions)
    wrong |= _circles(read)
    grid, busy = _emptied(base, list(wrong)), dict(base.busy)
    for level in in_order({name: one for name, one in read.items() if name not in wrong}):
        for name in level:
            grid = _one(grid, name, pending[name], read[name], cache, reckon, wrong, busy)
    order = [*base.columns, *(name for name in pending if name not in base.columns)]
    return replace(
        grid,
        frame=grid.only(order),
        formulas={**base.formulas, **{name: one.text for name, one in pending.items()}},
        wrong_columns={**base.wrong_columns, **wrong},
        wrong={**base.wrong, **{pending[name].n: one for name, one in wrong.items()}},
        busy=busy,
    )


def _read(
    pending: Mapping[str, Written], functions: Table
) -> tuple[dict[str, Formula], dict[str, Exception]]:
    read: dict[str, Formula] = {}
    wrong: dict[str, Exception] = {}
    for name, one in pending.items():
        try:
            read[name] = parse(one.reckoned, functions)
        except DureError as refusal:
            wrong[name] = refusal
    return read, wrong


def _circles(read: Mapping[str, Formula]) -> dict[str, Exception]:
    """Formulas that wait for each other, each with the circle's sentence; those that merely need them wait too."""
    left, wrong = dict(read), {}
    while left:
        try:
            in_order(left)
        except FormulaWrong as circle:
            names = list(dict.fromkeys(name for name in str(circle.where).split(" → ") if name in left)) or [
                next(iter(left))
            ]
            for name in names:
                wrong[name] = circle
                left.pop(name)
        else:
            return dict(wrong)
    return dict(wrong)


def _one(  # noqa: PLR0913, PLR0917 - what surrounds one column
    grid: Grid, name: str, written: Written, formula: Formula, cache: Cache, reckon: Reckon,
    wrong: dict[str, Exception], busy: dict[str, float],
) -> Grid:  # fmt: skip
    waits = [one for one in formula.columns if one in busy]
    if waits:
        busy[name] = 0.0
        return _emptied(grid, [name])
    try:
        column, kind, key = _reckoned(grid, written, formula, cache, reckon)
    except DureError as refusal:
        wrong[name] = refusal
        return _emptied(grid, [name])
    if column is None or isinstance(column, float):
        busy[name] = column or 0.0
        return _emptied(grid, [name])
    units = {**grid.units, name: written.unit or kind.unit or ""}
    return replace(grid.with_columns({name: column.alias(name)}, {name: key}), units=units)


def _reckoned(
    grid: Grid, written: Written, formula: Formula, cache: Cache, reckon: Reckon
) -> "tuple[pl.Series | float | None, Kind, str]":
    import polars as pl

    units = {name: unit for name, unit in grid.units.items() if unit}
    checked = formula.checked(schema_of(grid.frame, units))
    require_unit(checked, written.unit or None)
    time = time_of(grid.frame)
    inputs = {name: grid.keys[name] for name in formula.columns}
    needed = list(dict.fromkeys([*formula.columns, *([time] if time and formula.durations else [])]))
    needed = needed or grid.columns[:1]  # a formula without a column still has as many rows
    kinds = [(name, one.type, one.unit) for name, one in checked.schema.items()]
    timed = grid.keys[time] if time and formula.durations else ""
    key = print_of("formula", written.reckoned, inputs, kinds, timed, grid.row_key, grid.rows)
    held = SHELF.get(("column", key))
    if held is not None:
        return held, checked.kind, key
    slow = not SLOW.isdisjoint(formula.functions)
    dear = slow or (grid.rows >= ON_DISK and bool(formula.warm_up or formula.durations))
    kept = cache.get(key) if dear else None
    if kept is not None:
        return kept, checked.kind, key

    def work(tell: Callable[[float], None]) -> "pl.Series":
        from dure.plant.studio.functions import telling

        with telling(tell):
            made = checked.evaluate(grid.only(needed), time=time if formula.durations else None)
        if dear:
            cache.put(key, made)
            return cache.get(key) if cache.path(key).is_file() else made  # type: ignore[return-value] # it was put just now
        return made

    beside = slow and grid.rows > (AT_ONCE_MEANT if "SIMILAR" in formula.functions else AT_ONCE)
    found = reckon(str(cache.path(key)), work) if beside else work(lambda _share: None)
    if isinstance(found, pl.Series):
        SHELF.put(("column", key), found, 0 if dear else int(found.estimated_size()))
    return found, checked.kind, key


def _emptied(grid: Grid, names: Sequence[str]) -> Grid:
    import polars as pl

    made = {
        name: pl.Series(name, [None] * 0, dtype=pl.Float64).extend_constant(None, grid.rows) for name in names
    }
    return (
        grid.with_columns(made, {name: print_of("empty", grid.row_key) for name in names}) if made else grid
    )
