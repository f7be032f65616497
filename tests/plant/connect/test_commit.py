"""Group commit: a promise is kept only when the readings are on the disk."""

import asyncio
import threading
import time

import numpy as np
import pytest

from dure.plant.connect import Readings
from dure.plant.connect.commit import HIGH_WATER, GroupCommit, recalled
from dure.plant.transport import DiskFull, Gap, Kind, SegmentLog, decode, read_log


def readings(*rows, names=("s/a", "s/b"), text=None):
    index, time_, value = zip(*rows, strict=True)
    count = len(rows)
    return Readings(
        names,
        np.array(index, np.int32),
        np.array(time_),
        np.array(value, float),
        np.zeros(count, np.uint8),
        99,
        text or {},
    )


class Gate:
    """A log that writes only while its gate is open."""

    def __init__(self, log):
        self.log, self.open = log, threading.Event()

    def append(self, rows):
        assert self.open.wait(10)
        return self.log.append(rows)

    def append_gap(self, gap):
        return self.log.append_gap(gap)


def stored(folder):
    return [
        row
        for _, frame in read_log(folder)
        if frame.kind is Kind.SAMPLES
        for row in decode(frame.payload).to_pylist()
    ]


def test_the_promise_is_kept_after_the_write_and_not_before(tmp_path):
    async def story():
        with SegmentLog(tmp_path) as log:
            gate = Gate(log)
            async with GroupCommit(gate, every=0.01) as sink:
                written = sink.put(readings((0, 1, 1.0), (1, 1, 2.0)))
                await asyncio.sleep(0.2)
                assert not written.done()
                assert not stored(tmp_path)
                gate.open.set()
                await asyncio.wait_for(written, 5)
                assert [row["value"] for row in stored(tmp_path)] == [1.0, 2.0]

    asyncio.run(story())


def test_many_notifications_share_one_write(tmp_path):
    async def story():
        with SegmentLog(tmp_path) as log:
            async with GroupCommit(log, every=0.1) as sink:
                await asyncio.gather(*(sink.put(readings((0, n, float(n)))) for n in range(50)))
                assert sink.tally.samples == 50
        assert len(list(read_log(tmp_path))) == 1

    asyncio.run(story())


def test_one_who_stops_waiting_does_not_break_the_promise_to_another(tmp_path):
    async def story():
        with SegmentLog(tmp_path) as log:
            async with GroupCommit(log, every=0.05) as sink:
                waiting = asyncio.ensure_future(sink.put(readings((0, 1, 1.0))))
                other = sink.put(readings((0, 2, 1.0)))
                waiting.cancel()
                await asyncio.wait_for(other, 5)

    asyncio.run(story())


def test_a_full_disk_is_tried_again_and_loses_nothing(tmp_path):
    class Full:
        def __init__(self, log):
            self.log, self.times = log, 0

        def append(self, rows):
            self.times += 1
            if self.times < 2:
                raise DiskFull(str(tmp_path), reason="No space left on device")
            return self.log.append(rows)

        append_gap = None

    async def story():
        with SegmentLog(tmp_path) as log:
            async with GroupCommit(Full(log), every=0.01) as sink:
                written = sink.put(readings((0, 1, 1.0)))
                await asyncio.sleep(0.3)
                assert not written.done()
                assert "No space left" in sink.tally.disk
                await asyncio.wait_for(written, 5)
                assert not sink.tally.disk
        assert len(stored(tmp_path)) == 1

    asyncio.run(story())


def test_memory_is_bounded_while_the_disk_is_slow(tmp_path):
    async def story():
        with SegmentLog(tmp_path) as log:
            gate = Gate(log)
            async with GroupCommit(gate, every=0.01) as sink:
                count = HIGH_WATER
                many = Readings(
                    ("a",),
                    np.zeros(count, np.int32),
                    np.arange(count),
                    np.zeros(count),
                    np.zeros(count, np.uint8),
                    0,
                )
                sink.put(many)
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(sink.room(), 0.1)
                gate.open.set()
                await asyncio.wait_for(sink.room(), 10)

    asyncio.run(story())


