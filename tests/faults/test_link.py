"""The cable between the machines and the node is pulled: OPC UA, MQTT, Modbus and an edge box at once, for 10 s to half an hour."""

import os
import subprocess
import sys
import time
from itertools import pairwise

import pytest

from dure.plant.connect import Source, add_source
from dure.plant.edge import invite, join
from dure.plant.edge.certificate import fingerprint_of, node_certificate
from faults.judging import judge, last_word, reading
from peers.brokers import Broker, confirmed, publisher
from peers.networks import FAR, NEAR
from peers.programs import Program
from peers.servers import Peer, free_port

OPCUA = {"publishing": 100.0, "keep_alive": 0.6, "timeout": 2.0, "queue": 1000, "security": "none"}
MQTT = {"timeout": 2.0, "keep_alive": 1.0, "topics": "plant/#", "queue": 0}
UNBOUNDED = ("max_queued_messages 0", "max_inflight_messages 200")
PERIOD = 0.2
PATIENCE = 45  # s after which a box knows that its node does not answer
LOADED = 2.5  # s that a poll may be late on cores that others use


class Machine:
    """A source across the cable, its collector, and what it has emitted; `below` is the path of its signals."""

    below = ""

    def __init__(self, home, collector):
        self.home, self.collector, self.source = home, collector, collector.source

    def lost(self):
        return self.collector.status()["state"] == "lost"

    def back(self, since):
        return reading(self.collector, since)

    def quiet(self):
        """Emit no more."""

    def all_in(self, kept):  # noqa: ARG002 - each kind looks for its own
        return True


class OpcUa(Machine):
    """A server that keeps a history in memory, or none."""

    def __init__(self, home, collect, cable, ending, folder, kind, *, name, words=None, **options):  # noqa: PLR0917 - a world
        self.server = Peer(
            kind, folder, {"host": FAR, "variables": 5, "period": 200, **options}, within=cable.far
        )
        ending(self.server.kill)
        self.server.start()
        add_source(home, Source(name, self.server.url, OPCUA))
        super().__init__(home, collect(name, words or cable.near, home))
        self.history = options.get("history")
        self.below = f"{name}/Line1/Value"

    def quiet(self):
        self.server.say("pause")

    def all_in(self, kept):
        newest = max(one[1] for one in self.server.emitted())
        found = kept.readings(self.below)
        return max((one[1] for one in found), default=0) >= newest and all(
            gap.filled_by for gap in last_word(kept.gaps)
        )

    def judge(self, kept, started):
        told = judge(self.server.emitted(), kept, self.below, since=started)
        if self.history:
            assert told["missing_and_named"] == 0, told
        return told


class Mqtt(Machine):
    """A Mosquitto with a store, and a publisher beside it that writes down what was confirmed to it."""

    def __init__(self, home, collect, cable, ending, folder):
        broker = Broker("mosquitto", folder / "broker", within=cable.far)
        broker.lines = (*UNBOUNDED, f"listener {broker.port} {FAR}")
        ending(broker.stop)
        broker.start()
        add_source(home, Source("mqtt", f"mqtt://{FAR}:{broker.port}", MQTT))
        super().__init__(home, collect("mqtt", cable.near))
        self.log = folder / "confirmed.jsonl"
        self.load = publisher(self.log, cable.far, port=broker.port, topics=5, period=0.2)
        ending(self.load.stop)

    def go(self):
        self.load.start()

    def quiet(self):
        assert self.load.say("pause", "paused") == "paused 0"

    def all_in(self, kept):
        return confirmed(self.log) <= kept.readings("mqtt/plant")

    def judge(self, kept, _):
        told = judge(confirmed(self.log), kept, "mqtt/plant")
        assert told["missing_and_named"] == 0, told
        assert not kept.gaps, "the broker kept our session"
        return told


class Modbus(Machine):
    """A device that is polled and keeps nothing: where there are no readings, there must be a named gap."""

    def __init__(self, home, collect, cable, ending):
        device = Program("modbus_server.mjs", {"host": FAR, "registers": {"0": 7, "1": 9}}, within=cable.far)
        ending(device.kill)
        device.start()
        told = {"tags": "id,address,type\na,40001,uint16\nb,40002,uint16\n", "period": PERIOD, "timeout": 1.0}
        add_source(home, Source("modbus", f"modbus://{FAR}:{device.port}", told))
        super().__init__(home, collect("modbus", cable.near))

    def judge(self, kept, _):
        times = sorted(row["time"] for row in kept.rows if row["signal"] == "modbus/a")
        bare = [(a, b) for a, b in pairwise(times) if b - a > LOADED * 1e9]
        assert bare, "the cut left no hole"
        for start, end in bare:
            assert any(gap.start <= start and gap.end >= end for gap in kept.gaps), (start, end, kept.gaps)
        return {"readings": len(times), "holes": len(bare), "gaps": len(last_word(kept.gaps))}


