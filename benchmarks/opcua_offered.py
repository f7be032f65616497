"""What arrives of 50,000 changes a second that an Eclipse Milo server offers: all, or the loss named.

Each monitored item is given 1, 2, 3 …, so that a missing number shows. Our connector writes to a fsynced log in a process of
its own, whose CPU is counted. Needs Maven and a JDK 17.
python benchmarks/opcua_offered.py [variables] [changes of each a second] [seconds] [repeats]
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opcua_client import measured

from dure.plant.connect import Place
from dure.plant.connect.commit import GroupCommit
from dure.plant.connect.opcua import OpcUa, OpcUaSettings
from dure.plant.transport import Gap, Kind, SegmentLog, decode, read_log

HERE = Path(__file__).parent / "milo"
PORT = 48_620


async def collect(variables: int, seconds: float, home: Path) -> dict[str, float]:
    """Changes stored and CPU used over a stretch of so many seconds, after warming up."""
    settings = OpcUaSettings(security="none", publishing=100.0, queue=1000)
    connector = OpcUa(Place("line1", f"opc.tcp://127.0.0.1:{PORT}", home), settings)
    signals = [signal for signal in await connector.browse() if "Value" in signal.id]
    assert len(signals) == variables, len(signals)
    with SegmentLog(home / "log") as log:
        async with GroupCommit(log) as sink:
            reading = asyncio.create_task(connector.subscribe(signals, sink))
            while sink.tally.samples < len(signals):  # noqa: ASYNC110 - the tally has no event
                await asyncio.sleep(0.1)
            told = await measured(lambda: sink.tally.samples, seconds)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await connector.close()
    return told


def judged(home: Path) -> dict[str, int]:
    """Numbers stored of each item between its first and its last, and what of them is missing or named by a gap."""
    values: dict[str, set[int]] = defaultdict(set)
    gaps, stored = [], 0
    for _, frame in read_log(home / "log"):
        if frame.kind is Kind.SAMPLES:
            rows = decode(frame.payload)
            stored += rows.num_rows
            for signal, value in zip(rows["signal"].to_pylist(), rows["value"].to_pylist(), strict=True):
                values[signal].add(int(value))
        elif frame.kind is Kind.GAP:
            gaps.append(Gap.from_bytes(frame.payload))
    missing = sum(
        max(seen) - min(seen) + 1 - len(seen) for seen in ({n for n in one if n} for one in values.values())
    )
    distinct = sum(len(one) for one in values.values())
    return {"stored": stored, "distinct": distinct, "missing": missing, "gaps": len(gaps)}


@contextmanager
def offering(variables: int, rate: float) -> Iterator[str]:
    """The address of a Milo server that runs meanwhile."""
    maven = ["mvn", "-q", "-B", "compile", "dependency:copy-dependencies"]
    subprocess.run(maven, cwd=HERE, check=True)
    path = f"{HERE / 'target/classes'}:{HERE / 'target/dependency'}/*"
    words = ["java", "-cp", path, "peer.Server", str(PORT), str(variables), str(rate)]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        while server.stdout.readline().strip() != "ready":
            pass
        yield f"opc.tcp://127.0.0.1:{PORT}"
    finally:
        server.kill()


def main(variables: int = 1000, rate: float = 50.0, seconds: float = 10.0, repeats: int = 5) -> None:
    """One server, one client process after the other."""
    with offering(variables, rate):
        for _ in range(repeats):
            done = subprocess.run(
                [sys.executable, __file__, "client", str(variables), str(seconds)], capture_output=True, text=True, check=True
            )  # fmt: skip
            told = json.loads(done.stdout.splitlines()[-1])
            a_second, a_core = told["changes"] / told["wall"], told["changes"] / told["cpu"]
            print(
                f"{a_second:,.0f} changes a second arrived, {a_core:,.0f} a core-second; {told}", flush=True
            )


def client(variables: int, seconds: float) -> None:
    """One run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        told = asyncio.run(collect(variables, seconds, home))
        print(json.dumps({**told, "wall": seconds, **judged(home)}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        client(int(sys.argv[2]), float(sys.argv[3]))
    else:
        main(*(float(word) if "." in word else int(word) for word in sys.argv[1:]))
