"""The line as real servers of three protocols, each read by a client that knows nothing of it."""

import asyncio
import csv
import json
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from asyncua import Client, Node, ua

from dure.node.demo.connecting import PAPERS
from dure.node.demo.hall import ROOMS

COMMAND = [sys.executable, "-m", "dure.node.demo.line"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def emitted(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("line") / "emitted.csv"


@pytest.fixture(scope="module")
def addresses(emitted) -> Iterator[dict[str, str]]:
    words = [*COMMAND, "--speed", "5", "--emitted", str(emitted), "--mes", str(emitted.with_name("mes.db"))]
    for name in ("port", "mqtt-port", "modbus-port"):
        words += [f"--{name}", str(free_port())]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as line:
        assert line.stdout is not None
        found = re.findall(r"([a-z.]+)://(127\.0\.0\.1:\d+)", line.stdout.readline())
        assert [scheme for scheme, _host in found] == ["opc.tcp", "mqtt", "modbus"]
        yield dict(found)
        line.send_signal(signal.SIGTERM)
        assert line.wait(10) == 0


@pytest.fixture(scope="module")
def url(addresses) -> str:
    return f"opc.tcp://{addresses['opc.tcp']}"


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


class Listener:
    """A client of another maker (paho) under a client id of its own; what it was told, by topic and time."""

    def __init__(self, address: str, name: str, *, clean: bool = True) -> None:
        self.host, port = address.split(":")
        self.port = int(port)
        self.got: dict[tuple[str, int], float] = {}
        self.units: dict[str, str] = {}
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, name, clean_session=clean)
        self.client.on_message = self._take

    def _take(self, _client, _mine, message) -> None:
        said = json.loads(message.payload)
        when = datetime.fromisoformat(said["time"]) - datetime(1970, 1, 1, tzinfo=UTC)
        self.got[message.topic, when // timedelta(microseconds=1)] = said["value"]
        self.units[message.topic] = said["unit"]

    def listen(self, seconds: float, *topics: str) -> None:
        self.client.connect(self.host, self.port, keepalive=5)
        for topic in topics:
            self.client.subscribe(topic, qos=1)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.client.loop(0.1)
        self.client.disconnect()
        self.client.loop(0.1)


def test_the_rooms_publish_what_was_emitted_with_unit_and_time(addresses, emitted):
    here = Listener(addresses["mqtt"], "here")
    here.listen(3, "#")
    with emitted.open(newline="") as file:
        sent = {(row[0], int(row[1]) // 1000): float(row[2]) for row in csv.reader(file) if len(row) == 3}
    assert set(here.units) == set(ROOMS)
    assert len(here.got) >= 7 * 8
    assert here.got.items() <= sent.items()
    assert {here.units[topic] for topic in here.units} == {"°C", "%", "Pa"}


def test_a_client_that_was_away_is_given_what_it_missed(addresses):
    away = Listener(addresses["mqtt"], "away", clean=False)
    away.listen(1, "DryRoom/+")
    before = max(when for _topic, when in away.got)
    time.sleep(1.5)
    away.listen(1)
    times = sorted(when for topic, when in away.got if topic == "DryRoom/DewPoint")
    assert max(times) - before > 7_000_000  # line time runs at five times ours
    assert {later - earlier for earlier, later in pairwise(times)} == {1_000_000}


def test_the_gateway_takes_no_other_version_and_no_publication_and_lives_on(addresses):
    host, port = addresses["mqtt"].split(":")
    hello = b"\x00\x04MQTT%c\x02\x00\x05\x00\x01x"
    for words, answer in (
        (b"\x10\x0d" + hello % 5, b"\x20\x02\x00\x01"),
        (b"\x10\x0d" + hello % 4 + b"\x30\x04\x00\x01a1", b"\x20\x02\x00\x00"),
        (b"\x10\xff\xff\xff\xff\x01", b""),
        (b"GET / HTTP/1.1\r\n\r\n" * 4, b""),
    ):
        with socket.create_connection((host, int(port)), timeout=5) as talk:
            talk.sendall(words)
            heard = b"".join(iter(lambda talk=talk: talk.recv(100), b""))  # until the gateway ends it
            assert heard == answer
    alive = Listener(addresses["mqtt"], "alive")
    alive.listen(0.5, "#")
    assert alive.got


def test_the_meters_answer_as_their_register_list_says(addresses):
    host, port = addresses["modbus"].split(":")

    def ask(function: int, count: int) -> bytes:
        """An answer to one request, written by hand (Modbus messaging on TCP/IP 1.0b, §3.1)."""
        with socket.create_connection((host, int(port)), timeout=5) as talk:
            talk.sendall(struct.pack(">HHHBBHH", 7, 0, 6, 1, function, 0, count))
            answer = talk.recv(300)
        assert answer[:2] == b"\0\7"
        assert answer[7] == function
        return answer[9:]

    low, high, energy_low, energy_high, volts, hertz, factor = struct.unpack(">7H", ask(3, 7))
    kilowatts = struct.unpack(">f", struct.pack(">HH", high, low))[0]
    supply, back, flow = struct.unpack(">3h", ask(4, 3))
    assert 0.2 < kilowatts < 0.8
    assert (energy_low, energy_high) < (5000, 1)
    assert (volts, hertz, factor) == (2203, 5999, 962)
    assert 170 < supply <= back < 200
    assert 200 < flow < 280
    assert ask(2, 1)[0] in {0, 1}
    table = {
        row["이름"]: row
        for row in csv.DictReader((PAPERS / "utilities.csv").read_text(encoding="utf-8").splitlines())
    }
    assert len(table) == 9
    assert table["Meter/Energy"]["주소"] == "40003"


def test_the_mes_books_the_tray_and_each_cycle(addresses, emitted):
    del addresses
    with closing(sqlite3.connect(emitted.with_name("mes.db"))) as mes:
        cells = mes.execute("SELECT channel, ended_at FROM cell_run ORDER BY channel").fetchall()
        end = time.monotonic() + 30
        while not (cycles := mes.execute("SELECT cycle, tray FROM cycle").fetchall()):
            assert time.monotonic() < end
            time.sleep(0.5)
    assert [channel for channel, _end in cells] == [f"Cell{n:02d}" for n in range(1, 25)]
    assert {end for _channel, end in cells} == {None}
    assert cycles[0][0] == 1
