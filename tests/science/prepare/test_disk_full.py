"""A disk that is full is told in one sentence, and nothing half-written is left."""

import os
import subprocess
import sys

import pytest

from dure.science.prepare import write
from dure.science.prepare.preparing import Preparation, run
from dure.vocabulary import DiskFull, Permit

# A limit on the size of a file is met as a full disk is, with EFBIG in place of ENOSPC.
LIMITED = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)); from dure.node.command import main; main(sys.argv[1:])"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "line.csv"
    path.write_text("a,b\n" + "".join(f"{n},{n * 7919 % 9973}.25\n" for n in range(9000)))
    return path


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".xlsx"])
def test_prepare_on_a_full_disk_says_so_and_leaves_nothing(table, tmp_path, ending):
    command = [sys.executable, "-c", LIMITED, "prepare", str(table), "-o", str(tmp_path / f"out{ending}")]
    env = {**os.environ, "DURE_LANG": "en"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 2
    assert done.stderr == (
        f"The disk is full: {tmp_path / f'out{ending}'} was not written. Free space and run it again.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["line.csv"]


def test_what_was_there_before_stays(table, tmp_path, monkeypatch):
    out = tmp_path / "out.csv"
    out.write_text("old")

    def full(*_, **__):
        raise OSError(122, "Disk quota exceeded")

    monkeypatch.setattr(os, "fsync", full)
    wanted = Preparation((str(table),), out)
    with pytest.raises(DiskFull, match="Free space"):
        run(wanted, Permit.own(wanted.sources))
    assert {path.name for path in tmp_path.iterdir()} == {"line.csv", "out.csv"}
    assert out.read_text() == "old"


def test_dev_full_is_a_full_disk(tmp_path):
    import polars as pl

    if not os.path.exists("/dev/full"):  # noqa: PTH110 - a device
        pytest.skip("this system has no /dev/full")
    (tmp_path / "out.csv").symlink_to("/dev/full")
    frame = pl.DataFrame({"a": range(5000)})
    write(frame, tmp_path / "out.csv")  # a sibling takes the link's place: the device is never written to
    assert (tmp_path / "out.csv").stat().st_size > 5000


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_an_answer_that_finds_no_room_is_told_in_one_sentence(table, words):
    command = [sys.executable, "-m", "dure", "profile", str(table), *words]
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            command,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "DURE_LANG": "en"},
        )
    assert (done.returncode, done.stderr) == (
        2,
        "The disk is full: the output was not written. Free space and run it again.\n",
    )


def test_a_reader_that_goes_away_is_no_error(table):
    command = [sys.executable, "-m", "dure", "profile", str(table), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asked:
        asked.stdout.close()
        assert (asked.stderr.read(), asked.wait()) == ("", 141)
