"""What a host says of itself, byte by byte: a scripted broker writes down what comes and scapy reads it."""

import asyncio
import json
import time

import pytest
from scapy.contrib.mqtt import MQTT, MQTTConnect, MQTTPublish, MQTTSubscribe

from dure.plant.connect import Place
from dure.plant.connect.sparkplug import SparkplugSettings
from dure.plant.connect.sparkplug.session import Session
from dure.plant.transport.sparkplug import State, write_state

from .assertions import holds

TOPIC = "spBv1.0/STATE/scada"


class Scripted:
    """Answers as a broker must, and keeps the packets."""

    def __init__(self):
        self.packets, self.writer, self.five = [], None, False

    async def serve(self, reader, writer):
        self.writer, rest = writer, b""
        while content := await reader.read(65536):
            rest += content
            while len(rest) >= 2 and len(rest) >= 2 + rest[1]:  # all are shorter than 128 bytes
                packet, rest = rest[: 2 + rest[1]], rest[2 + rest[1] :]
                self.packets.append(packet)
                self.answer(packet)
        writer.close()

    def answer(self, packet):
        kind = packet[0] >> 4
        if kind == 1:
            self.five = packet[8] == 5
            self.writer.write(b"\x20\x03\0\0\0" if self.five else b"\x20\x02\0\0")
        elif kind == 8:
            self.writer.write(
                (b"\x90\5" + packet[2:4] + b"\0\1\1") if self.five else b"\x90\4" + packet[2:4] + b"\1\1"
            )
        elif kind == 3 and packet[0] & 6:
            start = 4 + int.from_bytes(packet[2:4], "big")
            self.writer.write(b"\x40\x02" + packet[start : start + 2])

    def say(self, topic, payload):
        body = len(topic).to_bytes(2, "big") + topic.encode() + payload
        self.writer.write(bytes([0x31, len(body)]) + body)


def acted(tmp_path, version="3.1.1", act=None):
    """The packets of a host that connects, does `act`, and leaves."""

    async def run():
        broker = Scripted()
        server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        place = Place("s", f"sparkplug://127.0.0.1:{port}", tmp_path)
        session = Session(place, SparkplugSettings(version=version, group="plant"), "scada")
        client = await session.begin()
        if act is not None:
            await act(broker, session, client)
        await session.end(client)
        await asyncio.sleep(0.02)  # until the DISCONNECT is read
        broker.writer.close()
        server.close()
        await server.wait_closed()
        return broker.packets, session

    return asyncio.run(run())


def published(packets):
    read = [MQTT(packet) for packet in packets if packet[0] >> 4 == 3]
    return [(p[MQTTPublish].topic.decode(), json.loads(p[MQTTPublish].value), p.QOS, p.RETAIN) for p in read]


@holds(
    "tck-id-host-topic-phid-death-required", "tck-id-host-topic-phid-death-topic", "tck-id-host-topic-phid-death-qos",
    "tck-id-host-topic-phid-death-retain", "tck-id-host-topic-phid-death-payload",
    "tck-id-host-topic-phid-death-payload-timestamp-connect", "tck-id-payloads-state-will-message",
    "tck-id-payloads-state-will-message-payload", "tck-id-payloads-state-will-message-qos",
    "tck-id-payloads-state-will-message-retain", "tck-id-operational-behavior-host-application-connect-will",
    "tck-id-operational-behavior-host-application-connect-will-payload",
    "tck-id-operational-behavior-host-application-connect-will-qos",
    "tck-id-operational-behavior-host-application-connect-will-retained",
    "tck-id-operational-behavior-host-application-connect-will-topic",
    "tck-id-operational-behavior-host-application-death-payload",
    "tck-id-operational-behavior-host-application-death-topic", "tck-id-message-flow-phid-sparkplug-clean-session-311",
)  # fmt: skip
def test_the_will_says_offline_with_the_time_of_the_connect(tmp_path):
    before = time.time_ns() // 1_000_000
    packets, _ = acted(tmp_path)
    connect = MQTT(packets[0])[MQTTConnect]
    assert (connect.cleansess, connect.willflag, connect.willQOSflag, connect.willretainflag) == (1, 1, 1, 1)
    assert connect.willtopic.decode() == TOPIC
    will = json.loads(connect.willmsg)
    assert will.keys() == {"online", "timestamp"}
    assert will["online"] is False
    assert before <= will["timestamp"] <= time.time_ns() // 1_000_000


