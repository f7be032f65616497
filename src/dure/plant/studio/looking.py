"""What is shown: rows filtered and sorted, cells, values of a column, figures, buckets of a chart, pivots, groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dure.plant.studio.grid import Grid, print_of
from dure.plant.studio.journal import Actions
from dure.plant.studio.keeping import SHELF
from dure.plant.studio.ordering import STRETCH, Tell, ordered, quiet
from dure.plant.studio.refusals import ActionWrong, TooLarge
from dure.plant.studio.typed import kind_of, value_for
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS = 2_000
MOST_VALUES = 1_000
MOST_POINTS = 2_000
MOST_PIVOT = 200_000
"""Cells of a pivot."""
OPS = (
    "=",
    "!=",
    ">",
    ">=",
    "<",
    "<=",
    "between",
    "in",
    "not in",
    "contains",
    "not contains",
    "begins",
    "ends",
    "empty",
    "not empty",
)
HOWS = ("count", "sum", "mean", "min", "max", "median", "std", "first", "last", "distinct")


@dataclass(frozen=True)
class View:
    """Places of the rows that are shown, in order (None: all as they are), and the columns that are."""

    places: NDArray[np.int64] | None
    columns: list[str]
    rows: int
    key: str = ""


@dataclass(frozen=True)
class Wanted:
    """What the filters, the sort and the hidden columns in force ask for; `key` is empty where all is shown as it is."""

    columns: list[str]
    filters: list[Mapping[str, Any]]
    by: list[Mapping[str, Any]]
    key: str
    lately: str
    """The same whatever the cells hold."""


def wanted_of(grid: Grid, actions: Actions) -> Wanted:
    """What is to be shown."""
    filters = [one.settings for one in actions if one.kind == "filter" and one.on]
    sorts = [one.settings["by"] for one in actions if one.kind == "sort" and one.on]
    hidden = {name for one in actions if one.kind == "hide" and one.on for name in one.settings["columns"]}
    columns = [name for name in grid.columns if name not in hidden] or grid.columns
    filters = [one for one in filters if one["column"] in grid.columns]
    by = [one for one in (sorts[-1] if sorts else []) if one["column"] in grid.columns]
    if not filters and not by:
        return Wanted(columns, [], [], "", "")
    used = sorted({one["column"] for one in [*filters, *by]})
    key = print_of("view", grid.row_key, [grid.keys[name] for name in used], filters, by)
    return Wanted(columns, filters, by, key, print_of("lately", grid.row_key, filters, by))


def view_of(grid: Grid, actions: Actions, tell: Tell = quiet) -> View:
    """What the filters, the sort and the hidden columns in force leave."""
    wanted = wanted_of(grid, actions)
    if not wanted.key:
        return View(None, wanted.columns, grid.rows)
    places = SHELF.get(wanted.key)
    if places is None:
        places = _places(grid, wanted.filters, wanted.by, tell)
        SHELF.put(wanted.key, places, places.nbytes)
        SHELF.put(wanted.lately, places, places.nbytes)
    return View(places, wanted.columns, len(places), wanted.key)


def held_view(grid: Grid, actions: Actions) -> View | None:
    """What is shown, if nothing has to be reckoned for it."""
    wanted = wanted_of(grid, actions)
    if not wanted.key:
        return View(None, wanted.columns, grid.rows)
    places = SHELF.get(wanted.key)
    return None if places is None else View(places, wanted.columns, len(places), wanted.key)


def meanwhile(grid: Grid, actions: Actions) -> View:
    """What is shown until it is reckoned: the rows as they were shown before the last cell, filter or sort."""
    wanted = wanted_of(grid, actions)
    places = SHELF.get(wanted.lately)
    if places is not None:
        return View(places, wanted.columns, len(places), wanted.lately)
    before = [one for one in actions if one.kind in ("filter", "sort") and one.on]
    while before:
        last = before.pop()
        actions = tuple(one for one in actions if one is not last)
        found = held_view(grid, actions)
        if found is not None:
            return found
    return View(None, wanted.columns, grid.rows)


def _places(
    grid: Grid, filters: Sequence[Mapping[str, Any]], by: Sequence[Mapping[str, Any]], tell: Tell
) -> NDArray[np.int64]:
    import polars as pl

    index = _left(grid, filters, tell) if filters else None
    if not by:
        return np.arange(grid.rows, dtype=np.int64) if index is None else index
    by = list({str(one["column"]): one for one in reversed(by)}.values())[::-1]
    columns = [grid.frame.get_column(str(one["column"])) for one in by]
    shown = [one if index is None else one.gather(pl.Series(index)) for one in columns]
    found = ordered(shown, [bool(one.get("down")) for one in by], tell)
    return found if index is None else index[found]


def _left(grid: Grid, filters: Sequence[Mapping[str, Any]], tell: Tell) -> NDArray[np.int64]:
    """Places of the rows that the filters leave, a stretch after the other."""
    import polars as pl

    masks = pl.all_horizontal([condition(grid.frame, one) for one in filters])
    used = grid.only(list(dict.fromkeys(str(one["column"]) for one in filters)))
    found = [np.empty(0, dtype=np.int64)]
    for start in range(0, grid.rows, STRETCH):
        tell(start / grid.rows)
        part = used.slice(start, STRETCH).lazy().select(masks.fill_null(value=False).alias("shown")).collect()
        found.append(part.get_column("shown").arg_true().cast(pl.Int64).to_numpy() + start)
    return np.concatenate(found)


def condition(frame: "pl.DataFrame", asked: Mapping[str, Any]) -> "pl.Expr":
    """A filter as an expression.

    Raises
    ------
    CellWrong, ActionWrong
    """
    import polars as pl

    name, op, value = str(asked["column"]), str(asked["op"]), asked.get("value")
    dtype, column = frame.schema[name], pl.col(name)
    if op in ("empty", "not empty"):
        empty = column.is_null() | (column == "") if dtype == pl.String else column.is_null()
        return empty if op == "empty" else ~empty
    if op in ("contains", "not contains", "begins", "ends"):
        return _of_text(column.cast(pl.String), op, str("" if value is None else value))
    if op in ("in", "not in"):
        return _among(column, dtype, name, value, op)
    if op == "between":
        low, high = [*value, None, None][:2] if isinstance(value, list) else (None, None)
        parts = [column >= value_of(low, dtype, name)] if low not in (None, "") else []
        parts += [column <= value_of(high, dtype, name)] if high not in (None, "") else []
        return pl.all_horizontal(parts) if parts else pl.lit(value=True)
    found = value_of(value, dtype, name)
    by_op: dict[str, pl.Expr] = {
        "=": column == found, "!=": (column != found) | column.is_null(), ">": column > found, ">=": column >= found,
        "<": column < found, "<=": column <= found,
    }  # fmt: skip
    return by_op[op]


def _of_text(column: "pl.Expr", op: str, value: str) -> "pl.Expr":
    low = column.str.to_lowercase()
    word = value.lower()
    if op == "begins":
        return low.str.starts_with(word)
    if op == "ends":
        return low.str.ends_with(word)
    found = low.str.contains(word, literal=True)
    return found if op == "contains" else ~found.fill_null(value=False)


def _among(column: "pl.Expr", dtype: "pl.DataType", name: str, value: Any, op: str) -> "pl.Expr":
    import polars as pl

    given = list(value) if isinstance(value, list) else [value]
    full = [_one_of(one, dtype, name) for one in given if one is not None]
    found = pl.lit(value=False)
    if full:
        column_as = column.cast(pl.Float64) if dtype.is_numeric() else column
        found = column_as.is_in(pl.concat(full).implode()).fill_null(value=False)
    if len(full) < len(given):
        found = found | column.is_null()
    return found if op == "in" else ~found


def _one_of(value: Any, dtype: "pl.DataType", name: str) -> "pl.Series":
    """A value as a series of one, of the type that it is compared in."""
    import polars as pl

    found = value_for(value, dtype, name)
    if isinstance(dtype, pl.Datetime) and isinstance(found, datetime):
        return _moment(found, dtype)
    return pl.Series([value_of(value, dtype, name)], dtype=pl.Float64() if dtype.is_numeric() else dtype)


def _moment(found: datetime, dtype: "pl.Datetime") -> "pl.Series":
    import polars as pl

    plain = pl.Series([found.replace(tzinfo=None)]).cast(pl.Datetime(dtype.time_unit))
    if dtype.time_zone:
        here = "UTC" if found.tzinfo else dtype.time_zone
        plain = plain.dt.replace_time_zone(here).dt.convert_time_zone(dtype.time_zone)
    return plain


def value_of(value: Any, dtype: "pl.DataType", name: str) -> Any:
    """A value of a filter as the column's type is compared with."""
    import polars as pl

    found = value_for(value, dtype, name)
    if found is None:
        raise ActionWrong(name, why=Text("a value is missing", "값이 없습니다"))
    if isinstance(dtype, pl.Datetime) and isinstance(found, datetime):
        return pl.lit(_moment(found, dtype)).first()
    if dtype == pl.Date and isinstance(found, datetime):
        return found.date()
    return float(found) if dtype.is_numeric() else found


