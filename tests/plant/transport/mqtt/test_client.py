"""The client against real brokers, and against a scripted one for what no broker does on demand."""

import asyncio
import time

import pytest

from dure.plant.transport.mqtt import (
    Client,
    MqttLost,
    MqttOdd,
    MqttRefused,
    MqttSilent,
    MqttUnreachable,
    Options,
    TopicRefused,
    Will,
)

BOTH = [("mosquitto", 5), ("mosquitto", 4), pytest.param("aedes", 4, marks=pytest.mark.peer)]
QUICK = {"timeout": 3.0, "keep_alive": 5}


def client(server, name="one", **options):
    return Client(Options("127.0.0.1", server.port, name, **{**QUICK, **options}))


async def taken(one, count, *, acknowledge=True):
    """The next messages as (topic, payload, QoS, retain)."""
    rows = []
    async with asyncio.timeout(8):
        while len(rows) < count:
            batch = await one.batch()
            flags = ((f >> 1 & 3, bool(f & 1)) for f in batch.flags)
            rows += [(t, p, *f) for t, p, f in zip(batch.topics, batch.payloads, flags, strict=True)]
            if acknowledge:
                one.acknowledge(batch)
    return rows


@pytest.mark.parametrize(("kind", "version"), BOTH)
def test_messages_of_each_quality_come_in_order(kind, version, broker):
    server = broker(kind)

    async def run():
        async with asyncio.timeout(20):
            one, two = client(server, version=version), client(server, "two", version=version)
            await one.connect()
            await two.connect()
            assert await one.subscribe({"a/0": 0, "a/1": 1, "a/2": 2}) == {"a/0": 0, "a/1": 1, "a/2": 2}
            for qos in (0, 1):
                for number in range(100):
                    await two.publish(f"a/{qos}", b"%d" % number, qos=qos)
                rows = await taken(one, 100)
                assert rows == [(f"a/{qos}", b"%d" % number, qos, False) for number in range(100)]
            await one.unsubscribe(["a/1"])
            await two.publish("a/1", b"no", qos=1)
            await two.publish("a/0", b"last")
            assert await taken(one, 1) == [("a/0", b"last", 0, False)]
            await one.close()
            await two.close()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())


@pytest.mark.parametrize(("kind", "version"), BOTH)
def test_messages_of_quality_2_come_once(kind, version, broker):
    import paho.mqtt.client as paho

    server = broker(kind)

    async def run():
        one = client(server, version=version)
        await one.connect()
        await one.subscribe({"a": 2})
        other = paho.Client(paho.CallbackAPIVersion.VERSION2)
        other.connect("127.0.0.1", server.port)
        other.loop_start()
        sent = [other.publish("a", str(n), qos=2) for n in range(50)]
        rows = await taken(one, 50)
        assert rows == [("a", str(n).encode(), 2, False) for n in range(50)]
        await asyncio.to_thread(lambda: [message.wait_for_publish(5) for message in sent])
        for _ in range(100):
            if not one._stream.half_done:
                break
            await asyncio.sleep(0.02)
        assert one._stream.half_done == {}  # every PUBREL came and was answered
        await one.close()
        other.disconnect()
        other.loop_stop()

    asyncio.run(run())


@pytest.mark.parametrize(("kind", "version"), BOTH)
def test_a_session_keeps_what_was_not_confirmed(kind, version, broker):
    server = broker(kind)

    async def run():
        options = {"version": version, "clean": False, "expiry": 60}
        one, two = client(server, **options), client(server, "two", version=version)
        assert not (await one.connect()).session_present
        await one.subscribe({"a": 1})
        await two.connect()
        for number in range(3):
            await two.publish("a", b"%d" % number, qos=1)
        await taken(one, 3, acknowledge=False)
        one._link.abort()  # as a cable that is pulled
        await two.publish("a", b"3", qos=1)
        again = client(server, **options)
        assert (await again.connect()).session_present
        rows = await taken(again, 4)
        assert [payload for _, payload, *_ in rows] == [b"0", b"1", b"2", b"3"]
        await again.close()
        await two.close()
        with pytest.raises(MqttLost):
            await taken(one, 9)

    asyncio.run(run())


@pytest.mark.parametrize(("kind", "version"), BOTH)
def test_wills_and_retained_messages(kind, version, broker):
    server = broker(kind)

    async def run():
        one, two = (
            client(server, version=version),
            client(server, "two", version=version, will=Will("w", b"gone", 1, True)),
        )
        await one.connect()
        await one.subscribe({"w": 1})
        await two.connect()
        two._link.abort()
        assert await taken(one, 1) == [("w", b"gone", 1, False)]
        late = client(server, "late", version=version)
        await late.connect()
        await late.subscribe({"w": 1})
        assert await taken(late, 1) == [("w", b"gone", 1, True)]
        await asyncio.gather(one.close(), late.close())

    asyncio.run(run())