def test_what_waits_is_written_when_the_collector_stops(tmp_path):
    async def story():
        with SegmentLog(tmp_path) as log:
            async with GroupCommit(log, every=60) as sink:
                sink.put(readings((0, 1, 1.0)))
                sink.gap(Gap("s", 1, 2))
        assert len(list(read_log(tmp_path))) == 2

    start = time.monotonic()
    asyncio.run(story())
    assert time.monotonic() - start < 5


def test_a_new_start_goes_on_numbering_where_the_log_ends(tmp_path):
    async def story(*rows, text=None):
        sequencer, latest = recalled(tmp_path)
        with SegmentLog(tmp_path) as log:
            async with GroupCommit(log, every=0.01, sequencer=sequencer, latest=latest) as sink:
                await sink.put(readings(*rows, text=text))
        return latest

    assert asyncio.run(story((0, 10, 1.0), (0, 10, 2.0))) == 0
    assert asyncio.run(story((0, 10, 2.0), (0, 10, 3.0), (0, 11, 3.0))) == 10
    identities = [(row["time"], row["sequence"], row["value"]) for row in stored(tmp_path)]
    assert identities == [(10, 0, 1.0), (10, 1, 2.0), (10, 1, 2.0), (10, 2, 3.0), (11, 0, 3.0)]


def test_words_reach_the_log(tmp_path):
    async def story():
        with SegmentLog(tmp_path) as log:
            async with GroupCommit(log, every=0.01) as sink:
                await sink.put(readings((0, 1, float("nan")), (1, 1, 2.0), text={0: "가동"}))

    asyncio.run(story())
    assert [row["text"] for row in stored(tmp_path)] == ["가동", None]


def test_a_source_that_goes_back_further_than_is_remembered_is_said_once(tmp_path):
    """A file sorted by machine, whose signals have no machine in their names."""
    from dure.plant.connect.sequence import Sequencer
    from dure.plant.transport import Event

    async def story():
        with SegmentLog(tmp_path) as log:
            async with GroupCommit(log, every=0.001, sequencer=Sequencer(memory=32), source="s") as sink:
                for machine in range(3):
                    await sink.put(readings(*[(0, t, float(machine)) for t in range(100)]))

    asyncio.run(story())
    events = [Event.from_bytes(f.payload) for _, f in read_log(tmp_path) if f.kind is Kind.EVENT]
    assert {one.what for one in events} == {"went-back"}
    assert "readings lie before what is remembered" in events[0].facts["message_en"]
    assert len(events) <= 3


def test_half_a_sign_becomes_a_question_mark_and_stops_nothing(tmp_path):
    async def story():
        with SegmentLog(tmp_path) as log:
            async with GroupCommit(log, every=0.01) as sink:
                odd = readings((0, 1, float("nan")), names=("s/\ud800",), text={0: "a\udfffb"})
                await asyncio.wait_for(sink.put(odd), 5)
                await asyncio.wait_for(sink.put(readings((1, 2, 2.0))), 5)

    asyncio.run(story())
    assert [(row["signal"], row["text"]) for row in stored(tmp_path)] == [("s/?", "a?b"), ("s/b", None)]


def test_a_writer_that_broke_is_loud():
    class Broken:
        def append(self, _):
            raise ValueError("a fault of ours")

    async def story():
        sink = await GroupCommit(Broken(), every=0.01).__aenter__()
        with pytest.raises(ValueError, match="a fault of ours"):
            await asyncio.wait_for(sink.put(readings((0, 1, 1.0))), 5)
        await asyncio.wait_for(sink.room(), 5)
        with pytest.raises(ValueError, match="a fault of ours"):
            sink.put(readings((0, 2, 1.0)))
        await sink.__aexit__()

    asyncio.run(story())
