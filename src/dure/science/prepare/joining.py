"""Two tables as one: by time, each row with what was known then, or by a key such as the lot.

By time a row never gets a row of the future: it gets the last one at or before its own time less the delay, and only
if that is not too old. By key many rows may share one row of the other table, never the other way round.
"""

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from dure.science.prepare.joining_how import FIRST, NANOSECONDS, Join, nanoseconds
from dure.science.prepare.joining_refusals import (
    JoinKeyTwice,
    JoinUndecided,
    NothingJoined,
    TimesNotAlike,
)
from dure.science.prepare.reading_notes import Note
from dure.science.prepare.reading_table import Table
from dure.science.prepare.step import require_columns
from dure.science.quality import clock, kind_of, unit_in
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

# A row older than so many usual steps of its table is out of date where nobody says otherwise.
_STEPS = 2
# Rows at one time beyond this share are no slip of a clock: something tells them apart.
_SAME_TIME = 0.01
_AT, _ROW, _FOUND = "\x00at", "\x00row", "\x00found"


def join(left: Table, right: Table, how: Join) -> Table:
    """`left` with the columns of `right`, or the other way round (`how.rows`).

    Parameters
    ----------
    left, right
        The tables; a column that both have and that is no key comes from the second under `<name>_<file>`.
    how
        By time or by key, with delay and tolerance.

    Returns
    -------
    The rows that stay, in their order, with notes on how many found a partner and how old it may be.

    Raises
    ------
    TableProblem
        A leaf of it, if the tables share no time and no key, a key of the second is there twice, or nothing fits.

    Examples
    --------
    >>> import polars as pl
    >>> line = Table(pl.DataFrame({"t [s]": [0, 60, 120], "bar": [1.0, 2.0, 3.0]}), ("line.csv",), (3,))
    >>> lab = Table(pl.DataFrame({"t [s]": [90, 150], "purity": [0.8, 0.9]}), ("lab.csv",), (2,))
    >>> join(line, lab, Join("lab.csv", delay="60s", within="5min", rows="joined")).frame.rows()
    [(90, 0.8, 0, 1.0), (150, 0.9, 60, 2.0)]
    """
    how = _settled(left, right, how)
    stay, come = (left, right) if how.rows == FIRST else (right, left)
    keys = _keys(how) if how.rows == FIRST else _keys(how)[::-1]
    joined = _by_key(stay, come, keys) if how.on else _by_time(stay, come, how)
    return replace(
        joined,
        notes=(*left.notes, *right.notes, *joined.notes),
        units={**come.units, **stay.units},
        layouts=(),
    )


def settled(left: Table, right: Table, how: Join) -> Join:
    """`how` with what was left open decided by the tables: key or time, and how old a row may be."""
    return _settled(left, right, how)


def _settled(left: Table, right: Table, how: Join) -> Join:
    times = _clocks(left, right)
    if how.on in ("time", *filter(None, times)) and all(times):
        how = replace(how, on="")
    elif not how.on and not all(times):
        how = replace(how, on=_shared_key(left, right))
    if how.on:
        return how
    if not all(times):
        raise JoinUndecided(how.table, shared=", ".join(_shared(left, right)) or "-")
    if how.within:
        return how
    come = (right, times[1]) if how.rows == FIRST else (left, times[0])
    return replace(how, within=_usual_age(*come))


def _shared(left: Table, right: Table) -> list[str]:
    return [name for name in left.frame.columns if name in right.frame.columns]


def _shared_key(left: Table, right: Table) -> str:
    """The only column both have in which the second table says everything once."""
    keys = [name for name in _shared(left, right) if right.frame.get_column(name).is_unique().all()]
    if len(keys) != 1:
        raise JoinUndecided(PurePath(right.sources[0]).name, shared=", ".join(_shared(left, right)) or "-")
    return keys[0]


