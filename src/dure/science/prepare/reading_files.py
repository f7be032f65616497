"""The bytes of a file, unpacked, and the binary formats: Parquet and Excel."""

import gzip
import io
import json
import re
import zipfile
import zlib
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

from dure.science.prepare.reading_refusals import (
    FileAbsent,
    FileDamaged,
    FileEmpty,
    FileTooLarge,
    HeaderOnly,
    NotATable,
)
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

LIMIT_GB = 4
# An object, or a list of objects: `[1` and `[temp]` may begin a table.
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*\{)")
_OTHERS = {
    b"%PDF": Text("a PDF document", "PDF 문서"),
    b"\x89PNG": Text("an image", "이미지"),
    b"\xff\xd8\xff": Text("an image", "이미지"),
    b"\x7fELF": Text("a program", "실행 파일"),
    b"MZ": Text("a program", "실행 파일"),
    b"RIFF": Text("sound or video", "소리나 영상"),
    b"\x89HDF": Text("an HDF5 file", "HDF5 파일"),
    b"<?xml": Text("XML", "XML"),
    b"<html": Text("a web page", "웹 페이지"),
    b"<!doctype": Text("a web page", "웹 페이지"),
    b"SQLite format 3": Text("an SQLite database", "SQLite 데이터베이스"),
}


def unpacked(path: Path) -> bytes:
    """The bytes of a file, out of gzip if they are packed so, whatever its name.

    Raises
    ------
    FileAbsent, FileEmpty, FileDamaged, FileTooLarge
        If there are none to be had.
    """
    try:
        content = path.read_bytes()
    except OSError as refused:
        raise FileAbsent(str(path)) from refused
    if content.startswith(b"\x1f\x8b"):
        content = _gunzip(content, path)
    if not content:
        raise FileEmpty(str(path))
    return content


def _gunzip(content: bytes, path: Path) -> bytes:
    limit = LIMIT_GB * 2**30
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            plain = packed.read(limit + 1)
    except (EOFError, OSError, zlib.error) as broken:
        raise FileDamaged(str(path), kind="gzip") from broken
    if len(plain) > limit:
        raise FileTooLarge(str(path), limit=LIMIT_GB)
    return plain


def format_of(content: bytes, where: str) -> str:
    """`parquet`, `excel`, `json` or `text`, by the first bytes.

    >>> format_of(b"PAR1...", "a.csv"), format_of(b"a;b", "a.parquet")
    ('parquet', 'text')
    """
    if content.startswith(b"PAR1"):
        return "parquet"
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
        return "excel"
    begins = content[:32].removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, what in _OTHERS.items():
        if content.startswith(start) or (start.startswith(b"<") and begins.lower().startswith(start)):
            raise NotATable(where, what=what)
    return "json" if _JSON.match(content) else "text"


def read_json(content: bytes, where: str) -> "pl.DataFrame":
    """A table from JSON lines or from one list of records; raises `FileDamaged`, `NotATable` or `HeaderOnly`."""
    import polars as pl

    plain = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    read = pl.read_json if plain.startswith(b"[") else pl.read_ndjson
    try:
        frame = read(io.BytesIO(plain), infer_schema_length=None)
    except (pl.exceptions.PolarsError, ValueError) as broken:
        raise _no_table_of_json(plain, where) from broken
    if frame.is_empty():
        raise HeaderOnly(where)
    return frame


def _no_table_of_json(content: bytes, where: str) -> FileDamaged | NotATable:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return FileDamaged(where, kind="JSON")
    return NotATable(where, what=Text("JSON that is no list of records", "레코드 목록이 아닌 JSON"))


def read_parquet(content: bytes, where: str) -> "pl.DataFrame":
    """A table from Parquet; raises `FileDamaged` or `HeaderOnly`."""
    import polars as pl

    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as broken:
        raise FileDamaged(where, kind="Parquet") from broken
    if frame.is_empty():
        raise HeaderOnly(where)
    return frame


def read_excel(content: bytes, where: str) -> tuple["pl.DataFrame", str]:
    """The first sheet with a table, and that sheet's name; raises `FileDamaged`, `NotATable` or `HeaderOnly`."""
    import fastexcel

    if content.startswith(b"PK") and not _is_workbook(content, where):
        raise NotATable(where, what=Text("a zip archive", "zip 압축 파일"))
    try:
        book = fastexcel.read_excel(content)
        for name in book.sheet_names:
            frame = book.load_sheet(name, schema_sample_rows=None).to_polars()
            if frame.height and frame.width:
                return _as_written(frame), name
    except fastexcel.FastExcelError as broken:
        raise FileDamaged(where, kind="Excel") from broken
    raise HeaderOnly(where)


def _is_workbook(content: bytes, where: str) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as broken:
        raise FileDamaged(where, kind="Excel") from broken
    return any(name.startswith("xl/") or name == "content.xml" for name in names)


def _as_written(frame: "pl.DataFrame") -> "pl.DataFrame":
    """What the sheet showed: Excel keeps every number as a float and every date as a midnight."""
    import polars as pl

    columns = []
    for place, column in enumerate(frame.get_columns(), 1):
        if column.dtype == pl.Float64 and not column.is_null().all() and _whole(column):
            found = column.cast(pl.Int64)
        elif column.dtype == pl.Datetime:
            found = column.dt.date() if _midnights(column) else column.dt.cast_time_unit("ns")
        else:
            found = column
        columns.append(found.rename(f"column_{place}") if found.name.startswith("__UNNAMED__") else found)
    return pl.DataFrame(columns)


def _whole(column: "pl.Series") -> bool:
    there = column.drop_nulls()
    return bool(((there % 1 == 0) & (there.abs() < 2**53)).all())


def _midnights(column: "pl.Series") -> bool:
    there = column.drop_nulls()
    return not there.is_empty() and bool((there.dt.time() == time(0)).all())
