"""Merged cells of a workbook: what they show stands in every cell that they cover, and several header lines are one.

The areas are read from the sheets' own XML (ECMA-376 part 1, 18.3.1.55), for a reader of values alone does not give
them. A merged title over the whole table stays a note above it.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

from dure.science.prepare.reading_values import is_value

if TYPE_CHECKING:
    import polars as pl

# Larger sheets are read as they stand: their merged areas are not looked for. [bytes]
_MOST_BYTES = 200 * 2**20
_MOST_AREAS = 200_000
_HEAD = 60
_MERGE = re.compile(
    rb'<(?:\w+:)?mergeCell\s[^>]*ref="\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})"'
)
# A cell that holds something: its tag does not close itself.
_CELL = re.compile(
    rb'<(?:\w+:)?c\s+(?:[a-z]+="[^"]*"\s+)*?r="([A-Z]{1,3})\d+"[^>]*[^/]>|<(?:\w+:)?c\s+r="([A-Z]{1,3})\d+">'
)
_SHEET = re.compile(r'<(?:\w+:)?sheet\s[^>]*?name="([^"]*)"[^>]*?\w+:id="([^"]+)"')
_RELATION = re.compile(r"<Relationship\s([^>]*)>")


@dataclass(frozen=True, slots=True)
class Area:
    """A merged area: rows and columns from 0, the last ones included; columns count from the first used one."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def wide(self) -> bool:
        """Whether it covers several columns."""
        return self.right > self.left


def merged_areas(content: bytes) -> Mapping[str, tuple[Area, ...]]:
    """Merged areas by the name of their sheet; sheets without any are not there."""
    if not content.startswith(b"PK\x03\x04"):
        return {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return {name: areas for name, path in _sheets(book) if (areas := _areas(book, path))}
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ):
        # whoever reads the values tells what is wrong with the workbook
        return {}


