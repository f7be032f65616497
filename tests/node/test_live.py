"""The live stream: who is let in, what a browser gets, what one that lags or comes back gets, and where it ends."""

import asyncio
import json
import time
import urllib.error
import urllib.request

import pytest

from dure.foundation.web import issue, key_in
from dure.node.live import CLIENTS, Client, Fan, Live, origin_allowed, written
from dure.node.options import Options
from running_node import running, until

ORIGIN = "http://localhost:8000"


def sample(signal, value=1.0, second=1, **more):
    return {"signal": signal, "time": second * 10**9, "value": value, "quality": 0, "received": 0, **more}


def rows(event):
    return json.loads(event.decode().split("data: ")[-1])


@pytest.fixture
def options(tmp_path):
    (tmp_path / "secret").mkdir(mode=0o700)
    (tmp_path / "secret" / "django.key").write_text("a secret of this test")
    return Options(home=tmp_path)


class Browser:
    """One connection to the application, as its server would make it."""

    def __init__(self, app, options, *, origin=ORIGIN, path="/live", life=60.0, query="", words=None):
        text = words or issue(key_in(options.home), "7", "worker", now=time.time(), life=life)
        self.headers = [(b"origin", origin.encode())] if origin else []
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": f"pass={text}&{query}".encode(),
            "headers": self.headers,
        }
        self.app, self.gone, self.sent = app, asyncio.Event(), asyncio.Queue()
        self.task = asyncio.ensure_future(app(self.scope, self.receive, self.sent.put))

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def status(self):
        self.start = await asyncio.wait_for(self.sent.get(), 5)
        return self.start["status"]

    async def event(self, kind=b"samples", within=10):
        while True:
            part = (await asyncio.wait_for(self.sent.get(), within)).get("body", b"")
            if b"event: " + kind in part:
                return part

    async def leave(self):
        self.gone.set()
        await asyncio.wait_for(self.task, 5)


def app_of(options):
    return Live(lambda: options, lambda _home: lambda _after: (0, []))


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"origin": "http://elsewhere.example:8000"}, 403),
        ({"origin": ""}, 403),
        ({"words": "forged.pass"}, 401),
        ({"life": -1.0}, 401),
        ({"path": "/"}, 404),
    ],
)
def test_nobody_is_let_in_without_our_origin_and_a_valid_pass(options, more, status):
    async def play():
        browser = Browser(app_of(options), options, **more)
        assert await browser.status() == status
        await browser.task

    asyncio.run(play())


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://localhost:8001", False),
        ("https://localhost:8000", False),
        ("http://localhost.evil.example:8000", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_a_page_of_this_node_may_read_the_stream(origin, allowed):
    assert origin_allowed(origin, Options()) is allowed


def test_every_browser_gets_each_batch_and_a_heartbeat_first(options):
    async def play():
        app = app_of(options)
        browsers = [Browser(app, options) for _ in range(3)]
        for browser in browsers:
            assert await browser.status() == 200
            assert (b"access-control-allow-origin", ORIGIN.encode()) in browser.start["headers"]
            await browser.event(b"beat")
        app.fan.publish(5, [sample("a/b", 1.5), sample("a/c", float("nan"))])
        for browser in browsers:
            event = await browser.event()
            assert event.startswith(b"id: 5\n")
            assert [row["value"] for row in rows(event)] == [1.5, None]
            await browser.leave()
        assert app.fan.clients == set()

    asyncio.run(play())


def test_a_browser_that_lags_keeps_the_newest_sample_of_each_signal_only():
    client = Client()
    for position in range(1, 1001):
        batch = [sample("a/b", position, position), sample("a/c", -position, position)]
        client.take(position, batch, written(position, batch))
    assert len(client.lagging) == 2
    first, second = client.give().split(b"\n\nid: ")
    assert [row["value"] for row in rows(first)] == [1, -1]
    assert [row["value"] for row in rows(second)] == [1000, -1000]
    assert client.give() == b""


def test_a_browser_that_comes_back_gets_what_it_missed(options):
    async def play():
        app = app_of(options)
        for position in range(1, 6):
            app.fan.publish(position, [sample("a/b", position, position)])
        browser = Browser(app, options, query="after=3")
        assert await browser.status() == 200
        event = await browser.event()
        assert event.startswith(b"id: 5\n")
        assert [row["value"] for row in rows(event)] == [4, 5]
        await browser.leave()
        stranger = Browser(app, options)
        assert await stranger.status() == 200
        app.fan.publish(6, [sample("a/b", 6, 6)])
        assert [row["value"] for row in rows(await stranger.event())] == [6]
        await stranger.leave()

    asyncio.run(play())


def test_what_is_remembered_is_bounded():
    fan = Fan()
    for position in range(300):
        fan.publish(position, [sample(f"a/{n}") for n in range(1000)])
    assert fan.kept <= 51_000
    assert fan.recent[-1][0] == 299


def test_the_stream_ends_with_the_pass(options):
    async def play():
        browser = Browser(app_of(options), options, life=0.5)
        assert await browser.status() == 200
        began = time.monotonic()
        await asyncio.wait_for(browser.task, 5)
        assert time.monotonic() - began < 3

    asyncio.run(play())


def test_one_browser_too_many_is_asked_to_come_back_later(options):
    async def play():
        app = app_of(options)
        browsers = [Browser(app, options) for _ in range(CLIENTS)]
        assert {await browser.status() for browser in browsers} == {200}
        late = Browser(app, options)
        assert await late.status() == 503
        await browsers[0].leave()
        later = Browser(app, options)
        assert await later.status() == 200
        for browser in (*browsers[1:], later):
            await browser.leave()

    asyncio.run(play())


def test_samples_reach_a_browser_of_a_running_node(home):
    from dure.plant.historian import Historian
    from dure.vocabulary import Sample

    with running(home) as node:
        key = until(lambda: (home / "secret" / "django.key").exists() and key_in(home))
        text = issue(key, "7", "worker", now=time.time())
        address = f"http://127.0.0.1:{node.port + 1}/live?pass={text}"
        stranger = urllib.request.Request(address, headers={"Origin": "http://elsewhere.example"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(stranger, timeout=10)  # noqa: S310 - our own server
        refused.value.close()
        assert refused.value.code == 403

        request = urllib.request.Request(address, headers={"Origin": f"http://localhost:{node.port}"})
        with (
            urllib.request.urlopen(request, timeout=20) as stream,  # noqa: S310 - our own server
            Historian(home) as historian,
        ):
            assert historian.wait(30)
            found, deadline = [], time.monotonic() + 30
            while not found and time.monotonic() < deadline:
                line = stream.readline()
                if line.startswith(b"event: beat"):  # told again until the stream has begun to follow
                    historian.append("test", [Sample("line/cell/voltage", time=time.time_ns(), value=3.71)])
                if line.startswith(b"data: ["):
                    found = json.loads(line.removeprefix(b"data: "))
    assert [(row["signal"], row["value"]) for row in found] == [("line/cell/voltage", 3.71)]
