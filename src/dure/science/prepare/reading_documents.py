"""Documents as rows: Word (.docx, ECMA-376), Hangul (.hwpx, KS X 6101 OWPML) and PDF with text.

A document that is mainly one table is read as that table; any other gives one row a paragraph and one a table cell. The
XML is parsed as a stream, without a document type, without entities and to a bound, so that neither a packed bomb nor
one of XML takes the memory: python-docx, which reads a whole part at once, is not needed for this.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import IO, TYPE_CHECKING

from dure.science.prepare.reading_markup import Grid, Markup, Paragraph, Part, Unsafe
from dure.science.prepare.reading_refusals import (
    DocumentUnsafe,
    DocumentWithoutText,
    FileDamaged,
    FileEmpty,
    FileLocked,
    FileTooLarge,
    PartAbsent,
)
from dure.vocabulary import ExtraAbsent, Text

if TYPE_CHECKING:
    import polars as pl

# What a document may unpack to, and pages that are read. [bytes]
MOST_BYTES = 256 * 2**20
MOST_PAGES = 5_000
# A document is mainly a table if so much of its text stands in its largest one.
_MAINLY = 0.6
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Document:
    """A document's kind and what is in it: rows, or the table that it mainly is, as text with commas."""

    kind: str
    frame: "pl.DataFrame | None" = None
    table: bytes = b""


def document_kind(content: bytes, where: str) -> str:
    """`docx`, `hwpx` or `pdf`; empty for anything else.

    Raises
    ------
    FileLocked
        If it is an Office file under a password.

    Examples
    --------
    >>> document_kind(b"%PDF-1.7", "a"), document_kind(b"a;b", "a")
    ('pdf', '')
    """
    if content[:1024].lstrip(b"\xef\xbb\xbf\r\n \t").startswith(b"%PDF"):
        return "pdf"
    if content.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in content:
        raise FileLocked(where)
    if not content.startswith(b"PK\x03\x04"):
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return ""
    if "word/document.xml" in names:
        return "docx"
    return "hwpx" if "Contents/section0.xml" in names else ""


def read_document(content: bytes, where: str, kind: str, part: str = "") -> Document:
    """The document's rows, or the table that it mainly is.

    Parameters
    ----------
    kind
        As `document_kind` gave it.
    part
        `text` for the rows whatever the document mainly is, `table 2` for its second table.

    Raises
    ------
    FileLocked, FileDamaged, FileTooLarge, FileEmpty
        If it cannot be opened.
    DocumentUnsafe
        If its XML has a document type, entities, or nests without end.
    DocumentWithoutText
        If it holds pictures of pages only.
    PartAbsent
        If there is no such part.
    ExtraAbsent
        If it is a PDF and `pypdf` is not installed.
    """
    parts = _pdf_parts(content, where) if kind == "pdf" else _packed_parts(content, where, kind)
    if not any(one.characters for one in parts):
        raise DocumentWithoutText(where)
    table = _wanted(parts, where, part)
    if table is not None:
        return Document(kind, table=_as_text(table))
    return Document(kind, _frame(parts, PurePath(where.partition("#")[0]).name))


def _wanted(parts: list[Part], where: str, part: str) -> Grid | None:
    tables = [one for one in parts if isinstance(one, Grid)]
    if part == "text":
        return None
    if part:
        names = {f"table {number}": table for number, table in enumerate(tables, 1)}
        if part not in names:
            raise PartAbsent(where, part=part, parts=", ".join(["text", *names][:20]))
        return names[part]
    largest = max(tables, key=lambda one: one.characters, default=None)
    if largest is None or len(largest.rows) < 2 or largest.width < 2:
        return None
    return largest if largest.characters >= _MAINLY * sum(one.characters for one in parts) else None


def _as_text(table: Grid) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(
        [" ".join(cell.split()) for cell in row] for row in table.rows if any(cell.strip() for cell in row)
    )
    return written.getvalue().encode()


