"""The shelf that pictures, sounds and documents lie on: a cell of a table holds a reference, the bytes are found here.

A reference is `sha256:` and the 64 hex digits of the bytes' hash [FIPS 180-4], as a plant's samples write it. Who
holds bytes lends a `Shelf`; files that `read` came across lie on the shelf of the process, so that a table read from a
folder can be prepared without anything lent.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Protocol, TypeVar

from dure.vocabulary import FileForbidden, FileProblem, Text

MOST_BYTES = 256 * 2**20
_CACHE_BYTES = 32 * 2**20
_REFERENCE = re.compile(r"sha256:[0-9a-f]{64}")
_Made = TypeVar("_Made")


class ContentAbsent(FileProblem):
    """No shelf has the bytes of a reference."""

    key = "media-absent"
    says = Text(
        "The content {where} is not here, or is no longer as it was read.",
        "{where} 콘텐츠가 여기에 없거나 읽은 뒤에 바뀌었습니다.",
    )
    remedy = Text(
        "Read the folder again, or run it on the node that keeps the content.",
        "폴더를 다시 읽거나 콘텐츠를 보관하는 노드에서 실행해 주세요.",
    )


class ContentTooLarge(FileProblem):
    """More bytes than one cell may hold."""

    key = "media-too-large"
    says = Text("{where} holds more than {limit} MB.", "{where}의 크기가 {limit} MB를 넘습니다.")
    remedy = Text("Split it, or store it smaller.", "나누거나 더 작게 저장해 주세요.")


class Shelf(Protocol):
    """Whoever holds bytes by reference: files of a folder, a plant's content store."""

    def open(self, reference: str) -> bytes:
        """The bytes; raises `ContentAbsent` if they are not here."""


def reference_of(content: bytes) -> str:
    """The reference of some bytes.

    >>> reference_of(b"")[:20]
    'sha256:e3b0c44298fc1'
    """
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def is_reference(word: object) -> bool:
    """Whether a cell's word is a reference.

    >>> is_reference(reference_of(b"")), is_reference("sha256:12"), is_reference(None)
    (True, False, False)
    """
    return isinstance(word, str) and _REFERENCE.fullmatch(word) is not None


@dataclass(frozen=True, slots=True)
class _Lying:
    """Where the bytes of a reference lie, and how the file looked when they were hashed."""

    path: Path
    part: str
    size: int
    modified_ns: int


@dataclass
class FileShelf:
    """Files put here stay found by their hash as long as nobody changes them; only names are remembered, no bytes."""

    _lying: dict[str, _Lying] = field(default_factory=dict)
    _made: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def put(self, path: Path, part: str = "", content: bytes | None = None) -> str:
        """Remember the file, or the `part` of a zip file, and give its reference.

        Parameters
        ----------
        path, part
            The file, and the member meant if it is a zip archive.
        content
            Its bytes, where they were read already.

        Raises
        ------
        ContentAbsent, ContentTooLarge
        """
        content = _bytes_of(path, part) if content is None else content
        stat = path.stat()
        reference = reference_of(content)
        with self._lock:
            self._lying[reference] = _Lying(path.absolute(), part, stat.st_size, stat.st_mtime_ns)
        return reference

    def put_made(self, content: bytes, again: Callable[[], bytes]) -> str:
        """Remember how some bytes are made, as a frame is cut from a long recording, and give their reference."""
        reference = reference_of(content)
        with self._lock:
            self._made[reference] = again
        return reference

    def forget(self, reference: str) -> None:
        """Remember no longer how some bytes are made."""
        with self._lock:
            self._made.pop(reference, None)

    def open(self, reference: str) -> bytes:
        """The bytes; a file touched since is hashed again and refused if it changed, so is what is made anew."""
        lying = self._lying.get(reference)
        if lying is None and reference in self._made:
            content = self._made[reference]()
            if reference_of(content) != reference:
                raise ContentAbsent(reference)
            return content
        if lying is None:
            raise ContentAbsent(reference)
        content = _bytes_of(lying.path, lying.part)
        with suppress(OSError):
            stat = lying.path.stat()
            if (stat.st_size, stat.st_mtime_ns) == (lying.size, lying.modified_ns):
                return content
        if reference_of(content) != reference:
            raise ContentAbsent(str(lying.path))
        return content

    def place(self, reference: str) -> tuple[str, str] | None:
        """Path of the file that holds a content, and the part of it that is meant; None if it is not in a file here."""
        lying = self._lying.get(reference)
        return None if lying is None else (str(lying.path), lying.part)

    def name(self, reference: str) -> str:
        """The file's name, for sentences; empty if it is not here."""
        lying = self._lying.get(reference)
        if lying is None:
            return ""
        return f"{lying.path}#{lying.part}" if lying.part else str(lying.path)


