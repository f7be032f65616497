"""Tables of several files as one: columns matched by name, what differs by a blank aligned, what is turned turned."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from dure.science.prepare.reading_columns import kinship
from dure.science.prepare.reading_names import trimmed
from dure.science.prepare.reading_notes import TABLE, Note, merged, note, shown
from dure.science.prepare.reading_refusals import ColumnsDiffer, ColumnsUnknown, ZonesApart
from dure.science.prepare.reading_table import Table
from dure.science.prepare.reading_times import DAY, MONTH, swapped
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

SAME, COMMON, ALL = "same", "common", "all"


def stack(tables: Sequence[Table], columns: str = SAME) -> Table:
    """Tables as one, the rows of each after the other.

    Parameters
    ----------
    tables
        At least one.
    columns
        `same`: all must have the same, in any order; `common`: those that all have; `all`: every one, missing where a
        file lacks it.

    Raises
    ------
    ColumnsDiffer
        Naming file and column, if columns differ and must not; or if files have none in common.
    ZonesApart
        If times of a column carry an offset from UTC in one file and none in another.
    """
    import polars as pl

    if columns not in (SAME, COMMON, ALL):
        raise ColumnsUnknown(columns)
    if len(tables) == 1:
        return tables[0]
    tables = aligned(tables)
    names, notes = _chosen(tables, columns)
    whole = [_with_columns(table.frame, names) for table in tables]
    frames, mended = _alike(whole, [table.sources[0] for table in tables])
    said = merged([(table.sources[0], table.notes) for table in tables])
    return Table(
        pl.concat(frames, how="vertical_relaxed"),
        tuple(source for table in tables for source in table.sources),
        tuple(rows for table in tables for rows in table.rows_per_source),
        tuple(layout for table in tables for layout in table.layouts),
        tuple(one for one in said if one.where == TABLE or one.where in names) + tuple(notes + mended),
        _units(tables, names),
    )


def aligned(tables: Sequence[Table]) -> list[Table]:
    """Each table as its neighbours have it: turned if it is transposed, columns called as theirs if a blank differs."""
    if len(tables) < 2:
        return list(tables)
    turned = [_turned(table, usual_of(tables)) for table in tables]
    usual = usual_of(turned)
    named = [_called_alike(table, usual) for table in turned]
    return _dated_alike(named)


def usual_of(tables: Sequence[Table]) -> Table:
    """The table whose columns are the commonest, the first of them: it is the odd file that gets named."""
    counts = Counter(frozenset(table.frame.columns) for table in tables)
    return max(tables, key=lambda table: counts[frozenset(table.frame.columns)])


def _turned(table: Table, usual: Table) -> Table:
    """A table of numbers without header that has as many rows as the others have columns, turned."""
    import polars as pl

    frame = table.frame
    if frame.width == usual.frame.width or len(frame) != usual.frame.width or not _bare(table, usual):
        return table
    numbers = frame.cast(pl.Float64).to_numpy().T
    turned = pl.DataFrame(numbers, schema=usual.frame.columns, orient="row")
    turned = turned.with_columns(
        pl.col(name).cast(kind)
        for name, kind in usual.frame.schema.items()
        if kind.is_integer() and _whole(turned.get_column(name))
    )
    kept = [one for one in table.notes if one.key != "looks-transposed"]
    said = note("turned", file=PurePath(table.sources[0]).name)
    return replace(table, frame=turned, rows_per_source=(len(turned),), notes=(*kept, said))


def _bare(*tables: Table) -> bool:
    return all(
        not layout.header and all(kind.is_numeric() for kind in table.frame.dtypes)
        for table in tables
        for layout in table.layouts
    )


def _whole(column: "pl.Series") -> bool:
    there = column.drop_nulls()
    return bool((there % 1 == 0).all())


def _called_alike(table: Table, usual: Table) -> Table:
    """Columns called as the usual table calls them, where a blank or the case of letters is all that differs."""
    mine, theirs = table.frame.columns, usual.frame.columns
    free = {_key(name): name for name in theirs if name not in mine}
    if len(free) < len([name for name in theirs if name not in mine]):
        return table
    odd = [name for name in mine if name not in theirs and _key(name) in free]
    if not odd or len({_key(name) for name in odd}) < len(odd):
        return table
    renamed = {name: free[_key(name)] for name in odd}
    file = PurePath(table.sources[0]).name
    said = [note("header-aligned", new, written=old, file=file) for old, new in renamed.items()]
    notes = [replace(one, where=renamed.get(one.where, one.where)) for one in table.notes]
    return replace(
        table,
        frame=table.frame.rename(renamed),
        notes=(*notes, *said),
        units={renamed.get(name, name): unit for name, unit in table.units.items()},
    )


def _key(name: str) -> str:
    return trimmed(name).replace(" ", "").replace("_", "").lower()


def _dated_alike(tables: list[Table]) -> list[Table]:
    """Dates whose order a file leaves open, read as the files do that settle it."""
    settled: dict[str, set[str]] = {}
    for table in tables:
        for name, order in table.orders.items():
            settled.setdefault(name, set()).add(order)
    sure = {name: next(iter(orders)) for name, orders in settled.items() if len(orders) == 1}
    return [_in_order(table, sure) for table in tables] if sure else tables


def _in_order(table: Table, sure: Mapping[str, str]) -> Table:
    open_ones = {
        one.where: one.facts["order"]
        for one in table.notes
        if one.key == "date-order-undecided" and one.where in sure
    }
    if not open_ones:
        return table
    other = {"day": MONTH, "month": DAY}
    turned = [
        swapped(table.frame.get_column(name))
        for name, order in open_ones.items()
        if order is other[sure[name]]
    ]
    notes = tuple(
        one for one in table.notes if one.key != "date-order-undecided" or one.where not in open_ones
    )
    return replace(table, frame=table.frame.with_columns(turned), notes=notes)


def _chosen(tables: Sequence[Table], columns: str) -> tuple[list[str], list[Note]]:
    """Names of the columns to keep, and what to say of the others."""
    usual = usual_of(tables)
    if columns == SAME:
        for table in tables:
            _require_same_columns(table, usual)
        return usual.frame.columns, []
    every = list(dict.fromkeys(name for table in tables for name in table.frame.columns))
    shared = [name for name in every if all(name in table.frame.columns for table in tables)]
    rest = [name for name in every if name not in shared]
    if columns == ALL:
        said = [note("columns-filled-up", count=len(rest), shown=shown(rest))] if rest else []
        return every, said
    if not shared:
        _require_same_columns(next(t for t in tables if t.frame.columns != usual.frame.columns), usual)
    return shared, [note("columns-left-out", count=len(rest), shown=shown(rest))] if rest else []


def _with_columns(frame: "pl.DataFrame", names: Sequence[str]) -> "pl.DataFrame":
    import polars as pl

    return frame.select(pl.col(name) if name in frame.columns else pl.lit(None).alias(name) for name in names)


def _require_same_columns(table: Table, usual: Table) -> None:
    more = [name for name in table.frame.columns if name not in usual.frame.columns]
    fewer = [name for name in usual.frame.columns if name not in table.frame.columns]
    if not more and not fewer:
        return
    column, other = (more or fewer)[0], usual.sources[0]
    has = Text(f"has column “{column}” unlike {other}", f"{other}과 달리 “{column}” 열이 더 있습니다")
    lacks = Text(f"lacks column “{column}” of {other}", f"{other}과 달리 “{column}” 열이 없습니다")
    raise ColumnsDiffer(
        table.sources[0], difference=has if more else lacks, hint=_hint(table, usual, more, fewer)
    )


def _hint(table: Table, usual: Table, more: list[str], fewer: list[str]) -> Text | str:
    if len(more) + len(fewer) > 1:
        shared = len(usual.frame.columns) - len(fewer)
        return Text(
            f" ({table.frame.width} and {usual.frame.width} columns, {shared} of them shared)",
            f"(열 {table.frame.width}개와 {usual.frame.width}개 중 {shared}개가 같습니다)",
        )
    return ""


def _alike(frames: list["pl.DataFrame"], files: list[str]) -> tuple[list["pl.DataFrame"], list[Note]]:
    """Frames whose columns can be put below each other: where kinds differ between files, all become text."""
    import polars as pl

    notes: list[Note] = []
    for name in frames[0].columns:
        zones = {_zone(frame, name) for frame in frames} - {"none"}
        if len(zones) > 1:
            _require_zones(frames, files, name, zones)
            frames = [
                frame.with_columns(pl.col(name).dt.convert_time_zone("UTC"))
                if frame.schema[name] == pl.Datetime
                else frame
                for frame in frames
            ]
            notes.append(note("zones-mixed", name, shown=", ".join(sorted(zones)[:4])))
    odd = [name for name in frames[0].columns if len(_kinds(frames, name)) > 1]
    empty = {name: _type_in(frames, name) for name in frames[0].columns if name not in odd}
    return [
        frame.with_columns(
            [pl.col(name).cast(pl.String) for name in odd]
            + [
                pl.col(n).cast(t)
                for n, t in empty.items()
                if t is not None and frame.get_column(n).is_null().all()
            ]
        )
        for frame in frames
    ], notes


def _zone(frame: "pl.DataFrame", name: str) -> str:
    """Zone of a column of times: `naive` without one; `none` if it holds no times with a clock."""
    import polars as pl

    kind = frame.schema[name]
    return (kind.time_zone or "naive") if isinstance(kind, pl.Datetime) else "none"


def _require_zones(frames: list["pl.DataFrame"], files: list[str], name: str, zones: set[str]) -> None:
    if "naive" not in zones:
        return
    naive = next(file for frame, file in zip(frames, files, strict=True) if _zone(frame, name) == "naive")
    aware = next(
        file for frame, file in zip(frames, files, strict=True) if _zone(frame, name) not in ("naive", "none")
    )
    raise ZonesApart(aware, column=name, other=naive)


def _kinds(frames: list["pl.DataFrame"], name: str) -> set[str]:
    return {kinship(frame.schema[name]) for frame in frames if not frame.get_column(name).is_null().all()}


def _type_in(frames: list["pl.DataFrame"], name: str) -> "pl.DataType | None":
    """Type of a column in the first file that has values in it."""
    return next((f.schema[name] for f in frames if not f.get_column(name).is_null().all()), None)


def _units(tables: Sequence[Table], names: Sequence[str]) -> dict[str, str]:
    """Units by column, of the first file that names one."""
    found: dict[str, str] = {}
    for table in tables:
        for name, unit in table.units.items():
            found.setdefault(name, unit)
    return {name: unit for name, unit in found.items() if name in names}