def _frame(parts: Iterable[Part], file: str) -> "pl.DataFrame":
    import polars as pl

    whole = pl.Int64
    schema = {"file": pl.String, "page": whole, "paragraph": whole, "table": whole, "row": whole, "column": whole, "text": pl.String}  # fmt: skip
    return pl.DataFrame(list(_rows(parts, file)), schema=schema, orient="row")


def _rows(parts: Iterable[Part], file: str) -> Iterator[tuple[str | int | None, ...]]:
    paragraph = table = 0
    for one in parts:
        if isinstance(one, Paragraph):
            paragraph += 1
            yield file, one.page, paragraph, None, None, None, one.text
            continue
        table += 1
        for row, cells in enumerate(one.rows, 1):
            for column, text in enumerate(cells, 1):
                if text.strip():
                    yield file, None, None, table, row, column, text


@dataclass
class _Bound:
    """What may still be unpacked [bytes]."""

    where: str
    left: int = field(default=MOST_BYTES)

    def take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise FileTooLarge(self.where, limit=MOST_BYTES / 2**30)


def _packed_parts(content: bytes, where: str, kind: str) -> list[Part]:
    """Paragraphs and tables of a packed document, in order."""
    markup = Markup()
    bound = _Bound(where)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _require_open(archive, where)
            sections = _sections(archive, kind)
            # a member never gives more than it declares
            _Bound(where).take(sum(archive.getinfo(name).file_size for name in sections))
            for name in sections:
                with archive.open(name) as packed:
                    markup.feed(_chunks(packed, bound))
    except Unsafe as unsafe:
        raise DocumentUnsafe(where, why=unsafe.why) from unsafe
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as broken:
        raise FileDamaged(where, kind=kind) from broken
    return markup.parts


def _require_open(archive: zipfile.ZipFile, where: str) -> None:
    if any(one.flag_bits & 1 for one in archive.infolist()):
        raise FileLocked(where)
    if "META-INF/manifest.xml" in archive.namelist():
        with archive.open("META-INF/manifest.xml") as manifest:
            if b"encryption-data" in manifest.read(2**20):
                raise FileLocked(where)


def _sections(archive: zipfile.ZipFile, kind: str) -> list[str]:
    if kind == "docx":
        return ["word/document.xml"]
    names = [
        name for name in archive.namelist() if name.startswith("Contents/section") and name.endswith(".xml")
    ]
    return sorted(names, key=lambda name: (len(name), name))


def _chunks(packed: IO[bytes], bound: _Bound) -> Iterator[bytes]:
    while chunk := packed.read(65_536):
        bound.take(len(chunk))
        yield chunk


def _pdf_parts(content: bytes, where: str) -> list[Part]:
    """The paragraphs of each page of a PDF."""
    try:
        import pypdf
    except ImportError as absent:
        raise ExtraAbsent(where, library="pypdf", extra="media") from absent
    import logging

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    if len(content) > MOST_BYTES:
        raise FileTooLarge(where, limit=MOST_BYTES / 2**30)
    try:
        book = pypdf.PdfReader(io.BytesIO(content))
        locked = book.is_encrypted and not book.decrypt("")
        pages = [] if locked else book.pages[:MOST_PAGES]
        parts = [
            one for number, page in enumerate(pages, 1) for one in _paragraphs(page.extract_text(), number)
        ]
    except pypdf.errors.DependencyError as locked_too:
        raise FileLocked(where) from locked_too
    except Exception as broken:
        raise FileDamaged(where, kind="PDF") from broken
    if locked:
        raise FileLocked(where)
    if not len(pages):
        raise FileEmpty(where)
    return list(parts)


def _paragraphs(text: str, page: int) -> Iterator[Paragraph]:
    """Lines of a page, those of one paragraph together where blank lines part them."""
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.strip():
            lines.append(" ".join(line.split()))
        elif lines:
            yield Paragraph(" ".join(lines), page)
            lines = []


OLD_HANGUL = Text(
    "an old Hangul document (.hwp); save it as .hwpx", "예전 한글 문서(.hwp)이니 .hwpx로 저장해 주세요"
)
