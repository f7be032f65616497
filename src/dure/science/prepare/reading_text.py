"""Tables written as text: encoding, separator and header are found from the content."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dure.science.prepare.reading_refusals import FileEmpty, HeaderOnly, HeaderTwice, NotATable, RowsUneven
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

# Spreadsheets' and loggers' words for "no value". `None` and `-` may be categories and stay.
MISSING = [
    "",
    "NA",
    "N/A",
    "NaN",
    "nan",
    "NAN",
    "null",
    "NULL",
    "#N/A",
    "#NA",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "1.#QNAN",
    "-nan",
]
# In order of preference where several divide the lines evenly: a comma may be a decimal mark, a space part of a time.
SEPARATORS = (";", "\t", "|", ",")
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?|[-+]?(nan|inf)", re.IGNORECASE)
_TIME = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}([ T].*)?|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")
_LOOKED_AT = 200
# A line of these alone is no row; a line of tabs is one, of missing values.
_BLANKS = " \r"
_BLANK_LINE = re.compile(r"^[ \r]*\n|\n[ \r]*\n")
# Control characters that no text table holds.
_CONTROL = bytes([*range(9), *range(14, 27), *range(28, 32)])


@dataclass(frozen=True, slots=True)
class TextLayout:
    """How a text table is written: `separator` is a space for any run of blanks."""

    encoding: str
    separator: str
    header: bool


def decode(content: bytes, where: str) -> tuple[str, str]:
    """The text, and the encoding it is in: UTF-8, UTF-16 with mark, CP949, else Latin-1.

    Raises
    ------
    NotATable
        If the bytes are no text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strictly(content, "utf-16", where)
    if len(content.translate(None, _CONTROL)) < len(content):
        raise NotATable(where, what=Text("binary data", "이진 데이터"))
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8-sig" or _is_korean(text):
            return text, encoding.removesuffix("-sig")
    return content.decode("latin-1"), "latin-1"


def _is_korean(text: str) -> bool:
    """Whether CP949 made words people write: `°C` and `µm` of a Latin-1 file come out as syllables of no word.

    Those lie in CP949's extension alone; real text has syllables of KS X 1001, both of whose bytes are from A1 up.
    """
    return any(min(sign.encode("cp949")) >= 0xA1 for sign in set(text) if not sign.isascii())


def _strictly(content: bytes, encoding: str, where: str) -> tuple[str, str]:
    try:
        return content.decode(encoding), encoding
    except UnicodeDecodeError as wrong:
        raise NotATable(where, what=Text("binary data", "이진 데이터")) from wrong


def separator_of(text: str) -> str:
    r"""What divides the fields, judged by which sign divides the first lines evenly; empty for a single column.

    >>> separator_of("a;b\n1,5;2,5\n"), separator_of("  1.0   2.0\n 3.0 4.0\n"), separator_of("x\n1\n")
    (';', ' ', '')
    """
    lines = _first_lines(text)
    best = max(SEPARATORS, key=lambda sign: (_evenness(lines, sign), -SEPARATORS.index(sign)))
    if _evenness(lines, best) > 0.5 or (_evenness(lines, best) > 0 and not _blank_divided(lines)):
        return best
    return " " if _blank_divided(lines) else ""


def is_even(text: str) -> bool:
    """Whether nearly every line has the same number of fields, at least two: a table and no prose."""
    lines = _first_lines(text)
    return bool(lines) and (_blank_divided(lines) or any(_evenness(lines, sign) > 0.9 for sign in SEPARATORS))


def _first_lines(text: str) -> list[str]:
    """Lines to judge by, the last of them left out where it may be cut."""
    lines = [line for line in text[:1_000_000].splitlines()[:_LOOKED_AT] if line.strip()]
    return lines[:-1] or lines if len(lines) == _LOOKED_AT or len(text) > 1_000_000 else lines


def _evenness(lines: list[str], sign: str) -> float:
    """Share of lines with the commonest number of fields, 0 if that number is one."""
    counts = Counter(len(row) for row in csv.reader(lines, delimiter=sign))
    fields, times = max(counts.items(), key=lambda one: (one[1], one[0]))
    return times / sum(counts.values()) if fields > 1 else 0.0


def _blank_divided(lines: list[str]) -> bool:
    rows = [line.split() for line in lines]
    widths = Counter(len(row) for row in rows)
    width, times = widths.most_common(1)[0]
    numbers = [field for row in rows[1:] or rows for field in row]
    numeric = sum(_NUMBER.fullmatch(field) is not None for field in numbers)
    return width > 1 and times / len(rows) > 0.9 and numeric > 0.5 * len(numbers)


def read_text(content: bytes, where: str) -> tuple["pl.DataFrame", TextLayout]:
    """A table from text.

    Raises
    ------
    FileEmpty, HeaderOnly, NotATable, RowsUneven, HeaderTwice
        If there is no even table in it.
    """
    text, encoding = decode(content, where)
    if not text.strip():
        raise FileEmpty(where)
    try:
        return _read(text, encoding, where)
    except csv.Error as wrong:
        raise NotATable(where, what=Text(f"text that is no table ({wrong})", "표가 아닌 텍스트")) from wrong


