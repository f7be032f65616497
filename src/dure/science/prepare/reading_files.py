"""The bytes of a file: unpacked, told apart by content, and Parquet."""

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dure.science.prepare.reading_disk import LIMIT_GB, bytes_at
from dure.science.prepare.reading_documents import OLD_HANGUL, document_kind
from dure.science.prepare.reading_refusals import (
    FileDamaged,
    FileEmpty,
    FileLocked,
    FileSwells,
    FileTooLarge,
    HeaderOnly,
    NotATable,
    PartAbsent,
    PartUndecided,
)
from dure.science.prepare.reading_sheets import is_workbook
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

_LIMIT = LIMIT_GB * 2**30
# A table unpacks to so many times its packed size at most, unless it is small; what goes on and on is a packed bomb.
_MOST_TIMES, _SMALL = 200, 2**28
# A member of a zip archive under a password [APPNOTE 6.3.10, §4.4.4].
_LOCKED = 1
# An object, or a list of objects: `[1` and `[temp]` may begin a table.
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*[\{\[])")
# Registers and bytes without names, types or scales: what they mean stands in the devices, so no table is made of them.
_CAPTURE = Text(
    "a network capture, which has no names and scales of values: add the device itself as a source, or export the fields you "
    "need as csv (tshark -T fields)",
    "값의 이름과 배율이 없는 네트워크 캡처(장치를 소스로 추가하거나 필요한 필드를 tshark -T fields로 csv에 내보내세요)",
)
_OTHERS = {
    b"\x89PNG": Text("an image", "이미지"),
    b"\xff\xd8\xff": Text("an image", "이미지"),
    b"\x7fELF": Text("a program", "실행 파일"),
    b"MZ": Text("a program", "실행 파일"),
    b"RIFF": Text("sound or video", "소리나 영상"),
    b"\x89HDF": Text("an HDF5 file", "HDF5 파일"),
    b"MATLAB 5.0": Text("a MATLAB file", "MATLAB 파일"),
    b"\xd4\xc3\xb2\xa1": _CAPTURE,
    b"\x0a\x0d\x0d\x0a": _CAPTURE,
    b"\x00\x01\x00\x00Standard Jet": Text("an Access database", "Access 데이터베이스"),
    b"\x00\x01\x00\x00Standard ACE": Text("an Access database", "Access 데이터베이스"),
    b"7z\xbc\xaf": Text("a 7z archive", "7z 압축 파일"),
    b"Rar!": Text("a rar archive", "rar 압축 파일"),
    b"<?xml": Text("XML", "XML"),
    b"<html": Text("a web page", "웹 페이지"),
    b"<!doctype": Text("a web page", "웹 페이지"),
    b"SQLite format 3": Text("an SQLite database", "SQLite 데이터베이스"),
}


def unpacked(path: Path, part: str = "") -> bytes:
    """The bytes of a file, out of gzip, bzip2, xz or zip if they are packed so, whatever its name.

    Parameters
    ----------
    path
        The file.
    part
        The file meant within a zip archive that holds several.

    Raises
    ------
    FileAbsent, FileForbidden, FileEmpty, FileDamaged, FileLocked, FileTooLarge, FileSwells, PartAbsent,
    PartUndecided, PipeSilent, NotATable
        If there are none to be had.
    """
    content = bytes_at(path)
    for begin, kind, unpack in (
        (b"\x1f\x8b", "gzip", _gunzip),
        (b"BZh", "bzip2", _bunzip),
        (b"\xfd7zXZ\x00", "xz", _unxz),
    ):
        if content.startswith(begin):
            content = _bounded(content, kind, unpack, path)
            break
    # documents are packed too, and stay whole
    document = document_kind(content, str(path))
    if content.startswith(b"PK\x03\x04") and not document and not is_workbook(content, str(path)):
        content = _unzip(content, path, part)
    if not content:
        raise FileEmpty(str(path))
    return content


def _most(packed: int) -> int:
    """Bytes that so many packed ones may become."""
    return min(_LIMIT, max(_SMALL, _MOST_TIMES * packed))


def _require_sane(plain: int, packed: int, path: Path) -> None:
    if plain > _LIMIT:
        raise FileTooLarge(str(path), limit=LIMIT_GB)
    if plain > _most(packed):
        raise FileSwells(str(path), times=_MOST_TIMES)


def _bounded(content: bytes, kind: str, unpack: Callable[[bytes, int], bytes], path: Path) -> bytes:
    try:
        plain = unpack(content, _most(len(content)))
    except (EOFError, OSError, zlib.error, lzma.LZMAError, ValueError) as broken:
        raise FileDamaged(str(path), kind=kind) from broken
    _require_sane(len(plain), len(content), path)
    return plain


def _gunzip(content: bytes, most: int) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        return packed.read(most + 1)


def _bunzip(content: bytes, most: int) -> bytes:
    with bz2.BZ2File(io.BytesIO(content)) as packed:
        return packed.read(most + 1)


def _unxz(content: bytes, most: int) -> bytes:
    """One stream, with a bound on the dictionary it may ask for."""
    unpacker = lzma.LZMADecompressor(memlimit=2**28)
    plain = unpacker.decompress(content, max_length=most + 1)
    if not unpacker.eof and len(plain) <= most:
        raise EOFError("the stream ends too soon")
    return plain


def _unzip(content: bytes, path: Path, part: str) -> bytes:
    """The only file of an archive, or the one named."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _member(archive, path, part, len(content))
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as broken:
        raise FileDamaged(str(path), kind="zip") from broken


def _member(archive: zipfile.ZipFile, path: Path, part: str, size: int) -> bytes:
    names = [
        one.filename
        for one in archive.infolist()
        if not one.is_dir() and not one.filename.startswith(("__MACOSX", "."))
    ]
    if part and part not in names:
        raise PartAbsent(str(path), part=part, parts=", ".join(names[:20]))
    if not part and len(names) != 1:
        if (
            any(name.endswith((".rels", ".class", ".npy")) or name == "mimetype" for name in names)
            or not names
        ):
            raise NotATable(str(path), what=Text("a zip archive", "zip 압축 파일"))
        raise PartUndecided(str(path), parts=", ".join(names[:20]), first=names[0])
    if archive.getinfo(part or names[0]).flag_bits & _LOCKED:
        raise FileLocked(str(path))
    with archive.open(part or names[0]) as packed:
        plain = packed.read(_most(size) + 1)
    _require_sane(len(plain), size, path)
    return plain


def format_of(content: bytes, where: str) -> str:
    """`parquet`, `document`, `excel`, `json` or `text`, by content.

    Raises
    ------
    NotATable
        If it is something else that is known.

    Examples
    --------
    >>> format_of(b"PAR1...", "a.csv"), format_of(b"a;b", "a.parquet")
    ('parquet', 'text')
    """
    if content.startswith(b"PAR1"):
        return "parquet"
    if document_kind(content, where):
        return "document"
    if content.startswith(b"\xd0\xcf\x11\xe0") and b"HWP Document File" in content[:1_000_000]:
        raise NotATable(where, what=OLD_HANGUL)
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
        return "excel"
    begins = content[:32].removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, what in _OTHERS.items():
        if content.startswith(start) or (start.startswith(b"<") and begins.lower().startswith(start)):
            raise NotATable(where, what=what)
    return "json" if _JSON.match(content) else "text"


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
