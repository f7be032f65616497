"""The wall clock of one process is set an hour back or ahead while it runs: of the server, of the collector, of the historian."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress

import pytest

from dure.plant.connect import Source, add_source
from dure.plant.historian import Historian
from faults.judging import judge, reading
from faults.test_link import MQTT, OPCUA, UNBOUNDED
from peers.brokers import Broker, confirmed, publisher
from peers.clocks import Clock
from peers.servers import Peer

HOUR = 3600
BEFORE = 18.0  # s; three stretches of five seconds must have agreed before a jump is believed
AFTER = 45.0


@pytest.fixture
def clock(tmp_path):
    """A clock of its own: `clock("server")`."""
    return lambda name: Clock(tmp_path / f"{name}.clock")


class Stepped:
    """A source of which one end has a clock that will be set; `ahead` is how far ours moves against the source's."""

    def __init__(self, name, clock, collector, emitted, quiet, below, sign):  # noqa: PLR0917 - a world
        self.name, self.clock, self.collector, self.below = name, clock, collector, below
        self.emitted, self.quiet, self.sign = emitted, quiet, sign


@pytest.fixture
def opcua(home, tmp_path, ending, collect, clock):
    def make(name, kind, end):
        own = clock(name)
        server = Peer(
            kind,
            tmp_path / name,
            {"variables": 3, "period": 200},
            within=own.words if end == "server" else (),
        )
        ending(server.kill)
        server.start()
        add_source(home, Source(name, server.url, OPCUA))
        running = collect(name, own.words if end == "collector" else ())
        return Stepped(name, own, running, server.emitted, lambda: server.say("pause"), f"{name}/Line1/Value", -1 if end == "server" else 1)  # fmt: skip

    return make


@pytest.fixture
def mqtt(home, tmp_path, ending, collect, clock, wait):  # noqa: PLR0917 - a world
    def make(name, end):
        own, log = clock(name), tmp_path / f"{name}.jsonl"
        broker = Broker("mosquitto", tmp_path / name, UNBOUNDED)
        ending(broker.stop)
        broker.start()
        add_source(home, Source(name, f"mqtt://127.0.0.1:{broker.port}", MQTT))
        running = collect(name, own.words if end == "collector" else ())
        wait(lambda: reading(running))
        load = publisher(log, own.words if end == "server" else (), port=broker.port, topics=3, period=0.2)
        ending(load.stop)
        load.start()
        return Stepped(name, own, running, lambda: confirmed(log), lambda: load.say("pause", "paused"), f"{name}/plant", -1 if end == "server" else 1)  # fmt: skip

    return make


@pytest.fixture
def historian(home, tmp_path, ending, clock):
    own = clock("historian")
    with (tmp_path / "historian.log").open("wb") as log:
        process = subprocess.Popen([*own.words, sys.executable, "-m", "dure.plant.historian"], env=os.environ, stderr=log)  # fmt: skip
    client = Historian(home)

    def end():
        client.close()
        process.terminate()
        assert process.wait(30) == 0

    ending(end)
    assert client.wait(60), (tmp_path / "historian.log").read_text()
    return own, client


@pytest.fixture
def stored(home, tmp_path, stored):
    """All that was ever logged: segments are linked aside as they appear, for those a clock ahead makes old are taken away."""
    aside, over = tmp_path / "aside", threading.Event()

    def follow():
        while not over.wait(0.02):
            for segment in home.glob("segments/*/*.log"):
                link = aside / segment.relative_to(home)
                link.parent.mkdir(parents=True, exist_ok=True)
                with suppress(FileExistsError, FileNotFoundError):
                    link.hardlink_to(segment)

    thread = threading.Thread(target=follow)
    thread.start()
    yield lambda source: stored(source, aside)
    over.set()
    thread.join()


def jumps(kept):
    return [one for one in kept.events if one["what"] == "clock-jumped"]


@pytest.mark.peer
@pytest.mark.parametrize(
    "steps",
    [
        pytest.param((-HOUR,), id="back"),
        pytest.param((HOUR,), id="ahead", marks=pytest.mark.soak),
        pytest.param((-HOUR, 0, HOUR), id="back, right and ahead", marks=pytest.mark.soak),
    ],
)
def test_a_clock_that_is_set_costs_nothing_and_is_named(steps, opcua, mqtt, historian, stored, wait, figures):  # noqa: PLR0917 - fixtures
    own, client = historian
    lines = [
        opcua("server-stepped", "node-opcua", "server"),
        opcua("collector-stepped", "asyncua", "collector"),
        mqtt("publisher-stepped", "server"),
        mqtt("subscriber-stepped", "collector"),
    ]
    wait(lambda: all(one.collector.status()["samples"] > 10 for one in lines), 30)
    before = {one.name: one.emitted() for one in lines}
    time.sleep(BEFORE)
    assert all(abs(one.collector.status()["skew"]) < 5 for one in lines)
    for turn, step in enumerate(steps):
        for setting in (own, *(one.clock for one in lines)):
            setting.set(step)
        for one in lines:
            wait(
                lambda one=one, step=step: abs(one.collector.status()["skew"] - one.sign * step) < 5,
                AFTER,
                0.2,
            )
        wait(lambda turn=turn: all(len(jumps(stored(one.name))) > turn for one in lines), 10)
        time.sleep(BEFORE if turn + 1 < len(steps) else 0.0)
    assert all(one.collector.status()["state"] == "collecting" for one in lines)
    for one in lines:
        one.quiet()
    wait(
        lambda: all(
            one.emitted() - before[one.name] <= stored(one.name).readings(one.below) for one in lines
        ),
        30,
        0.5,
    )
    health = client.health()
    assert (health["state"], health["error"]) == ("running", "")
    for one in lines:
        kept = stored(one.name)
        told = judge(one.emitted(), kept, one.below, before=before[one.name])
        assert told["missing_and_named"] == 0, told
        assert not kept.gaps, kept.gaps
        assert len(jumps(kept)) == len(steps), jumps(kept)
        assert one.collector.stop() == 0
        figures(
            source=one.name,
            jumps=[(jump["facts"]["before_s"], jump["facts"]["after_s"]) for jump in jumps(kept)],
            **told,
        )
    assert_the_historian_has_all(client, lines, stored, wait)


def assert_the_historian_has_all(client, lines, stored, wait):
    """Its counts are those of the logs, and the jumps are among its events."""
    expected = Counter()
    for one in lines:
        expected.update({(row["signal"], row["time"], row["sequence"]) for row in stored(one.name).rows})
    count = Counter(signal for signal, _, _ in expected)
    wait(lambda: {row["signal"]: row["count"] for row in client.signals()} == count, 30, 0.5)
    named = {event["source"] for event in client.events() if event["what"] == "clock-jumped"}
    assert named == {one.name for one in lines}