def test_a_broker_refuses_by_reason(broker):
    server = broker("mosquitto", "allow_anonymous false", "max_packet_size 2000")

    async def run():
        for version in (4, 5):
            with pytest.raises(
                MqttRefused, match=r"refused the connection: (this user is not allowed|user or password)"
            ) as refused:
                await client(server, version=version).connect()
            assert refused.value.code in (0x86, 0x87)
        for wrong in ("", "a/#/b", "a+", "\0"):
            with pytest.raises(TopicRefused):
                await client(server).subscribe({wrong: 0})
        with pytest.raises(TopicRefused):
            await client(server).publish("a/+", b"")
        with pytest.raises(MqttLost):
            await client(server).publish("a", b"")
        with pytest.raises(MqttUnreachable):
            await Client(Options("127.0.0.1", 1, **QUICK)).connect()

    asyncio.run(run())


async def connected_batch(one):
    await one.connect()
    return await one.batch()


class Script:
    """A broker that says what it is told to: each entry is sent after the next packet that comes."""

    def __init__(self, *answers):
        self.answers, self.heard = list(answers), []

    async def serve(self, reader, writer):
        while content := await reader.read(65536):
            self.heard.append(content)
            if self.answers:
                writer.write(self.answers.pop(0))
        writer.close()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()
        await asyncio.sleep(0.05)


CONNACK5, CONNACK4 = b"\x20\3\0\0\0", b"\x20\2\0\0"


def test_confirmations_leave_in_the_order_of_arrival():
    async def run():
        one_by_one = [b"\x32\6\0\1a\0" + bytes([n]) + b"x" for n in (1, 2, 3)]
        async with Script(CONNACK4 + one_by_one[0]) as script:
            one = client(script, version=4, gather=0.0)
            await one.connect()
            batches = [await one.batch()]
            for more in one_by_one[1:]:
                one.data_received(more)
                batches.append(await one.batch())
            assert one.unconfirmed == 3
            for batch in (batches[2], batches[1]):
                one.acknowledge(batch)
            await asyncio.sleep(0.05)
            assert len(script.heard) == 1  # the first is not confirmed, so none is
            one.acknowledge(batches[0])
            await asyncio.sleep(0.05)
            assert script.heard[1] == b"\x40\2\0\1\x40\2\0\2\x40\2\0\3"
            await one.close()

    asyncio.run(run())


def test_topic_aliases_are_followed():
    named = b"\x30\x0b\0\3a/b\3\x23\0\7x1"
    by_alias = b"\x30\7\0\0\3\x23\0\7x"

    async def run():
        async with Script(CONNACK5 + named + by_alias * 2) as script:
            one = client(script)
            await one.connect()
            assert [row[:2] for row in await taken(one, 3)] == [("a/b", b"x1"), ("a/b", b"x"), ("a/b", b"x")]
            await one.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x30\7\0\0\3\x23\0\7x", "neither topic nor known alias"),
        (b"\x30\6\0\3a+b\0", "wildcard"),
        (b"\x30\6\0\3a\xff\xfe\0", "not UTF-8"),
        (b"\x36\6\0\1a\0\1x", "QoS 3"),
        (b"\x32\6\0\1a\0\0x", "packet id 0"),
        (b"\x30\3\0\x09a", "cut off"),
        (b"\x30\xff\xff\xff\xff\x01", "more than four bytes"),
        (b"\x30\xff\xff\xff\x7f", "above the limit"),
        (b"\x10\0", "was not due"),
        (b"\x30\6\0\1a\2\x99\0", "unknown"),
    ],
)
def test_what_is_no_mqtt_ends_the_connection(content, why):
    async def run():
        async with Script(CONNACK5 + content) as script:
            one = client(script)
            with pytest.raises(MqttOdd, match=why):  # both may come in one read
                await connected_batch(one)
            with pytest.raises((MqttOdd, MqttLost)):
                await one.publish("a", b"")

    asyncio.run(run())


def test_a_broker_says_why_it_closes():
    async def run():
        async with Script(CONNACK5 + b"\xe0\x02\x8e\0") as script:
            one = client(script)
            await one.connect()
            with pytest.raises(MqttLost, match="another client came with the same client id"):
                await one.batch()

    asyncio.run(run())


def test_silence_is_noticed():
    async def run():
        async with Script() as script:
            start = time.monotonic()
            with pytest.raises(MqttSilent, match=r"within 0\.3 s"):
                await client(script, timeout=0.3).connect()
            assert time.monotonic() - start < 2
        async with Script(CONNACK5) as script:  # it answers once and never again
            one = client(script, keep_alive=1, timeout=0.5)
            await one.connect()
            with pytest.raises(MqttSilent):
                await one.publish("a", b"", qos=1)
            with pytest.raises(MqttSilent):
                await one.batch()
            assert any(content.endswith(b"\xc0\0") for content in script.heard)

    asyncio.run(run())


def test_a_taker_who_is_slow_stops_the_socket(monkeypatch):
    monkeypatch.setattr("dure.plant.transport.mqtt.client.WAITING_BYTES", 100_000)
    packet = b"\x30\x87\x68\0\3a/b" + b"x" * 13_314

    async def run():
        async with Script(CONNACK4 + packet * 2000) as script:
            one = client(script, version=4)
            await one.connect()
            await asyncio.sleep(0.5)
            assert 100_000 <= one._waiting_bytes < 2_000_000
            assert len(await taken(one, 2000)) == 2000
            await one.close()

    asyncio.run(run())
