"""The historian's disk runs full, by its bound and really, while samples come: it stops in good order, says so, and goes on."""

import os
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from dure.plant.historian import Historian
from dure.plant.transport import SegmentLog, batch
from dure.vocabulary import DureError, Sample

SECOND = 10**9
FAR = 2**62 - 1
NOON = 20_000 * 86_400 * SECOND + 43_200 * SECOND
DAY = "2024-10-04"
BOUNDED = """
import sys
from dure.plant.historian.process import run
from dure.plant.historian.settings import Settings
from dure.vocabulary import home
run(home(), Settings(free_bytes=int(sys.argv[1])))
"""


@pytest.fixture
def small(home):
    """The historian's folder as a file system of 40 MiB of its own."""
    place = home / "historian"
    place.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", place], capture_output=True, check=False
    )
    if done.returncode:
        told = "a file system cannot be mounted here; run the tests as root"
        if os.environ.get("CI"):
            pytest.fail(told, pytrace=False)
        pytest.skip(told)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


class Kept:
    """A historian that is started again if it ends, as the node does, and its client."""

    def __init__(self, home, free_bytes):
        self.home, self.words = home, [sys.executable, "-c", BOUNDED, str(free_bytes)]
        self.starts, self.process, self.client = 0, None, Historian(home, patience=10)
        self.alive()

    def alive(self):
        if self.process is None or self.process.poll() is not None:
            with (self.home / "historian.log").open("ab") as log:
                self.process = subprocess.Popen(self.words, env=os.environ, stderr=log)
            self.starts += 1
            self.client.wait(20)
        return self.client

    def health(self):
        with suppress(DureError):
            return self.alive().health()
        return {"state": "absent", "error": "", "sources": {}}

    def end(self):
        self.client.close()
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def historian(home, ending, small):  # noqa: ARG001 - its folder is the small disk, which outlives it
    def start(free_bytes):
        made = Kept(home, free_bytes)
        ending(made.end)
        return made

    return start


@pytest.fixture
def ballast(small):
    """Leave so many bytes free; 0 fills the disk to the last."""
    file = small / "ballast"

    def leave(free):
        with file.open("ab") as sink, suppress(OSError):
            while (room := os.statvfs(small).f_bavail * 4096 - free) > 0:
                sink.write(b"x" * min(room, 2**20))
                sink.flush()

    leave.end = lambda: file.unlink(missing_ok=True)
    return leave


def counts(historian):
    with suppress(DureError):
        return {row["signal"]: row["count"] for row in historian.alive().signals()}
    return {}


@pytest.mark.parametrize(
    ("bound", "free"), [(8 * 2**20, 6 * 2**20), (0, 0)], ids=["by its bound", "to the last byte"]
)
def test_a_full_disk_stops_ingest_in_good_order_and_nothing_is_lost(  # noqa: PLR0917 - fixtures
    bound, free, home, historian, ballast, wait
):
    keeper, written = historian(bound), 0
    with SegmentLog(home / "segments" / "line1", rotate_bytes=200_000) as log:

        def write(parts):
            nonlocal written
            for _ in range(parts):
                log.append(batch(Sample("line1/p", NOON + n * SECOND // 10, value=float(n)) for n in range(written, written + 500)))  # fmt: skip
                written += 500

        write(20)
        wait(lambda: counts(keeper) == {"line1/p": written}, 40)
        ballast(free)
        write(4)
        wait(lambda: (write(2), keeper.health())[1]["state"] == "failing", 40, 0.3)
        told = keeper.health()
        assert told["error"], told
        assert told["sources"]["line1"]["behind"] > 0
        if bound:
            assert "disk is nearly full" in told["error"]
            assert len(keeper.client.query(["line1/p"], 0, FAR)) == keeper.client.signals()[0]["count"], (
                "readers are served"
            )
            assert keeper.starts == 1
        with suppress(DureError):
            keeper.client.compact(DAY)  # a day file that cannot be written leaves its samples where they are
        write(10)
        time.sleep(1.0)
        ballast.end()
        wait(
            lambda: counts(keeper) == {"line1/p": written} and keeper.health()["state"] == "running", 60, 0.3
        )
    keeper.client.compact(DAY)
    values = keeper.client.query(["line1/p"], 0, FAR)["value"].to_pylist()
    assert values == [float(n) for n in range(written)]
