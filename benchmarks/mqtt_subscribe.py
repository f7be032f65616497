"""Processor time a message of an MQTT subscriber: ours, counting and to a fsynced log, against paho, on one Mosquitto.

QoS 1, 200-byte JSON payloads. Each client is a process of its own, measures its own CPU from the first message to the
last (imports and connecting apart), and gets the same messages from the same publisher in turn (interleaved).
python benchmarks/mqtt_subscribe.py [messages] [rounds]
"""

import asyncio
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
TOPICS = 100
NAMES = ("paho", "ours counting", "ours to disk", "ours counting, at once")


def payload(number: int) -> bytes:
    """200 bytes of JSON as a machine sends them: three readings and a time."""
    content = {
        "ts": time.time_ns(),
        "temperature": 20 + number % 1000 / 100,
        "pressure": number % 7 / 3,
        "count": number,
    }
    written = json.dumps(content)
    return (
        json.dumps({**content, "serial": "x" * (200 - len(written) - 14)}).encode()[:199].removesuffix(b"}")
        + b"}"
    )


def publish(port: int, count: int) -> None:
    """Offer `count` messages at QoS 1 as fast as the broker takes them, at most 1,000 unconfirmed."""
    from dure.plant.transport.mqtt import packets

    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(
            packets.connect(4, f"publisher-{time.time_ns()}", clean=True, keep_alive=60, properties={})
        )
        answers = -4  # the CONNACK
        for start in range(0, count, 200):
            chunk = range(start, min(start + 200, count))
            link.sendall(
                b"".join(
                    packets.publish(
                        4, f"plant/line1/M{n % TOPICS}", payload(n), qos=1, packet_id=n % 60_000 + 1
                    )
                    for n in chunk
                )
            )
            while answers < 4 * (chunk.stop - (1000 if chunk.stop < count else 0)):
                answers += len(link.recv(65536))


def paho(port: int, count: int) -> dict[str, float]:
    """paho as its documentation shows it: a callback that counts."""
    import paho.mqtt.client as mqtt

    seen, done, start = 0, threading.Event(), 0.0

    def on_message(_client: mqtt.Client, _user: object, _message: mqtt.MQTTMessage) -> None:
        nonlocal seen, start
        if not seen:
            start = time.process_time()
        seen += 1
        if seen == count:
            done.set()

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "subscriber")
    client.on_message = on_message
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.connect("127.0.0.1", port)
    client.subscribe("plant/#", 1)
    client.loop_start()
    done.wait(300)
    cpu = time.process_time() - start
    client.disconnect()
    client.loop_stop()
    return {"messages": seen, "cpu": cpu}


def counting(port: int, count: int, gather: float = 0.005) -> dict[str, float]:
    """Our client: every message counted and confirmed."""
    from dure.plant.transport.mqtt import Client, Options

    async def run() -> dict[str, float]:
        client = Client(Options("127.0.0.1", port, "subscriber", gather=gather))
        await client.connect()
        await client.subscribe({"plant/#": 1})
        print("ready", flush=True)
        seen, start = 0, 0.0
        async for batch in client.messages():
            start = start or time.process_time()
            seen += len(batch)
            client.acknowledge(batch)
            if seen >= count:
                break
        cpu = time.process_time() - start
        await client.close()
        return {"messages": seen, "cpu": cpu}

    return asyncio.run(run())


def to_disk(port: int, count: int) -> dict[str, float]:
    """Our connector: JSON read, four readings of each message in a fsynced log, then confirmed."""
    from dure.plant.connect import Place
    from dure.plant.connect.commit import GroupCommit
    from dure.plant.connect.mqtt import Mqtt, MqttSettings
    from dure.plant.transport import SegmentLog

    async def run() -> dict[str, float]:
        with tempfile.TemporaryDirectory() as home, SegmentLog(Path(home) / "log") as log:
            connector = Mqtt(
                Place("line1", f"mqtt://127.0.0.1:{port}", Path(home)),
                MqttSettings(topics="plant/#", session=0.0),
            )
            async with GroupCommit(log, on_up=lambda _: print("ready", flush=True)) as sink:
                reading = asyncio.create_task(connector.subscribe((), sink))
                start = 0.0
                while sink.tally.samples < 4 * count and not reading.done():
                    await asyncio.sleep(0.05)
                    start = start if sink.tally.samples else time.process_time()
                cpu = time.process_time() - start
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
                await connector.close()
            return {"messages": sink.tally.samples / 4, "cpu": cpu}

    return asyncio.run(run())


def measured(name: str, port: int, count: int) -> dict[str, float]:
    """One client's turn."""
    client = subprocess.Popen(
        [sys.executable, __file__, name, str(port), str(count)], stdout=subprocess.PIPE, text=True
    )
    assert client.stdout is not None
    while not client.stdout.readline().startswith("ready"):
        assert client.poll() is None
    publishing = subprocess.Popen([sys.executable, __file__, "publish", str(port), str(count)])
    start = time.perf_counter()
    said = client.communicate(timeout=600)[0]
    wall = time.perf_counter() - start
    publishing.wait()
    result: dict[str, float] = json.loads(said.splitlines()[-1])
    assert result["messages"] == count, result
    return {**result, "wall": wall}


def main(count: int = 20_000, rounds: int = 5) -> None:
    """Measure and print."""
    from peers.brokers import Broker

    assert len(payload(7)) == 200, len(payload(7))
    cpu: dict[str, list[float]] = {name: [] for name in NAMES}
    wall: dict[str, list[float]] = {name: [] for name in NAMES}
    with tempfile.TemporaryDirectory() as folder:
        lines = ("max_inflight_messages 0", "max_queued_messages 0", "persistent_client_expiration 1h")
        broker = Broker("mosquitto", Path(folder), lines).start()
        try:
            for _ in range(rounds):
                for name in NAMES:
                    result = measured(name, broker.port, count)
                    cpu[name].append(result["cpu"] / count * 1e6)
                    wall[name].append(count / result["wall"])
        finally:
            broker.stop()
    base = statistics.median(cpu["paho"])
    print(f"load {Path('/proc/loadavg').read_text().split()[0]}, {count} messages, {rounds} rounds")
    for name in NAMES:
        times = cpu[name]
        median = statistics.median(times)
        print(
            f"{name}: {median:.2f} us/message ({min(times):.2f}-{max(times):.2f}), ratio {median / base:.3f}, "
            f"{statistics.median(wall[name]):,.0f} messages/s end to end"
        )


if __name__ == "__main__":
    words = sys.argv[1:]
    if words and words[0] == "publish":
        publish(int(words[1]), int(words[2]))
    elif words and words[0] in NAMES:
        turns = {"paho": paho, "ours counting": counting, "ours to disk": to_disk}
        turns["ours counting, at once"] = lambda port, count: counting(port, count, gather=0.0)
        print(json.dumps(turns[words[0]](int(words[1]), int(words[2]))))
    else:
        main(*map(int, words))
