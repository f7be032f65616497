"""kill -9 of the collector under load, again and again, of six kinds of source at once (34 rounds are 204 kills): nothing acknowledged is lost or doubled."""

import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from dure.plant.connect import Source, add_source
from faults.judging import doubles, judge, last_word, reading
from faults.test_link import MQTT, OPCUA, UNBOUNDED
from peers.brokers import Broker, confirmed, publisher
from peers.programs import Program
from peers.servers import Peer

PERIOD = 0.2
BASE = 1_767_225_600  # 2026-01-01 UTC [s]


class OpcUa:
    """A server that keeps a history in memory (then nothing may be missing), or none (then what is missing is named)."""

    def __init__(self, name, kind, folder, **options):
        self.name, self.history = name, options.get("history", False)
        self.server = Peer(kind, folder, {"variables": 5, "period": 100, **options}).start()
        self.url, self.settings, self.end = self.server.url, OPCUA, self.server.kill
        self.below = f"{name}/Line1/Value"

    def quiet(self):
        self.server.say("pause")

    def all_in(self, kept):
        newest = max(one[1] for one in self.server.emitted())
        arrived = max((one[1] for one in kept.readings(self.below)), default=0)
        return arrived >= newest and all(gap.filled_by for gap in last_word(kept.gaps))

    def judge(self, kept, started, _kills):
        told = judge(self.server.emitted(), kept, self.below, since=started)
        assert not (self.history and told["missing_and_named"]), told
        return told


class Mqtt:
    """Mosquitto, and a publisher that writes down what the broker confirmed to it (QoS 1)."""

    name, settings = "mqtt", MQTT

    def __init__(self, folder):
        self.broker = Broker("mosquitto", folder, UNBOUNDED).start()
        self.log, self.url = folder / "confirmed.jsonl", f"mqtt://127.0.0.1:{self.broker.port}"
        self.load = publisher(self.log, port=self.broker.port, topics=5, period=0.1)

    def go(self):
        self.load.start()

    def quiet(self):
        assert self.load.say("pause", "paused") == "paused 0"

    def all_in(self, kept):
        return confirmed(self.log) <= kept.readings("mqtt/plant")

    def judge(self, kept, _started, _kills):
        assert not kept.gaps, kept.gaps
        return judge(confirmed(self.log), kept, "mqtt/plant")

    def end(self):
        self.load.stop()
        self.broker.stop()


class Modbus:
    """A device that is polled and keeps nothing: where a kill left a hole there is a gap of that name."""

    name = "modbus"

    def __init__(self):
        device = Program("modbus_server.mjs", {"registers": {"0": 7, "1": 9}}).start()
        self.url, self.end = f"modbus://127.0.0.1:{device.port}", device.kill
        self.settings = {"tags": "id,address,type\na,40001,uint16\nb,40002,uint16\n", "period": PERIOD}

    def quiet(self):
        """It is asked; it does not emit."""

    def all_in(self, kept):
        return bool(kept.rows)

    def judge(self, kept, _started, kills):
        times = sorted({row["time"] for row in kept.rows if row["signal"] == "modbus/a"})
        holes = [
            (a, b)
            for a, b in pairwise(times)
            if b - a > 2.1e9 * PERIOD and any(a < kill < b for kill in kills)
        ]
        unnamed = [
            one for one in holes if not any(gap.start <= one[0] and gap.end >= one[1] for gap in kept.gaps)
        ]
        assert holes
        assert not unnamed, (unnamed[:3], kept.gaps[:5])
        assert not doubles(kept.rows)
        return {
            "readings": len(kept.rows),
            "holes": len(holes),
            "gaps": {gap.cause: len(kept.gaps) for gap in kept.gaps},
        }


class Fed:
    """A source that keeps what it was given by this test, a few records each 50 ms."""

    def __init__(self):
        self.count, self._quiet = 0, threading.Event()

    def go(self):
        threading.Thread(target=self._feed, daemon=True).start()

    def _feed(self):
        while not self._quiet.wait(0.05):
            self.put(3)
            self.count += 3

    def quiet(self):
        self._quiet.set()
        time.sleep(0.3)

    def all_in(self, kept):
        return {row["value"] for row in kept.rows} >= {n / 2 for n in range(1, self.count + 1)}

    def judge(self, kept, _started, _kills):
        identities = {(row["signal"], row["time"], row["sequence"]): row["value"] for row in kept.rows}
        assert sorted(identities.values()) == [n / 2 for n in range(1, self.count + 1)]
        assert not kept.gaps, kept.gaps
        return {
            "emitted": self.count,
            "missing_and_named": 0,
            "gaps": {},
            "read_again": len(kept.rows) - self.count,
        }

    def end(self):
        self._quiet.set()


