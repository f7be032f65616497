"""A box where the names of POSIX do not exist, as on Windows: the collector and the link do without them.

Not verified here: a Windows machine itself.
"""

import os
import subprocess
import sys

import pytest

from dure.plant.connect import Source, add_source
from dure.plant.transport import LogTaken, SegmentLog
from machines.historian_process import experiment
from plant.edge.conftest import until
from plant.edge.test_link import arrived

WITHOUT = """
import asyncio, os, sys
sys.modules["fcntl"] = None
for name in ("O_DIRECTORY", "O_CLOEXEC", "O_NOFOLLOW", "pwrite", "fdatasync"):
    delattr(os, name)
def refused(*_):
    raise NotImplementedError
asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler = refused
"""
COLLECT = f"{WITHOUT}\nfrom dure.plant.connect.collector import main\nsys.exit(main(['line1']))"
FORWARD = f"{WITHOUT}\nfrom dure.plant.edge.__main__ import main\nsys.exit(main(['forward']))"
HOLD = f"""{WITHOUT}
from pathlib import Path
from dure.plant.transport import LogTaken, SegmentLog
with SegmentLog(Path(sys.argv[1])):
    try:
        SegmentLog(Path(sys.argv[1]))
    except LogTaken:
        print("taken")
with SegmentLog(Path(sys.argv[1])):
    print("free again")
"""


def run(script, home, *words):
    with (home / "elsewhere.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-c", script, *words], env={**os.environ, "DURE_HOME": str(home)}, stderr=log
        )


def test_a_file_is_collected_and_forwarded_without_the_names_of_posix(pair, recorded, tmp_path):
    table = experiment(recorded / "skab/valve1/0.csv.gz").head(100)
    folder = tmp_path / "line1"
    folder.mkdir()
    import polars as pl

    table.with_columns(pl.from_epoch("time", "ns")).write_csv(folder / "export.csv")
    add_source(pair.box, Source("line1", f"file://{folder}"))
    pair.start("intake")
    ends = [run(COLLECT, pair.box), run(FORWARD, pair.box)]
    try:
        until(lambda: len(arrived(pair.node, "line1")) == table.height * (table.width - 1), 60)
    finally:
        for one in ends:
            one.terminate()  # the end that a service asks for
    assert [one.wait(20) for one in ends] == [0, 0], (pair.box / "elsewhere.log").read_text()


def test_one_writer_at_a_time_without_flock(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", HOLD, tmp_path / "log"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["taken", "free again"]


def test_and_with_it(tmp_path):
    with SegmentLog(tmp_path), pytest.raises(LogTaken):
        SegmentLog(tmp_path)
