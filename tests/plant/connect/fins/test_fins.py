"""FINS over TCP and UDP against a CPU of the tests' own, which another author's client reads with the same values."""

import asyncio
import json
import math
import sys
import time

import pytest

from dure.plant.connect import Arm, SourceLost, SourceOdd, SourceSilent, SourceUnreachable, WriteNotArmed
from dure.plant.connect.check import World, check
from dure.plant.connect.polling import ValueOutside
from dure.vocabulary import Quality, Sample
from peers.plcs import foreign
from plant.connect.modbus.test_modbus import leave, polled, used
from plant.connect.s7.test_s7 import named

BAD = Quality.BAD
KNOWN = (
    Sample("press/temperature", 0, -55 * 0.1),
    Sample("press/flow", 0, 12.5),
    Sample("press/total", 0, -70_000.0),
    Sample("press/precise", 0, 2.25),
    Sample("press/name", 0, text="가동"),
    Sample("press/count", 0, 1234.0),
    Sample("press/lamp", 0, 1.0),
    Sample("press/work", 0, 4660.0),
    Sample("press/hold", 0, 1.0),
    Sample("press/extended", 0, 42.0),
    Sample("press/timer", 0, 119.0),
    Sample("press/flag", 0, 1.0),
    Sample("press/counter", 0, 9.0),
    Sample("press/absent", 0, quality=BAD),
    Sample("press/nowhere", 0, quality=BAD),
)
WAYS = ("fins", "fins+udp")


def test_fins_keeps_the_promise(server, fins, proxy, tmp_path):
    link = proxy(server().port)
    nothing = proxy(1)
    world = World(
        open=lambda: fins(link.port),
        nowhere=lambda: fins(nothing.port),
        known=KNOWN,
        units={"press/temperature": "Cel", "press/flow": "L/min", "press/total": ""},
        leave=link.cut,
        come_back=link.restore,
    )
    asyncio.run(check(world, tmp_path / "log"))


def test_fins_over_udp_keeps_the_promise(server, fins, tmp_path):
    started = [server()]
    port = started[0].port
    world = World(
        open=lambda: fins(port, "fins+udp", timeout=0.3, retries=1),
        nowhere=lambda: fins(1, "fins+udp", timeout=0.2, retries=0),
        known=KNOWN,
        units={"press/temperature": "Cel"},
        leave=started[0].kill,
        come_back=lambda: started.append(server(port=port)),
    )
    asyncio.run(check(world, tmp_path / "log"))


@pytest.mark.parametrize("way", WAYS)
def test_the_cpu_says_who_it_is_and_shows_its_values(server, fins, way):
    async def visit(connector):
        return await connector.identify(), await connector.read(await connector.browse(100))

    connector = fins(server().port, way)
    facts, samples = asyncio.run(used(connector, visit))
    assert facts == {"product": "Omron CJ2M-CPU33", "version": "02.01", "security": "none"}
    for known, found in zip(KNOWN, samples, strict=True):
        assert (found.signal, found.quality, found.text) == (known.signal, known.quality, known.text)
        assert found.value == known.value or (math.isnan(found.value) and math.isnan(known.value))
    assert "absent: the area has no such address (FINS 1103h)" in connector.notes
    assert "nowhere: the controller has no such area (FINS 1101h)" in connector.notes


def test_only_the_word_behind_the_area_is_bad(server, fins, kept):
    connector = fins(server().port, tags="id,address\na,D798\nb,D799\nbehind,D800\n")
    asyncio.run(used(connector, lambda one: polled(one, kept, 12)))
    assert {row[0] for row in kept.rows if row[3]} == {"press/behind"}


def test_a_cpu_with_an_error_of_its_own_is_read_all_the_same(server, fins):
    connector = fins(server(flags=0xC0).port, tags="id,address\na,W10\n")

    async def visit(one):
        return await one.read(await one.browse(1))

    (sample,) = asyncio.run(used(connector, visit))
    assert (sample.value, sample.quality) == (4660.0, Quality.GOOD)