# Cells ---------------------------------------------------------------------------------------------------------------
def cells_of(grid: Grid, view: View, first: int, end: int, columns: Sequence[str] = ()) -> dict[str, Any]:
    """Ids and values of shown rows `first` ≤ row < `end`, column by column, as JSON has them."""
    import polars as pl

    first = max(0, min(first, view.rows))
    end = max(first, min(end, view.rows, first + MOST_ROWS))
    names = [name for name in columns if name in grid.columns] or view.columns
    if view.places is None:
        part = pl.DataFrame([one.slice(first, end - first) for one in grid.only(names).get_columns()])
        places = np.arange(first, end, dtype=np.int64)
    else:
        places = view.places[first:end]
        part = grid.only(names).select(pl.all().gather(pl.Series(places)))
    rows = grid.ids_at(places).tolist()
    return {
        "from": first,
        "rows": rows,
        "columns": names,
        "cells": [plain(part.get_column(name)) for name in names],
    }


def plain(column: "pl.Series") -> list[Any]:
    """Values as JSON has them: times in ISO 8601, numbers that are none as null."""
    import polars as pl

    dtype = column.dtype
    if dtype.is_float():
        return column.replace([float("nan"), float("inf"), float("-inf")], None).to_list()
    if dtype == pl.Duration:
        return (column.dt.total_nanoseconds() / 1e9).to_list()
    if isinstance(dtype, pl.Datetime):
        zone = "%:z" if dtype.time_zone else ""
        return column.dt.strftime(f"%Y-%m-%dT%H:%M:%S%.f{zone}").to_list()
    if dtype in (pl.Date, pl.Time):
        return column.cast(pl.String).to_list()
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object, pl.Decimal):
        return [None if one is None else str(one)[:200] for one in column.to_list()]
    return column.to_list() if dtype.is_numeric() or dtype == pl.Boolean else column.cast(pl.String).to_list()


