"""A full negotiation, request to finalized, between two nodes of ours: time of one, and how many a second.

Both are nodes as `dure up` starts their pages (granian, SQLite with every commit on the disk), each message over HTTP, each
step durable at both sides. The identity is the TCK's mock header: what signing and verifying adds is not in the figures.
"""

import json
import sqlite3
import statistics
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from conformance import dsp

ONE_BY_ONE, AT_ONCE, TOGETHER = 100, 200, 8


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        consumer, provider = (
            stack.enter_context(dsp.node(Path(folder) / name, DJANGO_SETTINGS_MODULE="pair", SCRIPT_OWN=name))
            for name in ("consumer", "provider")
        )
        negotiate(consumer, provider)
        finished(consumer, 1)
        for number in range(ONE_BY_ONE):
            negotiate(consumer, provider)
            finished(consumer, number + 2)
        taken = sorted(durations(consumer)[1:])
        middle, tail = statistics.median(taken), taken[int(0.99 * len(taken))]
        print(f"one at a time, {ONE_BY_ONE}: p50 {middle * 1e3:.0f} ms, p99 {tail * 1e3:.0f} ms")
        start, before = time.perf_counter(), processor(consumer) + processor(provider)
        with ThreadPoolExecutor(TOGETHER) as pool:
            list(pool.map(lambda _: negotiate(consumer, provider), range(AT_ONCE)))
        finished(consumer, ONE_BY_ONE + AT_ONCE + 1)
        finished(provider, ONE_BY_ONE + AT_ONCE + 1)
        spent = (processor(consumer) + processor(provider) - before) / AT_ONCE
        rate = AT_ONCE / (time.perf_counter() - start)
        print(
            f"{AT_ONCE} at once: {rate:.0f} negotiations a second; processor, both nodes: {spent * 1e3:.0f} ms each"
        )


def processor(node: dsp.Node) -> float:
    """Processor time that a node has taken. [s]"""
    parent = psutil.Process(node.process.pid)
    times = [one.cpu_times() for one in (parent, *parent.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def negotiate(consumer: dsp.Node, provider: dsp.Node) -> None:
    asked = {
        "datasetId": "press-1",
        "offerId": "CD123:press-1:456",
        "providerId": "provider",
        "connectorAddress": f"{provider.url}/dsp/2025-1",
    }
    url = f"{consumer.url}/tck/negotiations/requests"
    with urllib.request.urlopen(url, json.dumps(asked).encode(), timeout=60) as answer:  # noqa: S310 - our own node
        assert answer.status == 200


def records(node: dsp.Node) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{node.environment['DURE_HOME']}/db.sqlite3?mode=ro", uri=True)


def finished(node: dsp.Node, count: int) -> None:
    deadline = time.monotonic() + 120
    with closing(records(node)) as database:
        while time.monotonic() < deadline:
            states = dict(database.execute("SELECT state, count(*) FROM exchange_negotiation GROUP BY state"))
            if states.get("FINALIZED", 0) >= count:
                return
            time.sleep(0.005)
    raise AssertionError(states)


def durations(node: dsp.Node) -> list[float]:
    query = (
        "SELECT (julianday(changed) - julianday(created)) * 86400 FROM exchange_negotiation ORDER BY created"
    )
    with closing(records(node)) as database:
        return [row[0] for row in database.execute(query)]


if __name__ == "__main__":
    main()