def _usual_age(table: Table, time: str) -> str:
    """Twice the usual step between times of a table."""
    instants = _instants(table, time)
    steps = instants.drop_nulls().unique().sort().diff().drop_nulls()
    if steps.is_empty():
        return "1d"
    age = _STEPS * round(float(steps.quantile(0.95) or 0.0))
    return f"{age / 1e9:g}s" if age >= 10**6 else f"{age}ns"


def _keys(how: Join) -> tuple[str, str]:
    first, _, second = how.on.partition("=")
    return first, second or first


def _by_key(stay: Table, come: Table, keys: tuple[str, str]) -> Table:
    import polars as pl

    require_columns([keys[0]], stay.frame.columns)
    require_columns([keys[1]], come.frame.columns)
    _require_once(come, keys[1])
    mine, theirs = stay.frame.get_column(keys[0]), come.frame.get_column(keys[1])
    if kind_of(mine.dtype) != kind_of(theirs.dtype) or mine.dtype != theirs.dtype:
        mine, theirs = mine.cast(pl.String), theirs.cast(pl.String)
    others = pl.DataFrame([*_renamed(stay, come, skip={keys[1]}), theirs.alias(_AT)])
    others = others.with_columns(pl.lit(value=True).alias(_FOUND))
    frame = stay.frame.with_columns(mine.alias(_AT)).join(others, on=_AT, how="left", maintain_order="left")
    return _told(stay, come, frame, Text(f"the same {keys[0]}", f"같은 {keys[0]}"))


def _require_once(come: Table, key: str) -> None:
    there = come.frame.get_column(key).drop_nulls()
    twice = there.filter(there.is_duplicated()).unique(maintain_order=True)
    if len(twice):
        named = ", ".join(str(value) for value in twice.head(3).to_list())
        more = len(twice) - 3
        raise JoinKeyTwice(
            come.sources[0],
            key=key,
            values=named + (f" … (+{more})" if more > 0 else ""),
            count=len(twice),
        )


def _by_time(stay: Table, come: Table, how: Join) -> Table:
    import polars as pl

    by = [how.by] if how.by else []
    for table in (stay, come):
        require_columns(by, table.frame.columns)
    delay, within = nanoseconds(how.delay), nanoseconds(how.within)
    times = _clocks(stay, come)
    mine, theirs = _instants(stay, times[0]), _instants(come, times[1])
    if _is_aware(stay, times[0]) != _is_aware(come, times[1]):
        raise TimesNotAlike(stay.sources[0], other=come.sources[0])
    notes = _require_told_apart(come, times[1], theirs, by)
    left = pl.DataFrame([*stay.frame.select(by), (mine - delay).alias(_AT)]).with_row_index(_ROW)
    others = pl.DataFrame(
        [*_renamed(stay, come, skip=set(by)), *come.frame.select(by), theirs.alias(_AT)]
    ).with_columns(pl.lit(value=True).alias(_FOUND))
    found = (
        left.drop_nulls(_AT)
        .sort(_AT, maintain_order=True)
        .join_asof(
            others.drop_nulls(_AT).sort(_AT, maintain_order=True),
            on=_AT,
            by=by or None,
            strategy="backward",
            tolerance=within,
            check_sortedness=False,
        )
        .drop(_AT, *by)
    )
    frame = stay.frame.with_row_index(_ROW).join(found, on=_ROW, how="left", maintain_order="left").drop(_ROW)
    late = how.delay if delay else ""
    after = Text(
        f"time{late and f' less {late}'}, at most {how.within} old",
        f"시각{late and f'에서 {late} 앞'}, {how.within} 이내",
    )
    told = _told(stay, come, frame, after)
    return replace(told, notes=(*notes, *told.notes))