def _read(text: str, encoding: str, where: str) -> tuple["pl.DataFrame", TextLayout]:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    separator = separator_of(text)
    if separator == " ":
        text = "\n".join(",".join(line.split()) for line in text.splitlines())
    divided = "," if separator in (" ", "") else separator
    first = next(csv.reader((line for line in io.StringIO(text) if line.strip()), delimiter=divided))
    header = not all(_is_value(field.strip()) for field in first)
    _require_even(text, divided, len(first), where)
    names = _names(first, where) if header else [f"column_{place}" for place in range(1, len(first) + 1)]
    frame = _parse(text, divided, names, header=header, where=where)
    if frame.is_empty():
        raise HeaderOnly(where)
    return frame, TextLayout(encoding, separator, header)


def _is_value(field: str) -> bool:
    """Whether a field of the first line is a number, a time or nothing: what no header holds."""
    return not field or bool(_NUMBER.fullmatch(field) or _TIME.fullmatch(field))


def _names(first: list[str], where: str) -> list[str]:
    """Header names as written, a nameless one by its place; a trailing space stays, for it tells files apart."""
    names = [name if name.strip() else f"column_{place}" for place, name in enumerate(first, 1)]
    twice = next((name for name, times in Counter(names).items() if times > 1), None)
    if twice is not None:
        raise HeaderTwice(where, column=twice)
    return names


def _require_even(text: str, separator: str, wanted: int, where: str) -> None:
    if '"' in text:
        reader = csv.reader(io.StringIO(text), delimiter=separator)
        for row in reader:
            if row and len(row) != wanted and "".join(row).strip():
                raise RowsUneven(where, line=reader.line_num, found=len(row), wanted=wanted)
        return
    uneven = _first_uneven(text.encode(), separator.encode(), wanted)
    if uneven is not None:
        raise RowsUneven(where, line=uneven[0], found=uneven[1], wanted=wanted)


def _first_uneven(content: bytes, separator: bytes, wanted: int) -> tuple[int, int] | None:
    """Line number and fields of the first line that is not blank and has another number of fields."""
    letters = np.frombuffer(content + b"\n", dtype=np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    before = np.concatenate([[0], np.searchsorted(np.flatnonzero(letters == separator[0]), ends)])
    fields = np.diff(before) + 1
    starts = np.concatenate([[0], ends[:-1] + 1])
    for line in np.flatnonzero(fields != wanted):
        if content[starts[line] : ends[line]].strip():
            return int(line) + 1, int(fields[line])
    return None


def _parse(text: str, separator: str, names: list[str], *, header: bool, where: str) -> "pl.DataFrame":
    import polars as pl

    rows = _without_blank_lines(text).encode()
    try:
        return _tidy(_scanned(rows, separator, names, header=header))
    except pl.exceptions.NoDataError as none:
        raise HeaderOnly(where) from none
    except pl.exceptions.PolarsError as wrong:
        why = str(wrong).split("\n")[0][:90]  # one sentence, and no rows of the file in it
        raise NotATable(where, what=Text(f"text that is no table ({why})", "표가 아닌 텍스트")) from wrong


def _without_blank_lines(text: str) -> str:
    """Lines that hold nothing left out, but for those within quotes."""
    text = text.rstrip(f"{_BLANKS}\n")
    if '"' in text or not _BLANK_LINE.search(text):
        return text
    return "\n".join(line for line in text.splitlines() if line.strip(_BLANKS))


def _scanned(rows: bytes, separator: str, names: list[str], *, header: bool) -> "pl.DataFrame":
    """Kinds of the columns by the first rows, by all of them only where a later row does not fit."""
    import polars as pl

    def scan(looked_at: int | None) -> pl.DataFrame:
        return pl.read_csv(
            io.BytesIO(rows),
            separator=separator,
            has_header=False,
            skip_rows=1 if header else 0,
            new_columns=names,
            infer_schema_length=looked_at,
            null_values=MISSING,
        )

    try:
        return scan(10_000)
    except pl.exceptions.ComputeError:
        return scan(None)


def _tidy(frame: "pl.DataFrame") -> "pl.DataFrame":
    """Without columns that have neither name nor value, and without empty rows at the end.

    The former are what a separator at the end of each line leaves, the latter what a sheet leaves below its rows.
    """
    import polars as pl

    nameless = [
        name
        for name in frame.columns
        if name.startswith("column_") and frame.get_column(name).is_null().all()
    ]
    tidy = frame.drop(nameless) if len(nameless) < frame.width else frame
    if tidy.width == 1:
        return tidy
    filled = tidy.select(~pl.all_horizontal(pl.all().is_null())).to_series().arg_true()
    return tidy.head(0 if filled.is_empty() else int(filled[-1]) + 1)
