"""The rows of a file: texts piece by piece from where they were read to, everything else as a whole."""

import re
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from dure.plant.connect.file.orders import Orders, orders_of
from dure.plant.connect.file.readings import time_column
from dure.plant.connect.file.strays import without_strays
from dure.vocabulary import DureError, InputError, Text

if TYPE_CHECKING:
    import polars as pl

CONTEXT = 64 * 1024  # bytes from the beginning that tell how a text is laid out
BEGINS = b"LabVIEW Measurement"
PIECE = 16 * 2**20  # bytes of a text that are read at once
_PACKED = (
    b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1", b"\x00\x01\x00\x00Standard ",
)  # fmt: skip
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*[\{\[])")


class FileUnread(InputError):
    """A file in a watched place that is no table, or none yet."""

    key = "file-unread"
    says = Text("{where} is not read: {why}.", "{where} 파일을 읽지 않았습니다: {why}.")
    remedy = Text("It is looked at again when it changes.", "파일이 바뀌면 다시 확인합니다.")


@dataclass(frozen=True)
class Rows:
    """Rows of a file, the units of its columns (UCUM) and what was decided of its dates; `end` is the byte behind them in a text."""

    frame: "pl.DataFrame"
    units: Mapping[str, str] = field(default_factory=dict)
    end: int = 0
    orders: Orders = field(default_factory=Orders)


def in_pieces(path: Path, encoding: str) -> bool:
    """Whether a file is a text whose lines can be read as they come: neither packed, nor JSON, nor of two-byte signs."""
    with path.open("rb") as file:
        head = file.read(4096)
    if encoding == "utf-16" or head.startswith((*_PACKED, *_WIDE, BEGINS, b"\xef\xbb\xbf" + BEGINS)):
        return False
    return not _JSON.match(head) and (b"\n" in head or b"\r" not in head)


def whole(path: Path, zone: tzinfo, *, sheet: str = "", encoding: str = "auto", ended: bool = True) -> Rows:
    """All rows of a file; of an LVM that has not `ended` without a last line that has no end yet.

    Raises
    ------
    FileUnread
    """
    with path.open("rb") as file:
        head = file.read(len(BEGINS) + 2)
    if _is_lvm(path, head):
        return _lvm(path, zone, ended=ended)
    if encoding not in ("auto", "utf-16") and not head.startswith((*_PACKED, *_WIDE)):
        return _parsed(_recoded(path.read_bytes(), encoding), path)
    return _read(f"{path}#{sheet}" if sheet else path, path)


def piece(
    path: Path, begin: int, end: int, *, encoding: str = "auto", ended: bool = False
) -> tuple[Rows, int]:
    """Rows of a text between two bytes, whole lines only unless it has `ended`; and how many rows lie before them.

    `begin` is the end of a line. Header, separator, encoding and order of dates are told by the beginning of the
    file, which is therefore read with every piece.

    Raises
    ------
    FileUnread
    """
    with path.open("rb") as file:
        context = _lines(file.read(min(begin, CONTEXT)))
        file.seek(max(len(context), begin))
        added = file.read(min(end, max(begin, len(context)) + PIECE) - file.tell())
    if not ended or len(added) >= PIECE:
        added = _lines(added)
    if not added:
        import polars as pl

        return Rows(pl.DataFrame(), {}, begin), 0
    before = _count(context, path, encoding) if context else 0
    added = _steady(context, added) if encoding == "auto" else added
    rows = _parsed(_recoded(context + added, encoding), path)
    return replace(rows, end=max(begin, len(context)) + len(added)), before


def content_of(frame: "pl.DataFrame", rows: int) -> int:
    """CRC-32 of the first rows of a table."""
    return zlib.crc32(frame.head(rows).write_csv().encode())


def _count(context: bytes, path: Path, encoding: str) -> int:
    """Rows of the beginning of a text; none where it is too short to be a table."""
    try:
        return _parsed(_recoded(context, encoding), path).frame.height
    except FileUnread:
        return 0


def _lines(content: bytes) -> bytes:
    """Whole lines only: to the last line end outside quotation marks, and before bytes not written yet (zeros)."""
    content = content.partition(b"\0")[0]
    cut = content.rfind(b"\n") + 1
    if content[:cut].count(b'"') % 2:
        for _ in range(100):
            earlier = content.rfind(b"\n", 0, max(0, cut - 1)) + 1
            if content[:earlier].count(b'"') % 2 == 0 and earlier:
                return content[:earlier]
            cut = earlier
        cut = content.rfind(b"\n") + 1  # a sign of inches, no quotation
    return content[:cut]


def _steady(context: bytes, added: bytes) -> bytes:
    """More of a text as it is written at its beginning: a line in another encoding must not change what was read."""
    if context.isascii():
        return added
    try:
        context.decode("utf-8-sig")
    except UnicodeDecodeError:
        return added
    return added.decode(errors="replace").encode()


def _recoded(content: bytes, encoding: str) -> bytes:
    """The text in UTF-8, where it is known how it is written."""
    return content if encoding in ("auto", "utf-8") else content.decode(encoding, "replace").encode()


def _parsed(content: bytes, path: Path) -> Rows:
    with tempfile.NamedTemporaryFile(prefix="dure-", suffix=".txt") as beside:
        beside.write(content)
        beside.flush()
        return _read(beside.name, path)


def _read(source: str | Path, path: Path) -> Rows:
    from dure.science.prepare import read

    try:
        table = read([source])
    except DureError as refused:
        said = type(refused).says.format(where=path.name, **refused.facts).rstrip(".")
        raise FileUnread(path.name, why=said) from refused
    if time_column(table.frame, ""):
        return Rows(table.frame, table.units, orders=orders_of(table))
    frame, told = without_strays(table.frame)
    return Rows(frame, table.units, orders=orders_of(told or table))


def _is_lvm(path: Path, head: bytes) -> bool:
    if head.startswith(b"\x1f\x8b"):
        import gzip

        try:
            with gzip.open(path) as packed:
                head = packed.read(len(BEGINS))
        except (OSError, EOFError, zlib.error):
            return False
    return head.removeprefix(b"\xef\xbb\xbf").startswith(BEGINS)


def _lvm(path: Path, zone: tzinfo, *, ended: bool) -> Rows:
    import gzip

    from dure.science.prepare import read_lvm

    content, end = path.read_bytes(), 0
    try:
        if content.startswith(b"\x1f\x8b"):
            with gzip.open(path) as packed:
                content = packed.read(2**31)
        elif not ended:
            end = max(content.rfind(b"\n"), content.rfind(b"\r")) + 1
            content = content[:end]
        frame, written = read_lvm(content, zone)
    except (ValueError, OSError, EOFError, zlib.error) as odd:
        raise FileUnread(path.name, why=str(odd)) from odd
    from dure.science.quality import unit_in

    units = {name: unit_in(f"x [{unit}]") for name, unit in written.items()}
    return Rows(frame, {name: unit for name, unit in units.items() if unit}, end)
