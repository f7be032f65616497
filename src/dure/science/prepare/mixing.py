"""A mixed folder as one table: files of one kind together, kinds joined to one another, and a word on every file.

The group whose rows stay is the one with the target, else one that is long and that others can be joined to.
A group is joined by columns of one name, by what its files are called, or by time (each row gets what was known then);
the reason is told, and so is why a group or a file stays out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING

from dure.science.prepare.mixing_groups import Group, groups_of
from dure.science.prepare.mixing_joins import Joined, joined, origin
from dure.science.prepare.mixing_names import described, names_told
from dure.science.prepare.mixing_parts import TABLE, LeftOut, files_in, parts_of
from dure.science.prepare.mixing_refusals import NothingLike
from dure.science.prepare.reading_disk import told_plainly
from dure.science.prepare.reading_notes import Note, shown
from dure.science.prepare.reading_table import Table
from dure.science.quality import clock
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

# So many groups are tried as the one whose rows stay, the longest first.
_TRIED = 6


@dataclass(frozen=True)
class Source:
    """Where a column comes from: the files, and how they came to the rows (empty for the rows that stay)."""

    files: tuple[str, ...]
    how: Text | None = None
    written: str = ""


@dataclass(frozen=True)
class Mix:
    """One table of a folder, the groups found, how they were joined, what was left out, and each column's source."""

    table: Table
    groups: tuple[Group, ...]
    spine: Group
    joins: tuple[Joined, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)


@told_plainly()
def mix(folders: Sequence[str | Path], target: str | None = None) -> Mix:
    """One table of all that lies in the folders.

    Parameters
    ----------
    folders
        Folders or files; a file is a folder of one.
    target
        The column to be learnt: the group that has it keeps its rows.

    Raises
    ------
    FolderTooFull, NothingLike
        If there are too many files, or not one can be read.
    FileProblem
        If the only file of the folder cannot be read: its own sentence.
    """
    from dure.science.prepare.reading import read_each

    parts, out = [], []
    for folder in map(Path, folders):
        paths = files_in(folder) if folder.is_dir() else [folder]
        found, refused = parts_of(paths, folder if folder.is_dir() else folder.parent, read_each)
        parts += found
        out += refused
    if not parts:
        raise _nothing(folders, out)
    groups = [names_told(group, folders) for group in groups_of(parts)]
    groups, descriptions = described(groups)
    return _mixed(groups, out, descriptions, target)


def _nothing(folders: Sequence[str | Path], out: Sequence[LeftOut]) -> NothingLike:
    count = sum(len(one.files) for one in out)
    first = next((one for one in out if one.key != "note-for-people"), out[0] if out else None)
    where = ", ".join(map(str, folders))
    if first is None:
        return NothingLike(where, count=0, why=Text("It is empty.", "비어 있습니다."))
    return NothingLike(where, count=count, why=first.why)


def _mixed(
    groups: list[Group], out: list[LeftOut], descriptions: Mapping[str, str], target: str | None
) -> Mix:
    longest = max((len(group.frame) for group in groups if group.kind == TABLE), default=0)
    spine, table, joins, rest = max(
        (_around(one, groups, target) for one in _candidates(groups, target)),
        key=lambda made: (_worth(made[0], len(made[2]), longest), clock(made[0].frame) is not None),
    )
    out = [*out, *(LeftOut(group.files, why, "not-joined") for group, why in rest)]
    notes = [*table.notes, *(_joined_note(one) for one in joins), *(_out_note(one) for one in out)]
    own = Source(spine.files)
    sources = dict.fromkeys(spine.frame.columns, own)
    for one in joins:
        sources |= {new: Source(one.group.files, one.says, old) for old, new in one.columns.items()}
    return Mix(
        replace(table, notes=tuple(notes)),
        tuple(groups),
        spine,
        tuple(joins),
        tuple(out),
        sources,
        descriptions,
    )


def _worth(group: Group, joins: int, longest: int) -> float:
    """What speaks for the rows of a group: how many they are, and more so what can be joined to them.

    Pictures that tables belong to are many to a row; then the table's rows stay.
    """
    rows = len(group.frame)
    if group.kind != TABLE and joins:
        return 0.99 * (1 + joins) * log10(1 + min(rows, longest))
    return (1 + joins) * log10(1 + rows)


def _candidates(groups: Sequence[Group], target: str | None) -> list[Group]:
    """Groups whose rows may stay: those with the target, or the longest."""
    having = [group for group in groups if _has(group, target)]
    return having or sorted(groups, key=lambda group: -len(group.frame))[:_TRIED]


def _has(group: Group, target: str | None) -> bool:
    return target is not None and target in group.frame.columns


def _around(
    spine: Group, groups: Sequence[Group], target: str | None
) -> tuple[Group, Table, list[Joined], list[tuple[Group, Text]]]:
    """What can be joined to a group, and what cannot with the reason; again until nothing more is joined."""
    stay, joins = spine, []
    rest = [(group, Text("", "")) for group in groups if group is not spine]
    while True:
        later: list[tuple[Group, Text]] = []
        for group, _ in rest:
            found = joined(stay, group, target)
            if isinstance(found, Joined):
                joins.append(found)
                stay = replace(stay, table=found.table)
            else:
                later.append((group, found))
        if len(later) == len(rest) or not later:
            return spine, stay.table, joins, later
        rest = later


def _joined_note(one: Joined) -> Note:
    says = Text(
        f"{one.group.called} was joined {one.says.en}: {one.found:,} of {one.rows:,} rows found one.",
        f"{one.group.called}을(를) {one.says.ko}으로 붙였습니다: {one.rows:,}행 중 {one.found:,}행이 짝을 찾았습니다.",
    )
    remedy = Text("Nothing, if that is right.", "맞다면 그대로 두시면 됩니다.")
    return Note(
        "folder-joined", one.group.called, says, remedy, {"files": list(one.group.files), "found": one.found}
    )


def _out_note(one: LeftOut) -> Note:
    more = len(one.files) - 1
    files = f" (+{more:,}: {shown(one.files[1:], most=3)})" if more else ""
    says = Text(f"Left out: {one.why.en}{files}", f"제외: {one.why.ko}{files}")
    remedy = Text(
        "Nothing, or prepare it by itself and join with --join.",
        "그대로 두거나, 따로 준비해 --join으로 붙이세요.",
    )
    return Note("folder-left-out", one.files[0], says, remedy, {"files": list(one.files), "reason": one.key})


def origin_of(mixed: Mix) -> "pl.Series | None":
    """The file of each row that stays."""
    return origin(replace(mixed.spine, table=mixed.table)) if mixed.spine.kind == TABLE else None
