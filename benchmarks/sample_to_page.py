"""From a sample at an OPC UA server to its prediction in a browser's stream: the whole node, 500 signals at 1 Hz.

A real server writes 125 machines of 4 variables once a second, each machine at its own moment of the second; `dure
up` connects, scores every machine each second, and a listener with a page's pass notes when predictions arrive.
The figure counts from the newest sample at or before a tick (its source time) to the arrival of the tick's
prediction; beside it stands the share of inputs that were decided before that sample had come.
"""

import argparse
import asyncio
import http.client
import json
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import psutil

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from live_scoring import INPUTS, SECOND, bring, trained

from running_node import free_port, running

if TYPE_CHECKING:
    from dure.plant.deploy import Deployment

Arrivals = list[tuple[str, float, float]]


def serve(port: int, machines: int) -> None:
    """The plant: every variable written once a second with its source time."""
    asyncio.run(_serve(port, machines))


async def _serve(port: int, machines: int) -> None:
    from asyncua import Server, ua

    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    space = await server.register_namespace("urn:dure:bench")
    nodes = []
    for n in range(machines):
        machine = await server.nodes.objects.add_object(space, f"A{n:03}")
        nodes.append([await machine.add_variable(space, name, 0.0) for name in INPUTS])
    random = np.random.default_rng(1)
    async with server:
        while True:
            began = time.time()
            for at, machine in enumerate(nodes):
                await asyncio.sleep(max(0.0, began + at / machines - time.time()))
                for place, node in enumerate(machine, 1):
                    await node.write_value(float(random.normal(10 * place, 1 + place)))
            await asyncio.sleep(max(0.0, began + 1 - time.time()))


def listen(home: Path, port: int, seconds: float) -> Arrivals:
    """Rows of the stream as a browser gets them: signal, source time, arrival [s since 1970]."""
    from dure.foundation.web import issue, key_in

    words = issue(key_in(home), "1", "worker", now=time.time())
    link = http.client.HTTPConnection("127.0.0.1", port + 1, timeout=30)
    link.request("GET", f"/live?pass={words}", headers={"Origin": f"http://localhost:{port}"})
    stream, rows = link.getresponse(), []
    ends = time.time() + seconds
    while time.time() < ends:
        line = stream.readline()
        if line.startswith(b"data: ["):
            now = time.time()
            rows += [(row["signal"], row["time"], now) for row in json.loads(line[6:])]
    link.close()
    return rows


def delays(rows: Arrivals) -> tuple[np.ndarray, np.ndarray]:
    """Of each prediction: arrival less its tick, and arrival less the newest sample that it saw. [s]"""
    seen: dict[str, list[float]] = {}
    for signal, when, _ in rows:
        if signal.startswith("line/"):
            seen.setdefault(signal.rpartition("/")[0], []).append(when)
    samples = {machine: np.sort(times) for machine, times in seen.items()}
    from_tick, from_sample = [], []
    for signal, tick, arrived in rows:
        if signal.endswith("/score"):
            machine = signal.removesuffix("/score").split("/", 2)[2]
            at = np.searchsorted(samples[machine], tick, side="right") - 1
            if at >= 0:
                from_tick.append(arrived - tick)
                from_sample.append(arrived - samples[machine][at])
    return np.array(from_tick), np.array(from_sample)


def overlooked(home: Path, deployment: "Deployment", seconds: float) -> float:
    """Share of the inputs decided in the last `seconds` whose newest sample came only after the decision."""
    from dure.plant.deploy.seen import read
    from dure.plant.historian import Historian

    seen = pl.DataFrame(pl.from_arrow(read(home / "scored" / str(deployment.pk))))
    end = int(seen["time"].max()) + 1
    start = end - 1 - int(seconds) * SECOND
    seen = seen.filter(pl.col("time") >= start)
    signals = {
        (one["asset"], name): signal for one in deployment.assets for name, signal in one["inputs"].items()
    }
    with Historian(home) as historian:
        stored = pl.DataFrame(
            pl.from_arrow(historian.query_every(sorted(signals.values()), start, end, SECOND))
        )
    differ = []
    for (asset,), own in seen.group_by("asset"):
        both = own.join(stored, on="time")
        differ += [(both[f"in:{name}"] != both[signals[asset, name]]).mean() for name in INPUTS]
    return float(np.mean(differ))


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=60)
    words.add_argument("--machines", type=int, default=125)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "home"
        home.mkdir()
        os.environ |= {"DURE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "dure.node.settings"}
        port = free_port()
        server = multiprocessing.get_context("spawn").Process(
            target=serve, args=(port, given.machines), daemon=True
        )
        server.start()
        package = trained(home)
        with running(home) as node:
            import django

            django.setup()
            from dure.plant.connect import Source, add_source

            time.sleep(5)
            add_source(home, Source("line", f"opc.tcp://127.0.0.1:{port}", {"security": "none"}))
            time.sleep(75)  # a window's history, so that every tick is scored
            deployment = bring(package, given.machines)
            time.sleep(15)
            before = {p.pid: sum(p.cpu_times()[:2]) for p in node.family()}
            rows = listen(home, node.port, given.seconds)
            spent = sum(sum(p.cpu_times()[:2]) - before.get(p.pid, 0.0) for p in node.family())
            memory = (
                sum(p.memory_full_info().pss for p in [psutil.Process(node.process.pid), *node.family()])
                / 1e6
            )
            late = overlooked(home, deployment, given.seconds)
        server.terminate()
    tick, sample = delays(rows)
    assert len(sample) > 0.8 * given.machines * given.seconds, f"only {len(sample)} predictions"
    for name, found in (("tick", tick), ("sample", sample)):
        p50, p95, p99 = np.percentile(found, [50, 95, 99])
        print(
            f"{name} -> page: p50 {p50:.2f} s, p95 {p95:.2f} s, p99 {p99:.2f} s over {len(found)} predictions"
        )
    print(f"inputs whose newest sample came after the decision: {100 * late:.2f} %")
    print(f"node: {100 * spent / given.seconds:.0f} % of one core, {memory:.0f} MB PSS")


if __name__ == "__main__":
    main()
