"""An independent device (npm sparkplug-client), both brokers, a collector that is killed."""

import asyncio
import json
import signal
import threading
import time

import paho.mqtt.client as paho
import pytest

from dure.plant.connect import Arm, Place, Source, add_source
from dure.plant.connect.sparkplug import Sparkplug, SparkplugSettings

pytestmark = pytest.mark.peer
KINDS = ["mosquitto", "aedes"]
SETTINGS = {"timeout": 5.0, "keep_alive": 10.0, "reorder": 0.4, "rebirth": 0.5, "listen": 1.5}
STATE = "spBv1.0/STATE/dure-line1"
PRESS = "line1/plant/line1/press"


class Watcher:
    """An independent client that writes down what comes of some topics."""

    def __init__(self, port, topic, qos=1):
        self.seen, self.ready = [], threading.Event()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self.client.on_message = lambda _c, _u, m: self.seen.append((m.topic, m.payload, m.qos, m.retain))
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.connect("127.0.0.1", port)
        self.client.subscribe(topic, qos)
        self.client.loop_start()
        assert self.ready.wait(5)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def watcher():
    made = []

    def make(*args, **options):
        made.append(Watcher(*args, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def begin(home, port, collector, wait, **settings):
    add_source(home, Source("line1", f"sparkplug://127.0.0.1:{port}", {**SETTINGS, **settings}), again=True)
    running = collector("line1")
    wait(lambda: running.status()["state"] == "collecting")
    return running


def of(kept, name):
    return [row for row in kept.rows if row["signal"] == f"{PRESS}/{name}"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_broker_does_what_sparkplug_needs_of_it(kind, broker, watcher, wait):
    """QoS 0 and 1, retained messages, wills: the four of a Sparkplug compliant broker (3.0.0 §10.1.1)."""
    server = broker(kind)
    seen = watcher(server.port, "a/#")
    one = paho.Client(paho.CallbackAPIVersion.VERSION2, "one")
    one.will_set("a/will", b"dead", 1, True)
    one.connect("127.0.0.1", server.port)
    one.loop_start()
    for qos in (0, 1):
        one.publish(f"a/{qos}", b"x", qos, retain=True).wait_for_publish(5)
    one._sock.close()
    wait(lambda: len(seen.seen) == 3)
    assert sorted(seen.seen) == [
        ("a/0", b"x", 0, False),
        ("a/1", b"x", 1, False),
        ("a/will", b"dead", 1, False),
    ]
    one.loop_stop()
    late = watcher(server.port, "a/#")
    wait(lambda: len(late.seen) == 3)
    assert all(retained for *_, retained in late.seen)


@pytest.mark.parametrize("kind", KINDS)
def test_the_state_of_a_collector_is_seen_by_all(  # noqa: PLR0917 - fixtures
    kind, home, broker, watcher, collector, wait
):
    server = broker(kind)
    seen = watcher(server.port, STATE)
    running = begin(home, server.port, collector, wait)
    running.stop(signal.SIGKILL)
    wait(lambda: len(seen.seen) == 2)
    online, offline = (json.loads(one[1]) for one in seen.seen)
    assert (online["online"], offline["online"]) == (True, False)
    assert online["timestamp"] == offline["timestamp"]
    running.start()
    wait(lambda: len(seen.seen) >= 3)  # once more if the will's retained message reaches it after its birth
    assert running.stop() == 0
    wait(lambda: b"false" in seen.seen[-1][1])
    last = json.loads(seen.seen[-1][1])
    assert (last["online"], last["timestamp"] > online["timestamp"]) == (False, True)
    late = watcher(server.port, STATE)
    wait(lambda: late.seen)
    assert late.seen == [(STATE, seen.seen[-1][1], 1, True)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_skipped_number_a_dead_device_and_a_dead_node(  # noqa: PLR0917 - fixtures
    kind, home, broker, talker, collector, stored, wait
):
    server = broker(kind)
    press = talker("device", port=server.port, period=60)
    running = begin(home, server.port, collector, wait)
    wait(lambda: len(of(stored("line1"), "Value")) > 10)
    press.say("historical", "did historical")
    press.say("skip", "did skip")
    wait(lambda: any("did not come" in gap.cause and gap.filled_by for gap in stored("line1").gaps))
    press.say("device-death", "did device-death")
    wait(lambda: of(stored("line1"), "Temperature")[-1]["quality"] == 2)
    press.say("device-birth", "did device-birth")
    wait(lambda: of(stored("line1"), "Temperature")[-1]["quality"] == 0)
    press.stop()  # the will: NDEATH
    wait(lambda: of(stored("line1"), "Temperature")[-1]["quality"] == 2)
    assert running.stop() == 0
    kept = stored("line1")
    counts = sorted({row["value"] for row in of(kept, "Value") if row["quality"] == 0} - {-1.0})
    assert counts == list(map(float, range(int(counts[0]), int(counts[-1]) + 1)))
    assert any((row["time"], row["value"]) == (1_700_000_000_000_000_000, -1.0) for row in of(kept, "Value"))
    skipped = [gap for gap in kept.gaps if "did not come" in gap.cause]
    assert {(gap.last_sequence - gap.first_sequence) % 256 for gap in skipped} == {0}
    assert skipped[-1].filled_by == "permanent"


@pytest.mark.parametrize("kind", ["mosquitto", pytest.param("aedes", marks=pytest.mark.soak)])
def test_a_killed_collector_asks_for_rebirth_and_names_the_gap(  # noqa: PLR0917 - fixtures
    kind, home, broker, talker, collector, stored, wait
):
    server = broker(kind)
    press = talker("device", port=server.port, period=50)
    running = begin(home, server.port, collector, wait)
    wait(lambda: running.status()["samples"] > 30)
    running.stop(signal.SIGKILL)
    time.sleep(0.7)
    press.say("quiet", "did quiet")
    again = time.time()
    running.start()  # no data come any more: only the request for rebirth can bring a reading
    wait(lambda: running.status()["told"] > again and running.status()["samples"] > 5)
    press.say("go", "did go")
    time.sleep(1.0)
    assert running.stop() == 0
    kept = stored("line1")
    stretch = {row["value"] for row in of(kept, "Value") if row["quality"] == 0}
    missing = set(map(float, range(int(min(stretch)), int(max(stretch))))) - stretch
    assert missing
    away = [gap for gap in kept.gaps if gap.cause.startswith("not connected")]
    assert len(away) == 1
    before = max(row["time"] for row in of(kept, "Value") if row["value"] < min(missing))
    after = min(row["time"] for row in of(kept, "Value") if row["value"] > max(missing))
    assert away[0].start <= before + 10**9
    assert away[0].end >= after - 10**9


def test_a_command_reaches_the_device(home, broker, talker):
    server = broker("mosquitto")
    press = talker("device", port=server.port, aliases=False)

    async def run():
        source = Sparkplug(
            Place("line1", f"sparkplug://127.0.0.1:{server.port}", home), SparkplugSettings(**SETTINGS)
        )
        (signal_,) = [one for one in await source.browse() if one.id == f"{PRESS}/SetPoint"]
        leave = Arm(signal_.id, 0.0, 50.0, "hana", time.time_ns() + 60 * 10**9)
        await source.write(signal_, 42.5, leave)
        await source.close()

    asyncio.run(run())
    assert press.hears("command") == "command SetPoint 42.5"
