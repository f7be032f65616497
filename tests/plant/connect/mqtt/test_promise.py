"""The one check of every connector, against both brokers."""

import asyncio

import paho.mqtt.publish as paho
import pytest

from dure.plant.connect import Place
from dure.plant.connect.check import World, check
from dure.plant.connect.mqtt import Mqtt, MqttSettings
from dure.vocabulary import Quality, Sample

KINDS = ["mosquitto", pytest.param("aedes", marks=pytest.mark.peer)]
FAST = {"timeout": 2.0, "keep_alive": 1.0, "listen": 1.0, "topics": "plant/#"}
SECOND = 10**9
KNOWN = (
    Sample("line1/plant/oven/temp", 1_700_000_000 * SECOND, 21.5),
    Sample("line1/plant/oven/state", 1_700_000_000 * SECOND, text="가동 중"),
    Sample("line1/plant/oven/broken", 1_700_000_000 * SECOND, quality=Quality.BAD),
    Sample("line1/plant/sensor/AM2301/Temperature", 1_700_000_000 * SECOND, 24.6),
    Sample("line1/plant/plain", 0, 7.0, quality=Quality.UNCERTAIN),
)
PAYLOADS = {
    "plant/oven/temp": '{"value": 21.5, "ts": 1700000000, "unit": "°C"}',
    "plant/oven/state": '{"value": "가동 중", "timestamp": "2023-11-14T22:13:20Z"}',
    "plant/oven/broken": '{"value": null, "timestamp": 1700000000000}',
    "plant/sensor": '{"Time": "2023-11-14T22:13:20", "AM2301": {"Temperature": 24.6, "Humidity": 58.2}, "TempUnit": "C"}',
    "plant/plain": "7",
}


@pytest.mark.parametrize("kind", KINDS)
def test_mqtt_keeps_the_promise(kind, home, tmp_path, broker, proxy):
    server = broker(kind)
    link, nothing = proxy(server.port), proxy(1)
    for topic, payload in PAYLOADS.items():
        paho.single(topic, payload, qos=1, retain=True, hostname="127.0.0.1", port=server.port)

    def at(port):
        return Mqtt(Place("line1", f"mqtt://127.0.0.1:{port}", home), MqttSettings(**FAST))

    world = World(
        open=lambda: at(link.port),
        nowhere=lambda: at(nothing.port),
        known=KNOWN,
        units={"line1/plant/oven/temp": "Cel", "line1/plant/sensor/AM2301/Temperature": "Cel"},
        leave=link.cut,
        come_back=link.restore,
    )
    asyncio.run(check(world, tmp_path / "log"))
