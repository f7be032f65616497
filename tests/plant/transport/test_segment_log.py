"""The segment log: what `append` has acknowledged is read back, once and in order, whatever happens."""

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.plant.transport import (
    Damage,
    DiskFull,
    Event,
    FrameTooLarge,
    Gap,
    Kind,
    LogTaken,
    Position,
    SegmentLog,
    WrongSamples,
    batch,
    decode,
    forget,
    read_log,
    samples,
)
from dure.vocabulary import Quality, Sample


def rows(first, count=3):
    return batch(Sample("line1/p", time=n, value=n / 2, received=n + 1) for n in range(first, first + count))


def times(folder, after=None):
    found = [frame for _, frame in read_log(folder, after) if not isinstance(frame, Damage)]
    return [time for frame in found for time in decode(frame.payload)["time"].to_pylist()]


def segments(folder):
    return sorted(folder.glob("*.log"))


def test_samples_come_back_as_they_were(tmp_path):
    kept = [
        Sample("line1/Cell01/온도", time=5, value=3.25, sequence=2, quality=Quality.UNCERTAIN, received=9),
        Sample("line1/state", time=6, value=0.0, text="가동", received=9),
    ]
    with SegmentLog(tmp_path) as log:
        log.append(batch(kept))
        log.append_gap(Gap("line1", 1, 2, 10, 20, "link cut", "republish"))
        log.append_event(Event("line1", 7, "connected", {"server": "x"}))
    found = [frame for _, frame in read_log(tmp_path)]
    assert samples(decode(found[0].payload)) == kept
    assert Gap.from_bytes(found[1].payload).filled_by == "republish"
    assert Event.from_bytes(found[2].payload).facts == {"server": "x"}


def test_a_log_cut_at_any_byte_keeps_every_whole_frame_and_takes_new_ones(tmp_path):
    with SegmentLog(tmp_path / "whole") as log:
        ends = [8, *(log.append(rows(n * 10, 1)).offset for n in range(2))]
    content = segments(tmp_path / "whole")[0].read_bytes()
    assert ends[-1] == len(content)
    for cut in range(len(content) + 1):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / "0000000000000001.log").write_bytes(content[:cut])
        whole = [n * 10 for n in range(2) if ends[n + 1] <= cut]
        assert times(folder) == whole
        if cut % 40 < 3:  # opening for writing costs four fsyncs
            with SegmentLog(folder) as log:
                log.append(rows(99, 1))
            assert times(folder) == [*whole, 99]
            assert segments(folder)[0].stat().st_size == (ends[len(whole)] if cut >= 8 else cut)


def test_append_returns_after_the_whole_file_was_synced(tmp_path, monkeypatch):
    synced = []

    def sync(file):
        os.fdatasync(file)
        synced.append(os.fstat(file).st_size)

    monkeypatch.setattr("dure.plant.transport.segments._sync", sync)
    with SegmentLog(tmp_path) as log:
        for n in range(3):
            log.append(rows(n))
            assert synced[n:] == [segments(tmp_path)[0].stat().st_size]


def test_a_failed_fsync_is_an_error_and_the_next_frame_begins_a_new_segment(tmp_path, monkeypatch):
    def fail(file):
        raise OSError(errno.EIO, f"no sync of {file}")

    with SegmentLog(tmp_path) as log:
        log.append(rows(0))
        with monkeypatch.context() as broken:
            broken.setattr("dure.plant.transport.segments._sync", fail)
            with pytest.raises(DiskFull, match="Input/output error"):
                log.append(rows(10))
        log.append(rows(20))
    assert times(tmp_path) == [0, 1, 2, 20, 21, 22]
    assert len(segments(tmp_path)) == 2


def test_zeros_that_a_power_cut_left_behind_are_no_damage(tmp_path):
    with SegmentLog(tmp_path) as log:
        log.append(rows(0))
    with segments(tmp_path)[0].open("ab") as segment:
        segment.write(bytes(500))
    with SegmentLog(tmp_path) as log:
        log.append(rows(10))
    assert times(tmp_path) == [0, 1, 2, 10, 11, 12]
    assert not [frame for _, frame in read_log(tmp_path) if isinstance(frame, Damage)]


def test_a_changed_byte_costs_its_frame_alone_and_is_named(tmp_path):
    with SegmentLog(tmp_path) as log:
        first, second = log.append(rows(0)), log.append(rows(10))
        log.append(rows(20))
    content = bytearray(segments(tmp_path)[0].read_bytes())
    content[(first.offset + second.offset) // 2] ^= 1
    segments(tmp_path)[0].write_bytes(content)
    with SegmentLog(tmp_path) as log:
        log.append(rows(30))
    assert times(tmp_path) == [0, 1, 2, 20, 21, 22, 30, 31, 32]
    damage = [frame for _, frame in read_log(tmp_path) if isinstance(frame, Damage)]
    assert damage == [Damage(second.offset - first.offset)]


@given(st.binary(max_size=200), st.booleans())
@settings(max_examples=200, deadline=None)
def test_foreign_bytes_are_never_taken_for_samples(tmp_path_factory, content, magic):
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "0000000000000001.log").write_bytes((b"dure-s1\n" if magic else b"") + content)
    (folder / "0000000000000002.log").write_bytes(b"dure-s1\n")
    assert not [frame for _, frame in read_log(folder) if not isinstance(frame, Damage)]