def shown(grid: Grid, view: View, columns: Sequence[str] | None = None) -> "pl.DataFrame":
    """The rows that are shown, as a table."""
    import polars as pl

    names = view.columns if columns is None else list(columns)
    if view.places is None:
        return grid.only(names)
    return grid.only(names).select(pl.all().gather(pl.Series(view.places)))


# One column ----------------------------------------------------------------------------------------------------------
def distinct(grid: Grid, view: View, column: str, search: str = "", tell: Tell = quiet) -> dict[str, Any]:
    """Values with how often they come, the most frequent first."""
    import polars as pl

    key = ("distinct", grid.keys[column], grid.row_key, view.key)
    counted = SHELF.get(key)
    if counted is None:
        one = shown(grid, view, [column]).get_column(column).alias("value")
        counted = _counted(one, tell)
        SHELF.put(key, counted, int(counted.estimated_size()))
    if search:
        words = counted.get_column("value").cast(pl.String).str.to_lowercase()
        counted = counted.filter(words.str.contains(search.lower()[:200], literal=True))
    top = counted.head(MOST_VALUES)
    return {"values": [list(pair) for pair in zip(plain(top.get_column("value")), top.get_column("count").to_list(), strict=True)],
            "distinct": counted.height, "more": counted.height > MOST_VALUES}  # fmt: skip


