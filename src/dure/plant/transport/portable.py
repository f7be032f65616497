"""What differs between systems, in one place: locks, flags of files, folders on the disk, the signal that ends a process.

Linux is what this is tested on. Where POSIX names do not exist the library filelock locks, a folder needs no fsync, and
a signal comes by `signal.signal`; a test takes the names away. Not verified: a Windows machine itself.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

BINARY = getattr(os, "O_BINARY", 0)
"""Flag of `os.open` without which Windows writes a line end as two bytes; nothing elsewhere."""
_FOLDER = getattr(os, "O_DIRECTORY", None)


def hold(path: Path) -> Callable[[], None] | None:
    """Lock a file for this process until the returned function is called, or it dies; None if another holds it.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "writer.lock"
    >>> let_go = hold(place)
    >>> hold(place) is None
    True
    >>> let_go()
    """
    try:
        import fcntl
    except ImportError:
        return _hold_without_flock(path)
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lambda: os.close(lock)


def _hold_without_flock(path: Path) -> Callable[[], None] | None:
    from filelock import FileLock, Timeout

    lock = FileLock(path, blocking=False, thread_local=False, is_singleton=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock.release


def sync_folder(folder: Path) -> None:
    """Put a folder's entries on the disk, where a system lets a folder be opened (NTFS keeps its own journal)."""
    if _FOLDER is None:
        return
    opened = os.open(folder, os.O_RDONLY | _FOLDER)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_at(file: int, content: bytes, place: int) -> None:
    """Write a few bytes at a place of an open file, in one call where the system has one (pwrite(2))."""
    if hasattr(os, "pwrite"):
        os.pwrite(file, content, place)
    else:
        os.lseek(file, place, os.SEEK_SET)
        os.write(file, content)


def at_end(do: Callable[[], object]) -> None:
    """Do something in the running loop when the process is asked to end (SIGTERM, SIGINT, Ctrl+Break)."""
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if (number := getattr(signal, name, None)) is None:
            continue
        try:
            loop.add_signal_handler(number, do)
        except NotImplementedError:  # loops of Windows: asyncio, Platform Support
            signal.signal(number, lambda _number, _frame: _soon(loop, do))


def _soon(loop: asyncio.AbstractEventLoop, do: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended by itself
        loop.call_soon_threadsafe(do)
