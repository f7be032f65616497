"""JSON: lines of records, a list of records, or a record of lists; records within records become columns with dots."""

import io
import json
from typing import TYPE_CHECKING

from dure.science.prepare.reading_names import mended
from dure.science.prepare.reading_notes import Note, note, shown
from dure.science.prepare.reading_refusals import FileDamaged, HeaderOnly, NotATable
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

# Brackets within brackets beyond this are no table, and would exhaust a parser.
_DEEPEST = 32


def read_json(content: bytes, where: str) -> tuple["pl.DataFrame", list[Note]]:
    """A table from JSON; raises `FileDamaged`, `NotATable` or `HeaderOnly`."""
    import polars as pl

    plain = content.removeprefix(b"\xef\xbb\xbf").strip()
    if _depth(plain[:1_000_000]) > _DEEPEST:
        raise NotATable(where, what=Text("JSON nested too deep", "너무 깊게 중첩된 JSON"))
    read = pl.read_json if plain.startswith(b"[") else pl.read_ndjson
    try:
        frame = read(io.BytesIO(plain), infer_schema_length=None)
    except (pl.exceptions.PolarsError, ValueError, pl.exceptions.PanicException) as broken:
        frame = _of_lists(plain, where, broken)
    else:
        frame = _of_one_record(plain, frame)
    if frame.is_empty():
        raise HeaderOnly(where)
    return _flat(frame)


def _depth(content: bytes) -> int:
    """How deep brackets are nested, those within texts left out."""
    deepest = depth = 0
    within = False
    escaped = False
    for letter in content[:200_000]:
        if escaped:
            escaped = False
        elif letter == 0x5C:
            escaped = within
        elif letter == 0x22:
            within = not within
        elif not within and letter in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif not within and letter in b"]}":
            depth -= 1
    return deepest


def _of_one_record(content: bytes, frame: "pl.DataFrame") -> "pl.DataFrame":
    """A single record whose fields are lists of one length is a table by columns."""
    import polars as pl

    if len(frame) > 1 or content.startswith(b"[") or not all(kind == pl.List for kind in frame.dtypes):
        return frame
    plain = [kind for kind in frame.dtypes if isinstance(kind, pl.List) and not kind.inner.is_nested()]
    lengths = {len(one) for one in frame.row(0) if one is not None}
    return frame.explode(frame.columns) if len(plain) == frame.width and len(lengths) == 1 else frame


def _of_lists(content: bytes, where: str, broken: BaseException | None) -> "pl.DataFrame":
    import polars as pl

    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        raise FileDamaged(where, kind="JSON") from broken
    if isinstance(parsed, dict) and parsed and all(isinstance(one, list) for one in parsed.values()):
        lengths = {len(one) for one in parsed.values()}
        plain = all(not isinstance(cell, list | dict) for one in parsed.values() for cell in one[:100])
        if len(lengths) == 1 and plain:
            try:
                return pl.DataFrame(parsed, infer_schema_length=None, strict=False)
            except (pl.exceptions.PolarsError, TypeError, ValueError) as odd:
                broken = odd
    raise NotATable(
        where, what=Text("JSON that is no list of records", "레코드 목록이 아닌 JSON")
    ) from broken


def _flat(frame: "pl.DataFrame") -> tuple["pl.DataFrame", list[Note]]:
    """Records one level down as columns `record.field`, and names mended."""
    import polars as pl

    records = [name for name, kind in frame.schema.items() if kind == pl.Struct]
    columns: list[pl.Series] = []
    for column in frame.get_columns():
        if column.name in records:
            columns += [part.alias(f"{column.name}.{part.name}") for part in column.struct.unnest()]
        else:
            columns.append(column)
    columns, kept = _lists_as_text(columns)
    names, notes = mended([column.name for column in columns])
    flat = pl.DataFrame([column.alias(name) for column, name in zip(columns, names, strict=True)])
    if records:
        notes.append(note("records-flattened", shown=shown(records)))
    if kept:
        notes.append(note("lists-as-text", shown=shown(kept)))
    return flat, notes


def _lists_as_text(columns: "list[pl.Series]") -> tuple["list[pl.Series]", list[str]]:
    """Lists beside columns of plain values as the JSON they were; lists alone stay, and are refused as no table."""
    import polars as pl

    nested = [column.name for column in columns if column.dtype.is_nested()]
    if not nested or len(nested) == len(columns):
        return columns, []
    return [
        pl.Series(column.name, [_json_of(cell) for cell in column.to_list()], dtype=pl.String)
        if column.name in nested
        else column
        for column in columns
    ], nested


def _json_of(cell: object) -> str | None:
    return None if cell is None else json.dumps(cell, ensure_ascii=False, default=str)
