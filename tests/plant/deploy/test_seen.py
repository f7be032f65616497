"""The log of what a model saw."""

import os

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.plant.deploy.blocks import Block
from dure.plant.deploy.hysteresis import Turn, Watch
from dure.plant.deploy.keeping import from_table, to_batch, to_samples
from dure.plant.deploy.seen import HOUR, SeenLog, TwoScorers, read

START = 1_700_000_000_000_000_000 // HOUR * HOUR


def ticks(first, count):
    return pa.RecordBatch.from_pydict(
        {"time": [first + n * 10**9 for n in range(count)], "value": np.arange(count) * 0.1}
    )


def fill(log, batches):
    for first, count in batches:
        log.append(ticks(first, count), first + (count - 1) * 10**9)


def test_what_was_kept_is_read_back_in_order(tmp_path):
    with SeenLog(tmp_path / "1") as log:
        fill(log, [(START, 3), (START + 3 * 10**9, 2)])
        assert log.tail()["time"].to_pylist() == [START + n * 10**9 for n in range(5)]
        assert log.last()["time"].to_pylist() == [START + 3 * 10**9, START + 4 * 10**9]
        assert log.tail(START + 4 * 10**9).num_rows == 1


@settings(max_examples=40, deadline=None)
@given(torn=st.integers(1, 400), noise=st.binary(max_size=30))
def test_a_torn_last_frame_is_cut_off_and_the_log_goes_on(tmp_path_factory, torn, noise):
    folder = tmp_path_factory.mktemp("log")
    with SeenLog(folder) as log:
        fill(log, [(START, 3), (START + 3 * 10**9, 2)])
        whole = next(folder.glob("*.frames"))
        size = whole.stat().st_size
    os.truncate(whole, size - torn)
    with whole.open("ab") as file:
        file.write(noise)
    with SeenLog(folder) as log:
        assert log.tail()["time"].to_pylist() == [START + n * 10**9 for n in range(3)]
        fill(log, [(START + 3 * 10**9, 1)])
        assert log.tail().num_rows == 4


def test_a_full_hour_becomes_parquet_and_is_read_as_before(tmp_path):
    with SeenLog(tmp_path) as log:
        fill(log, [(START, 3), (START + HOUR, 2)])
        before = log.tail()
        # An asset whose samples come late is decided for the former hour after it was closed.
        fill(log, [(START + HOUR - 10**9, 1), (START + 2 * HOUR, 1)])
        assert sorted(p.suffix for p in tmp_path.glob("1*.*")) == [".frames", ".parquet", ".parquet"]
        assert log.tail().num_rows == before.num_rows + 2
        assert log.tail(START + HOUR - 10**9).num_rows == 4


def test_killed_between_parquet_and_unlink_a_row_stands_once(tmp_path):
    with SeenLog(tmp_path) as log:
        fill(log, [(START, 3)])
        frames = next(tmp_path.glob("*.frames"))
        kept = frames.read_bytes()
        fill(log, [(START + HOUR, 1)])
    frames.write_bytes(kept)
    assert read(tmp_path).num_rows == 4
    with SeenLog(tmp_path) as log:
        fill(log, [(START + HOUR + 10**9, 1)])
        assert log.tail().num_rows == 5
    assert not frames.exists()


def test_killed_when_an_hour_was_closed_a_late_tick_of_it_is_still_kept(tmp_path):
    with SeenLog(tmp_path) as log:
        fill(log, [(START, 3), (START + HOUR, 1)])
        next(tmp_path.glob("*.frames")).unlink()
    with SeenLog(tmp_path) as log:
        fill(log, [(START + 5 * 10**9, 1)])
        assert log.tail()["time"].to_pylist() == [*(START + n * 10**9 for n in range(3)), START + 5 * 10**9]


def test_two_processes_cannot_score_the_same_deployment(tmp_path):
    with SeenLog(tmp_path), pytest.raises(TwoScorers):
        SeenLog(tmp_path)


def test_an_empty_log_has_nothing_to_tell(tmp_path):
    with SeenLog(tmp_path) as log:
        assert log.last() is None
        assert log.tail() is None


def blocks():
    times = np.array([START, START + 10**9])
    one = Block(
        "a/b", times, np.array([[1.0, 0.1], [np.nan, 0.2]]), np.empty((0, 2)), np.array([0, 1], dtype=np.int8)
    )
    one.outputs = {"score": np.array([0.1 + 0.2, np.nan])}
    one.watches, one.turns = [Watch(open=True, streak=0, began=START)] * 2, [Turn.RAISED, None]
    other = Block("c", times[:1], np.array([[7.0, 8.0]]), np.empty((0, 2)), np.array([0], dtype=np.int8))
    other.outputs, other.watches, other.turns = (
        {"score": np.array([1e-300])},
        [Watch(streak=2, began=START)],
        [None],
    )
    return [one, other]


def test_blocks_come_back_from_the_log_bit_for_bit(tmp_path):
    with SeenLog(tmp_path) as log:
        log.append(to_batch(blocks(), ["x", "y"]), START)
        back = from_table(log.tail(), ["x", "y"])
    for ours, theirs in zip(blocks(), back, strict=True):
        assert ours.asset == theirs.asset
        assert ours.rows.tobytes() == theirs.rows.tobytes()
        assert ours.outputs["score"].tobytes() == theirs.outputs["score"].tobytes()
        assert ours.times.tolist() == theirs.times.tolist()
        assert ours.verdicts.tolist() == theirs.verdicts.tolist()
        assert ours.watches == theirs.watches
        assert ours.turns == theirs.turns


def test_a_tick_without_a_prediction_gives_no_sample():
    samples = to_samples(blocks(), lambda asset, what: f"deploy/1/{asset}/{what}", received=5)
    told = {(row["signal"], row["time"], row["value"]) for row in samples.to_pylist()}
    assert told == {
        ("deploy/1/a/b/score", START, 0.1 + 0.2), ("deploy/1/a/b/alarm", START, 1.0),
        ("deploy/1/c/score", START, 1e-300), ("deploy/1/c/alarm", START, 0.0),
    }  # fmt: skip
