"""What is known of every file: by its inode and its first bytes, not by its name; kept in a small database."""

import errno
import json
import os
import sqlite3
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypedDict

HEAD = 4096  # bytes by which a file is known again


@dataclass(slots=True)
class Known:
    """A file as it was read: to byte `offset` and row `rows`.

    `head` is the CRC-32 of its first `head_size` bytes, `tail` that of the last ones before `offset`; `first`
    is the time [ns] of row 0 where no column tells it; `kinds` are those of the columns; `content` is the CRC-32
    of the rows of a file that is read as a whole. `size` and `changed` are those of the last look at which all
    was read. `when` is the column of times, `orders` says of columns of dates whether `day` or `month` is first; those `settled` were told by
    rows, the others guessed.
    """

    path: str
    inode: int
    head_size: int = 0
    head: int = 0
    offset: int = 0
    tail: int = 0
    rows: int = 0
    first: int = 0
    size: int = -1
    changed: int = 0
    content: int = 0
    kinds: dict[str, str] = field(default_factory=dict)
    when: str = ""
    orders: dict[str, str] = field(default_factory=dict)
    settled: list[str] = field(default_factory=list)
    number: int = 0


class Marks(TypedDict):
    """What a file is known again by, as in `Known`."""

    head_size: int
    head: int
    tail: int


class Notebook:
    """All files of a source, in memory and, after each change, on the disk.

    A notebook that is damaged is begun anew: its files are read again, and what was stored is known by its identity.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._open()
        except (sqlite3.DatabaseError, ValueError, TypeError):
            self._base.close()
            for ending in ("", "-journal", "-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
            self._open()

    def _open(self) -> None:
        self._base = sqlite3.connect(self._path, check_same_thread=False)
        self._path.chmod(0o600)
        self._base.execute("PRAGMA synchronous=FULL")
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS files (number INTEGER PRIMARY KEY, facts TEXT NOT NULL)"
        )
        self.files: dict[int, Known] = {
            number: Known(**{**json.loads(facts), "number": number})
            for number, facts in self._base.execute("SELECT number, facts FROM files")
        }
        self._by_path = {known.path: number for number, known in self.files.items()}

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def at(self, path: str) -> Known | None:
        """The file that was last seen under a path."""
        return self.files.get(self._by_path.get(path, 0))

    def keep(self, known: Known) -> Known:
        """Write one file down; when this returns it is on the disk."""
        facts = json.dumps({name: value for name, value in asdict(known).items() if name != "number"})
        with self._base:
            if known.number:
                self._base.execute("UPDATE files SET facts=? WHERE number=?", (facts, known.number))
            else:
                known.number = int(
                    self._base.execute("INSERT INTO files (facts) VALUES (?)", (facts,)).lastrowid or 0
                )
        before = self.files.get(known.number)
        if before is not None and self._by_path.get(before.path) == known.number:
            del self._by_path[before.path]
        self.files[known.number] = known
        self._by_path[known.path] = known.number
        return known

    def forget(self, known: Known) -> None:
        """Strike a file out."""
        with self._base:
            self._base.execute("DELETE FROM files WHERE number=?", (known.number,))
        self.files.pop(known.number, None)
        if self._by_path.get(known.path) == known.number:
            del self._by_path[known.path]


def crc_at(path: Path, begin: int, end: int) -> int:
    """CRC-32 of a stretch of a file."""
    with path.open("rb") as file:
        file.seek(begin)
        return zlib.crc32(file.read(end - begin))


def tail_of(path: Path, offset: int) -> int:
    """CRC-32 of the last bytes before an offset."""
    return crc_at(path, max(0, offset - HEAD), offset)


def marks_of(path: Path, inode: int, offset: int) -> Marks:
    """What a file read to `offset` is known again by, taken before its rows are delivered.

    Raises
    ------
    FileNotFoundError
        If another file has come under the name since it was read.
    """
    with path.open("rb") as file:
        about = os.fstat(file.fileno())
    if about.st_ino != inode:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path.name)
    size = min(HEAD, about.st_size)
    return {"head_size": size, "head": crc_at(path, 0, size), "tail": tail_of(path, offset)}


def is_same(known: Known, path: Path, size: int) -> bool:
    """Whether a file begins with what was read of a known one."""
    if not known.head_size or size < max(known.offset, known.head_size):
        return False
    with suppress(OSError):
        return crc_at(path, 0, known.head_size) == known.head and tail_of(path, known.offset) == known.tail
    return False


def recognised(book: Notebook, path: Path, root: Path, inode: int, size: int) -> Known | None:
    """The known file that this one is, under whatever name: moved, rotated, or copied away and cut off.

    A second file with the same content is a file of its own, as long as the first one stands where it was.
    """
    name = name_of(path, root)
    at_path = book.at(name)
    if at_path is not None and is_same(at_path, path, size):
        return at_path
    heads: dict[int, int] = {}
    for known in _candidates(book, inode):
        if known is at_path or not 0 < known.head_size <= size:
            continue
        if known.head_size not in heads:
            heads[known.head_size] = crc_at(path, 0, known.head_size)
        if heads[known.head_size] != known.head or not is_same(known, path, size):
            continue
        if known.inode == inode or not _stands(known, root):
            return known
    return None


def name_of(path: Path, root: Path) -> str:
    """Name of a file within its source."""
    return path.name if path == root else path.relative_to(root).as_posix()


def _candidates(book: Notebook, inode: int) -> Iterable[Known]:
    """Known files, that of the same inode first."""
    return sorted(book.files.values(), key=lambda known: known.inode != inode)


def _stands(known: Known, root: Path) -> bool:
    """Whether a known file still stands where it was seen."""
    path = root / known.path if root.is_dir() else root
    try:
        about = path.stat()
    except OSError:
        return False
    return is_same(known, path, about.st_size)
