"""Read tables by content, not by ending: files, folders, patterns and a node's signals, stacked by column name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dure.science.prepare.reading_columns import as_columns
from dure.science.prepare.reading_disk import files_below, told_plainly
from dure.science.prepare.reading_documents import document_kind, read_document
from dure.science.prepare.reading_encoding import decoded
from dure.science.prepare.reading_files import format_of, read_parquet, unpacked
from dure.science.prepare.reading_json import read_json
from dure.science.prepare.reading_layout import is_even
from dure.science.prepare.reading_matlab import is_matlab, records_in
from dure.science.prepare.reading_media import media_in
from dure.science.prepare.reading_names import mended
from dure.science.prepare.reading_notes import Note, note
from dure.science.prepare.reading_refusals import FileAbsent, NothingToRead, SignalsUnavailable
from dure.science.prepare.reading_sheets import read_excel
from dure.science.prepare.reading_signals import lent
from dure.science.prepare.reading_stacking import SAME, aligned, stack
from dure.science.prepare.reading_table import Layout, Table
from dure.science.prepare.reading_text import read_text
from dure.science.prepare.reading_transposed import looks_transposed
from dure.science.prepare.reading_vendors import vendor_of
from dure.science.prepare.spreading import each
from dure.science.quality import unit_in
from dure.vocabulary import FileProblem

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Layout", "Note", "SignalReader", "Table", "read", "read_each", "stack"]

_TABLE_ENDINGS = re.compile(
    r"\.(csv|tsv|dat|xlsx|xlsm|xls|ods|parquet|pq|jsonl|ndjson)(\.(gz|bz2|xz|zip))?$", re.IGNORECASE
)
_SIGNAL = "signal:"


class SignalReader(Protocol):
    """How a node gives its signals to a reader that knows nothing of nodes."""

    def __call__(self, names: Sequence[str]) -> "pl.DataFrame":
        """One row a time: a column `time` and one column a signal."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A file, and the sheet or packed file meant in it."""

    path: Path
    part: str = ""

    def __str__(self) -> str:
        return f"{self.path}#{self.part}" if self.part else str(self.path)


def read(sources: Sequence[str | Path], signals: SignalReader | None = None, *, columns: str = SAME) -> Table:
    """One table of all sources, the rows of each after the other, columns matched by name.

    Parameters
    ----------
    sources
        Files (text with any separator, JSON, Parquet, Excel, each also packed), folders, patterns, `signal:` names;
        `file.xlsx#Sheet` and `archive.zip#file.csv` name a part.
    signals
        Gives the signals; without it `signal:` names are refused.
    columns
        What if columns differ between files: `same` refuses, `common` keeps those all have, `all` keeps every one.

    Raises
    ------
    FileProblem
        A leaf of it: what cannot be read, where, and what to do (see `reading_refusals`).
    """
    return stack(read_each(sources, signals), columns)


@told_plainly()
def read_each(sources: Sequence[str | Path], signals: SignalReader | None = None) -> list[Table]:
    """One table a file, in the natural order of their names, each called and turned as its neighbours; raises as `read`."""
    names = [str(source)[len(_SIGNAL) :] for source in sources if str(source).startswith(_SIGNAL)]
    tables = [_read_signals(names, signals)] if names else []
    rest = [str(source) for source in sources if not str(source).startswith(_SIGNAL)]
    media, rest = media_in(rest)
    files = [place for source in rest for place in _places(source)]
    return [*tables, *media, *aligned(each(_read_file, files, "read"))]


def _read_signals(names: Sequence[str], signals: SignalReader | None) -> Table:
    signals = signals or lent()
    if signals is None:
        raise SignalsUnavailable(f"{_SIGNAL}{names[0]}")
    frame = signals(names)
    return Table(frame, tuple(f"{_SIGNAL}{name}" for name in names), (len(frame),), (Layout("signal"),))


def _places(source: str) -> Iterator[_Place]:
    path = Path(source).expanduser()
    if path.is_dir():
        yield from map(_Place, _tables_in(path))
    elif path.exists():
        yield _Place(path)
    elif has_magic(source):
        yield from map(_Place, _matching(source, path))
    else:
        whole, _, part = source.rpartition("#")
        if not whole or not Path(whole).expanduser().is_file():
            raise FileAbsent(source)
        yield _Place(Path(whole).expanduser(), part)