def _counted(one: "pl.Series", tell: Tell) -> "pl.DataFrame":
    """Values with how often they come, the most frequent first; counted a stretch after the other."""
    if len(one) <= STRETCH:
        return one.value_counts(sort=True, name="count")
    parts, waiting = [], 0
    for start in range(0, len(one), STRETCH):
        tell(0.9 * start / len(one))
        parts.append(one.slice(start, STRETCH).value_counts(name="count"))
        waiting += parts[-1].height
        if waiting > 2 * STRETCH:
            parts = [_added(parts)]
            waiting = 0
    tell(0.9)
    return _added(parts).sort("count", descending=True, maintain_order=True)


def _added(parts: "Sequence[pl.DataFrame]") -> "pl.DataFrame":
    import polars as pl

    return pl.concat(parts).group_by("value", maintain_order=True).agg(pl.col("count").sum())


def summary(grid: Grid, view: View, column: str, bins: int = 30, tell: Tell = quiet) -> dict[str, Any]:
    """Figures of what is shown of a column, and its histogram."""
    import polars as pl

    one = shown(grid, view, [column]).get_column(column)
    kind = kind_of(one.dtype)
    found: dict[str, Any] = {
        "column": column,
        "kind": grid.kind(column),
        "unit": grid.units.get(column, ""),
        "rows": len(one),
        "missing": one.null_count(),
        "distinct": one.n_unique(),
    }
    tell(0.3)
    if kind in ("number", "bool") and len(one) > one.null_count():
        values = (
            (one.dt.total_seconds(fractional=True) if one.dtype == pl.Duration else one)
            .cast(pl.Float64)
            .drop_nulls()
        )
        values = values.filter(values.is_finite())
        tell(0.5)
        found |= _figures(values, tell) | {"histogram": histogram(values.to_numpy(), bins, tell)}
    if kind == "time" and len(one) > one.null_count():
        ends = pl.Series([one.min(), one.max()], dtype=one.dtype)
        found |= dict(zip(("min", "max"), plain(ends), strict=True))
    return found


def _figures(values: "pl.Series", tell: Tell) -> dict[str, Any]:
    told = {}
    for at, name in enumerate(("min", "mean", "max", "std", "median", "sum")):
        tell(0.5 + 0.05 * at)
        told[name] = getattr(values, name)()
    return {name: None if one is None or not np.isfinite(one) else float(one) for name, one in told.items()}


def histogram(values: NDArray[np.float64], bins: int, tell: Tell = quiet) -> dict[str, list[float]]:
    """Edges and counts.

    >>> histogram(np.array([0.0, 1.0, 1.0]), 2)
    {'edges': [0.0, 0.5, 1.0], 'counts': [1, 2]}
    """
    if not len(values):
        return {"edges": [], "counts": []}
    edges = np.histogram_bin_edges(values, bins=bins)
    counts = np.zeros(bins, dtype=np.int64)
    for start in range(0, len(values), STRETCH):
        tell(0.8 + 0.2 * start / len(values))
        counts += np.histogram(values[start : start + STRETCH], bins=edges)[0]
    return {"edges": edges.tolist(), "counts": counts.tolist()}


