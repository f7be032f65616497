"""Join one group of a folder to the rows of another, by the surest way there is; or say why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dure.science.prepare.joining import join
from dure.science.prepare.joining_how import Join
from dure.science.prepare.joining_refusals import NothingJoined
from dure.science.prepare.mixing_groups import Group
from dure.science.prepare.mixing_keys import (
    FILE,
    Way,
    met,
    shared_identities,
    stem_of,
    way_by_columns,
    way_by_file,
    way_by_identity,
    words_of,
)
from dure.science.prepare.mixing_parts import TABLE
from dure.science.prepare.reading_table import Table
from dure.science.quality import clock, kind_of
from dure.vocabulary import DureError, Text

if TYPE_CHECKING:
    import polars as pl

# Rows of which so few find one by time have not met it but by chance.
_MET = 0.02
# Files of one key beside each other as numbered columns, at most.
_BESIDE = 8
_TIME = "\x00time"


@dataclass(frozen=True)
class Joined:
    """A group that came to the table: how, how many rows found one, and what its columns are called there."""

    group: Group
    table: Table
    says: Text
    found: int
    rows: int
    columns: Mapping[str, str]


def joined(stay: Group, come: Group, target: str | None = None) -> Joined | Text:
    """`stay` with the columns of `come`; or why it cannot be, as the end of a sentence that begins with its name."""
    del target
    for way in (
        _same_book(stay, come),
        way_by_columns(stay, come, origin),
        way_by_identity(stay, come),
        way_by_file(stay, come, origin),
    ):
        if way is not None:
            return _by(stay, come, way)
    beside = _beside(come, stay)
    if beside is not None:
        return beside
    return _by_time(stay, come)


def origin(group: Group) -> "pl.Series | None":
    """The file of each row: a picture's or sound's own, else that of the table it was in; None if that is not known."""
    import polars as pl

    if group.kind != TABLE and "file" in group.frame.columns:
        return group.frame.get_column("file").rename(FILE)
    rows = group.table.rows_per_source
    if len(rows) != len(group.files) or sum(rows) != len(group.frame):
        return None
    names = [name for name, count in zip(group.files, rows, strict=True) for _ in range(count)]
    return pl.Series(FILE, names, dtype=pl.String)


def _same_book(stay: Group, come: Group) -> Way | None:
    """A sheet that says one row of its workbook, as what was tested and by whom, belongs to every row of the others."""
    if not (stay.sheet and come.sheet):
        return None
    mine, theirs = origin(stay), origin(come)
    if mine is None or theirs is None:
        return None
    books = tuple(files.str.replace(r"#.*$", "") for files in (mine, theirs))
    share = met((books[0],), (books[1],))
    return (
        None
        if share is None
        else Way((books[0],), (books[1],), Text("by its workbook", "같은 통합 문서 기준"), share)
    )


def _by(stay: Group, come: Group, way: Way) -> Joined:
    import polars as pl

    keys = [f"\x00key{n}" for n in range(len(way.mine))]
    names = _names(
        stay, come, skip={words.name for words in way.theirs} & set(come.frame.columns) & _told(way)
    )
    right = come.frame.select(list(names)).rename(names)
    right = right.with_columns(words.alias(key) for words, key in zip(way.theirs, keys, strict=True))
    right = right.with_columns(pl.lit(value=True).alias(FILE)).drop_nulls(keys)
    left = stay.frame.with_columns(words.alias(key) for words, key in zip(way.mine, keys, strict=True))
    frame = left.join(right, on=keys, how="left", maintain_order="left")
    found = int(frame.get_column(FILE).fill_null(value=False).sum())
    units = {names[name]: unit for name, unit in come.table.units.items() if name in names}
    table = replace(stay.table, frame=frame.drop(*keys, FILE), units={**units, **stay.table.units})
    return Joined(come, table, way.says, found, len(frame), names)


def _told(way: Way) -> set[str]:
    """Columns that come and say what a column that stays says already: the same key under the same name."""
    mine = {words.name for words in way.mine}
    return {words.name for words in way.theirs if words.name in mine}


def _names(stay: Group, come: Group, skip: set[str]) -> dict[str, str]:
    """What the columns that come are called among those that stay."""
    taken, names = set(stay.frame.columns), {}
    for name in come.frame.columns:
        if name in skip:
            continue
        new, count = name, 1
        while new in taken:
            new, count = f"{name}_{come.stem}" + (f"_{count}" if count > 1 else ""), count + 1
        taken.add(new)
        names[name] = new
    return names


def _beside(come: Group, stay: Group) -> Joined | None:
    """Several pictures or sounds of one row as numbered columns, as two cameras see one part."""
    import polars as pl

    if come.kind == TABLE:
        return None
    names = come.frame.get_column("file")
    for cut in (_before_last, _folder_and_stem, _last):
        words = pl.Series("key", [cut(name) for name in names.to_list()], dtype=pl.String)
        counted = come.frame.with_columns(words, pl.int_range(pl.len()).over(words).alias("n"))
        most = max(counted.get_column("n").to_list(), default=0) + 1
        if not 1 < most <= _BESIDE:
            continue
        wide = _wide(counted, most)
        one = replace(come, table=replace(come.table, frame=wide))
        way = way_by_file(stay, one, lambda group, words=wide: words["file"] if group.kind != TABLE else None)  # type: ignore[misc]  # the words are bound here
        if way is not None:
            return _by(stay, one, way)
    return None


def _wide(counted: "pl.DataFrame", most: int) -> "pl.DataFrame":
    """One row a key, the columns of its second, third … file numbered."""
    wide = (
        counted.filter(counted["n"] == 0)
        .drop("n")
        .with_columns(file=counted.filter(counted["n"] == 0)["key"])
    )
    for n in range(1, most):
        more = counted.filter(counted["n"] == n).drop("n", "folder", strict=False)
        more = more.rename({name: f"{name} {n + 1}" for name in more.columns if name != "key"})
        wide = wide.join(more, on="key", how="left", maintain_order="left")
    return wide.drop("key")


def _before_last(name: str) -> str:
    """`part_12_left` and `part_12_right` are of `part_12`."""
    return stem_of(name).rpartition("_")[0] or stem_of(name)


def _folder_and_stem(name: str) -> str:
    return name.rpartition("/")[0].rpartition("/")[2] or name


def _last(name: str) -> str:
    return stem_of(name).rpartition("_")[2]


def _by_time(stay: Group, come: Group) -> Joined | Text:
    """Each row with the last that was known at its time; a log of states holds until its next line."""
    left, right = stay.table, _timed(come)
    unfit = _unfit(stay, replace(come, table=right))
    if unfit is not None:
        return unfit
    how = Join(come.called, "time", by=_by_thing(stay, come), within=_within(right))
    try:
        made = join(replace(left, sources=(stay.called,)), replace(right, sources=(f"{come.stem}.",)), how)
    except NothingJoined:
        return _never(stay, come)
    except DureError as refused:
        return _refused(come, refused)
    note = next((one for one in made.notes if one.key == "joined"), None)
    found = int(note.facts["found"]) if note is not None else 0
    if found < _MET * len(left.frame):
        return _never(stay, come)
    fresh = [
        name for name in made.frame.columns if name not in left.frame.columns and not name.startswith(_TIME)
    ]
    columns = {_as_written(name, come): name for name in fresh}
    table = replace(left, frame=made.frame.select(*left.frame.columns, *fresh), units=made.units)
    says = Text("by time, the last at or before each row", "시각(각 행 이전의 마지막 값) 기준")
    if how.by:
        says = Text(f"{says.en}, of the same {how.by}", f"{says.ko}, 같은 {how.by}")
    return Joined(come, table, says, found, len(left.frame), columns)


def _unfit(stay: Group, come: Group) -> Text | None:
    """Why two groups cannot meet by time, if that is plain without trying."""
    if clock(stay.frame) is None or clock(come.frame) is None:
        return _no_way(stay, come)
    if not (_is_absolute(stay.table) and _is_absolute(come.table)):
        return _own_zero(stay, come)
    apart = _apart(stay, come)
    if apart:
        return _of_others(stay, come, apart)
    mine, theirs = _ends(stay.frame), _ends(come.frame)
    return _never(stay, come) if mine and theirs and (theirs[1] < mine[0] or mine[1] < theirs[0]) else None


def _ends(frame: "pl.DataFrame") -> tuple[str, str] | None:
    """First and last time as the table writes them; days and hours compare as they are written."""
    import polars as pl

    times = [one for one in frame.get_columns() if one.dtype in (pl.Datetime, pl.Date)]
    there = times[0].drop_nulls() if times else None
    return None if there is None or there.is_empty() else (str(there.min())[:19], str(there.max())[:19])


def _is_absolute(table: Table) -> bool:
    """Whether its times are days and hours, not counted from a start of its own."""
    import polars as pl

    return any(kind in (pl.Datetime, pl.Date) for kind in table.frame.dtypes)


def _apart(stay: Group, come: Group) -> str:
    """A column that tells whose row it is and that both have for different ones, as the machines of two lines."""
    for one, other in shared_identities(stay.frame, come.frame):
        mine, theirs = (
            words_of(frame.get_column(name)).drop_nulls().unique()
            for frame, name in ((stay.frame, one), (come.frame, other))
        )
        if len(mine) and len(theirs) and not mine.is_in(theirs.implode()).any():
            return one
    return ""


def _of_others(stay: Group, come: Group, column: str) -> Text:
    return Text(
        f"{come.called} says other “{column}” than {stay.called}.",
        f"{come.called}의 “{column}” 값은 {stay.called}의 값과 겹치지 않습니다.",
    )


def _own_zero(stay: Group, come: Group) -> Text:
    return Text(
        f"{come.called} and {stay.called} count time from a start of their own, and nothing says that it is the same.",
        f"{come.called}와(과) {stay.called}은(는) 각자의 시작부터 시간을 세는데, 같은 시작이라는 근거가 없습니다.",
    )


def _as_written(name: str, come: Group) -> str:
    return name.removesuffix(f"_{come.stem}") if name not in come.frame.columns else name


def _timed(come: Group) -> Table:
    """A group with its times; of pictures and sounds those that their files' names tell."""
    import polars as pl

    if come.kind == TABLE or "file" not in come.frame.columns:
        return come.table
    times = pl.Series(
        _TIME, [time_in(name) for name in come.frame["file"].to_list()], dtype=pl.Datetime("ns")
    )
    if times.null_count() == len(times):
        return come.table
    return replace(come.table, frame=come.frame.with_columns(times))


