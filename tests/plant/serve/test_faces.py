"""SCADA of other makers reads dure: node-opcua by OPC UA, the npm Sparkplug packages at Mosquitto; and sees it die."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from dure.plant.connect import trust_certificate
from dure.plant.serve import beat
from dure.plant.serve.users import add_user
from dure.plant.serve.writing import set_face
from dure.vocabulary import Quality, Sample
from machines.historian_process import historian_process
from peers.brokers import Broker
from peers.servers import HERE, free_port, need_node_opcua

pytestmark = pytest.mark.peer
SCORE, WORDS, ALARM = "deploy/1/Cell01/score", "deploy/1/Cell01/class", "alarms/press-hot"
NAMES = ["dure/Heartbeat", "dure/Stale", "dure/Reason", SCORE, WORDS, ALARM]


class Reader:
    """A program of another runtime whose lines of JSON are kept as they come."""

    def __init__(self, script, options):
        need_node_opcua()
        self.process = subprocess.Popen(
            ["node", script, json.dumps(options)],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self.process.stdout:
            if line.startswith("{"):  # node-opcua prints its own words about old runtimes
                self._lines.put(json.loads(line))

    def until(self, holds, seconds=20.0):
        """The first line from now on for which `holds`."""
        end = time.monotonic() + seconds
        last = None
        while (left := end - time.monotonic()) > 0:
            try:
                last = self._lines.get(timeout=left)
            except queue.Empty:
                break
            if holds(last):
                return last
        return pytest.fail(f"not within {seconds} s; last was {last}")

    def silent_from(self, moment, seconds):
        """Whether no value was read after `moment`, as far as `seconds` behind it tell."""
        end = moment + seconds
        while (left := end - time.time()) > 0:
            with suppress(queue.Empty):
                line = self._lines.get(timeout=left)
                if "read" in line and line["at"] > moment:
                    return False
        return True

    def say(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def end(self):
        self.process.kill()
        self.process.wait(10)
        self._thread.join(10)
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def reader():
    made = []

    def start(script, options):
        made.append(Reader(script, options))
        return made[-1]

    yield start
    for one in made:
        one.end()


@contextmanager
def serving(home):
    with (home / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dure.plant.serve"], env={**os.environ, "DURE_HOME": str(home)}, stderr=log
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(15)


class Line:
    """A worker as the faces see it: a pulse, a prediction and an alarm each half second, while it is let live."""

    def __init__(self, home, historian):
        self.home, self.historian = home, historian
        self.living = threading.Event()
        self.living.set()
        self.count = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def _live(self):
        while not self._ended.wait(0.3):
            if self.living.is_set():
                self.say()

    def say(self):
        self.count += 1
        now = time.time_ns()
        self.historian.append(
            "deploy", [Sample(SCORE, now, self.count / 8), Sample(WORDS, now, float("nan"), text="양품")]
        )
        beat(self.home, time.time(), time.time() + 0.5)

    def end(self):
        self._ended.set()
        self._thread.join(10)


@pytest.fixture
def line(home):
    with historian_process(home) as historian:
        historian.append("alarms", [Sample(ALARM, time.time_ns(), 1.0, quality=Quality.GOOD)])
        made = Line(home, historian)
        made.historian = historian
        yield made
        made.end()


def read(line_, name):
    return line_.get("read", {}).get(name, {})


def test_a_scada_reads_the_score_and_sees_within_two_seconds_that_scoring_hangs_and_that_dure_is_gone(
    home, line, reader
):
    port = free_port()
    set_face(home, "opcua", {"port": port, "plain": True, "anonymous": True})
    with serving(home) as process:
        scada = start_opcua(reader, home, port)
        good = scada.until(
            lambda one: read(one, SCORE).get("status") == "Good" and read(one, SCORE)["value"] > 0.3
        )
        assert read(good, WORDS)["value"] == "양품"
        assert read(good, ALARM)["value"] == 1
        assert read(good, "dure/Stale")["value"] is False
        line.living.clear()
        stopped = time.time()
        stale = scada.until(lambda one: read(one, "dure/Stale").get("value") is True)
        assert stale["at"] - stopped < 2.6, "two seconds, and the beat that was under way when it stopped"
        assert read(stale, "dure/Reason")["value"] == "scoring has stopped"
        late = scada.until(lambda one: read(one, SCORE).get("status") == "UncertainLastUsableValue")
        assert late["at"] - stopped < 3.0
        line.living.set()
        scada.until(
            lambda one: read(one, "dure/Stale").get("value") is False and read(one, SCORE)["status"] == "Good"
        )
        beats = {read(scada.until(lambda one: "read" in one), "dure/Heartbeat")["value"] for _ in range(12)}
        assert len(beats) > 1, "the heartbeat goes on"
        process.kill()
        killed = time.time()
        assert scada.silent_from(killed + 2.0, 2.0), "nobody reads a value from a server that is gone"


def start_opcua(reader, home, port, **more):
    """A reader of the server, once it listens."""
    wait_for(home, "OPC UA is served")
    return reader("opcua_reader.mjs", {"url": f"opc.tcp://127.0.0.1:{port}/dure", "names": NAMES, **more})


def wait_for(home, words, seconds=30):
    end = time.monotonic() + seconds
    while words not in (home / "serve.log").read_text():
        assert time.monotonic() < end, (home / "serve.log").read_text()
        time.sleep(0.1)


def test_the_historian_gone_makes_everything_uncertain(home, reader):
    port = free_port()
    home.mkdir(parents=True)
    set_face(home, "opcua", {"port": port, "plain": True, "anonymous": True})
    with historian_process(home) as historian:
        line = Line(home, historian)
        with serving(home):
            scada = start_opcua(reader, home, port)
            scada.until(lambda one: read(one, SCORE).get("status") == "Good")
            line.end()
            pid = historian.health()["pid"]
            os.kill(pid, signal.SIGSTOP)
            stopped = time.time()
            try:
                stale = scada.until(lambda one: read(one, "dure/Stale").get("value") is True)
                assert stale["at"] - stopped < 3.0
                assert read(stale, SCORE)["status"] == "UncertainLastUsableValue"
            finally:
                os.kill(pid, signal.SIGCONT)


@pytest.mark.usefixtures("line")
def test_nobody_writes_and_a_stranger_does_not_even_read(home, reader):
    port = free_port()
    set_face(home, "opcua", {"port": port, "plain": True, "anonymous": False})
    password = add_user(home, "scada")
    with serving(home):
        assert "refused" in start_opcua(reader, home, port).until(lambda _: True)
        assert "refused" in start_opcua(reader, home, port, user="scada", password="guess").until(
            lambda _: True
        )
        known = start_opcua(reader, home, port, user="scada", password=password, write=SCORE)
        assert known.until(lambda one: "written" in one)["written"] != "Good"
        known.until(lambda one: read(one, SCORE).get("status") == "Good")


@pytest.mark.usefixtures("line")
def test_an_encrypted_client_is_let_in_once_a_person_trusts_its_certificate(home, reader):
    port = free_port()
    set_face(home, "opcua", {"port": port, "plain": False, "anonymous": False})
    password = add_user(home, "scada")
    with serving(home):
        asked = {"user": "scada", "password": password}
        assert "refused" in start_opcua(reader, home, port, **asked).until(lambda _: True), (
            "no unencrypted way in"
        )
        assert "refused" in start_opcua(reader, home, port, secured=True, **asked).until(lambda _: True)
        [kept] = (home / "certificates/rejected").glob("*.der")
        trust_certificate(home, kept.stem[:16])
        trusted = start_opcua(reader, home, port, secured=True, **asked)
        trusted.until(lambda one: read(one, SCORE).get("status") == "Good")


def test_a_sparkplug_host_hears_births_data_a_rebirth_and_the_death_of_a_killed_node(
    home, line, reader, tmp_path
):
    broker = Broker("mosquitto", tmp_path / "broker").start()
    try:
        set_face(
            home,
            "sparkplug",
            {"broker": f"mqtt://127.0.0.1:{broker.port}", "group": "plant", "node": "dure", "user": ""},
        )
        host = reader("sparkplug_host.mjs", {"port": broker.port, "group": "plant", "node": "dure"})
        host.until(lambda one: one.get("ready"))
        with serving(home) as process:
            birth = host.until(
                lambda one: one.get("topic") == "spBv1.0/plant/NBIRTH/dure" and named(one, SCORE)
            )
            assert birth["seq"] == 0
            assert named(birth, WORDS)["value"] == "양품"
            assert named(birth, SCORE)["quality"] == 192
            alias = named(birth, SCORE)["alias"]
            # data bear no types (tck-id-payloads-metric-datatype-not-req), without which these packages read no value
            host.until(lambda one: one.get("topic", "").endswith("NDATA/dure") and aliased(one, alias))
            host.say("rebirth")
            again = host.until(lambda one: one.get("topic", "").endswith("NBIRTH/dure"))
            assert named(again, "bdSeq")["value"] == named(birth, "bdSeq")["value"]
            assert named(again, SCORE)["value"] > named(birth, SCORE)["value"]
            line.living.clear()
            time.sleep(2.6)
            host.say("rebirth")
            stale = host.until(lambda one: one.get("topic", "").endswith("NBIRTH/dure"))
            assert named(stale, "dure/Stale")["value"] is True
            assert named(stale, SCORE)["quality"] == 500
            process.kill()
            killed = time.time()
            death = host.until(lambda one: one.get("topic", "").endswith("NDEATH/dure"))
            assert death["at"] - killed < 2.0
            assert named(death, "bdSeq")["value"] == named(birth, "bdSeq")["value"]
        with serving(home):
            reborn = host.until(lambda one: one.get("topic", "").endswith("NBIRTH/dure"))
            assert named(reborn, "bdSeq")["value"] == named(birth, "bdSeq")["value"] + 1
            broker.stop()
            time.sleep(0.5)
            broker.start()
            host.until(lambda one: one.get("topic", "").endswith("NDATA/dure"))
            host.say("rebirth")  # the host came back after the birth, as any host may
            host.until(lambda one: one.get("topic", "").endswith("NBIRTH/dure"))
    finally:
        broker.stop()


def named(one, name):
    return next((metric for metric in one.get("metrics", ()) if metric["name"] == name), None)


def aliased(one, alias):
    return next((metric for metric in one.get("metrics", ()) if metric["alias"] == alias), None)