# Many columns --------------------------------------------------------------------------------------------------------
def chart(grid: Grid, view: View, asked: Mapping[str, Any], tell: Tell = quiet) -> dict[str, Any]:
    """Least, greatest and mean of each column `y` in each of at most `points` buckets of rows in the order of `x`.

    `x` is a column of times or numbers, or "" for the order of the rows.
    """
    import polars as pl

    names = [str(one) for one in asked.get("y") or [] if str(one) in grid.columns][:12]
    x, points = str(asked.get("x") or ""), max(2, min(MOST_POINTS, int(asked.get("points") or 800)))
    numbers = [name for name in names if grid.kind(name) in ("number", "bool")]
    if not numbers:
        raise ActionWrong("chart", why=Text("choose a column of numbers", "숫자 열을 고르세요"))
    if x and x in grid.columns and grid.kind(x) == "text":
        return _bars(grid, view, x, numbers)
    table = shown(grid, view, [*numbers, *([x] if x in grid.columns and x not in numbers else [])])
    across = x in grid.columns
    if across and not table.get_column(x).is_sorted():
        order = ordered([table.get_column(x)], [False], lambda share: tell(0.6 * share))
        table = table.select(pl.all().gather(pl.Series(order)))
    tell(0.6)
    size = max(1, -(-table.height // points))
    timed = across and kind_of(table.schema[x]) == "time"
    at = (
        pl.col(x).cast(pl.Datetime("ms")).dt.epoch("ms")
        if timed
        else pl.col(x)
        if across
        else pl.col("\0row")
    )
    made = _buckets(table, at, numbers, size, tell)
    series = [
        {
            "column": name,
            "unit": grid.units.get(name, ""),
            **{how: plain(made.get_column(f"{how}{at}")) for how in ("min", "max", "mean")},
        }
        for at, name in enumerate(numbers)
    ]
    return {
        "kind": "line",
        "x": plain(made.get_column("\0x")),
        "time": timed,
        "bucket": size,
        "series": series,
    }


def _buckets(
    table: "pl.DataFrame", at: "pl.Expr", numbers: Sequence[str], size: int, tell: Tell
) -> "pl.DataFrame":
    """A row for each `size` rows: the first place, and least, greatest and mean of each column."""
    import polars as pl

    figures = [
        getattr(pl.col(name).cast(pl.Float64), how)().alias(f"{how}{place}")
        for place, name in enumerate(numbers)
        for how in ("min", "max", "mean")
    ]
    step = max(size, STRETCH // size * size)
    parts = []
    for start in range(0, max(1, table.height), step):
        tell(0.6 + 0.4 * start / max(1, table.height))
        part = table.slice(start, step).with_columns(pl.int_range(start, start + pl.len()).alias("\0row"))
        bucket = (pl.col("\0row") // size).alias("\0bucket")
        parts.append(part.group_by(bucket, maintain_order=True).agg(at.first().alias("\0x"), *figures))
    return pl.concat(parts)


def _bars(grid: Grid, view: View, x: str, numbers: Sequence[str]) -> dict[str, Any]:
    """Mean, least and greatest by the values of a column of text."""
    import polars as pl

    table = shown(grid, view, [x, *numbers])
    hows = [
        getattr(pl.col(name).cast(pl.Float64), how)().alias(f"{how}{at}")
        for at, name in enumerate(numbers)
        for how in ("min", "max", "mean")
    ]
    made = (
        table.group_by(x).agg(pl.len().alias("\0n"), *hows).sort("\0n", x, descending=[True, False]).head(100)
    )
    series = [
        {
            "column": name,
            "unit": grid.units.get(name, ""),
            **{how: plain(made.get_column(f"{how}{at}")) for how in ("min", "max", "mean")},
        }
        for at, name in enumerate(numbers)
    ]
    return {
        "kind": "bars",
        "x": plain(made.get_column(x)),
        "counts": made.get_column("\0n").to_list(),
        "time": False,
        "bucket": 1,
        "series": series,
    }


def figure(column: str, how: str, frame: "pl.DataFrame") -> "pl.Expr":
    """One figure of a group.

    Raises
    ------
    ActionWrong
    """
    import polars as pl

    if how not in HOWS:
        raise ActionWrong(
            how[:40], why=Text(f"one of {', '.join(HOWS)}", f"{', '.join(HOWS)} 중 하나여야 합니다")
        )
    if column not in frame.columns:
        raise ActionWrong(column[:80], why=Text("there is no such column", "그런 열이 없습니다"))
    kind = kind_of(frame.schema[column])
    if how in ("sum", "mean", "median", "std") and kind not in ("number", "bool"):
        raise ActionWrong(column[:80], why=Text("it holds no numbers", "숫자 열이 아닙니다"))
    one = pl.col(column)
    if how == "count":
        return one.count().cast(pl.Int64)
    if how == "distinct":
        return one.drop_nulls().n_unique().cast(pl.Int64)
    found: pl.Expr = getattr(one, how)()
    return found.cast(pl.Float64) if how in ("mean", "median", "std") else found


def _label(column: str, how: str) -> str:
    return f"{column} {how}"


def grouped(
    frame: "pl.DataFrame", by: Sequence[str], values: Sequence[Mapping[str, Any]], tell: Tell = quiet
) -> "pl.DataFrame":
    """A row for each group, in the order of their first rows; columns are named “temp mean”; without values, counted."""
    import polars as pl

    names = [str(one) for one in by]
    for name in names:
        if name not in frame.columns:
            raise ActionWrong(name[:80], why=Text("there is no such column", "그런 열이 없습니다"))
    told = [(str(one["column"]), str(one.get("how") or "mean")) for one in values][:50]
    figures = [figure(column, how, frame).alias(_label(column, how)) for column, how in dict.fromkeys(told)]
    if not figures:
        figures = [pl.len().cast(pl.Int64).alias("count")]
    if not names:
        return frame.select(figures)
    if frame.height <= STRETCH:
        return frame.group_by(names, maintain_order=True).agg(figures)
    return _grouped_in_parts(frame, names, figures, tell)


_PARTS = 12


def _grouped_in_parts(
    frame: "pl.DataFrame", names: list[str], figures: "list[pl.Expr]", tell: Tell
) -> "pl.DataFrame":
    """Groups of a large table: a part of the groups after the other, all rows of a group being in one part."""
    import polars as pl

    part = frame.select(names).hash_rows(0) % _PARTS
    row = pl.int_range(pl.len(), dtype=pl.UInt32).alias("\0row")
    found = []
    for at in range(_PARTS):
        tell(at / _PARTS)
        here = frame.lazy().with_columns(row).filter(pl.lit(part == at))
        found.append(
            here.group_by(names, maintain_order=True).agg(pl.col("\0row").first(), *figures).collect()
        )
    return pl.concat(found).sort("\0row").drop("\0row")


def pivot(grid: Grid, view: View, asked: Mapping[str, Any], tell: Tell = quiet) -> dict[str, Any]:
    """Figures by the values of `rows` and, across, of `columns`; with the totals of each row group."""
    down, across = (
        [str(one) for one in asked.get("rows") or []][:4],
        [str(one) for one in asked.get("columns") or []][:2],
    )
    values = list(asked.get("values") or [])[:8]
    used = list(dict.fromkeys([*down, *across, *(str(one["column"]) for one in values)]))
    for name in used:
        if name not in grid.columns:
            raise ActionWrong(name[:80], why=Text("there is no such column", "그런 열이 없습니다"))
    table = shown(grid, view, used or view.columns[:1])
    long = grouped(table, [*down, *across], values, tell)
    tell(0.9)
    figures = [name for name in long.columns if name not in (*down, *across)]
    if long.height > MOST_PIVOT:
        raise TooLarge("pivot", count=f"{long.height:,}", most=f"{MOST_PIVOT:,}")
    made = long
    if across:
        width = long.select(across).n_unique() * len(figures)
        if width > MOST_VALUES:
            raise TooLarge("pivot", count=f"{width:,}", most=f"{MOST_VALUES:,}")
        made = _across(long, down, across, figures)
    made = made.sort(down, nulls_last=True) if down else made
    return {
        "columns": made.columns, "keys": down, "rows": made.height,
        "cells": [plain(made.get_column(name)) for name in made.columns],
        "totals": [plain(one)[0] for one in grouped(table, [], values).get_columns()] if not across else [],
    }  # fmt: skip


def _across(
    long: "pl.DataFrame", down: Sequence[str], across: Sequence[str], figures: Sequence[str]
) -> "pl.DataFrame":
    import polars as pl

    label = pl.concat_str(
        [pl.col(one).cast(pl.String).fill_null("–") for one in across], separator=" · "
    ).alias("\0across")
    lone = pl.lit(0).alias("\0one")
    found = long.with_columns(label, lone).sort("\0across", maintain_order=True)
    made = found.pivot(
        on="\0across", index=list(down) or "\0one", values=list(figures), aggregate_function="first"
    )
    return made.drop("\0one", strict=False)
