"""The line as a real OPC UA server, read by a client that knows nothing of it."""

import asyncio
import csv
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from asyncua import Client, Node, ua

COMMAND = [sys.executable, "-m", "dure.node.demo.line"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def emitted(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("line") / "emitted.csv"


@pytest.fixture(scope="module")
def url(emitted) -> Iterator[str]:
    words = [*COMMAND, "--port", str(free_port()), "--speed", "5", "--emitted", str(emitted)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as line:
        assert line.stdout is not None
        ready = re.search(r"opc\.tcp://127\.0\.0\.1:\d+", line.stdout.readline())
        assert ready
        yield ready[0]
        line.send_signal(signal.SIGTERM)
        assert line.wait(10) == 0


async def tags(client: Client) -> dict[str, Node]:
    area = await client.nodes.objects.get_child(["2:Line1", "2:Formation"])
    found = {}
    for folder in await area.get_children():
        for variable in await folder.get_children():
            names = [(await part.read_browse_name()).Name for part in (folder, variable)]
            found["/".join(names)] = variable
    return found


def test_every_tag_has_a_unit_and_a_korean_name_but_three_without_unit(url):
    async def read() -> tuple[dict[str, str], dict[str, str]]:
        async with Client(url) as client:
            units, names = {}, {}
            for path, node in (await tags(client)).items():
                names[path] = (await node.read_display_name()).Text
                for part in await node.get_properties():
                    if (await part.read_browse_name()).Name == "EngineeringUnits":
                        units[path] = (await part.read_value()).DisplayName.Text
            return units, names

    units, names = asyncio.run(read())
    assert len(names) == 73
    assert names.keys() - units.keys() == {"Cell05/Voltage", "Cell12/Temperature", "Cell20/Current"}
    assert {units["Cell01/Voltage"], units["Cell01/Current"], units["Chamber/Temperature"]} == {
        "V",
        "A",
        "°C",
    }
    assert names["Cell07/Temperature"] == "Cell07 온도"


def _wanted(node: Node, number: int, each: ua.DataChangeFilter) -> ua.MonitoredItemCreateRequest:
    item = ua.MonitoredItemCreateRequest()
    item.ItemToMonitor = ua.ReadValueId(NodeId=node.nodeid, AttributeId=ua.AttributeIds.Value)
    item.MonitoringMode = ua.MonitoringMode.Reporting
    item.RequestedParameters = ua.MonitoringParameters(
        ClientHandle=number, SamplingInterval=0.0, Filter=each, QueueSize=50, DiscardOldest=True
    )
    return item


def test_what_a_subscriber_gets_is_what_was_emitted(url, emitted):
    got: dict[tuple[str, int], float] = {}

    class Handler:
        def datachange_notification(self, node: Node, value: float, data) -> None:
            when = data.monitored_item.Value.SourceTimestamp.replace(tzinfo=UTC)
            got[(paths[node], (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))] = value

    paths: dict[Node, str] = {}

    async def listen() -> None:
        async with Client(url) as client:
            paths.update({node: path for path, node in (await tags(client)).items()})
            subscription = await client.create_subscription(200, Handler())
            # By value alone a server leaves out a reading that repeats the one before.
            each = ua.DataChangeFilter(Trigger=ua.DataChangeTrigger.StatusValueTimestamp)
            items = [_wanted(node, number, each) for number, node in enumerate(paths, 1)]
            await subscription.create_monitored_items(items)
            await asyncio.sleep(6)
            await subscription.delete()

    asyncio.run(listen())
    with emitted.open(newline="") as file:
        sent = {(path, int(time) // 1000): float(value) for path, time, value in csv.reader(file) if value}
    # From the second notification of each tag to its last there is no hole and no other value.
    for path in ("Cell01/Voltage", "Cell15/Current", "Cell08/Temperature", "Chamber/Temperature"):
        mine = {time: value for (name, time), value in got.items() if name == path}
        theirs = {t: v for (name, t), v in sent.items() if name == path and min(mine) <= t <= max(mine)}
        assert mine == theirs
        assert len(mine) > 15
    late = max(t for n, t in got if n == "Cell01/Voltage") - max(t for n, t in got if n == "Cell15/Voltage")
    assert late == 41_000_000
    stuck = {value for (name, _), value in got.items() if name == "Cell08/Temperature"}
    assert len(stuck) == 1


def test_source_time_advances_by_a_second_of_line_time_whatever_the_speed(url, emitted):
    del url
    with emitted.open(newline="") as file:
        times = [int(row[1]) for row in csv.reader(file) if row[0] == "Chamber/Temperature" and len(row) == 3]
    assert {after - before for before, after in pairwise(times)} == {1_000_000_000}


def test_a_taken_port_is_one_sentence_and_exit_code_2():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        ended = subprocess.run(
            [*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 2
    assert str(port) in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
