"""Names are proven, limits hold, nobody is starved, and what is odd on a line ends that line only."""

import asyncio
import contextlib
import json
import socket
import ssl
import time
from pathlib import Path

import pytest

from dure.sharing.tunnel import (
    AddressWrong,
    Hub,
    KeyWrong,
    Limits,
    NameRefused,
    NameWrong,
    Plant,
    PortTaken,
    WireWrong,
    admit,
    admitted,
    dismiss,
    listening_context,
    plant_certificate,
    public_line,
    signer,
    verifier,
)
from dure.sharing.tunnel.wire import MAGIC, Pace, address, heard, said, send
from sharing.tunnel.world import PLANT, hello, serving

OTHER = "plant2.hub.example"


class World:
    """Hub and plants in one loop."""

    def __init__(self, folder: Path, **limits) -> None:
        self.folder, self.limits, self.tasks, self.plants, self.servers = folder, Limits(**limits), [], {}, []

    async def __aenter__(self):
        self.hub = Hub(
            "hub.example", verifier(self.folder), lambda name: name in admitted(self.folder), self.limits
        )
        self.port = self.hub.listen("127.0.0.1", 0)
        self.tasks.append(asyncio.create_task(self.hub.run()))
        return self

    async def __aexit__(self, *_faults):
        for task in reversed(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for server in self.servers:
            server.shutdown()
            server.server_close()
        await asyncio.sleep(0.1)

    async def plant(self, name=PLANT, *, lines=2, to=None, wait=True) -> Plant:
        home = self.folder / name
        admit(self.folder, name, public_line(home))
        if to is None:
            server = serving(name)
            self.servers.append(server)
            to = ("127.0.0.1", server.server_port)
        plant = Plant(
            ("127.0.0.1", self.port), name, signer(home), to, listening_context(home, name), lines=lines
        )
        self.plants[name] = plant
        self.tasks.append(asyncio.create_task(plant.run()))
        if wait:
            await until(lambda: self.hub.health()["names"].get(name, {}).get("idle", 0) >= lines)
        return plant

    def trust(self, name=PLANT) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(plant_certificate(self.folder / name, name)[0]))

    async def visit(self, name=PLANT):
        return await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.trust(name), server_hostname=name
        )

    async def get(self, name=PLANT, path="/") -> bytes:
        reader, writer = await self.visit(name)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            content = await reader.read()
        finally:
            writer.transport.abort()
        return content.partition(b"\r\n\r\n")[2]


async def until(what, within=10.0):
    async with asyncio.timeout(within):
        while not what():  # noqa: ASYNC110 - what is looked at sends no events
            await asyncio.sleep(0.02)


def run(work) -> None:
    asyncio.run(asyncio.wait_for(work, 40))


def test_two_plants_get_their_own_visitors(tmp_path) -> None:
    async def play():
        async with World(tmp_path) as world:
            await world.plant(PLANT)
            await world.plant(OTHER)
            for _ in range(3):
                assert await world.get(PLANT) == f"rows of {PLANT}".encode()
                assert await world.get(OTHER) == f"rows of {OTHER}".encode()

    run(play())


def test_a_name_needs_its_key(tmp_path) -> None:
    async def play():
        async with World(tmp_path) as world:
            await world.plant(PLANT)
            thief = Plant(("127.0.0.1", world.port), PLANT, signer(tmp_path / "thief"), ("127.0.0.1", 1))
            with pytest.raises(NameRefused, match="admit"):
                await thief._line(0)
            assert await world.get() == f"rows of {PLANT}".encode()

    run(play())


def test_a_signature_is_for_one_challenge_one_name_and_one_hub(tmp_path) -> None:
    line, sign = public_line(tmp_path / "p"), signer(tmp_path / "p")
    admit(tmp_path, PLANT, line)
    admit(tmp_path, OTHER, public_line(tmp_path / "q"))
    verify, proof = verifier(tmp_path), sign(said("hub.example", PLANT, "ab"))
    assert verify(PLANT, said("hub.example", PLANT, "ab"), proof)
    for words in (said("hub.example", PLANT, "cd"), said("evil.example", PLANT, "ab")):
        assert not verify(PLANT, words, proof)
    assert not verify(OTHER, said("hub.example", OTHER, "ab"), sign(said("hub.example", OTHER, "ab")))
    assert not verify("nobody.example", b"", "")
    assert not verify(PLANT, said("hub.example", PLANT, "ab"), "not base64 ☃")
    assert dismiss(tmp_path, PLANT)
    assert not dismiss(tmp_path, PLANT)
    assert not verify(PLANT, said("hub.example", PLANT, "ab"), proof)


