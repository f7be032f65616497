"""The historian's process: ingest in the main thread, clients in theirs, an orderly end on SIGTERM."""

import fcntl
import json
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Listener
from pathlib import Path
from typing import Any

import duckdb

from dure.plant.historian.classes import read_classes, write_example
from dure.plant.historian.corrections import Corrections
from dure.plant.historian.dayfiles import DayFiles
from dure.plant.historian.disk import Disk
from dure.plant.historian.errors import HistorianTaken
from dure.plant.historian.ingesting import Ingest, sources
from dure.plant.historian.register import Register
from dure.plant.historian.retention import retain
from dure.plant.historian.ring import Ring
from dure.plant.historian.serving import Service, listen
from dure.plant.historian.settings import Settings
from dure.plant.historian.shelf import Shelf
from dure.plant.historian.store import give_back_memory, open_store
from dure.plant.historian.wire import Paths, make_key
from dure.plant.historian.writing import DAY
from dure.vocabulary import DureError

log = logging.getLogger(__name__)
DISK_FULL = "the disk is nearly full: samples wait in the logs"
_HOUSEKEEPING = 60.0  # s
_DISK_EVERY = 1.0  # s
_REST_AFTER_FAILURE = 1.0  # s


def run(home: Path, settings: Settings | None = None) -> None:
    """Be the historian of `home` until SIGTERM or SIGINT.

    Raises
    ------
    HistorianTaken
        If another historian works in this home.
    """
    chosen, paths = settings or Settings(), Paths(home)
    for folder in (home, paths.segments, paths.ready.parent, paths.store):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(paths), closing(open_store(paths.store, chosen)) as database:
        Process(database, paths, chosen).work()
        with suppress(
            duckdb.Error
        ):  # a question is still being answered; the next start replays the log of it
            database.execute("CHECKPOINT")