def time_in(name: str) -> datetime | None:
    """The time that a file's name tells.

    >>> str(time_in("cam1/20260305T140500.png")), str(time_in("2026-03-05_14-05-00_mic.wav")), time_in("part_12.png")
    ('2026-03-05 14:05:00', '2026-03-05 14:05:00', None)
    """
    import re

    found = re.search(
        r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)[-_ T.]?(\d\d)[-_.:]?(\d\d)[-_.:]?(\d\d)", stem_of(name)
    )
    if found is None:
        return None
    try:
        return datetime(*map(int, found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - a plant's wall clock
    except ValueError:
        return None


def _by_thing(stay: Group, come: Group) -> str:
    """A column of words both have that tells whose row it is, as a machine."""
    for name in stay.frame.columns:
        if name not in come.frame.columns or kind_of(stay.frame.schema[name]) != "text":
            continue
        if kind_of(come.frame.schema[name]) != "text":
            continue
        mine = stay.frame.get_column(name).drop_nulls().unique()
        theirs = come.frame.get_column(name).drop_nulls().unique()
        if 0 < len(mine) < 1000 and len(mine.filter(mine.is_in(theirs.implode()))) >= 0.5 * len(mine):
            return name
    return ""


def _within(right: Table) -> str:
    """How old a row may be: a state holds until the next, a measurement twice its usual step."""
    told = clock(right.frame)
    words = [name for name, kind in right.frame.schema.items() if kind_of(kind) == "text"]
    numbers = [name for name, kind in right.frame.schema.items() if kind_of(kind) == "number"]
    if told is None or len(told.seconds) < 3 or (words and len(words) >= len(numbers)):
        return "3650d"
    return ""


def _no_way(stay: Group, come: Group) -> Text:
    shared = [
        name for name in come.frame.columns if name in stay.frame.columns and not name.startswith("column_")
    ]
    if shared:
        named = ", ".join(shared[:4])
        return Text(
            f"{come.called} shares {named} with {stay.called}, but no column that tells its rows apart, and not both have times.",
            f"{come.called}은(는) {stay.called}와(과) {named} 열을 함께 갖지만 행을 구분할 열이 없고 두 쪽 모두에 시각이 있지 않습니다.",
        )
    return Text(
        f"{come.called} shares no key, no file name and no time with {stay.called}.",
        f"{come.called}은(는) {stay.called}와(과) 함께 쓰는 키도, 파일 이름도, 시각도 없습니다.",
    )


def _never(stay: Group, come: Group) -> Text:
    mine, theirs = _span(stay.frame), _span(come.frame)
    return Text(
        f"{come.called} has no time that a row of {stay.called} could have known (theirs {theirs}, its {mine}).",
        f"{come.called}에는 {stay.called}의 행이 알 수 있었던 시각이 없습니다(각각 {theirs}, {mine}).",
    )


def _span(frame: "pl.DataFrame") -> str:
    ends = _ends(frame)
    return f"{ends[0]} – {ends[1]}" if ends else "-"


def _refused(come: Group, refused: DureError) -> Text:
    from dure.science.prepare.reading_notes import filled

    facts: dict[str, Any] = dict(refused.facts)
    return filled(type(refused).says, come.called, facts)