def test_private_files_are_ours_alone(tmp_path) -> None:
    signer(tmp_path)
    plant_certificate(tmp_path, PLANT)
    for path in (tmp_path / "secret").rglob("*.key"):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("odd", ["", "a b", "..", "공장", "a" * 64, "-x.example"])
def test_odd_names_are_refused(tmp_path, odd) -> None:
    with pytest.raises(NameWrong):
        admit(tmp_path, odd, public_line(tmp_path))


@pytest.mark.parametrize("odd", ["", "x", "AAAA", "☃"])
def test_odd_keys_are_refused(tmp_path, odd) -> None:
    with pytest.raises(KeyWrong):
        admit(tmp_path, PLANT, odd)


@pytest.mark.parametrize("odd", ["", ":1", "host:0", "host:70000", "host:x", "http://host"])
def test_odd_addresses_are_refused(odd) -> None:
    with pytest.raises(AddressWrong):
        address(odd)


def test_more_visitors_than_a_name_may_have_are_turned_away_and_others_are_not(tmp_path) -> None:
    async def play():
        async with World(tmp_path, open=3, wait=0.5) as world:
            await world.plant(PLANT)
            await world.plant(OTHER)
            held = [await world.visit() for _ in range(3)]
            with pytest.raises((ssl.SSLError, OSError)):
                await world.visit()
            assert world.hub.health()["names"][PLANT]["turned_away"] == 1
            assert await world.get(OTHER) == f"rows of {OTHER}".encode()
            for _reader, writer in held:
                writer.transport.abort()
            await until(lambda: world.hub.health()["names"][PLANT]["open"] == 0)
            assert await world.get() == f"rows of {PLANT}".encode()

    run(play())


def test_visitors_wait_for_a_line_and_not_for_ever(tmp_path) -> None:
    async def play():
        async with World(tmp_path, wait=0.4, waiting=2) as world:
            plant = await world.plant(lines=1)
            task = world.tasks.pop()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await until(lambda: world.hub.health()["names"][PLANT]["idle"] == 0)
            begun = time.monotonic()
            with pytest.raises((ssl.SSLError, OSError)):
                await world.visit()
            assert 0.3 < time.monotonic() - begun < 5
            waiting = asyncio.create_task(world.get())
            world.tasks.append(asyncio.create_task(plant.run()))
            assert await waiting == f"rows of {PLANT}".encode()

    run(play())


