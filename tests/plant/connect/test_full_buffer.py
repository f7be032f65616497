"""A buffer that is full: the source waits, or what the setting says gives way, and every loss is named."""

import asyncio
import json
import os
import signal
import time

import numpy as np
import pytest

from dure.plant.connect import Readings, SettingRefused, Source, add_source
from dure.plant.connect.commit import GroupCommit
from dure.plant.transport import Bound, Frame, Gap, Kind, SegmentLog, decode, forget, read_log

BOUND = 130_000
A_PART = 500


def part(turn):
    """500 readings of one signal, a nanosecond apart."""
    start = turn * A_PART
    zeros = np.zeros(A_PART, np.int32)
    times = np.arange(start, start + A_PART)
    return Readings(("s/a",), zeros, times, times.astype(float), zeros.astype(np.uint8), start)


def kept(folder):
    times, gaps = [], {}
    for _, frame in read_log(folder):
        if isinstance(frame, Frame) and frame.kind is Kind.SAMPLES:
            times += decode(frame.payload)["time"].to_pylist()
        elif isinstance(frame, Frame) and frame.kind is Kind.GAP:
            gap = Gap.from_bytes(frame.payload)
            gaps[gap.start] = gap  # a later entry of the same stretch replaces an earlier one
    return times, list(gaps.values())


def offered(folder, full, parts=40, after=None):
    """Offer parts to a log with a small bound; how many were acknowledged, and the tally."""

    async def story():
        acknowledged = 0
        with SegmentLog(folder, bound=Bound(BOUND, full)) as log:
            async with GroupCommit(log, every=0.005, source="s", full=full) as sink:
                try:
                    for turn in range(parts):
                        await asyncio.wait_for(sink.put(part(turn)), 3)
                        acknowledged += 1
                except TimeoutError:
                    if after is not None:
                        after(folder)
                        await asyncio.wait_for(sink.put(part(acknowledged + 1)), 5)
                return acknowledged, sink.tally

    return asyncio.run(story())


def test_by_default_nothing_more_is_acknowledged_until_somebody_has_read(tmp_path):
    def read(folder):
        *_, (position, _frame) = read_log(folder)
        forget(folder, position)

    acknowledged, tally = offered(tmp_path / "log", "hold", after=read)
    times, gaps = kept(tmp_path / "log")
    assert 0 < acknowledged < 40
    assert tally.dropped == 0
    assert gaps == []
    waited = set(range(acknowledged * A_PART, (acknowledged + 2) * A_PART))
    assert waited <= set(times)  # the part that stood, and the next one, came in after the reading


@pytest.mark.parametrize("full", ["oldest", "newest"])
def test_what_gives_way_is_acknowledged_and_every_reading_is_stored_or_lies_in_a_named_gap(tmp_path, full):
    acknowledged, _tally = offered(tmp_path / "log", full)
    times, gaps = kept(tmp_path / "log")
    assert acknowledged == 40
    assert gaps
    assert {gap.filled_by for gap in gaps} == {"permanent"}
    lost = set(range(40 * A_PART)) - set(times)
    assert lost
    assert all(any(gap.start <= time <= gap.end for gap in gaps) for time in lost)
    assert min(lost) == (0 if full == "oldest" else max(times) + 1)
    size = sum(file.stat().st_size for file in (tmp_path / "log").glob("*.log"))
    assert size < BOUND + 5_000  # names of gaps may go beyond


def test_a_source_says_how_large_its_buffer_may_be(home):
    with pytest.raises(SettingRefused):
        Source("s", "file:///x", buffer=-1)
    with pytest.raises(SettingRefused):
        Source("s", "file:///x", when_full="everything")
    add_source(home, Source("s", "file:///x", buffer=2.5, when_full="oldest"))


def test_a_real_collector_tells_its_buffer_clock_pace_and_memory(home, collector, peer):
    machine = peer("node-opcua", variables=3, period=100)
    add_source(home, Source("line", machine.url, buffer=0.5, when_full="newest"))
    running = collector("line")
    status = home / "run" / "collector-line.json"

    def told():
        try:
            return json.loads(status.read_text())
        except (OSError, ValueError):
            return {}

    end = time.monotonic() + 30
    while told().get("rate", 0) < 5 and time.monotonic() < end:
        time.sleep(0.2)
    seen = told()
    assert seen["rate"] >= 5
    assert seen["buffer"]["bound"] == 500_000_000
    assert seen["buffer"]["full"] == "newest"
    assert seen["buffer"]["bytes"] > 0
    assert 0 <= seen["skew"] < 5
    assert time.time() - seen["received"] / 1e9 < 10
    assert seen["memory"] > 10_000_000
    os.kill(running.process.pid, signal.SIGTERM)
    running.process.wait(20)
    events = [
        json.loads(frame.payload)["what"]
        for _, frame in read_log(home / "segments" / "line")
        if isinstance(frame, Frame) and frame.kind is Kind.EVENT
    ]
    assert events == ["collecting", "stopped"]