def _sheets(book: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Names of sheets, each with the path of its XML."""
    targets: dict[str, str] = {}
    for found in _RELATION.finditer(_small(book, "xl/_rels/workbook.xml.rels")):
        told = dict(re.findall(r'(\w+)="([^"]*)"', found[1]))
        targets[told.get("Id", "")] = told.get("Target", "")
    for found in _SHEET.finditer(_small(book, "xl/workbook.xml")):
        target = targets.get(found[2], "")
        yield unescape(found[1]), target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _small(book: zipfile.ZipFile, path: str) -> str:
    with book.open(path) as packed:
        return packed.read(10_000_000).decode("utf-8", "replace")


def _areas(book: zipfile.ZipFile, path: str) -> tuple[Area, ...]:
    if path not in book.namelist() or book.getinfo(path).file_size > _MOST_BYTES:
        return ()
    xml = book.read(path)
    begin = xml.find(b"mergeCells")
    if begin < 0:
        return ()
    first = min((_number(one[1] or one[2]) for one in _CELL.finditer(xml)), default=0)
    found = [
        Area(int(top) - 1, _number(left) - first, int(bottom) - 1, _number(right) - first)
        for left, top, right, bottom in _MERGE.findall(xml, begin - 1)[:_MOST_AREAS]
    ]
    return tuple(one for one in found if one.left >= 0 and one.bottom >= one.top and one.right >= one.left)


def _number(letters: bytes) -> int:
    """Column from 0: `A` is 0, `AA` 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def one_header(lines: list[tuple[int, list[str]]], areas: Sequence[Area]) -> list[tuple[int, list[str]]]:
    """The first lines of a sheet with the header's lines joined into their last, where groups are merged over names.

    >>> lines = [(1, ["at", "bar", ""]), (2, ["", "in", "out"]), (3, ["8:00", "1", "2"])]
    >>> one_header(lines, [Area(0, 0, 1, 0), Area(0, 1, 0, 2)])[1]
    (2, ['at', 'bar in', 'bar out'])
    """
    rows = {number - 1: list(row) for number, row in lines}
    width = max(map(len, rows.values()), default=0)
    top, bottom = _header_lines(rows, areas, width)
    if bottom <= top:
        return lines
    shown = _shown(rows, [one for one in areas if top <= one.top <= bottom])
    names = [_named([shown[row][column] for row in range(top, bottom + 1)]) for column in range(width)]
    joined = {**{row: [""] * width for row in range(top, bottom)}, bottom: names}
    return [(number, joined.get(number - 1, row)) for number, row in lines]


def _header_lines(rows: Mapping[int, list[str]], areas: Sequence[Area], width: int) -> tuple[int, int]:
    """First and last line of a header that has groups over its names; equal where it has none."""
    groups = sorted(
        (one.top, one.bottom)
        for one in areas
        if one.wide and one.top < _HEAD and one.right - one.left + 1 < max(width, 2) and _is_text(rows, one)
    )
    if not groups:
        return 0, 0
    top = groups[0][0]
    bottom = max(one.bottom for one in areas if one.top == top and not _is_title(one, width))
    while True:
        under = [one for one in areas if one.top <= bottom <= one.bottom and one.wide and one.top >= top]
        below = rows.get(bottom + 1)
        if not under or below is None or not _names_under(below, under):
            return (top, bottom) if bottom > top else (0, 0)
        bottom += 1


def _is_title(area: Area, width: int) -> bool:
    return area.right - area.left + 1 >= width


def _is_text(rows: Mapping[int, list[str]], area: Area) -> bool:
    row = rows.get(area.top, [])
    word = row[area.left].strip() if area.left < len(row) else ""
    return bool(word) and not is_value(word)


def _names_under(row: list[str], groups: Sequence[Area]) -> bool:
    """Whether a row has words, no values, under each group."""
    fields = [
        row[column].strip() for one in groups for column in range(one.left, min(one.right + 1, len(row)))
    ]
    return any(fields) and not any(map(is_value, filter(None, fields)))


def _shown(rows: Mapping[int, list[str]], areas: Sequence[Area]) -> dict[int, list[str]]:
    found = {number: list(row) for number, row in rows.items()}
    for one in areas:
        for row in range(one.top, one.bottom + 1):
            for column in range(one.left, one.right + 1):
                if row in found and one.top in rows and column < len(found[row]):
                    found[row][column] = rows[one.top][one.left]
    return found


def _named(over: list[str]) -> str:
    """The lines of one column's header, each once."""
    return " ".join(dict.fromkeys(" ".join(word.split()) for word in over if word.strip()))


def filled(frame: "pl.DataFrame", areas: Sequence[Area], skip: int) -> tuple["pl.DataFrame", int]:
    """Rows with what merged cells show in each cell that they cover, and how many areas there were.

    Parameters
    ----------
    frame
        The rows below line `skip` of the sheet.
    areas
        Merged areas of the sheet.
    """
    below = [
        one for one in areas if one.top >= skip and one.bottom - skip < len(frame) and one.right < frame.width
    ]
    taken: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
    for one in below:
        for column in range(one.left, one.right + 1):
            places, sources = taken.setdefault((column, one.left), ([], []))
            rows = [
                row - skip for row in range(one.top, one.bottom + 1) if (row, column) != (one.top, one.left)
            ]
            places += rows
            sources += [one.top - skip] * len(rows)
    for (column, source), (places, sources) in taken.items():
        frame = _put(frame, column, places, frame.get_columns()[source].gather(sources))
    return frame, len(below)


def _put(frame: "pl.DataFrame", column: int, places: list[int], values: "pl.Series") -> "pl.DataFrame":
    """Values at some rows of a column; of another kind than the column's, those that cannot be turned stay out."""
    import polars as pl

    old = frame.get_columns()[column]
    if old.dtype == pl.Null:
        old = old.cast(values.dtype)
    new = old.clone().scatter(places, values.cast(old.dtype, strict=False))
    return frame.with_columns(new.alias(old.name))
