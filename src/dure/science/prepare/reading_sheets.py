"""Workbooks: which sheet is meant, where its header stands, and what its cells showed."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, Any

from dure.science.prepare.reading_headers import header_of
from dure.science.prepare.reading_merged import Area, filled, merged_areas, one_header
from dure.science.prepare.reading_names import header_notes, named
from dure.science.prepare.reading_notes import Note, note, shown
from dure.science.prepare.reading_numbers import numbered
from dure.science.prepare.reading_refusals import (
    FileDamaged,
    FileTooLarge,
    HeaderOnly,
    NotATable,
    PartAbsent,
    PartUndecided,
)
from dure.science.prepare.reading_text import MOST_COLUMNS, tidy, too_many
from dure.science.prepare.reading_values import Decimals

if TYPE_CHECKING:
    import polars as pl

_HEAD = 200
# What a workbook may unpack to; past `_BOMB` bytes also no more than 200 times what it is packed.
LIMIT_GB = 2
_BOMB = 200 * 2**20


@dataclass(frozen=True)
class Sheet:
    """A sheet's rows, its name, line of its header (0 without), units by column, and notes."""

    frame: "pl.DataFrame"
    name: str
    header: int
    units: dict[str, str]
    notes: list[Note]


def read_excel(content: bytes, where: str, part: str = "") -> Sheet:
    """The sheet named `part`; else the only one with a table; else all, if they have the same columns.

    Raises
    ------
    FileDamaged, NotATable, HeaderOnly
        If there is no workbook or no table in it.
    PartAbsent, PartUndecided
        If there is no such sheet, or several differ.
    """
    import logging

    import fastexcel

    # an empty column is no news to the person at the terminal
    logging.getLogger("fastexcel").setLevel(logging.ERROR)
    try:
        book = _Book(fastexcel.read_excel(content), merged_areas(content))
        if part:
            return _named_sheet(book, part, where)
        found = [sheet for name in book.names if (sheet := _sheet(book, name, where)) is not None]
    except fastexcel.FastExcelError as broken:
        raise FileDamaged(where, kind="Excel") from broken
    if not found:
        raise HeaderOnly(where)
    return found[0] if len(found) == 1 else _stacked(found, where)


@dataclass(frozen=True)
class _Book:
    """An open workbook, and the merged areas of its sheets."""

    opened: Any
    merged: Mapping[str, tuple[Area, ...]]

    @property
    def names(self) -> list[str]:
        return list(self.opened.sheet_names)


def is_workbook(content: bytes, where: str) -> bool:
    """Whether a zip archive is a workbook; raises `FileDamaged`, or `FileTooLarge` if it unpacks to more than a sheet can need."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            size = sum(one.file_size for one in archive.infolist())
    except zipfile.BadZipFile as broken:
        raise FileDamaged(where, kind="zip or Excel") from broken
    found = any(name.startswith("xl/") or name == "content.xml" for name in names)
    if found and (size > LIMIT_GB * 2**30 or (size > _BOMB and size > 200 * len(content))):
        raise FileTooLarge(where, limit=LIMIT_GB if size > LIMIT_GB * 2**30 else f"{_BOMB / 2**30:.1f}")
    return found


def _named_sheet(book: _Book, part: str, where: str) -> Sheet:
    names = {name.strip().lower(): name for name in book.names}
    name = part if part in book.names else names.get(part.strip().lower())
    if name is None:
        raise PartAbsent(where, part=part, parts=", ".join(book.names))
    found = _sheet(book, name, where)
    if found is None:
        raise HeaderOnly(f"{where}#{name}")
    return found


def _stacked(found: Sequence[Sheet], where: str) -> Sheet:
    """Sheets with the same columns below each other."""
    import polars as pl

    first = found[0]
    same = all(
        sheet.frame.columns == first.frame.columns and sheet.header and first.header for sheet in found
    )
    if not same:
        raise PartUndecided(where, parts=", ".join(sheet.name for sheet in found), first=first.name)
    frame = pl.concat([sheet.frame for sheet in found], how="vertical_relaxed")
    names = [sheet.name for sheet in found]
    notes = [
        *(one for sheet in found for one in sheet.notes),
        note("sheets-stacked", shown=shown(names, most=8)),
    ]
    return Sheet(frame, ", ".join(names), first.header, first.units, notes)


def _sheet(book: _Book, name: str, where: str) -> Sheet | None:
    """The table of one sheet, or None if it holds none."""
    areas = book.merged.get(name, ())
    head = book.opened.load_sheet(
        name, header_row=None, skip_rows=0, n_rows=_HEAD, dtypes="string"
    ).to_polars()
    lines = one_header([(n, [cell or "" for cell in row]) for n, row in enumerate(head.rows(), 1)], areas)
    rows = [(n, row) for n, row in lines if any(cell.strip() for cell in row)]
    if not rows or not head.width:
        return None
    if head.width > MOST_COLUMNS:
        raise NotATable(where, what=too_many(head.width))
    header = header_of(rows, rows)
    names, notes = named(header)
    frame = _below(book, name, header.skip)
    if frame is None:
        return None
    frame, merged = filled(frame, areas, header.skip)
    frame = tidy(_as_written(frame.rename(dict(zip(frame.columns, names, strict=False)))))
    frame, found = numbered(frame, Decimals("."))
    if frame.is_empty():
        return None
    notes += [*header_notes(header, names), *found]
    if merged:
        notes.append(note("cells-merged", count=merged))
    kept = [one for one in notes if one.where == "table" or one.where in frame.columns]
    units = {n: unit for n, unit in zip(names, header.units, strict=False) if unit and n in frame.columns}
    return Sheet(frame, name, header.line, units, kept)


def _below(book: _Book, name: str, skip: int) -> "pl.DataFrame | None":
    """The rows below so many, cells by their kinds; None if there are none."""
    rows = book.opened.load_sheet(name, header_row=None, skip_rows=skip, schema_sample_rows=None).to_polars()
    return rows if rows.height and rows.width else None


def _as_written(frame: "pl.DataFrame") -> "pl.DataFrame":
    """What the sheet showed: Excel keeps every number as a float and every date as a midnight."""
    import polars as pl

    columns = []
    for column in frame.get_columns():
        if column.dtype == pl.Float64 and not column.is_null().all() and _whole(column):
            found = column.cast(pl.Int64)
        elif column.dtype == pl.Datetime:
            found = column.dt.date() if _midnights(column) else column.dt.cast_time_unit("ns")
        else:
            found = column
        columns.append(found)
    return pl.DataFrame(columns)


def _whole(column: "pl.Series") -> bool:
    there = column.drop_nulls()
    return bool(((there % 1 == 0) & (there.abs() < 2**53)).all())


def _midnights(column: "pl.Series") -> bool:
    there = column.drop_nulls()
    return not there.is_empty() and bool((there.dt.time() == time(0)).all())
