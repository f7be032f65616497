"""Devices that push: an independent client, tokens, kills, limits and fuzz."""

# ruff: noqa: S311 - chance here hides no secret
import asyncio
import base64
import gzip
import json
import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect import AddressRefused, Place, Source, SourceUnreachable, add_source, open_source
from dure.plant.connect.check import World, check
from dure.plant.connect.push import Push, PushSettings, devices, make_token, revoke_token
from dure.plant.connect.push.bodies import read_csv, read_json
from dure.plant.connect.push.certificate import files
from dure.plant.connect.push.crowd import Crowd
from dure.plant.connect.push.line import read_lines
from dure.plant.connect.push.points import MOST, Point
from dure.plant.connect.push.refusals import BodyRefused, DeviceRefused
from dure.plant.transport import Kind, decode, read_log
from dure.vocabulary import Sample
from peers.servers import HERE, free_port

SECOND = 1_000_000_000
BASE = 1_767_225_600


class Device:
    """The client of Node.js, kept running."""

    def __init__(self, url, ca=None):
        environment = {**os.environ, **({"NODE_EXTRA_CA_CERTS": str(ca)} if ca else {})}
        self.process = subprocess.Popen(
            ["node", "push_device.mjs", url], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=environment,
        )  # fmt: skip

    def send(self, path, body="", token="", kind="application/json", **more):
        headers = {"Content-Type": kind, **more.pop("headers", {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.process.stdin.write(json.dumps({"path": path, "body": body, "headers": headers, **more}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                pipe.close()


@pytest.fixture
def device():
    made = []

    def make(url, ca=None):
        made.append(Device(url, ca))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def log(home):
    def rows():
        frames = [frame for _, frame in read_log(home / "segments" / "gates") if frame.kind is Kind.SAMPLES]
        found = [row for frame in frames for row in decode(frame.payload).to_pylist()]
        return {(row["signal"], row["time"], row["sequence"]): row for row in found}

    return rows


@pytest.fixture
def gate(home, collector, wait):
    """A collector that listens, its address, and a token of the device `press`."""

    def start(**settings):
        port = free_port()
        add_source(
            home, Source("gates", f"push://127.0.0.1:{port}", {"tls": False, "rate": 1000.0, **settings})
        )
        token = make_token(home, "gates", "press")
        running = collector("gates")
        wait(lambda: running.status()["state"] == "collecting")
        return running, f"{'https' if settings.get('tls') else 'http'}://127.0.0.1:{port}", token

    return start


def test_everything_a_device_may_send_is_stored_before_the_answer(gate, device, log):
    _, url, token = gate()
    client = device(url)
    one = {
        "signal": "oven/T",
        "time": "2026-01-01T00:00:00Z",
        "value": 20.5,
        "quality": "uncertain",
        "unit": "℃",
    }
    answer = client.send("/v1/samples", json.dumps(one), token)
    assert (answer["status"], json.loads(answer["text"])) == (200, {"stored": 1})
    assert (
        log()["gates/press/oven/T", BASE * SECOND, 0]["value"] == 20.5
    )  # at once: the answer comes after the disk
    assert log()["gates/press/oven/T", BASE * SECOND, 0]["quality"] == 1
    many = [{"signal": "n", "time": BASE + n, "value": n} for n in range(10)]
    assert client.send("/v1/samples", json.dumps(many), token, gzip=True)["status"] == 200
    together = {"time": BASE * 1000, "signals": {"state": "가동", "count": 7, "on": True, "lost": None}}
    assert client.send("/v1/samples", json.dumps(together), token)["status"] == 200
    table = "time,a,b\n2026-01-01T00:00:00Z,1.5,run\n2026-01-01T00:00:01Z,2.5,\n"
    assert client.send("/v1/samples", table, token, kind="text/csv")["status"] == 200
    long = f"signal,time,value,quality,unit\nc,{BASE},7,bad,bar\n"
    assert client.send("/v1/samples", long, token, kind="text/csv")["status"] == 200
    lines = f'weather,site=A,line=1 temp=82.5,ok=t,n=3i,say="a b, c" {BASE * SECOND}\n# a comment\n'
    basic = base64.b64encode(f"any:{token}".encode()).decode()
    for path, headers in (
        ("/write", {"Authorization": f"Basic {basic}"}),
        ("/api/v2/write?bucket=x&precision=ns", {"Authorization": f"Token {token}"}),
    ):
        answer = client.send(path, lines, kind="text/plain", headers=headers)
        assert (answer["status"], answer["text"]) == (204, "")
    kept = {
        name.removeprefix("gates/press/"): row
        for (name, when, _), row in log().items()
        if when == BASE * SECOND
    }
    assert kept["weather/line=1/site=A/temp"]["value"] == 82.5
    assert kept["weather/line=1/site=A/say"]["text"] == "a b, c"
    assert (kept["state"]["text"], kept["lost"]["quality"], kept["on"]["value"]) == ("가동", 2, 1.0)
    assert (kept["b"]["text"], kept["c"]["quality"]) == ("run", 2)
    before = len(log())
    assert (
        client.send("/v1/samples", json.dumps(many), token)["status"] == 200
    )  # sent again: the same readings
    assert len(log()) == before


def test_strangers_learn_nothing(gate, device, home, wait):
    running, url, token = gate()
    client = device(url)
    body = json.dumps({"signal": "x", "value": 1})
    for path in ("/v1/samples", "/write", "/api/v2/write", "/nothing", "/"):
        answer = client.send(path, body, "dure_wrong")
        assert (answer["status"], json.loads(answer["text"])["error"]["key"]) == (401, "push-token-refused")
    assert client.send("/health", method="GET")["text"] == ""
    assert json.loads(client.send("/health", method="GET", token=token)["text"]) == {"device": "press"}
    answer = client.send("/nothing", body, token, headers={"Accept-Language": "ko-KR,ko;q=0.9"})
    assert (answer["status"], "아무것도 없습니다" in json.loads(answer["text"])["error"]["message"]) == (
        404,
        True,
    )
    assert answer["headers"]["server"] == "dure"
    other = make_token(home, "gates", "oven")
    assert devices(home, "gates") == ["oven", "press"]
    wait(lambda: client.send("/v1/samples", body, other)["status"] == 200)
    revoke_token(home, "gates", "press")
    wait(lambda: client.send("/v1/samples", body, token)["status"] == 401)
    assert client.send("/v1/samples", body, other)["status"] == 200
    for where in (home / "sources", home / "secret", home / "run"):
        assert not any(
            token in file.read_text(errors="replace") for file in where.rglob("*") if file.is_file()
        )
    assert not any(token in line for line in running.said())


def test_what_is_too_much_or_no_table_is_refused_in_one_sentence(gate, device, log):
    _, url, token = gate(body=1)
    client = device(url)
    refused = [
        ("/v1/samples", "{", "application/json", {}, 400),
        ("/v1/samples", '{"signal": "x"}', "application/json", {}, 400),
        (
            "/v1/samples",
            '[{"signal": "x", "value": 1}, {"signal": "", "value": 1}]',
            "application/json",
            {},
            400,
        ),
        ("/v1/samples", '{"signal": "x", "value": 1, "time": "soon"}', "application/json", {}, 400),
        ("/v1/samples", "time,a\n1,2,3\n", "text/csv", {}, 400),
        ("/v1/samples", "<x/>", "application/xml", {}, 415),
        ("/write", "x y=", "text/plain", {}, 400),
        ("/write?precision=day", "x y=1", "text/plain", {}, 400),
        ("/v1/samples", "x" * (2**20 + 1), "text/csv", {}, 413),
        ("/v1/samples", "0" * (2**22), "application/json", {"gzip": True}, 413),  # a bomb: 4 MiB in 4 KiB
        ("/v1/samples", "no gzip", "application/json", {"headers": {"Content-Encoding": "gzip"}}, 400),
        ("/v1/samples", "x", "application/json", {"headers": {"Content-Encoding": "br"}}, 415),
    ]
    for path, body, kind, more, status in refused:
        answer = client.send(path, body, token, kind, **more)
        said = json.loads(answer["text"])["error"]
        assert (answer["status"], "\n" in said["message"]) == (status, False), (body[:30], answer)
    assert log() == {}  # whole or not at all


def test_a_device_that_sends_too_fast_waits(gate, device):
    _, url, token = gate(rate=2.0)
    client = device(url)
    answers = [client.send("/v1/samples", '{"signal": "x", "value": 1}', token) for _ in range(8)]
    assert [one["status"] for one in answers[:4]] == [200] * 4
    late = next(one for one in answers if one["status"] == 429)
    assert int(late["headers"]["retry-after"]) >= 1


def test_the_link_is_encrypted_with_the_nodes_own_certificate(gate, device, home):
    _, url, token = gate(tls=True)
    certificate, key = files(home)
    assert key.stat().st_mode & 0o077 == 0
    body = '{"signal": "x", "value": 1}'
    assert device(url, certificate).send("/v1/samples", body, token)["status"] == 200
    assert device(url).send("/v1/samples", body, token)["status"] == 0  # who does not know it does not send


def test_kills_lose_nothing_that_was_answered(gate, device, log, wait):
    running, url, token = gate()
    client, chance, answered = device(url), random.Random(7), []
    number = 0
    for _ in range(6):
        until = time.monotonic() + chance.random() * 0.6 + 0.2
        while time.monotonic() < until:
            body = json.dumps({"signal": "n", "time": BASE + number, "value": number})
            status = client.send("/v1/samples", body, token)["status"]
            if status == 200:
                answered.append(number)
                number += 1
        running.stop(signal.SIGKILL)
        running.start()
        wait(lambda: client.send("/health", method="GET")["status"] == 204)
    kept = {(when // SECOND - BASE, sequence): row["value"] for (_, when, sequence), row in log().items()}
    assert all(kept[one, 0] == one for one in answered)
    assert len(kept) == len({one for one, _ in kept})  # none twice
    assert len(answered) > 50


def test_push_keeps_the_promise(home, tmp_path):
    port = free_port()
    settings = PushSettings(tls=False, silence=0.5)
    place = Place("gates", f"push://127.0.0.1:{port}", home)
    add_source(home, Source("gates", place.url))
    token = make_token(home, "gates", "press")
    (home / "run").mkdir(parents=True, exist_ok=True)
    known = {"gates/press/T": ["℃", "number"], "gates/press/state": ["", "text"]}
    (home / "run" / "collector-gates.signals.json").write_text(json.dumps(known))
    going = asyncio.Event()

    async def call():
        import aiohttp

        body = {"time": BASE, "signals": {"T": 20.5, "state": "가동"}}
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            while True:
                await going.wait()
                with suppress(aiohttp.ClientError):
                    await session.post(f"http://127.0.0.1:{port}/v1/samples", json=body)
                await asyncio.sleep(0.1)

    world = World(
        open=lambda: Push(place, settings),
        nowhere=lambda: Push(Place("gates", "push://192.0.2.1:8181", home), settings),
        known=(
            Sample("gates/press/T", BASE * SECOND, 20.5),
            Sample("gates/press/state", BASE * SECOND, text="가동"),
        ),
        units={"gates/press/T": "Cel"},
        leave=going.clear,
        come_back=going.set,
    )

    async def story():
        going.set()
        calling = asyncio.create_task(call())
        try:
            await check(world, tmp_path / "log")
        finally:
            calling.cancel()
            await asyncio.gather(calling, return_exceptions=True)

    asyncio.run(story())


def test_a_port_that_is_taken_is_refused_before_it_is_saved(home):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        async def story():
            connector = open_source(home, Source("gates", f"push://127.0.0.1:{port}"))
            with pytest.raises(SourceUnreachable, match=r"gates .*another program listens there"):
                await connector.identify()
            await connector.close()

        asyncio.run(story())
    with pytest.raises(AddressRefused, match=r"push://0\.0\.0\.0:8181"):
        Push(Place("gates", "push://", home), PushSettings())


def test_a_token_needs_a_source_that_listens_and_a_name(home, tmp_path):
    add_source(home, Source("files", f"file://{tmp_path}"))
    with pytest.raises(DeviceRefused, match="not push://"):
        make_token(home, "files", "press")
    add_source(home, Source("gates", "push://127.0.0.1:8181"))
    with pytest.raises(DeviceRefused):
        make_token(home, "gates", "../press")
    with pytest.raises(DeviceRefused, match="no token"):
        revoke_token(home, "gates", "press")
    assert len({make_token(home, "gates", "press") for _ in range(5)}) == 5


def test_the_command_shows_a_token_once(home, capsys):
    from dure.node.command import run

    add_source(home, Source("gates", "push://127.0.0.1:8181"))
    assert run(["connect", "token", "gates", "press", "--json"]) == 0
    token = json.loads(capsys.readouterr().out)["token"]
    assert token.startswith("dure_")
    assert token not in (home / "secret" / "sources" / "gates.password").read_text()
    assert run(["connect", "token", "gates", "press", "--revoke", "--json"]) == 0
    assert devices(home, "gates") == []
    add_source(home, Source("files", f"file://{home}"))
    assert run(["connect", "token", "files", "press", "--json"]) == 2


def test_more_readings_than_a_request_may_hold_are_refused():
    body = json.dumps({"time": 5, "signals": {f"s{n}": n for n in range(MOST + 1)}}).encode()
    with pytest.raises(BodyRefused, match="more than"):
        read_json(body, 1, UTC)


READERS = (
    lambda body: read_json(body, 1, UTC),
    lambda body: read_csv(body, 1, UTC),
    lambda body: read_lines(body, 1),
)


@given(st.binary(max_size=300), st.sampled_from(READERS))
def test_any_bytes_are_read_or_refused(body, reader):
    with suppress(BodyRefused):
        assert all(isinstance(one, Point) for one in reader(body))


@given(
    st.dictionaries(
        st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20),
        st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=50),
        min_size=1,
    ),
    st.integers(1, 7_258_118_399),
)
def test_json_comes_back_as_it_was_sent(signals, seconds):
    points = read_json(json.dumps({"time": seconds, "signals": signals}).encode(), 0, UTC)
    assert {one.name: one.value if one.text is None else one.text for one in points} == signals
    assert {one.time for one in points} == {seconds * SECOND}


SEEDS = (
    b'{"signal": "oven/T", "time": "2026-01-01T00:00:00Z", "value": 20.5, "quality": "good", "unit": "bar"}',
    b'[{"time": 1767225600, "signals": {"a": 1, "b": "run"}}, {"signal": "x", "value": null}]',
    b"time,a,b\n2026-01-01T00:00:00Z,1.5,run\n",
    b"signal,time,value,quality,unit\nc,1767225600,7,bad,bar\n",
    b'weather,site=A,line=1 temp=82.5,ok=t,n=3i,say="a b, c" 1767225600000000000\n',
)


def spoilt(chance):
    """A body with some of its bytes changed, cut out, doubled or swapped."""
    body = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(body) + 1)
        kind = chance.randrange(4)
        if kind == 0 and at < len(body):
            body[at] = chance.randrange(256)
        elif kind == 1:
            del body[at : at + chance.randrange(8)]
        elif kind == 2:
            body[at:at] = body[at : at + chance.randrange(40)] * chance.randrange(3)
        else:
            body[at:at] = bytes(chance.choices(b'{}[],:="\\\n #\0\xff', k=chance.randrange(5)))
    return bytes(body)


def fuzz(home, tmp_path, count):
    """Spoilt requests of every kind over real connections: each is answered, and what was stored is well-formed."""
    import aiohttp

    from dure.plant.connect.commit import GroupCommit
    from dure.plant.transport import SegmentLog

    port, chance = free_port(), random.Random(count)
    add_source(home, Source("gates", f"push://127.0.0.1:{port}"))
    token = make_token(home, "gates", "press")
    kinds = ("application/json", "text/csv", "text/plain")
    seen = {}

    async def send(session, left):
        while left:
            left.pop()
            body, kind = spoilt(chance), chance.choice(kinds)
            headers = {"Content-Type": kind}
            if chance.random() < 0.2:
                packed = bytearray(gzip.compress(body, 1))
                if chance.random() < 0.5:
                    packed[chance.randrange(len(packed))] ^= 1 << chance.randrange(8)
                body, headers["Content-Encoding"] = bytes(packed), "gzip"
            path = "/v1/samples" if chance.random() < 0.8 else "/write"
            async with session.post(f"http://127.0.0.1:{port}{path}", data=body, headers=headers) as answer:
                seen[answer.status] = seen.get(answer.status, 0) + 1
                if answer.status >= 400:
                    assert json.loads(await answer.read())["error"]["message"]

    async def story():
        place = Place("gates", f"push://127.0.0.1:{port}", home)
        connector = Push(place, PushSettings(tls=False, rate=10_000.0))
        with SegmentLog(tmp_path / "log") as segments:
            async with GroupCommit(segments, every=0.01) as sink:
                listening = asyncio.create_task(connector.subscribe((), sink))
                await asyncio.sleep(0.3)
                async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
                    left = list(range(count))
                    await asyncio.gather(*(send(session, left) for _ in range(16)))
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await connector.close()

    asyncio.run(story())
    assert sum(seen.values()) == count
    assert set(seen) <= {200, 204, 400, 413, 415}, seen
    assert seen[400] > count / 10
    rows = [row for _, frame in read_log(tmp_path / "log") for row in decode(frame.payload).to_pylist()]
    assert rows
    assert all(row["signal"].startswith("gates/press/") and row["time"] > 0 for row in rows)


def test_two_thousand_spoilt_requests_are_answered(home, tmp_path):
    fuzz(home, tmp_path, 2000)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_spoilt_requests_are_answered(home, tmp_path):
    fuzz(home, tmp_path, 100_000)


def connect(url):
    import socket

    host, port = url.removeprefix("http://").split(":")
    one = socket.create_connection((host, int(port)), 5)
    one.settimeout(30)
    return one


def test_connections_that_trickle_their_headers_are_let_go_and_devices_go_on(gate, device):
    _, url, token = gate()
    client = device(url)
    body = json.dumps({"signal": "x", "time": BASE, "value": 1})
    assert client.send("/v1/samples", body, token)["status"] == 200
    slow = [connect(url) for _ in range(20)]
    for one in slow:
        one.sendall(b"POST /v1/samples HTTP/1.1\r\nX-Slow: ")
    assert client.send("/v1/samples", body, token)["status"] == 200
    began = time.monotonic()
    for one in slow:
        with suppress(ConnectionError):
            while one.recv(100):
                pass
        one.close()
    assert time.monotonic() - began < 20
    assert client.send("/v1/samples", body, token)["status"] == 200


def test_above_the_bound_the_newest_silent_ones_are_let_go():
    now = [0.0]
    crowd = Crowd(within=10, most=3, clock=lambda: now[0])
    assert crowd.unwelcome("ab") == []
    crowd.spoke("a")
    now[0] = 5.0
    assert crowd.unwelcome("abcd") == ["d"]
    assert crowd.unwelcome("abc") == []
    now[0] = 10.0
    assert crowd.unwelcome("abc") == ["b"]
    crowd.spoke("c")
    now[0] = 100.0
    assert crowd.unwelcome("ac") == []
    assert crowd.unwelcome("c") == []
