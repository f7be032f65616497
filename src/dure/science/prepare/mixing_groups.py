"""Files of one kind belong together: a group is the tables of a folder that have most of their columns in common."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from dure.science.prepare.mixing_parts import TABLE, Part
from dure.science.prepare.reading_names import trimmed
from dure.science.prepare.reading_stacking import ALL, aligned, stack
from dure.science.prepare.reading_table import Table
from dure.vocabulary import DureError

if TYPE_CHECKING:
    import polars as pl

# Of the columns of the smaller table so many are in the larger, and of the larger so many in the smaller.
_OF_SMALLER, _OF_LARGER = 0.8, 0.4


@dataclass(frozen=True)
class Group:
    """Tables of one kind as one table; `files` are their names within the folder, one a part, in the order of the rows."""

    kind: str
    files: tuple[str, ...]
    sheet: str
    table: Table

    @property
    def frame(self) -> "pl.DataFrame":
        """Its rows."""
        return self.table.frame

    @property
    def called(self) -> str:
        """What to call it: its file, or the first of many."""
        more = len(self.files) - 1
        return self.files[0] if not more else f"{self.files[0]} (+{more})"

    @property
    def stem(self) -> str:
        """The word that tells its columns from those of another group."""
        return self.sheet or PurePath(self.files[0].partition("#")[0]).name.split(".")[0]


def groups_of(parts: Sequence[Part]) -> list[Group]:
    """The parts by kind, each kind stacked; a column that only some of a kind have is missing in the others."""
    parts = _turned(parts)
    kinds: list[_Kind] = []
    for part in parts:
        home = next((kind for kind in kinds if kind.takes(part)), None)
        if home is None:
            kinds.append(_Kind([part], {_file(part)}))
        else:
            home.parts.append(part)
            home.books.add(_file(part))
    return [group for kind in kinds for group in _stacked(kind.parts)]


def _turned(parts: Sequence[Part]) -> list[Part]:
    """The parts with files of numbers alone turned as their neighbours are; others are aligned within their kind."""
    bare = [part.table for part in parts if part.kind == TABLE and _is_bare(part.frame)]
    turned = iter(aligned(bare))
    return [
        replace(part, table=next(turned)) if part.kind == TABLE and _is_bare(part.frame) else part
        for part in parts
    ]


@dataclass(frozen=True, slots=True)
class _Kind:
    """Parts found to be alike, and the files that they are of."""

    parts: list[Part]
    books: set[str]

    def takes(self, part: Part) -> bool:
        """Whether a part is of this kind: sheets by their name in other workbooks, tables by their columns."""
        first, last = self.parts[0], self.parts[-1]
        if first.kind != part.kind or first.sheet != part.sheet or _file(part) in self.books:
            return False  # two sheets of one workbook are two things
        if first.kind != TABLE:
            return first.frame.columns == part.frame.columns
        return _share(last.frame, part.frame) or _share(first.frame, part.frame)


def _stacked(kind: list[Part]) -> list[Group]:
    """The parts of a kind as one group; where their times or kinds do not go together, each is a group of its own."""
    if len(kind) == 1:
        return [_group(kind, kind[0].table)]
    try:
        return [_group(kind, stack([part.table for part in kind], ALL))]
    except DureError:
        return [_group([part], part.table) for part in kind]


def _group(kind: list[Part], table: Table) -> Group:
    return Group(kind[0].kind, tuple(file for part in kind for file in part.files), kind[0].sheet, table)


def _file(part: Part) -> str:
    return part.name.partition("#")[0]


def _share(one: "pl.DataFrame", other: "pl.DataFrame") -> bool:
    if _is_bare(one) or _is_bare(other):
        return one.columns == other.columns and one.width > 1
    mine, theirs = {_key(name) for name in one.columns}, {_key(name) for name in other.columns}
    both, sizes = len(mine & theirs), sorted((len(mine), len(theirs)))
    if mine == theirs:
        return True
    return both >= 2 and both >= _OF_SMALLER * sizes[0] and both >= _OF_LARGER * sizes[1]


def _is_bare(frame: "pl.DataFrame") -> bool:
    """Whether all names are ours, for the file has no header."""
    return all(name.startswith("column_") for name in frame.columns)


def _key(name: str) -> str:
    return trimmed(name).replace(" ", "").replace("_", "").lower()