def _matching(source: str, path: Path) -> list[Path]:
    found = sorted(glob(str(path), recursive=True), key=natural)  # noqa: PTH207 - Path.glob takes no absolute pattern
    files = [Path(one) for one in found if Path(one).is_file()]
    if not files:
        raise NothingToRead(source)
    return files


def _tables_in(folder: Path) -> list[Path]:
    files = sorted(files_below(folder), key=lambda path: natural(str(path)))
    shown = [
        path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    found = [path for path in shown if _may_be_a_table(path)]
    if not found:
        raise NothingToRead(str(folder))
    return found


def natural(name: str) -> list[tuple[int, str]]:
    """Order in which `2.csv` comes before `10.csv`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _may_be_a_table(path: Path) -> bool:
    """In a folder, notes and pictures beside the tables are passed over; a broken table is not."""
    if _TABLE_ENDINGS.search(path.name):
        return True
    try:
        content = unpacked(path)
        if vendor_of(content) is not None:
            return True
        if format_of(content, str(path)) != "text":
            return content.startswith(b"PAR1")
        return path.suffix != ".md" and is_even(decoded(content[:100_000], str(path)).text)
    except FileProblem:
        return False


def _read_file(place: _Place) -> Table:
    where = str(place)
    content = unpacked(place.path, place.part)
    frame, layout, notes, units = _parsed(content, where, place.part)
    frame, decided, orders = as_columns(frame, where)
    table = Table(frame, (where,), (len(frame),), (layout,), (*notes, *decided), _codes(frame, units), orders)
    return looks_transposed(table)


def _parsed(
    content: bytes, where: str, part: str
) -> tuple["pl.DataFrame", Layout, list[Note], dict[str, str]]:
    """The rows as they are written, how that is, what was mended, and units by column."""
    vendor = vendor_of(content)
    if vendor is not None:
        made = vendor.read(content, where)
        return made.frame, Layout(vendor.name), vendor.notes(made), dict(made.units)
    if is_matlab(content) and (records := records_in(content, where)) is not None:
        return records, Layout("matlab"), [], {}
    kind = format_of(content, where)
    if kind == "parquet":
        frame = read_parquet(content, where)
        names, notes = mended(frame.columns)
        return frame.rename(dict(zip(frame.columns, names, strict=True))), Layout("parquet"), notes, {}
    if kind == "document":
        return _document(content, where, part)
    if kind == "excel":
        sheet = read_excel(content, where, part)
        layout = Layout("excel", header=bool(sheet.header), sheet=sheet.name, header_line=sheet.header)
        return sheet.frame, layout, sheet.notes, sheet.units
    return (*_json(content, where), {}) if kind == "json" else _text(content, where)


def _text(content: bytes, where: str) -> tuple["pl.DataFrame", Layout, list[Note], dict[str, str]]:
    text = read_text(content, where)
    line, separator = text.shape.header.line, text.shape.separator
    layout = Layout("text", text.encoding, separator, line > 0, "", line, text.decimals.mark)
    return text.frame, layout, text.notes, text.units


def _document(
    content: bytes, where: str, part: str
) -> tuple["pl.DataFrame", Layout, list[Note], dict[str, str]]:
    """The paragraphs of a document, or the table that it mainly is."""
    kind = document_kind(content, where)
    document = read_document(content, where, kind, part)
    if document.frame is not None:
        return document.frame, Layout(kind), [note("document-rows")], {}
    frame, layout, notes, units = _text(document.table, where)
    return (
        frame,
        replace(layout, format=kind, encoding="", separator=""),
        [*notes, note("document-table")],
        units,
    )


def _json(content: bytes, where: str) -> tuple["pl.DataFrame", Layout, list[Note]]:
    frame, notes = read_json(content, where)
    return frame, Layout("json"), notes


def _codes(frame: "pl.DataFrame", written: dict[str, str]) -> dict[str, str]:
    """UCUM codes of the units that lines of units and headers of numbers name."""
    found = {name: unit_in(f"x [{unit}]") for name, unit in written.items()}
    headers = {name: unit_in(name) for name, kind in frame.schema.items() if kind.is_numeric()}
    return {name: unit for name, unit in {**headers, **found}.items() if unit}
