"""A sheet as a file: a workbook whose formulas Excel reckons itself where it can, CSV, Parquet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dure.plant.studio.refusals import TooLarge
from dure.plant.studio.settling import plain_text
from dure.plant.studio.typed import kind_of
from dure.science.formula import FUNCTIONS, parse
from dure.vocabulary import DureError, Text

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS = 1_048_575
MOST_CELLS = 6_000_000
EXCEL = frozenset(
    [
        "ABS",
        "ACOS",
        "AND",
        "ASIN",
        "ATAN",
        "COS",
        "EXP",
        "EXACT",
        "FIND",
        "IF",
        "IFERROR",
        "INT",
        "LEFT",
        "LEN",
        "LN",
        "LOG10",
        "LOWER",
        "MAX",
        "MID",
        "MIN",
        "MOD",
        "NOT",
        "OR",
        "PI",
        "POWER",
        "RIGHT",
        "ROUND",
        "ROUNDDOWN",
        "ROUNDUP",
        "SEARCH",
        "SIGN",
        "SIN",
        "SQRT",
        "SUBSTITUTE",
        "SUM",
        "TAN",
        "TANH",
        "UPPER",
        "AVERAGE",
        "MEDIAN",
        "STDEV",
        "STDEVP",
        "VAR",
    ]
)
"""Functions that mean the same in Excel, whatever version, where no cell is empty."""
KINDS = ("xlsx", "csv", "parquet")
_NUMBER = {"number": "General", "time": "yyyy-mm-dd hh:mm:ss"}


def for_excel(text: str, columns: Mapping[str, str], missing: Sequence[str]) -> str:
    """A column's formula with Excel's structured references; empty where Excel would not say the same.

    Parameters
    ----------
    text
        The formula.
    columns
        Header in the workbook by column.
    missing
        Columns with empty cells: Excel takes those as 0, we as missing.

    >>> for_excel("=IF([temp]>80, [a b]*2, 0)", {"temp": "temp", "a b": "a b"}, [])
    '=IF([@temp]>80, [@[a b]]*2, 0)'
    >>> for_excel("=ROLLMEAN([temp], 5)", {"temp": "temp"}, []), for_excel("=[temp]+1", {"temp": "temp"}, ["temp"])
    ('', '')
    """
    import re

    try:
        read = parse(plain_text(text), FUNCTIONS)
    except DureError:
        return ""
    statistics = {call.name for call in read.whole_columns}
    if (
        not set(read.functions) <= EXCEL
        or set(missing) & set(read.columns)
        or not set(read.columns) <= set(columns)
    ):
        return ""
    if statistics and (
        statistics - {"AVERAGE", "MEDIAN", "MIN", "MAX", "SUM", "STDEV", "STDEVP", "VAR"}
        or not _lone(read.text)
    ):
        return ""
    pieces = re.split(r'("(?:[^"]|"")*"|\[(?:[^\]]|\]\])+\](?!\]))', read.text)
    made = "".join(
        _reference(piece, columns, whole=bool(statistics))
        if piece.startswith("[")
        else piece.replace(";", ",")
        for piece in pieces
    )
    return made if len(made) <= 8_000 else ""


def _lone(text: str) -> bool:
    """Whether a statistic of a whole column is all there is, so that every reference means the column."""
    import re

    return re.fullmatch(r"=\s*[A-Za-z]+\(\s*\[(?:[^\]]|\]\])+\]\s*\)", text) is not None


def _reference(piece: str, columns: Mapping[str, str], *, whole: bool) -> str:
    name = columns[piece[1:-1].replace("[[", "[").replace("]]", "]")]
    escaped = "".join(f"'{sign}" if sign in "[]#'@" else sign for sign in name)
    if whole:
        return f"Sheet[{escaped}]"
    return f"[@[{escaped}]]" if not name.isidentifier() else f"[@{name}]"


def write(  # noqa: PLR0913 - what is written, where, and how
    frame: "pl.DataFrame",
    out: Path,
    kind: str,
    formulas: Mapping[str, str],
    about: Sequence[tuple[str, str]] = (),
    *,
    defused: bool = True,
) -> None:
    """Write the table to `out` as `kind`; `formulas` by column, `about` the lines of the second worksheet.

    `defused` puts an apostrophe before texts of a csv that a spreadsheet would take for a formula.

    Raises
    ------
    TooLarge
        If a worksheet cannot hold it.
    """
    if kind == "parquet":
        frame.write_parquet(out)
    elif kind == "csv":
        _csv(defuse(frame) if defused else frame, out)
    else:
        _workbook(frame, out, formulas, about)


def defuse(frame: "pl.DataFrame") -> "pl.DataFrame":
    """Texts and headers that begin with = + - @, a tab or a return, with an apostrophe before them (OWASP, CSV injection).

    A number written as text stays as it is.

    >>> import polars as pl
    >>> defuse(pl.DataFrame({"note": ["=1+1", "-5", "ok", None]}))["note"].to_list()
    ["'=1+1", '-5', 'ok', None]
    """
    import polars as pl

    risky, number = r"^[=+\-@\t\r]", r"^[+-]?\d*[.,]?\d+(?:[eE][+-]?\d+)?$"
    words = [name for name, dtype in frame.schema.items() if dtype in (pl.String, pl.Categorical, pl.Enum)]
    texts = {name: pl.col(name).cast(pl.String) for name in words}
    made = frame.with_columns(
        pl.when(text.str.contains(risky) & ~text.str.contains(number))
        .then("'" + text)
        .otherwise(text)
        .alias(name)
        for name, text in texts.items()
    )
    return made.rename({name: f"'{name}" for name in frame.columns if name[:1] in set("=+-@\t\r")})


def _csv(frame: "pl.DataFrame", out: Path) -> None:
    import polars.selectors as cs

    day = "%Y-%m-%d %H:%M:%S%.f"
    plain = frame.with_columns(
        cs.datetime(time_zone=None).dt.to_string(day), cs.datetime(time_zone="*").dt.to_string(f"{day}%:z")
    )
    plain.write_csv(out, include_bom=True)


def _workbook(
    frame: "pl.DataFrame", out: Path, formulas: Mapping[str, str], about: Sequence[tuple[str, str]]
) -> None:
    import xlsxwriter

    if frame.height > MOST_ROWS or frame.height * max(1, frame.width) > MOST_CELLS:
        raise TooLarge("xlsx", count=f"{frame.height * frame.width:,}", most=f"{MOST_CELLS:,}")
    headers = _headers(frame.columns)
    missing = [name for name in frame.columns if frame.get_column(name).null_count()]
    settings = {
        "constant_memory": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": True,
        "remove_timezone": True,
    }
    book = xlsxwriter.Workbook(str(out), settings)
    try:
        sheet = book.add_worksheet("Sheet")
        written = {
            name: for_excel(text, headers, missing)
            for name, text in formulas.items()
            if name in frame.columns
        }
        _cells(book, sheet, frame, headers, written)
        _notes(sheet, frame, formulas, written)
        _about(book, [*about, *_told(formulas, written)])
    finally:
        book.close()


def _headers(columns: Sequence[str]) -> dict[str, str]:
    """Headers of an Excel table, which are all different whatever their case."""
    seen: dict[str, int] = {}
    found = {}
    for name in columns:
        plain = " ".join(name.split())[:250] or "Column"
        count = seen[plain.lower()] = seen.get(plain.lower(), 0) + 1
        found[name] = plain if count == 1 else f"{plain} ({count})"
    return found


def _cells(
    book: Any, sheet: Any, frame: "pl.DataFrame", headers: Mapping[str, str], written: Mapping[str, str]
) -> None:
    time = book.add_format({"num_format": _NUMBER["time"]})
    specs = []
    for at, name in enumerate(frame.columns):
        column = frame.get_column(name)
        isa_time = kind_of(column.dtype) == "time"
        spec: dict[str, Any] = {"header": headers[name]}
        if isa_time:
            spec["format"] = time
        specs.append(spec)
        values = _plain(column)
        sheet.set_column(at, at, 20 if isa_time else max(10, min(40, len(name) + 4)))
        for row, value in enumerate(values, start=1):
            _put(sheet, row, at, value, time if isa_time else None)
    last = max(1, frame.height)
    sheet.add_table(
        0, 0, last, frame.width - 1, {"name": "Sheet", "columns": specs, "style": "Table Style Light 1"}
    )
    for at, name in enumerate(frame.columns):
        if text := written.get(name):
            _formula(sheet, at, text, _plain(frame.get_column(name)))
    sheet.freeze_panes(1, 0)


def _formula(sheet: Any, at: int, text: str, values: Sequence[Any]) -> None:
    """The formula in each row of its column with the value that we reckoned, so that a reader without Excel sees it."""
    long = _long(text)
    for row, value in enumerate(values, start=1):
        sheet.write_formula(row, at, long, None, "" if value is None else value)


def _long(text: str) -> str:
    """Structured references as files hold them: `Sheet[[#This Row],[temp]]` for `[@temp]`."""
    import re

    made = re.sub(r"\[@\[((?:'.|[^\]'])*)\]\]", r"Sheet[[#This Row],[\1]]", text)
    return re.sub(r"\[@([^\[\]]+)\]", r"Sheet[[#This Row],[\1]]", made)


def _plain(column: "pl.Series") -> list[Any]:
    import polars as pl

    if isinstance(column.dtype, pl.Datetime):
        zone = column.dtype.time_zone
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zone else column
        return column.cast(pl.Datetime("ms")).to_list()
    if column.dtype == pl.Duration:
        return (column.dt.total_nanoseconds() / 1e9).to_list()
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object, pl.Decimal):
        return [None if one is None else str(one)[:32_767] for one in column.to_list()]
    return column.to_list()


def _put(sheet: Any, row: int, at: int, value: Any, style: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value)
    elif isinstance(value, int) and abs(value) > 2**53:
        sheet.write_string(row, at, str(value))
    elif isinstance(value, (int, float)):
        sheet.write_number(row, at, value)
    elif isinstance(value, str):
        sheet.write_string(row, at, value[:32_767])
    elif isinstance(value, datetime) and value.year < 1900:
        sheet.write_string(row, at, value.isoformat(sep=" "))
    else:
        sheet.write_datetime(row, at, value, style)


def _notes(
    sheet: Any, frame: "pl.DataFrame", formulas: Mapping[str, str], written: Mapping[str, str]
) -> None:
    for at, name in enumerate(frame.columns):
        if name in formulas and not written.get(name):
            said = Text("Values; reckoned by dure as", "값만 있습니다. dure에서 계산한 수식")
            sheet.write_comment(0, at, f"{said}: {formulas[name]}"[:2_000])


def _about(book: Any, lines: Sequence[tuple[str, str]]) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 100)
    for row, (name, value) in enumerate(lines):
        sheet.write_string(row, 0, name[:32_767])
        sheet.write_string(row, 1, value[:32_767])


def _told(formulas: Mapping[str, str], written: Mapping[str, str]) -> list[tuple[str, str]]:
    value, formula = Text("values", "값"), Text("formula", "수식")
    return [(f"{name} ({formula if written.get(name) else value})", text) for name, text in formulas.items()]
