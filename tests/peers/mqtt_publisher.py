"""Publishes at QoS 1 with paho: mqtt_publisher.py '{"port": 1883, "topics": 5, "period": 0.01, "log": "…"}'.

What the broker has confirmed is written to the log. Words on its input: `pause` and `go`.
"""

import json
import sys
import threading
import time
from pathlib import Path

import paho.mqtt.client as mqtt

options = json.loads(sys.argv[1])
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "publisher", clean_session=False)
client.max_inflight_messages_set(1000)
client.reconnect_delay_set(1, 1)
log = Path(options["log"]).open("a", buffering=1)  # noqa: SIM115 - open as long as the process
waiting, early = {}, set()
going, alive, pause = threading.Event(), threading.Event(), threading.Event()
untimed = options.get("untimed", False)


def confirmed(_client, _user, number, _code, _properties):
    entry = waiting.pop(number, None)
    if entry is None:
        early.add(number)  # confirmed before `publish` has told us its number
    else:
        log.write(json.dumps(entry) + "\n")


def tell(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def words():
    for line in sys.stdin:
        if line.strip() == "pause":
            going.clear()
            end = time.monotonic() + 15
            while waiting and time.monotonic() < end:
                pause.wait(0.02)
            tell(f"paused {len(waiting)}")
        else:
            going.set()
            tell("going")


client.on_publish = confirmed
client.on_connect = lambda *_: alive.set()
client.connect("127.0.0.1", options["port"], keepalive=5)
client.loop_start()
alive.wait(10)
going.set()
threading.Thread(target=words, daemon=True).start()
tell("ready")
count = options.get("start", 0)
while True:
    going.wait()
    for topic in range(options["topics"]):
        count += 1
        at = time.time_ns()
        payload = str(count) if untimed else json.dumps({"value": count, "ts": at})
        sent = client.publish(f"plant/line1/V{topic}", payload, qos=options.get("qos", 1))
        waiting[sent.mid] = [f"V{topic}", at, count]
        if sent.mid in early:
            early.discard(sent.mid)
            confirmed(client, None, sent.mid, 0, None)
    pause.wait(options["period"])  # libfaketime refuses time.sleep