class Edge(OpcUa):
    """A server beside its edge box: the cable lies between the box and the node's intake."""

    def __init__(self, node, collect, cable, ending, folder):
        self.node, box, port = node, folder / "box", free_port()
        (box / "segments").mkdir(parents=True)
        certificate, _ = node_certificate(node)
        join(box, invite(node, "press-shop", f"https://{NEAR}:{port}", fingerprint_of(certificate)).line)
        for words, within, at in (
            (["intake", NEAR, str(port)], cable.near, node),
            (["forward"], cable.far, box),
        ):
            with (folder / f"{words[0]}.log").open("ab") as log:
                command = [*within, sys.executable, "-m", "dure.plant.edge", *words]
                process = subprocess.Popen(command, env={**os.environ, "DURE_HOME": str(at)}, stderr=log)
            ending(lambda one=process: (one.kill(), one.wait()))
        self.said = folder / "forward.log"
        super().__init__(
            box, collect, cable, ending, folder / "peer", "asyncua", name="edge", words=cable.far
        )
        self.home = node

    def lost(self):
        return "does not answer" in self.said.read_text()

    def back(self, _since):
        return "the node is reached again" in self.said.read_text()

    def judge(self, kept, started):
        assert reading(self.collector), "the box went on reading"
        told = judge(self.server.emitted(), replace_rows(kept), self.below, since=started)
        assert told["missing_and_named"] == 0, told
        return {**told, "sent_again": len(kept.rows) - len(replace_rows(kept).rows)}


def replace_rows(kept):
    """The log as the historian counts it: a sample is its identity, however often it came."""
    once = {(row["signal"], row["time"], row["sequence"]): row for row in kept.rows}
    kept.rows = list(once.values())
    return kept


def when(machines, what, seconds, since):
    """After how many seconds `what` came true of each machine, of those of which it did within `seconds`."""
    found, end = {}, time.monotonic() + seconds
    while len(found) < len(machines) and time.monotonic() < end:
        for one in machines:
            if one.source not in found and what(one):
                found[one.source] = round(time.monotonic() - since, 1)
        time.sleep(0.1)
    return found


@pytest.fixture
def machines(home, tmp_path, cable, collect, ending):
    home.mkdir()
    (home / "segments").mkdir()
    history = OpcUa(home, collect, cable, ending, tmp_path / "h", "node-opcua", name="history", history=True)
    plain = OpcUa(home, collect, cable, ending, tmp_path / "p", "asyncua", name="plain")
    mqtt = Mqtt(home, collect, cable, ending, tmp_path)
    modbus = Modbus(home, collect, cable, ending)
    edge = Edge(home, collect, cable, ending, tmp_path)
    return [history, plain, mqtt, modbus, edge]


@pytest.mark.peer
@pytest.mark.parametrize(
    "seconds",
    [
        10,
        pytest.param(60, marks=[pytest.mark.soak]),
        pytest.param(1800, marks=[pytest.mark.soak, pytest.mark.timeout(3000)]),
    ],
)
def test_a_pulled_cable_loses_nothing_that_is_not_named(seconds, machines, cable, stored, wait, figures):  # noqa: PLR0917 - fixtures
    kept = {one.source: lambda one=one: stored(one.source, one.home) for one in machines}
    wait(lambda: all(one.collector.status()["samples"] > 20 for one in machines if one.source != "mqtt"), 40)
    wait(lambda: reading(next(one for one in machines if one.source == "mqtt").collector))
    next(one for one in machines if one.source == "mqtt").go()
    wait(lambda: len(kept["edge"]().rows) > 20 and len(kept["mqtt"]().rows) > 20)
    started = time.time_ns()
    time.sleep(1.0)
    cable.pull()
    pulled = time.monotonic()
    noticed = when(machines, lambda one: one.lost(), seconds, pulled)
    silent = {one.source for one in machines} - noticed.keys()
    assert silent <= ({"edge"} if seconds < PATIENCE else set()), f"went on as if nothing were cut: {silent}"
    time.sleep(max(0.0, seconds - (time.monotonic() - pulled)))
    cable.plug()
    plugged, since = time.monotonic(), time.time()
    again = when(machines, lambda one: one.source in silent or one.back(since), 400, plugged)
    for one in machines:
        one.quiet()
    whole = when(machines, lambda one: one.all_in(kept[one.source]()), 400, plugged)
    assert len(again) == len(whole) == len(machines), (again, whole)
    for one in machines:
        told = one.judge(kept[one.source](), started)
        figures(seconds=seconds, source=one.source, noticed_s=noticed.get(one.source), read_again_s=again[one.source], whole_s=whole[one.source], **told)  # fmt: skip
        assert one.collector.stop() == 0
