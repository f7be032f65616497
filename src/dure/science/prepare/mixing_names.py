"""What other files of a folder say of a table: names of its columns in a list, or a table of descriptions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dure.science.prepare.mixing_groups import Group
from dure.science.prepare.mixing_parts import TABLE
from dure.science.prepare.reading_notes import note
from dure.science.quality import kind_of

if TYPE_CHECKING:
    import polars as pl

_ITEM = re.compile(r"^\s*(\d{1,3})[).:]\s+(\S.*?)\s*$", re.MULTILINE)
_MORE = re.compile(r"^\s*(?:\.{2,}|…)\s*$", re.MULTILINE)
_NUMBERED = re.compile(r"(.*?)\s*(\d+)$")
_LONGEST = 64_000
_DESCRIBES = 0.6


def names_told(group: Group, folders: Sequence[str | Path]) -> Group:
    """A table without header under the names that a note in the folder lists for its columns, one a number."""
    frame = group.frame
    if (
        group.kind != TABLE
        or frame.width < 3
        or not all(name.startswith("column_") for name in frame.columns)
    ):
        return group
    for path in _notes(folders):
        names = listed_names(path.read_text(encoding="utf-8", errors="replace")[:_LONGEST], frame.width)
        if names:
            said = note("names-from-note", file=path.name, count=len(names))
            table = replace(group.table, frame=frame.rename(dict(zip(frame.columns, names, strict=True))))
            kept = tuple(one for one in table.notes if one.key != "header-absent")
            return replace(group, table=replace(table, notes=(*kept, said)))
    return group


def _notes(folders: Sequence[str | Path]) -> list[Path]:
    found = [path for folder in map(Path, folders) if folder.is_dir() for path in sorted(folder.iterdir())]
    return [path for path in found if path.suffix.lower() in (".txt", ".md", "") and path.is_file()]


def listed_names(text: str, width: int) -> list[str]:
    r"""Names of exactly `width` columns from a numbered list; dots between items stand for those that count on.

    >>> listed_names("1) unit\n2) sensor 1\n3) sensor 2\n...\n5) sensor 4\n", 5)
    ['unit', 'sensor 1', 'sensor 2', 'sensor 3', 'sensor 4']
    """
    items = {int(number): re.sub(r"\s+", " ", name) for number, name in _ITEM.findall(text)}
    if width not in items or 1 not in items or max(items) != width:
        return []
    names: list[str] = []
    for number in range(1, width + 1):
        counted = _NUMBERED.fullmatch(names[-1]) if names else None
        if number in items and not (_gap(items, number) and counted):
            names.append(items[number])
        elif counted is not None and _MORE.search(text):
            names.append(f"{counted.group(1)} {int(counted.group(2)) + 1}")
        else:
            return []
    return names if len(set(names)) == width else []


def _gap(items: Mapping[int, str], number: int) -> bool:
    """Whether the item follows a gap: its own number may be miscounted, as NASA's 26th column is its 21st sensor."""
    return number - 1 not in items and _NUMBERED.fullmatch(items[number]) is not None


def described(groups: list[Group]) -> tuple[list[Group], dict[str, str]]:
    """The groups without those that only describe columns of another, and the descriptions by column."""
    told: dict[str, str] = {}
    rest = []
    for group in groups:
        found = next(
            (words for other in groups if other is not group and (words := _words(group, other))), None
        )
        if found is None:
            rest.append(group)
        else:
            told |= found
    return (rest, told) if rest else (groups, {})


def _words(group: Group, other: Group) -> dict[str, str]:
    """Column names of `other` in one column of a table of words, what they mean in the next."""
    frame: pl.DataFrame = group.frame
    if not 2 <= frame.width <= 6 or len(frame) > 20 * other.frame.width or other.frame.width < 3:
        return {}
    texts = [name for name in frame.columns if kind_of(frame.schema[name]) == "text"]
    if len(texts) < 2:
        return {}
    names = frame.get_column(texts[0]).str.strip_chars().to_list()
    there = {name for name in names if name in other.frame.columns}
    if len(there) < max(3, _DESCRIBES * min(len(set(names)), other.frame.width)):
        return {}
    meaning = frame.get_column(texts[1]).to_list()
    return {name: word for name, word in zip(names, meaning, strict=True) if name in there and word}