@holds("tck-id-message-flow-phid-sparkplug-clean-session-50")
def test_the_session_of_mqtt_5_is_clean_and_ends_with_the_connection(tmp_path):
    packets, _ = acted(tmp_path, "5.0")
    assert packets[0][8:10] == bytes([5, 0b0010_1110])  # protocol 5; clean start, will at QoS 1, retained
    end = 13 + packets[0][12]
    assert 0x11 not in packets[0][13:14]  # no Session Expiry Interval: 0
    assert packets[0][13:end][:1] == b"\x21"


@holds(
    "tck-id-host-topic-phid-birth-message", "tck-id-host-topic-phid-birth-payload",
    "tck-id-host-topic-phid-birth-payload-timestamp", "tck-id-host-topic-phid-birth-qos",
    "tck-id-host-topic-phid-birth-required", "tck-id-host-topic-phid-birth-retain",
    "tck-id-host-topic-phid-birth-sub-required", "tck-id-host-topic-phid-birth-topic",
    "tck-id-message-flow-phid-sparkplug-state-publish", "tck-id-message-flow-phid-sparkplug-state-publish-payload",
    "tck-id-message-flow-phid-sparkplug-state-publish-payload-timestamp",
    "tck-id-message-flow-phid-sparkplug-subscription", "tck-id-operational-behavior-host-application-connect-birth",
    "tck-id-operational-behavior-host-application-connect-birth-payload",
    "tck-id-operational-behavior-host-application-connect-birth-qos",
    "tck-id-operational-behavior-host-application-connect-birth-retained",
    "tck-id-operational-behavior-host-application-connect-birth-topic", "tck-id-payloads-state-birth",
    "tck-id-payloads-state-birth-payload", "tck-id-payloads-state-subscribe",
    "tck-id-operational-behavior-primary-application-state-with-multiple-servers-state",
)  # fmt: skip
def test_the_host_subscribes_and_then_says_online_with_the_time_of_its_will(tmp_path):
    packets, _ = acted(tmp_path)
    assert [packet[0] >> 4 for packet in packets[:3]] == [1, 8, 3]
    topics = [topic.topic.decode() for topic in MQTT(packets[1])[MQTTSubscribe].topics]
    assert topics == [TOPIC, "spBv1.0/plant/#"]
    will = json.loads(MQTT(packets[0])[MQTTConnect].willmsg)
    assert published(packets)[0] == (TOPIC, {"online": True, "timestamp": will["timestamp"]}, 1, 1)


@holds(
    "tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean",
    "tck-id-operational-behavior-host-application-termination", "tck-id-operational-behavior-host-application-death-qos",
    "tck-id-operational-behavior-host-application-death-retained",
    "tck-id-operational-behavior-host-application-disconnect-intentional",
)  # fmt: skip
def test_a_host_that_leaves_says_offline_with_the_time_of_leaving(tmp_path):
    async def act(_broker, _session, _client):
        await asyncio.sleep(0.05)

    packets, _ = acted(tmp_path, act=act)
    online, offline = published(packets)
    assert offline[1]["timestamp"] > online[1]["timestamp"]
    assert (offline[0], offline[1]["online"], *offline[2:]) == (TOPIC, False, 1, 1)
    assert packets[-1] == b"\xe0\0"


@holds("tck-id-message-flow-hid-sparkplug-state-message-delivered")
@pytest.mark.parametrize(
    "payload", [write_state(State(False, 5)), b'{"online": true, "timestamp": 5}', b"OFFLINE"]
)
def test_a_host_that_is_called_offline_says_online_again(tmp_path, payload):
    async def act(broker, session, client):
        broker.say(TOPIC, payload)
        async with asyncio.timeout(5):
            await session.guard(client, await client.batch())

    packets, _ = acted(tmp_path, act=act)
    said = published(packets)
    again = [one for one in said[1:] if one[1]["online"]]
    assert len(again) == (1 if b"false" in payload else 0)
    assert all(one[1] == said[0][1] for one in again)
