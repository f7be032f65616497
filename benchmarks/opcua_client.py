"""Changes per core-second: our collector path, to a fsynced log, against asyncua's stock subscription.

The same asyncua server feeds both in turn (interleaved); each client is a process of its own and counts its own CPU.
python benchmarks/opcua_client.py [variables] [period in ms] [seconds] [rounds]
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
WARM = 3.0


async def stock(url: str, seconds: float) -> dict[str, float]:
    """asyncua as its documentation shows it: a handler that is called for every change, which it counts."""
    from asyncua import Client

    class Counting:
        count = 0

        def datachange_notification(self, *_: object) -> None:
            self.count += 1

    async with Client(url) as client:
        line = await client.nodes.objects.get_child(["2:Line1"])
        nodes = [node for node in await line.get_children() if "Value" in node.nodeid.to_string()]
        counting = Counting()
        subscription = await client.create_subscription(200, counting)
        for start in range(0, len(nodes), 500):
            await subscription.subscribe_data_change(nodes[start : start + 500], queuesize=100)
        return await measured(lambda: counting.count, seconds)


async def ours(url: str, seconds: float) -> dict[str, float]:
    """Our connector into a group commit into a fsynced segment log."""
    from dure.plant.connect import Place
    from dure.plant.connect.commit import GroupCommit
    from dure.plant.connect.opcua import OpcUa, OpcUaSettings
    from dure.plant.transport import SegmentLog

    with tempfile.TemporaryDirectory() as home:
        connector = OpcUa(
            Place("line1", url, Path(home)), OpcUaSettings(security="none", publishing=200.0, trigger="value")
        )
        signals = [signal for signal in await connector.browse() if "Value" in signal.id]
        with SegmentLog(Path(home) / "log") as log:
            async with GroupCommit(log) as sink:
                reading = asyncio.create_task(connector.subscribe(signals, sink))
                while sink.tally.samples < len(signals):  # noqa: ASYNC110 - the tally has no event; measured from here on, as asyncua is
                    await asyncio.sleep(0.1)
                result = await measured(lambda: sink.tally.samples, seconds)
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
                await connector.close()
        return result


async def measured(count: Callable[[], int], seconds: float) -> dict[str, float]:
    """Changes and CPU seconds of a stretch after warming up."""
    await asyncio.sleep(WARM)
    changes, cpu = count(), time.process_time()
    await asyncio.sleep(seconds)
    return {"changes": count() - changes, "cpu": time.process_time() - cpu}


def client(which: str, url: str, seconds: float) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, which, url, str(seconds)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def main(variables: int = 1000, period: int = 250, seconds: float = 6.0, rounds: int = 5) -> None:
    from peers.servers import Peer

    rates: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        server = Peer("asyncua", Path(folder), {"variables": variables, "period": period}).start()
        try:
            while len(rates) < rounds:
                both = {which: client(which, server.url, seconds) for which in ("stock", "ours")}
                print(json.dumps(both), flush=True)
                if not all(one["changes"] for one in both.values()):
                    print("the server gave nothing in one of them: not counted")
                    continue
                rates.append({which: one["changes"] / one["cpu"] for which, one in both.items()})
        finally:
            server.kill()
    ratio = statistics.median(one["ours"] / one["stock"] for one in rates)
    middle = {which: f"{statistics.median(one[which] for one in rates):,.0f}" for which in rates[0]}
    print(f"changes per client core-second (medians): {middle}")
    print(f"ours / stock = {ratio:.1f} (median of {rounds}, {variables} variables every {period} ms)")


if __name__ == "__main__":
    if sys.argv[1:2] in (["stock"], ["ours"]):
        run = {"stock": stock, "ours": ours}[sys.argv[1]]
        print(json.dumps(asyncio.run(run(sys.argv[2], float(sys.argv[3])))))
    else:
        main(*(float(word) if "." in word else int(word) for word in sys.argv[1:]))