@dataclass
class _Lent:
    """A lent shelf with the last few contents that it gave."""

    shelf: Shelf
    kept: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    size: int = 0
    lock: Lock = field(default_factory=Lock)

    def open(self, reference: str) -> bytes:
        with self.lock:
            if reference in self.kept:
                self.kept.move_to_end(reference)
                return self.kept[reference]
        content = self.shelf.open(reference)
        with self.lock:
            self._keep(reference, content)
        return content

    def _keep(self, reference: str, content: bytes) -> None:
        if reference in self.kept or len(content) > _CACHE_BYTES // 4:
            return
        self.kept[reference] = content
        self.size += len(content)
        while self.size > _CACHE_BYTES:
            self.size -= len(self.kept.popitem(last=False)[1])


_OWN = FileShelf()
_lent: ContextVar[_Lent | None] = ContextVar("shelf", default=None)


def own_shelf() -> FileShelf:
    """The shelf of this process, where `read` puts the files of folders."""
    return _OWN


@contextmanager
def lend(shelf: Shelf) -> Iterator[None]:
    """Find contents on `shelf` first inside the `with` block.

    >>> class One:
    ...     def open(self, reference): return b"bytes"
    >>> with lend(One()):
    ...     content_of(reference_of(b"bytes"))
    b'bytes'
    """
    token = _lent.set(_Lent(shelf))
    try:
        yield
    finally:
        _lent.reset(token)


def content_of(reference: str) -> bytes:
    """The bytes of a reference, from the lent shelf or from this process's.

    Raises
    ------
    ContentAbsent
        If no shelf has them.
    ContentTooLarge
        If there are more than `MOST_BYTES`.
    """
    return finder()(reference)


def called(reference: str) -> str:
    """What a person knows a content by: its file's name if this process read it, else the reference."""
    return _OWN.name(reference) or reference


def each_content(
    references: Sequence[str | None], work: Callable[[bytes, str], _Made], *, threads: int = 0
) -> list[_Made | None]:
    """`work(content, reference)` on every cell, in threads, in order; None where a cell holds no reference.

    A content that stands in several cells is worked on once. `work` must not depend on the other cells, so that one
    row and many rows give the same bits. The first refusal, in the order of the cells, is raised.

    Parameters
    ----------
    references
        Cells of a column.
    work
        What is made of one content; called from other threads.
    threads
        How many at a time; 0 means as many as there are processors to use.
    """
    find = finder()
    distinct = list(dict.fromkeys(one for one in references if one is not None and is_reference(one)))
    at_a_time = min(threads or _processors(), len(distinct))

    def one(reference: str) -> _Made:
        return work(find(reference), reference)

    if at_a_time < 2:
        made = dict(zip(distinct, map(one, distinct), strict=True))
    else:
        with ThreadPoolExecutor(at_a_time) as pool:
            made = dict(zip(distinct, pool.map(one, distinct), strict=True))
    return [None if cell is None else made.get(cell) for cell in references]


def finder() -> Callable[[str], bytes]:
    """`content_of` with the shelf in force held: a context does not reach into threads, nor past its `with` block."""
    lent = _lent.get()

    def find(reference: str) -> bytes:
        if lent is None:
            return _OWN.open(reference)
        try:
            content = lent.open(reference)
        except ContentAbsent:
            return _OWN.open(reference)
        if len(content) > MOST_BYTES:
            raise ContentTooLarge(called(reference), limit=MOST_BYTES // 2**20)
        return content

    return find


def _bytes_of(path: Path, part: str) -> bytes:
    try:
        if part:
            return _member(path, part)
        with path.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except PermissionError as refused:
        raise FileForbidden(str(path)) from refused
    except OSError as refused:
        raise ContentAbsent(str(path)) from refused
    if len(content) > MOST_BYTES:
        raise ContentTooLarge(str(path), limit=MOST_BYTES // 2**20)
    return content


def _member(path: Path, part: str) -> bytes:
    """A member of a zip archive, unpacked to a bound."""
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(path) as archive, archive.open(part) as packed:
            content = packed.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, KeyError, EOFError, zlib.error, NotImplementedError, RuntimeError) as broken:
        raise ContentAbsent(f"{path}#{part}") from broken
    if len(content) > MOST_BYTES:
        raise ContentTooLarge(f"{path}#{part}", limit=MOST_BYTES // 2**20)
    return content


def _processors() -> int:
    """Processors to use; a cluster's worker has been told how many are its own."""
    import os

    told = os.environ.get("OMP_NUM_THREADS", "")
    if told.isdigit() and int(told):
        return int(told)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
