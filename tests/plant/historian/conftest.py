"""A running historian, a store without a process, and samples to put in them."""

import os
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass

import pytest

from dure.plant.historian import Historian
from dure.plant.historian.correcting import Reading, stretch
from dure.plant.historian.corrections import Corrections, Note
from dure.plant.historian.dayfiles import DayFiles
from dure.plant.historian.drawing import trend
from dure.plant.historian.ingesting import Ingest
from dure.plant.historian.reading import Reader
from dure.plant.historian.register import Register
from dure.plant.historian.ring import Ring
from dure.plant.historian.settings import Settings
from dure.plant.historian.shelf import Shelf
from dure.plant.historian.store import open_store
from dure.plant.historian.wire import Paths
from dure.plant.transport import SegmentLog, batch

__all__ = ["Note", "Reading"]  # what a killed child works with
FAR = 2**62 - 1
BOUNDED = """
import sys
from dure.plant.historian.process import run
from dure.plant.historian.settings import Settings
from dure.vocabulary import home
run(home(), Settings(free_bytes=int(sys.argv[1])))
"""


class Asked(Reader):
    """A reader that leaves its moment after each question, as the service makes it do."""

    def moment(self, end):
        self.leave()
        return super().moment(end)

    def trend(self, *asked):
        columns = ("time", "min", "max", "mean")
        return {
            name: dict(zip(columns, rows.tolist(), strict=True)) for name, rows in trend(self, *asked).items()
        }


@dataclass
class Store:
    """The parts of the historian in this process, without its socket."""

    ingest: Ingest
    reader: Reader
    dayfiles: DayFiles
    ring: Ring
    paths: Paths
    corrections: Corrections

    def put(self, samples, source="line1"):
        with SegmentLog(self.paths.segments / source) as log:
            log.append(batch(samples))
        return self.drain()

    def drain(self):
        total = 0
        while True:
            before = dict(self.ingest.positions)
            total += self.ingest.tick()
            if self.ingest.positions == before:
                return total

    def rows(self, signals=None, start=0, end=FAR):
        names = [row["signal"] for row in self.reader.signals()] if signals is None else signals
        found = [row for part in self.reader.query(names, start, end) for row in part.to_table().to_pylist()]
        self.reader.leave()
        return found

    def as_they_came(self, *asked):
        self.reader.raw = True
        try:
            return self.rows(*asked)
        finally:
            self.reader.raw = False

    def correct(self, names, start, end, reading, **more):
        note = Note("correct", "person:1", "a reason", 5, **more)
        try:
            return self.corrections.correct(note, stretch(self.reader, sorted(names), start, end, reading))
        finally:
            self.reader.leave()


@contextmanager
def opened(home, settings=None):
    chosen, paths = settings or Settings(), Paths(home)
    with closing(open_store(paths.store, chosen)) as database, database.cursor() as cursor:
        shelf = Shelf(database, paths.archive)
        dayfiles = DayFiles(Register(shelf))
        dayfiles.settle()
        ring = Ring(database.execute("SELECT number FROM counter").fetchone()[0], chosen.ring_rows)
        ingest = Ingest(shelf, paths, ring, chosen)
        corrected = Corrections(dayfiles.register, ingest)
        yield Store(ingest, Asked(cursor, shelf, chosen), dayfiles, ring, paths, corrected)
        dayfiles.close()


@pytest.fixture
def open_home(home):
    """Opens the store of the test's home; may be opened again after it was closed."""
    return lambda settings=None: opened(home, settings)


@pytest.fixture
def store(home):
    with opened(home) as parts:
        yield parts


@contextmanager
def started(home, free_bytes=0):
    log = (home.parent / "historian.log").open("ab")
    command = [sys.executable, "-m", "dure.plant.historian"]
    if free_bytes:
        command = [sys.executable, "-c", BOUNDED, str(free_bytes)]
    process = subprocess.Popen(command, env={**os.environ, "DURE_HOME": str(home)}, stderr=log)
    try:
        with Historian(home, patience=30) as client:
            assert client.wait(60), (home.parent / "historian.log").read_text()
            yield client, process
    finally:
        process.terminate()
        process.wait(30)
        log.close()


@pytest.fixture
def start():
    """Starts a real historian for a home: `with start(home) as (client, process)`."""
    return started


@pytest.fixture
def running(home):
    with started(home) as (client, process):
        yield client, process
