"""What lies on a disk: the files below a folder, and the bytes of a file, whatever kind of place it is."""

import os
import select
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from dure.science.prepare.reading_refusals import FileAbsent, FileTooLarge, NotATable, PipeSilent
from dure.vocabulary import FileForbidden, Text

LIMIT_GB = 4
#: How long a pipe may give nothing before it is taken for one that nobody writes into. [s]
WAIT_S = 30.0
_A_PIECE = 2**20


@contextmanager
def told_plainly() -> Iterator[None]:
    """Whatever the system does not let us open is refused by its name; raises `FileForbidden`."""
    try:
        yield
    except PermissionError as refused:
        raise FileForbidden(str(refused.filename)) from refused


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in no order; links to folders are not followed.

    Raises
    ------
    FileForbidden
        If a folder below may not be looked into: what lies there would be missing without a word.
    """

    def refuse(refused: OSError) -> None:
        raise refused

    with told_plainly():
        for where, _, names in os.walk(folder, onerror=refuse):
            yield from (path for name in names if (path := Path(where) / name).is_file())


def bytes_at(path: Path) -> bytes:
    """The bytes of a file, or of a pipe to its end.

    Raises
    ------
    FileAbsent, FileForbidden
        If there is none, or it is not ours to open.
    NotATable
        If it is a device, which never ends.
    PipeSilent, FileTooLarge
        If a pipe gives nothing for `WAIT_S`, or more than `LIMIT_GB`.
    """
    try:
        kind = path.stat().st_mode
        if stat.S_ISCHR(kind) or stat.S_ISBLK(kind):
            raise NotATable(str(path), what=Text("a device and no file", "파일이 아닌 장치"))
        return _out_of_pipe(path) if stat.S_ISFIFO(kind) else path.read_bytes()
    except PermissionError as refused:
        raise FileForbidden(str(path)) from refused
    except OSError as refused:
        raise FileAbsent(str(path)) from refused


def _out_of_pipe(path: Path) -> bytes:
    """Opened without waiting for a writer, for none may come."""
    pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        pieces, size, since = list[bytes](), 0, monotonic()
        while select.select([pipe], [], [], max(0.0, WAIT_S - (monotonic() - since)))[0]:
            piece = os.read(pipe, _A_PIECE)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            size, since = size + len(piece), monotonic()
            if size > LIMIT_GB * 2**30:
                raise FileTooLarge(str(path), limit=LIMIT_GB)
    finally:
        os.close(pipe)
    raise PipeSilent(str(path), seconds=round(WAIT_S))
