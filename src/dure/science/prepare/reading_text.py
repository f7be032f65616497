"""Tables written as text: encoding, separator, header and the way of writing numbers are found from the content."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dure.science.prepare.reading_encoding import decoded
from dure.science.prepare.reading_headers import Header
from dure.science.prepare.reading_layout import BLANK, BLANKS, NOTHING, SEPARATORS, Shape, divided, shape_of
from dure.science.prepare.reading_names import header_notes, named
from dure.science.prepare.reading_notes import Note, note, shown
from dure.science.prepare.reading_numbers import numbered
from dure.science.prepare.reading_refusals import FileEmpty, HeaderOnly, NotATable, RowsUneven
from dure.science.prepare.reading_values import MISSING, Decimals, decimals_of, is_number, is_value
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

# More columns than this are no table that steps and models could treat.
MOST_COLUMNS = 20_000
# A field longer than this is a quote that was never closed.
_LONGEST = 131_072
# A line of these alone is no row; a line of tabs is one, of missing values.
_BLANKS = b" "
_BLANK_LINE = re.compile(rb"^ *\n|\n *\n")
_FOOTER = 20
_JUDGED = 1_000_000


@dataclass(frozen=True)
class TextTable:
    """What a text holds: rows, how they were written, units by column, and notes."""

    frame: "pl.DataFrame"
    encoding: str
    shape: Shape
    decimals: Decimals
    units: dict[str, str]
    notes: list[Note]


def read_text(content: bytes, where: str) -> TextTable:
    """A table from text.

    Raises
    ------
    FileEmpty, HeaderOnly, NotATable, RowsUneven
        If there is no even table in it.
    """
    text = decoded(content, where)
    if not text.content or text.content.isspace():
        raise FileEmpty(where)
    try:
        found = _read(text.content, text.encoding, where)
    except csv.Error as wrong:
        raise NotATable(where, what=_too_long(text.content, str(wrong))) from wrong
    if text.damaged:
        found.notes.insert(0, note("encoding-damaged", count=text.damaged, encoding=text.encoding))
    if text.control:
        found.notes.insert(0, note("control-left-out", count=text.control))
    return found


def _read(content: bytes, encoding: str, where: str) -> TextTable:
    shape = shape_of(content)
    if not shape.separator:
        bare = _unquoted(content)
        if bare != content and shape_of(bare).separator:
            found = _read(bare, encoding, where)
            found.notes.insert(0, note("lines-unquoted"))
            return found
        _require_no_prose(content, shape, where)
    header = shape.header
    if max(header.width, len(header.names)) > MOST_COLUMNS:
        raise NotATable(where, what=too_many(max(header.width, len(header.names))))
    names, notes = named(header)
    rows = _below(content, header.skip)
    separator = shape.separator
    if separator in (BLANK, BLANKS):
        rows, separator = _blanks_as_tabs(rows, separator), "\t"
    rows, footer = _even(rows, separator or NOTHING, header, where)
    if not rows or rows.isspace():
        raise HeaderOnly(where)
    decimals = decimals_of(shape.fields, shape.separator)
    frame = _parsed(rows, separator or NOTHING, names, decimals, where)
    frame, mended = _mended(frame, header, decimals)
    if frame.is_empty():
        raise HeaderOnly(where)
    notes += [*header_notes(header, names), *footer, *mended]
    kept = [one for one in notes if one.where == "table" or one.where in frame.columns]
    units = {n: unit for n, unit in zip(names, header.units, strict=False) if unit and n in frame.columns}
    return TextTable(frame, encoding, shape, decimals, units, kept)


def _too_long(content: bytes, wrong: str) -> Text:
    """What to say of a text that the reader of fields gave up on: too many fields in its longest line, or one too long."""
    longest = max(_first_lines(content), key=len)
    fields = 1 + max(longest.count(one.encode()) for one in SEPARATORS)
    if fields > MOST_COLUMNS:
        return too_many(fields)
    if len(longest) > _LONGEST:
        size = f"{len(longest):,}"
        return Text(f"a line of {size} bytes that nothing divides", f"나눌 기호가 없는 {size}바이트짜리 줄")
    if "field limit" in wrong:
        return Text("a text with a quote that is never closed", "닫히지 않은 따옴표가 있는 텍스트")
    return Text(f"text that is no table ({wrong})", "표가 아닌 텍스트")


def _first_lines(content: bytes) -> list[bytes]:
    """The first lines, as many as begin in the part that the layout is judged by."""
    end = content.find(b"\n", _JUDGED)
    return content[: end if end >= 0 else len(content)].split(b"\n")


def too_many(fields: int) -> Text:
    """What to say of a table of more columns than are read."""
    return Text(
        f"a line of {fields:,} columns, more than the {MOST_COLUMNS:,} that a table may have",
        f"열이 {fields:,}개인 줄(표의 열은 {MOST_COLUMNS:,}개까지)",
    )


def _require_no_prose(content: bytes, shape: Shape, where: str) -> None:
    """Lines of several words each, that nothing divides, are prose."""
    lines = [line for line in content[:100_000].decode("utf-8", "ignore").split("\n") if line.strip()]
    words = sorted(len(line.split()) for line in lines)
    values = sum(is_value(field) for field in shape.fields)
    if len(lines) > 3 and words[len(words) // 2] > 3 and 2 * values < len(shape.fields):
        raise NotATable(where, what=Text("text that is no table", "표가 아닌 텍스트"))


def _unquoted(content: bytes) -> bytes:
    """Lines that are in quotes as a whole without them, as a spreadsheet leaves what it could not divide."""
    if b'"' not in content:
        return content
    return re.sub(rb'(?m)^"(.*)"$', lambda line: line.group(1).replace(b'""', b'"'), content)


def _below(content: bytes, lines: int) -> bytes:
    """What stands below so many lines."""
    begin = 0
    for _ in range(lines):
        end = content.find(b"\n", begin)
        if end < 0:
            return b""
        begin = end + 1
    return content[begin:] if begin else content


def _blanks_as_tabs(rows: bytes, separator: str) -> bytes:
    lines = rows.decode().split("\n")
    return "\n".join("\t".join(divided(line, separator)) for line in lines).encode()


def _even(rows: bytes, separator: str, header: Header, where: str) -> tuple[bytes, list[Note]]:
    """The rows without a footer, if all have as many fields as the others; raises `RowsUneven` if not."""
    wanted = header.width
    fits = {wanted, wanted - 1} if header.ends_empty else {wanted}
    uneven = _first_uneven(rows, separator, fits)
    if header.names and len(header.names) != wanted:
        raise RowsUneven(where, line=header.skip + 1, found=wanted, wanted=len(header.names))
    if uneven is None:
        return rows, []
    line, found, begin = uneven
    below = [one for one in rows[begin:].decode().split("\n") if one.strip()]
    if wanted > 2 and line > 1 and len(below) <= _FOOTER and all(_is_remark(one, separator) for one in below):
        return rows[:begin], [note("footer", lines=len(below), shown=shown(below))]
    raise RowsUneven(where, line=line + header.skip, found=found, wanted=wanted)


def _is_remark(line: str, separator: str) -> bool:
    fields = [field.strip() for field in line.split(separator)]
    told = [field for field in fields if field]
    return len(told) == 1 and not is_number(told[0])


def _first_uneven(rows: bytes, separator: str, wanted: set[int]) -> tuple[int, int, int] | None:
    """Line number, fields and first byte of the first line that is not blank and has another number of fields."""
    if b'"' in rows:
        return _first_uneven_quoted(rows, separator, wanted)
    letters = np.frombuffer(rows, dtype=np.uint8)
    ends = np.append(np.flatnonzero(letters == ord("\n")), len(letters))
    before = np.concatenate([[0], np.searchsorted(np.flatnonzero(letters == ord(separator)), ends)])
    fields = np.diff(before) + 1
    starts = np.concatenate([[0], ends[:-1] + 1])
    for line in np.flatnonzero(~np.isin(fields, list(wanted)) if len(wanted) > 1 else fields != max(wanted)):
        if rows[starts[line] : ends[line]].strip(b" \t" if fields[line] == 1 else b" "):
            return int(line) + 1, int(fields[line]), int(starts[line])
    return None


def _first_uneven_quoted(rows: bytes, separator: str, wanted: set[int]) -> tuple[int, int, int] | None:
    text = rows.decode()
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    before = 0
    for row in reader:
        if row and len(row) not in wanted and "".join(row).strip():
            begin = len(b"\n".join(rows.split(b"\n", before)[:before])) + bool(before)
            return reader.line_num, len(row), begin
        before = reader.line_num
    return None


def _parsed(
    rows: bytes, separator: str, names: Sequence[str], decimals: Decimals, where: str
) -> "pl.DataFrame":
    import polars as pl

    plain = _without_blank_lines(rows)
    try:
        return _scanned(plain, separator, names, decimal_comma=decimals.mark == "," and separator != ",")
    except pl.exceptions.NoDataError as none:
        raise HeaderOnly(where) from none
    except pl.exceptions.PolarsError as wrong:
        why = str(wrong).split("\n")[0][:90]  # one sentence, and no rows of the file in it
        raise NotATable(where, what=Text(f"text that is no table ({why})", "표가 아닌 텍스트")) from wrong


def _without_blank_lines(rows: bytes) -> bytes:
    """Lines that hold nothing left out, but for those within quotes."""
    rows = rows.rstrip(_BLANKS + b"\n")
    if b'"' in rows or not (b"\n\n" in rows or b"\n " in rows or rows.startswith((b"\n", b" "))):
        return rows
    if not _BLANK_LINE.search(rows):
        return rows
    return b"\n".join(line for line in rows.split(b"\n") if line.strip(_BLANKS))


def _scanned(rows: bytes, separator: str, names: Sequence[str], *, decimal_comma: bool) -> "pl.DataFrame":
    """Kinds of the columns by the first rows, by all of them only where a later row does not fit."""
    import polars as pl

    def scan(looked_at: int | None) -> pl.DataFrame:
        return pl.read_csv(
            io.BytesIO(rows),
            separator=separator,
            has_header=False,
            new_columns=list(names),
            infer_schema_length=looked_at,
            null_values=MISSING,
            decimal_comma=decimal_comma,
        )

    try:
        return scan(10_000)
    except pl.exceptions.ComputeError:
        return scan(None)


def _mended(frame: "pl.DataFrame", header: Header, decimals: Decimals) -> tuple["pl.DataFrame", list[Note]]:
    """Without what is no row or column, and with numbers as numbers."""
    import polars as pl

    tidied = tidy(frame)
    tidied, repeated = _without_repeated_headers(tidied, header)
    found, notes = numbered(tidied, decimals)
    numbers = any(one.dtype == pl.Float64 for one in frame.get_columns())
    if decimals.mark == "," and numbers and not notes:
        key = "decimal-comma-read" if decimals.sure else "decimal-comma-undecided"
        value = f"{float(decimals.example.replace(',', '.')):g}" if not decimals.sure else ""
        notes = [note(key, example=decimals.example, value=value)]
    return found, repeated + notes


def _without_repeated_headers(frame: "pl.DataFrame", header: Header) -> tuple["pl.DataFrame", list[Note]]:
    """Rows that say the header again, as a logger writes when it starts anew, left out; kinds are found again."""
    import polars as pl

    words = [column for column in frame.get_columns() if column.dtype == pl.String]
    if not header.names or not words or len(words) < frame.width:
        return frame, []
    names = dict(zip(frame.columns, header.names, strict=False))
    if not any(names.get(column.name, "").strip() for column in words):
        return frame, []
    again = frame.select(
        pl.all_horizontal(
            [
                pl.col(c.name).str.strip_chars() == names.get(c.name, "").strip()
                for c in words
                if names.get(c.name)
            ]
        )
    ).to_series()
    again = again.fill_null(value=False)
    if not again.any():
        return frame, []
    return frame.filter(~again), [note("header-repeated", lines=int(again.sum()))]


def tidy(frame: "pl.DataFrame") -> "pl.DataFrame":
    """Without columns that have neither name nor value, and without empty rows at the end.

    The former are what a separator at the end of each line leaves, the latter what a sheet leaves below its rows.
    """
    import polars as pl

    nameless = [
        name
        for name in frame.columns
        if name.startswith("column_") and frame.get_column(name).is_null().all()
    ]
    found = frame.drop(nameless) if len(nameless) < frame.width else frame
    if found.width == 1:
        return found
    filled = found.select(~pl.all_horizontal(pl.all().is_null())).to_series().arg_true()
    return found.head(0 if filled.is_empty() else int(filled[-1]) + 1)