def test_a_reader_goes_on_from_where_it_was_across_segments(tmp_path):
    with SegmentLog(tmp_path, rotate_bytes=1) as log:
        ends = [log.append(rows(n * 10, 1)) for n in range(5)]
    assert len(segments(tmp_path)) == 5
    for done, end in enumerate(ends):
        assert times(tmp_path, end) == [n * 10 for n in range(done + 1, 5)]


def test_a_segment_grows_old_by_the_clock(tmp_path):
    now = 1_000.0
    with SegmentLog(tmp_path, rotate_seconds=60, clock=lambda: now) as log:
        log.append(rows(0))
        now += 59
        log.append(rows(1))
        now += 1
        log.append(rows(2))
    assert [path.name for path in segments(tmp_path)] == ["0000000001000000.log", "0000000001060000.log"]


def test_forgetting_keeps_the_segment_in_use(tmp_path):
    with SegmentLog(tmp_path, rotate_bytes=1) as log:
        ends = [log.append(rows(n, 1)) for n in range(4)]
        assert forget(tmp_path, ends[2]) == 2
        assert times(tmp_path, ends[2]) == [3]


def test_a_log_made_anew_is_read_from_its_beginning(tmp_path):
    with SegmentLog(tmp_path) as log:
        log.append(rows(0))
    assert times(tmp_path, Position(12, 400)) == [0, 1, 2]


def test_a_second_writer_is_refused(tmp_path):
    with SegmentLog(tmp_path), pytest.raises(LogTaken):
        SegmentLog(tmp_path)
    SegmentLog(tmp_path).close()


def test_a_large_batch_becomes_several_frames_and_a_huge_sample_is_refused(tmp_path):
    text = "x" * (9 * 2**20)
    with SegmentLog(tmp_path) as log:
        log.append(batch(Sample("a/b", n, text=text) for n in range(3)))
        with pytest.raises(FrameTooLarge):
            log.append(batch([Sample("a/b", 9, text=text * 2)]))
    assert times(tmp_path) == [0, 1, 2]
    assert [frame.kind for _, frame in read_log(tmp_path)] == [Kind.SAMPLES] * 3


def test_other_columns_are_refused(tmp_path):
    with SegmentLog(tmp_path) as log, pytest.raises(WrongSamples, match="columns signal"):
        log.append(rows(0).select(["signal", "time"]))
    assert times(tmp_path) == []


def test_reading_while_writing_sees_each_frame_once(tmp_path):
    def write():
        with SegmentLog(tmp_path, rotate_bytes=3_000) as log:
            for n in range(200):
                log.append(rows(n, 1))

    writer = threading.Thread(target=write)
    writer.start()
    found, after = [], None
    while len(found) < 200:
        for after, frame in read_log(tmp_path, after):  # noqa: B007, B020 - where to go on
            found += decode(frame.payload)["time"].to_pylist()
    writer.join()
    assert found == list(range(200))


WRITER = """
import sys
from pathlib import Path
from dure.plant.transport import SegmentLog, batch
from dure.vocabulary import Sample
with SegmentLog(Path(sys.argv[1]), rotate_bytes=20_000) as log:
    for n in range(1_000_000):
        log.append(batch(Sample("line1/p", n * 10 + i, value=0.0) for i in range(10)))
        sys.stdout.write(f"{n}\\n"); sys.stdout.flush()
"""


@pytest.mark.parametrize("acknowledgements", [1, 7, 60])
def test_a_killed_writer_loses_nothing_acknowledged(tmp_path, acknowledgements):
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        for _ in range(acknowledgements):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        acknowledged = acknowledgements + sum(1 for line in writer.stdout if line.endswith("\n"))
    with SegmentLog(tmp_path) as log:
        log.append(rows(10**9, 1))
    found = times(tmp_path)[:-1]
    assert found == list(range(len(found)))
    assert len(found) in {acknowledged * 10, acknowledged * 10 + 10}


FULL_DISK = """
import resource, sys
from pathlib import Path
from dure.plant.transport import DiskFull, SegmentLog, batch
from dure.vocabulary import Sample
log, n = SegmentLog(Path(sys.argv[1])), 0
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
try:
    while True:
        log.append(batch(Sample("line1/p", n * 100 + i, value=0.5) for i in range(100)))
        n += 1
except DiskFull as full:
    print(n, full)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.append(batch([Sample("line1/p", 10**9, value=1.0)]))
log.close()
"""


def test_a_disk_that_takes_no_more_is_said_and_nothing_half_written_counts(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        capture_output=True, text=True, check=True, env={**os.environ, "DURE_LANG": "en"},
    )  # fmt: skip
    count, sentence = done.stdout.split(" ", 1)
    assert sentence == (
        f"The log in {tmp_path} could not be written: File too large. "
        "Free disk space; the source sends again what was not confirmed.\n"
    )
    assert int(count) > 3
    assert times(tmp_path) == [*range(int(count) * 100), 10**9]


def test_a_folder_that_vanished_is_an_error_not_a_lost_sample(tmp_path):
    folder = tmp_path / "log"
    with SegmentLog(folder) as log:
        (folder / "writer.lock").unlink()
        folder.rmdir()
        with pytest.raises(DiskFull):
            log.append(rows(0))
        Path(folder).mkdir()
        log.append(rows(5))
        assert times(folder) == [5, 6, 7]