def _require_told_apart(come: Table, time: str, at: "pl.Series", by: list[str]) -> list[Note]:
    """Rows of one time must be few, for only the last of them is found."""
    import polars as pl

    keys = pl.DataFrame([*come.frame.select(by), at.alias(_AT)]).drop_nulls(_AT)
    again = len(keys) - keys.n_unique()
    if not again:
        return []
    if again > _SAME_TIME * len(keys):
        place = keys.filter(keys.is_duplicated()).get_column(_AT)[0]
        when = pl.Series([place]).cast(pl.Datetime("ns"))[0]
        raise JoinKeyTwice(come.sources[0], key=time, values=str(when), count=again)
    file = PurePath(come.sources[0]).name
    says = Text(
        f"{again} rows of {file} share their time with another; the last of each was taken.",
        f"{file}의 {again}행은 시각이 겹쳐 마지막 행을 썼습니다.",
    )
    return [Note("join-same-time", "table", says, Text("Check its clock.", "시계를 확인해 주세요."))]


def _told(stay: Table, come: Table, frame: "pl.DataFrame", how: Text) -> Table:
    """The joined table, with a note on what found a partner."""
    rows = len(frame)
    found = int(frame.get_column(_FOUND).fill_null(value=False).sum())
    file = PurePath(come.sources[0]).name
    if not found:
        raise NothingJoined(come.sources[0], other=stay.sources[0], how=how)
    says = Text(
        f"{found} of {rows} rows found one of {file} by {how.en}.",
        f"{rows}행 중 {found}행이 {file}의 행을 찾았습니다({how.ko}).",
    )
    way = Text(
        "Rows without one are missing there; see --delay and --within.",
        "찾지 못한 행은 비어 있습니다. --delay와 --within을 확인해 주세요.",
    )
    said = Note("joined", "table", says, way, {"rows": rows, "found": found})
    plain = frame.drop([name for name in (_AT, _FOUND) if name in frame.columns])
    return replace(stay, frame=plain, sources=stay.sources, notes=(said,))


def _renamed(stay: Table, come: Table, skip: set[str]) -> "pl.DataFrame":
    """Columns of the second table, those of a name the first has under `<name>_<file>`, constants both have left out."""
    stem = PurePath(come.sources[0]).name.split(".")[0]
    names = {
        name: f"{name}_{stem}" if name in stay.frame.columns else name
        for name in come.frame.columns
        if name not in skip and not _is_the_same_constant(name, stay, come)
    }
    return come.frame.select(list(names)).rename(names)


def _is_the_same_constant(name: str, stay: Table, come: Table) -> bool:
    """Whether both tables hold a column of one and the same value, as a plant's number."""
    if name not in stay.frame.columns or kind_of(come.frame.schema[name]) == "time":
        return False
    mine, theirs = stay.frame.get_column(name), come.frame.get_column(name)
    return mine.n_unique() == 1 and theirs.n_unique() == 1 and str(mine[0]) == str(theirs[0])


def _clocks(left: Table, right: Table) -> tuple[str, str]:
    """Columns of times of both; a table too short to tell has its own under the name of the other's."""
    found = [clock(table.frame) for table in (left, right)]
    first, second = (one.name if one is not None else "" for one in found)
    if first in right.frame.columns:
        second = second or first
    if second in left.frame.columns:
        first = first or second
    return first, second


def _is_aware(table: Table, time: str) -> bool:
    kind: Any = table.frame.schema.get(time)
    return bool(getattr(kind, "time_zone", None))


def _instants(table: Table, name: str) -> "pl.Series":
    """When each row was measured [ns since 1970, or since the zero of a column that counts time]."""
    import polars as pl

    frame = table.frame
    if name not in frame.columns:
        day, _, time = name.partition(" + ")
        at = frame.select(pl.col(day).dt.combine(pl.col(time), "ns")).to_series()
        return at.to_physical().cast(pl.Int64)
    column = frame.get_column(name)
    if column.dtype.is_numeric():
        scale = NANOSECONDS.get(unit_in(name), 10**9)
        return (column.cast(pl.Float64) * scale).round().cast(pl.Int64, strict=False)
    if column.dtype == pl.Date:
        column = column.cast(pl.Datetime("ns"))
    return column.dt.cast_time_unit("ns").to_physical().cast(pl.Int64)