def test_lost_datagrams_are_asked_again(server, fins, kept):
    connector = fins(server(lossy=3).port, "fins+udp", timeout=0.1, retries=3, period=0.05)
    asyncio.run(used(connector, lambda one: polled(one, kept, 60)))
    assert {row[0] for row in kept.rows if row[3]} == {"press/absent", "press/nowhere"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "value", "asked", "written"),
    [
        ("temperature", 20.0, "82 100 2", [200, 0]),
        ("flow", 12.25, "82 102 2", [0x0000, 0x4144]),
        ("total", -5.0, "82 104 2", [0xFFFB, 0xFFFF]),
        ("precise", 0.5, "82 106 4", [0, 0, 0, 0x3FE0]),
        ("count", 42.0, "82 114 1", [0x42]),
        ("lamp", 0.0, "B0 10 1", [0]),
        ("hold", 0.0, "B2 5 1", [0]),
        ("extended", 7.0, "A1 100 1", [7]),
    ],
)
def test_an_armed_write_reaches_the_cpu_and_is_read_back(server, fins, *, way, name, value, asked, written):
    started = server()

    async def visit(connector):
        signal = named(await connector.browse(100), name)
        await connector.write(signal, value, leave(signal.id, -10))
        return (await connector.read([signal]))[0]

    assert asyncio.run(used(fins(started.port, way), visit)).value == pytest.approx(value)
    assert json.loads(started.say(asked)) == written


@pytest.mark.parametrize(
    ("name", "value", "arm", "refusal", "says"),
    [
        ("flow", 5.0, None, WriteNotArmed, "nobody armed it"),
        ("flow", 500.0, "press/flow", WriteNotArmed, "outside"),
        ("flag", 1.0, "press/flag", SourceOdd, "can only be read"),
        ("absent", 1.0, "press/absent", SourceOdd, "absent: the area has no such address"),
        ("work", -1.0, "press/work", ValueOutside, "does not fit"),
    ],
)
def test_a_write_is_refused_and_nothing_is_written(server, fins, *, name, value, arm, refusal, says):
    started = server()

    async def visit(connector):
        signal = named(await connector.browse(100), name)
        await connector.write(signal, value, arm and Arm(arm, -10, 100, "hana", time.time_ns() + 10**10))

    with pytest.raises(refusal, match=says):
        asyncio.run(used(fins(started.port), visit))
    assert json.loads(started.say("82 102 2")) == [0, 0x4148]


@pytest.mark.parametrize("way", WAYS)
def test_a_killed_cpu_is_lost_and_the_gap_is_named(server, fins, kept, way):
    started = server()
    connector = fins(started.port, way, timeout=0.3, retries=0)

    async def live(connector):
        polling = asyncio.create_task(connector.subscribe((), kept))
        await kept.holds(30)
        started.kill()
        with pytest.raises((SourceLost, SourceUnreachable)):
            await polling
        last = max(row[1] for row in kept.rows)
        await asyncio.sleep(0.5)
        server(port=started.port)
        await polled(connector, kept, len(kept.rows) + 1)
        return last

    last = asyncio.run(used(connector, live))
    (gap,) = kept.gaps
    assert (gap.start, gap.filled_by, gap.cause) == (last, "permanent", "source-lost")


def test_a_cpu_that_swallows_requests_is_silent(server, fins, proxy, kept):
    link = proxy(server().port)
    link.blackhole()
    with pytest.raises(SourceSilent, match=r"press \(127\.0\.0\.1:\d+\) did not answer within 0\.2 s"):
        asyncio.run(used(fins(link.port, timeout=0.2), lambda one: one.subscribe((), kept)))


def test_the_tests_cpu_is_read_alike_by_another_authors_client(server):
    started = server()
    sys.path.insert(0, foreign("fins"))
    try:
        from fins.tcp import TCPFinsConnection
    finally:
        sys.path.pop(0)
    theirs = TCPFinsConnection()
    theirs.connect("127.0.0.1", port=started.port)
    try:
        assert theirs.read("d", 100, "i") == -55
        assert theirs.read("d", 102, "r") == 12.5
        assert theirs.read("d", 104, "di") == -70_000
        assert theirs.read("d", 106, "l") == 2.25
        assert theirs.read("w", 10, "ui") == 4660
    finally:
        theirs.fins_socket.close()