def test_a_bulk_visitor_does_not_starve_another(tmp_path) -> None:
    async def play():
        async with World(tmp_path) as world:
            await world.plant(PLANT, lines=8)
            await world.plant(OTHER)
            ended = asyncio.Event()
            bulk = [asyncio.create_task(going_on(world, ended)) for _ in range(4)]
            await asyncio.sleep(0.5)
            waits = []
            for _ in range(8):
                begun = time.monotonic()
                assert await world.get(OTHER) == f"rows of {OTHER}".encode()
                waits.append(time.monotonic() - begun)
            ended.set()
            await asyncio.gather(*bulk)
            # All ends of it share this process; alone one answer takes some 10 ms.
            assert sorted(waits)[len(waits) // 2] < 2.0

    async def going_on(world, ended):
        while not ended.is_set():
            await world.get(PLANT, "/big")

    run(play())


def test_a_pace_is_kept(tmp_path) -> None:
    async def play():
        async with World(tmp_path, rate=4e6) as world:
            await world.plant()
            begun = time.monotonic()
            assert len(await world.get(path="/big")) == 8 * 1024 * 1024
            assert time.monotonic() - begun > 0.8  # 8.4 MB, 4 of them at once

    run(play())
    assert Pace(10.0).wait(20, 5.0) == 1.0


def test_an_idle_line_shows_that_it_lives(tmp_path) -> None:
    async def play():
        async with World(tmp_path, beat=0.1) as world:
            await world.plant(lines=3)
            for _ in range(5):
                await asyncio.sleep(0.25)
                assert await world.get() == f"rows of {PLANT}".encode()

    run(play())


def test_a_quiet_connection_is_ended(tmp_path) -> None:
    async def play():
        async with World(tmp_path, quiet=0.2) as world:
            await world.plant()
            reader, writer = await world.visit()
            try:
                with contextlib.suppress(OSError):
                    assert await asyncio.wait_for(reader.read(), 5) == b""
            finally:
                writer.transport.abort()

    run(play())


@pytest.mark.parametrize(
    "words",
    [
        [b"\x00\x00"], [b"\xff\xff"], [b"\x00\x02[]"], [b"\x00\x02{\xff"], [b"\x00\x05hello"], [b""],
        [b"\x00\x02{}", b"\x00\x02{}"], [len(json.dumps({"name": PLANT})).to_bytes(2) + json.dumps({"name": PLANT}).encode(), b"\x00\x02{}"],
    ],
)  # fmt: skip
def test_odd_words_on_a_line_end_that_line_only(tmp_path, words) -> None:
    async def play():
        async with World(tmp_path) as world:
            await world.plant()
            reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
            writer.write(MAGIC + b"".join(words))
            writer.write_eof()
            answer = await asyncio.wait_for(reader.read(), 5)
            assert b'"ok"' not in answer
            writer.transport.abort()
            assert await world.get() == f"rows of {PLANT}".encode()

    run(play())


@pytest.mark.parametrize(
    "first", [b"GET / HTTP/1.1\r\n\r\n", b"DURE-TUNNEL/2\n", hello(None), hello("nobody.example")]
)
def test_whatever_is_no_visitor_is_answered_by_an_alert(tmp_path, first) -> None:
    async def play():
        async with World(tmp_path) as world:
            reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
            writer.write(first)
            assert (await asyncio.wait_for(reader.read(), 5))[:5] == b"\x15\x03\x03\x00\x02"
            writer.transport.abort()
            assert world.hub.health()["greeting"] == 0

    run(play())


def test_who_says_nothing_holds_no_place_for_others(tmp_path) -> None:
    async def play():
        async with World(tmp_path, greeting=4) as world:
            await world.plant()
            silent = [await asyncio.open_connection("127.0.0.1", world.port) for _ in range(4)]
            await until(lambda: world.hub.health()["greeting"] == 4)
            with pytest.raises((ssl.SSLError, OSError)):
                await world.visit()
            for _reader, writer in silent:
                writer.transport.abort()
            await until(lambda: world.hub.health()["greeting"] == 0)
            assert await world.get() == f"rows of {PLANT}".encode()

    run(play())


def test_a_plant_that_has_lines_enough_is_told_so(tmp_path) -> None:
    async def play():
        async with World(tmp_path, lines=2) as world:
            plant = await world.plant(lines=2)
            assert await plant._line(9) is False
            assert await world.get() == f"rows of {PLANT}".encode()

    run(play())


def test_a_visitor_reaches_the_next_line_when_one_broke(tmp_path) -> None:
    async def play():
        async with World(tmp_path) as world:
            await world.plant(lines=4)
            # Two lines break without the hub having looked yet.
            for line in list(world.hub._stations[PLANT].idle)[:2]:
                line.sock.shutdown(socket.SHUT_RDWR)
            assert await world.get() == f"rows of {PLANT}".encode()

    run(play())


def test_what_serves_the_plant_may_be_away(tmp_path) -> None:
    async def play():
        async with World(tmp_path) as world:
            plant = await world.plant(to=("127.0.0.1", 1))
            with contextlib.suppress(OSError, ssl.SSLError):
                assert await world.get() == b""
            await until(lambda: plant.open == 0 and plant.idle == 2)

    run(play())


def test_a_port_that_is_taken_is_said(tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortTaken):
        Hub("h.example", verifier(tmp_path)).listen("127.0.0.1", taken.getsockname()[1])


def test_a_hub_that_is_none_is_said() -> None:
    async def play():
        async def answer(_reader, writer):
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await writer.drain()
            writer.transport.abort()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        where = server.sockets[0].getsockname()
        plant = Plant(where, PLANT, lambda _words: "", ("127.0.0.1", 1), lines=1, spread=lambda: 0.0)
        task = asyncio.create_task(plant.run())
        await until(lambda: "tunnel" in plant.lost or "터널" in plant.lost)
        assert plant.health()["state"] == "lost"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        server.close()

    run(play())


def test_a_message_is_bounded() -> None:
    async def play():
        left, right = socket.socketpair()
        left.setblocking(False)
        right.setblocking(False)
        await send(left, {"a": 1}, b"rest")
        assert await heard(right, "x") == {"a": 1}
        assert right.recv(10) == b"rest"
        left.send(b"\xff\xff")
        with pytest.raises(WireWrong):
            await heard(right, "x")
        left.close()
        right.close()

    run(play())
