"""An acknowledgement leaves after the fsync, never before; what a killed collector had in memory comes again."""

import asyncio
import contextlib
import sys
import threading
from datetime import UTC, datetime

import pytest
from asyncua import ua

from dure.plant.connect import Place
from dure.plant.connect.commit import GroupCommit, recalled
from dure.plant.connect.keep import Watch, keep
from dure.plant.connect.opcua import OpcUa, OpcUaSettings
from dure.plant.transport import Attempts, Backoff, Gap, Kind, SegmentLog, decode, read_log
from peers.asyncua_server import DEFAULTS, build
from peers.servers import free_port

SETTINGS = OpcUaSettings(security="none", publishing=50.0, keep_alive=0.2, timeout=2.0, queue=1000)
STEP = 1_000_000  # ns between the readings of these tests


class Gate:
    """A log that writes only while its gate is open."""

    def __init__(self, log):
        self.log, self.open = log, threading.Event()

    def append(self, rows):
        if not self.open.wait(20):
            raise AssertionError("the gate stayed shut")
        return self.log.append(rows)

    def append_gap(self, gap):
        return self.log.append_gap(gap)


class Line:
    """An asyncua server in this process, one variable, and what its subscriptions still hold."""

    async def __aenter__(self):
        self.port = free_port()
        self.server, (self.value, *_) = await build({**DEFAULTS, "port": self.port, "variables": 1})
        await self.server.start()
        self.turn = 0
        return self

    async def __aexit__(self, *_):
        await self.server.stop()

    async def emit(self, count):
        """Write readings 1, 2, 3 … each with a time of its own."""
        for _ in range(count):
            self.turn += 1
            stamp = datetime.fromtimestamp(1_700_000_000 + self.turn, UTC).replace(tzinfo=None)
            await self.value.write_value(ua.DataValue(ua.Variant(float(self.turn)), SourceTimestamp=stamp))
            await asyncio.sleep(0.02)

    def held(self):
        """Sequence numbers sent and not acknowledged."""
        subscriptions = self.server.iserver.subscription_service.subscriptions.values()
        return sorted(n for one in subscriptions for n in one._not_acknowledged_results)


@contextlib.asynccontextmanager
async def collecting(line, home, log, *, kill=False):
    """A connector that reads the line into a log until the block ends; `kill` leaves no good-bye."""
    connector = OpcUa(Place("line1", f"opc.tcp://127.0.0.1:{line.port}", home), SETTINGS)
    watch = Watch("line1")
    sequencer, latest = recalled(home / "segments")
    sink = await GroupCommit(log, every=0.05, sequencer=sequencer, latest=latest, on_up=watch.up).__aenter__()
    attempts = Attempts(Backoff(first=0.05, ceiling=0.2))
    keeping = asyncio.create_task(keep(connector, (), sink, watch, attempts=attempts))
    try:
        yield sink, watch
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        if kill:
            connector._link.drop()
            connector._book.close()
            sink._writer.cancel()
            await asyncio.gather(sink._writer, return_exceptions=True)
        else:
            await connector.close()
            await sink.__aexit__()


async def until(what, seconds=15.0):
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.02)


def stored(home):
    return {
        row["value"]
        for _, frame in read_log(home / "segments")
        if frame.kind is Kind.SAMPLES
        for row in decode(frame.payload).to_pylist()
        if row["signal"].endswith("Value0000")
    }


@pytest.mark.skipif(sys.platform == "win32", reason="the log locks by fcntl")
def test_nothing_is_acknowledged_before_it_is_on_the_disk(home):
    async def story():
        with SegmentLog(home / "segments") as log:
            gate = Gate(log)
            async with Line() as line, collecting(line, home, gate):
                await until(line.held)
                await line.emit(20)
                await asyncio.sleep(1.0)
                shut = line.held()
                assert shut[0] == 1, "the first notification was acknowledged before it was written"
                assert not stored(home)
                gate.open.set()
                await until(lambda: stored(home) >= set(map(float, range(1, 21))))
                await until(
                    lambda: not set(shut) & set(line.held())
                )  # and soon after the disk has it, it is let go

    home.mkdir()
    asyncio.run(story())


def test_what_a_killed_collector_had_not_written_comes_again(home):
    async def story():
        with SegmentLog(home / "segments") as log:
            gate = Gate(log)
            gate.open.set()
            async with Line() as line:
                async with collecting(line, home, gate, kill=True):
                    await until(lambda: stored(home))
                    await line.emit(10)
                    await until(lambda: 10.0 in stored(home))
                    gate.open.clear()
                    await line.emit(10)
                    await asyncio.sleep(0.5)
                    assert not {15.0, 20.0} <= stored(home)
                    sent = line.held()
                    assert sent, "nothing was under way when the collector was killed"
                gate.log = None  # what the killed one had in memory is never written
                gate.append = lambda _: None
                gate.open.set()
                async with collecting(line, home, log):
                    await line.emit(5)
                    await until(lambda: stored(home) >= set(map(float, range(1, 26))))
        gaps = [Gap.from_bytes(f.payload) for _, f in read_log(home / "segments") if f.kind is Kind.GAP]
        assert {gap.filled_by for gap in gaps} == {"transfer"}

    home.mkdir()
    asyncio.run(story())


def test_readings_of_one_time_are_told_apart_and_acknowledged_within_a_second(home):
    async def story():
        with SegmentLog(home / "segments") as log:
            async with Line() as line, collecting(line, home, log):
                await until(lambda: stored(home))
                stamp = datetime(2026, 1, 1)  # noqa: DTZ001 - asyncua's times bear no zone
                for value in (1.0, 2.0, 3.0):
                    await line.value.write_value(ua.DataValue(ua.Variant(value), SourceTimestamp=stamp))
                    await asyncio.sleep(0.1)
                sent = line.held()
                await asyncio.sleep(1.0)
                assert {1.0, 2.0, 3.0} <= stored(home)
                assert not set(sent[:-1]) & set(line.held())
        rows = [
            (row["time"], row["sequence"], row["value"])
            for _, frame in read_log(home / "segments")
            if frame.kind is Kind.SAMPLES
            for row in decode(frame.payload).to_pylist()
            if row["time"] == 1_767_225_600_000_000_000
        ]
        assert sorted(set(rows)) == [(1_767_225_600_000_000_000, n, n + 1.0) for n in range(3)]

    home.mkdir()
    asyncio.run(story())
