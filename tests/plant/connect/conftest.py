"""Servers, links and collectors for the tests of the connectors, all stopped at the end of the test."""

import time
from pathlib import Path

import pytest

from dure.plant.transport import Gap, Kind, decode, read_log
from peers.servers import Collector, Peer, Proxy


@pytest.fixture
def peer(tmp_path):
    """Start a server: `peer("asyncua", variables=5)`."""
    started = []

    def start(kind, *, port=None, **options):
        one = Peer(kind, tmp_path / f"peer{len(started)}", options, **({"port": port} if port else {}))
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def proxy():
    """Put a link that can be cut before a port."""
    made = []

    def make(port):
        made.append(Proxy(port))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def collector(home):
    """Start the collector of a described source."""
    started = []

    def start(source):
        started.append(Collector(home, source))
        return started[-1].start()

    yield start
    for one in started:
        if one.process is not None:
            one.process.kill()
            one.process.wait()
            one.errors.close()


def until(what, seconds=20.0, every=0.05):
    """Wait until `what()` is true; its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(every)
    pytest.fail(f"not within {seconds} s")


class Stored:
    """What lies in a source's segment log."""

    def __init__(self, folder: Path):
        self.rows, self.gaps = [], []
        for _, frame in read_log(folder):
            if frame.kind is Kind.SAMPLES:
                self.rows += decode(frame.payload).to_pylist()
            elif frame.kind is Kind.GAP:
                self.gaps.append(Gap.from_bytes(frame.payload))

    def readings(self, prefix):
        """{(name, source time, value)} of the good numbers below a path."""
        return {
            (row["signal"].rpartition("/")[2], row["time"], row["value"])
            for row in self.rows
            if row["signal"].startswith(prefix) and row["text"] is None and row["quality"] == 0
        }

    def named(self, time):
        """Whether a gap of the ledger that is not filled names this source time."""
        return any(gap.start <= time <= gap.end for gap in self.gaps if gap.filled_by == "permanent")


@pytest.fixture
def stored(home):
    return lambda source: Stored(home / "segments" / source)


@pytest.fixture
def wait():
    return until