class Process:
    """The parts of the process and its loop."""

    def __init__(self, database: duckdb.DuckDBPyConnection, paths: Paths, settings: Settings) -> None:
        self._database, self._paths, self._settings = database, paths, settings
        self._stop, self._wake, self._house = threading.Event(), threading.Event(), threading.Event()
        self._looked = 0.0
        self._shelf = Shelf(database, paths.archive)
        self._register = Register(self._shelf)
        self._dayfiles = DayFiles(self._register)
        for name in self._dayfiles.settle():
            log.warning("took in the day file %s, which the database did not know", name)
        number: Any = database.execute("SELECT number FROM counter").fetchall()[0]
        self._ring = Ring(number[0], settings.ring_rows)
        self._ingest = Ingest(self._shelf, paths, self._ring, settings)
        self._disk = Disk(paths.store, settings.free_bytes)
        self._since, self._error, self._kept = time.time_ns(), "", time.monotonic()
        write_example(paths.store)
        self._service = Service(
            self._shelf,
            paths,
            settings,
            make_key(paths.key),
            self._ring,
            self._dayfiles,
            Corrections(self._register, self._ingest),
            self.health,
            self.retain,
            self._wake,
        )

    def work(self) -> None:
        """Ingest and serve until told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        with _listening(self._paths) as listener, closing(self._service):
            for task in (self._keep_house, lambda: listen(self._service, listener, self._stop)):
                threading.Thread(target=task, daemon=True).start()
            while not self._stop.is_set():
                self._round()
            self._shelf.flush()

    def _end(self, *_: object) -> None:
        self._stop.set()
        self._wake.set()
        self._house.set()

    def _round(self) -> None:
        new = 0
        try:
            if self._has_room():
                with self._service.usage:
                    new = self._ingest.tick()
                self._error = ""
            self._follow()
        except duckdb.FatalException:
            raise  # the database has closed itself: the supervisor starts us anew, and the logs hold everything
        except (duckdb.Error, OSError) as failure:
            log.exception("ingest failed and is tried again")
            self._error = str(failure).split("\n")[0]
            self._stop.wait(_REST_AFTER_FAILURE)
        if not new:
            self._wake.wait(self._settings.poll)
            self._wake.clear()

    def _has_room(self) -> bool:
        """Whether the disk has room; without it ingest waits, and the logs keep what comes."""
        if time.monotonic() >= self._looked:
            self._looked = time.monotonic() + _DISK_EVERY
            if not self._disk.look():
                log.error("the disk is nearly full: ingest waits, the logs keep what comes")
                self._error = DISK_FULL
        return not self._disk.full

    def _follow(self) -> None:
        """Let the table of newest samples follow, and move rows to files when there are many."""
        if time.monotonic() - self._kept > self._settings.keep_last:
            self._shelf.flush()
            self._kept = time.monotonic()
        if self._shelf.view.hot_rows > self._settings.hot_rows:
            self._house.set()

    def _keep_house(self) -> None:
        """Each minute, and when the hot table is large: what is due; an orderly end leaves nothing to wait for."""
        closed = 0
        while not self._stop.is_set():
            self._house.clear()
            self._spill()
            today = (time.time_ns() - int(self._settings.close_after * 1e9)) // DAY
            if today > closed:
                self._close_days()
                self._retain_quietly()
                closed = today
            self._service.usage.alone(self._rest)
            self._house.wait(_HOUSEKEEPING)

    def _spill(self) -> None:
        try:
            with self._service.usage:
                rows = self._dayfiles.spill(self._settings.hot_rows)
            if rows:
                log.info("moved %d samples from the hot table to files", rows)
        except (duckdb.Error, OSError):
            log.exception("samples could not be moved to files; they stay in the hot table")

    def retain(self, dry_run: bool) -> dict[str, Any]:
        """Remove what the classes of signals no longer keep, or say what would go."""
        classes = read_classes(self._paths.store)
        return retain(self._register, classes, time.time_ns(), dry_run=dry_run)

    def _retain_quietly(self) -> None:
        try:
            facts = self.retain(False)
        except (DureError, duckdb.Error, OSError) as failure:
            log.warning("nothing was removed: %s", failure)
        else:
            if facts["items"]:
                log.info("removed by retention: %s bytes", facts["bytes"])

    def _rest(self) -> None:
        with self._database.cursor() as cursor, suppress(duckdb.Error):
            give_back_memory(cursor, self._settings)

    def _close_days(self) -> None:
        try:
            for day in self._dayfiles.due(time.time_ns(), self._settings.close_after):
                with self._service.usage:
                    facts = self._dayfiles.close_day(day)
                log.info("wrote day %s: %d samples, %d bytes", day, facts["rows"], facts["bytes"])
            while not self._stop.is_set() and self._dayfiles.roll_up_missing():
                pass
        except (duckdb.Error, OSError):
            log.exception("a day file could not be written; its samples stay in the hot table")

    def health(self) -> dict[str, Any]:
        """How the process does."""
        return {
            "state": "failing" if self._error else "running",
            "error": self._error,
            "pid": os.getpid(),
            "since": self._since,
            "position": self._ring.newest,
            "memory": _resident(),
            "disk": self._disk.told(self._shelf.view.pieces, time.time_ns()),
            "hot_rows": self._shelf.view.hot_rows,
            "sources": {source: {"behind": self._behind(source)} for source in sources(self._paths.segments)},
        }

    def _behind(self, source: str) -> int:
        """Bytes of a source's log that are not ingested yet."""
        position = self._ingest.positions.get(source)
        sizes = {
            int(file.stem): file.stat().st_size for file in (self._paths.segments / source).glob("*.log")
        }
        if position is None:
            return sum(sizes.values())
        ahead = sum(size for number, size in sizes.items() if number >= position.segment)
        return max(0, ahead - position.offset)


@contextmanager
def _alone(paths: Paths) -> Iterator[None]:
    """Hold the home's lock: one historian a home."""
    lock = os.open(paths.ready.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        os.close(lock)
        raise HistorianTaken(str(paths.home)) from taken
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def _listening(paths: Paths) -> Iterator[Listener]:
    """Listen, and say where in the ready file, as long as the block runs."""
    address = paths.address()
    address.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _refuse_foreign(address.parent)
    address.unlink(missing_ok=True)  # we hold the home's lock: it is a dead one's
    with Listener(str(address), family="AF_UNIX", backlog=64) as listener:
        address.chmod(0o600)
        _announce(paths.ready, str(address))
        try:
            yield listener
        finally:
            paths.ready.unlink(missing_ok=True)
    if address.parent != paths.ready.parent:
        address.parent.rmdir()


def _refuse_foreign(folder: Path) -> None:
    """A folder below the temporary one may have been laid out by someone else: use only our own, closed to others."""
    found = folder.stat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} is open to others")


def _announce(ready: Path, address: str) -> None:
    facts = {"address": address, "pid": os.getpid(), "state": "ready"}
    unfinished = ready.with_suffix(".tmp")
    unfinished.write_text(json.dumps(facts))
    unfinished.rename(ready)


def _resident() -> int:
    """Memory of this process that is in use [bytes]."""
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
