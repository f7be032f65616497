"""A log with a bound: what gives way when it is full is said before, and every loss has a name on the disk."""

import shutil
import subprocess
import time

import pytest

from dure.plant.transport import (
    Bound,
    DiskFull,
    Frame,
    Gap,
    Kind,
    LogFull,
    SegmentLog,
    batch,
    bound_by_disk,
    decode,
    forget,
    read_log,
)
from dure.vocabulary import Sample

A_HUNDRED = 100


def rows(start, count=A_HUNDRED):
    return batch([Sample("s/a", time=start + n, value=float(n)) for n in range(count)])


def content(folder):
    """Source times that can be read, and the gaps that are named."""
    times, gaps = [], []
    for _, frame in read_log(folder):
        if isinstance(frame, Frame) and frame.kind is Kind.SAMPLES:
            times += decode(frame.payload)["time"].to_pylist()
        elif isinstance(frame, Frame) and frame.kind is Kind.GAP:
            gaps.append(Gap.from_bytes(frame.payload))
    return times, gaps


def fill(log, until=1000):
    """Append until the log refuses; the first time that was not taken."""
    for turn in range(until):
        try:
            log.append(rows(turn * A_HUNDRED))
        except DiskFull:
            return turn * A_HUNDRED
    raise AssertionError("it never was full")


def test_a_full_log_refuses_and_takes_again_when_its_reader_has_taken_some_away(tmp_path):
    with SegmentLog(tmp_path / "log", bound=Bound(100_000)) as log:
        stood = fill(log)
        with pytest.raises(LogFull, match="full"):
            log.append(rows(stood))
        assert log.size() <= 100_000
        *_, (position, _frame) = read_log(tmp_path / "log")
        assert forget(tmp_path / "log", position) > 0
        time.sleep(1.1)  # the size is counted anew each second
        log.append(rows(stood))
    assert stood in content(tmp_path / "log")[0]


def test_what_gave_way_is_named_by_its_times_and_nothing_else_is_lost(tmp_path):
    with SegmentLog(tmp_path / "log", bound=Bound(100_000, "oldest")) as log:
        stood = fill(log)
        dropped = log.drop_oldest("s")
        assert log.settle("s") == 1
        log.append(rows(stood))
    times, gaps = content(tmp_path / "log")
    assert gaps == dropped
    assert (gaps[0].start, gaps[0].filled_by, gaps[0].source) == (0, "permanent", "s")
    assert sorted(times) == list(range(gaps[0].end + 1, stood + A_HUNDRED))


def test_a_gap_that_was_named_in_what_gave_way_keeps_its_name(tmp_path):
    with SegmentLog(tmp_path / "log", bound=Bound(100_000)) as log:
        cut = Gap("s", 5, 9, 1, 2, "link cut", "permanent")
        log.append_gap(cut)
        fill(log)
        log.drop_oldest("s")
        log.settle("s")
    assert cut in content(tmp_path / "log")[1]


@pytest.mark.parametrize("when", ["before the name", "after the name"])
def test_a_kill_while_the_oldest_is_dropped_loses_no_name(tmp_path, when):
    folder = tmp_path / "log"
    with SegmentLog(folder, bound=Bound(100_000)) as log:
        fill(log)
        if when == "after the name":
            log.drop_oldest("s")
    if when == "before the name":
        first = min(folder.glob("*.log"))
        first.rename(first.with_suffix(".dropped"))
    with SegmentLog(folder) as log:
        log.settle("s")
    times, gaps = content(folder)
    assert gaps[0].start == 0
    assert min(times) == gaps[0].end + 1


def test_the_bound_that_nobody_chose_is_half_of_the_free_disk_within_limits(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    assert bound_by_disk(tmp_path / "not" / "yet") == pytest.approx(min(50e9, max(64e6, free / 2)), rel=0.05)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MiB; needs the right to mount."""
    place = tmp_path / "small"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("a file system cannot be mounted here; run the tests as root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_on_a_disk_that_is_really_full_the_oldest_gives_way_and_its_name_is_kept(small_disk):
    folder = small_disk / "log"
    with SegmentLog(folder, rotate_bytes=64_000) as log:
        stood = fill(log)  # the disk itself refuses: the log has no bound
        with pytest.raises(OSError, match="No space left"):
            (small_disk / "one more").write_bytes(b"x")
        [gap] = log.drop_oldest("s")
        assert log.settle("s") == 1
        log.append(rows(stood))
    times, gaps = content(folder)
    assert gaps == [gap]
    assert sorted(times) == list(range(gap.end + 1, stood + A_HUNDRED))