class Rest(Fed):
    """An interface that is polled for what has a larger key (Node's own server)."""

    name = "rest"

    def __init__(self):
        super().__init__()
        self.server = Program("rest_server.mjs", {"records": 0}).start()
        self.url = f"rest+http://127.0.0.1:{self.server.port}/after?id={{key}}"
        self.settings = {
            "period": 0.1,
            "tags": "id,address\nvalue,value\n",
            "names": "sensor",
            "time": "at",
            "key": "id",
        }

    def put(self, count):
        self.server.say(f"add {count}")

    def end(self):
        super().end()
        time.sleep(0.2)
        self.server.kill()


class Folder(Fed):
    """A file that grows by lines, written in halves, and a new one after each thousand lines."""

    name, settings = "folder", {"look": 0.05, "settle": 0.1}

    def __init__(self, folder):
        super().__init__()
        folder.mkdir()
        self.folder, self.url = folder, f"file://{folder}"

    def put(self, count):
        file = self.folder / f"press-{self.count // 1000:03}.csv"
        with file.open("a") as growing:
            if growing.tell() == 0:
                growing.write("time,x\n")
            for n in range(self.count + 1, self.count + count + 1):
                seconds = BASE + n
                growing.write(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)))
                growing.flush()
                growing.write(f",{n / 2}\n")


def kill_again_and_again(source, collector, rounds, wait):
    """The moments of the kills [ns]: in three of four once it reads, else wherever it is in its start."""
    dice, kills = random.Random(source.name), []  # noqa: S311 - dice of a test
    for turn in range(rounds):
        since = time.time()
        if turn:
            collector.start()
        if turn % 4 != 3:
            wait(lambda since=since: reading(collector, since), 120)
        time.sleep(dice.uniform(0.0, 0.6))
        kills.append(time.time_ns())
        collector.stop(signal.SIGKILL)
        time.sleep(dice.uniform(0.0, 0.4))
    since = time.time()
    collector.start()
    wait(lambda: reading(collector, since), 120)
    return kills


@pytest.fixture
def sources(tmp_path, ending):
    made = []
    for make in (
        lambda: OpcUa("history", "node-opcua", tmp_path / "h", history=True),
        lambda: OpcUa("plain", "asyncua", tmp_path / "p"),
        lambda: Mqtt(tmp_path / "m"),
        Modbus,
        Rest,
        lambda: Folder(tmp_path / "f"),
    ):
        made.append(make())
        ending(made[-1].end)
    return made


@pytest.mark.peer
@pytest.mark.parametrize("rounds", [2, pytest.param(34, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])])
def test_killed_collectors_lose_nothing_that_is_not_named(  # noqa: PLR0917 - fixtures
    rounds, sources, home, collect, stored, wait, figures
):
    for one in sources:
        add_source(home, Source(one.name, one.url, one.settings))
    running = {one.name: collect(one.name) for one in sources}
    wait(lambda: all(reading(each) for each in running.values()), 60)
    for one in sources:
        getattr(one, "go", lambda: None)()
    wait(lambda: all(each.status()["samples"] > 20 for each in running.values()), 30)
    started = time.time_ns()
    with ThreadPoolExecutor(len(sources)) as each:
        kills = dict(zip(running, each.map(lambda one: kill_again_and_again(one, running[one.name], rounds, wait), sources), strict=True))  # fmt: skip
    time.sleep(2.0)
    for one in sources:
        one.quiet()
    for one in sources:
        wait(lambda one=one: one.all_in(stored(one.name)), 300, 1.0)
    for one in sources:
        assert running[one.name].stop() == 0
        told = one.judge(stored(one.name), started, kills[one.name])
        figures(rounds=rounds, source=one.name, **told)
