"""XGT FEnet against a CPU of the tests' own, which another author's client reads with the same values."""

import asyncio
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
    Sample("press/byte", 0, 23.0),
    Sample("press/lamp", 0, 1.0),
    Sample("press/part", 0, 1.0),
    Sample("press/data", 0, 4660.0),
    Sample("press/flag", 0, 1.0),
    Sample("press/absent", 0, quality=BAD),
    Sample("press/nowhere", 0, quality=BAD),
)


def test_xgt_keeps_the_promise(server, xgt, proxy, tmp_path):
    link = proxy(server().port)
    nothing = proxy(1)
    world = World(
        open=lambda: xgt(link.port),
        nowhere=lambda: xgt(nothing.port),
        known=KNOWN,
        units={"press/temperature": "Cel", "press/flow": "L/min", "press/total": ""},
        leave=link.cut,
        come_back=link.restore,
    )
    asyncio.run(check(world, tmp_path / "log"))


def test_the_cpu_says_who_it_is_and_shows_its_values(server, xgt):
    async def visit(connector):
        return await connector.identify(), await connector.read(await connector.browse(100))

    connector = xgt(server().port)
    facts, samples = asyncio.run(used(connector, visit))
    assert facts == {"product": "LS ELECTRIC XGI CPUU", "version": "2.3", "state": "RUN", "security": "none"}
    for known, found in zip(KNOWN, samples, strict=True):
        assert (found.signal, found.quality, found.text) == (known.signal, known.quality, known.text)
        assert found.value == known.value or (math.isnan(found.value) and math.isnan(known.value))
    assert "absent: the device has no such address (XGT 0004h)" in connector.notes
    assert "nowhere: the CPU has no such device (XGT 0003h)" in connector.notes


def test_only_the_word_behind_the_device_is_bad(server, xgt, kept):
    connector = xgt(server().port, tags="id,address\na,%MW510\nb,%MW511\nbehind,%MW512\n")
    asyncio.run(used(connector, lambda one: polled(one, kept, 12)))
    assert {row[0] for row in kept.rows if row[3]} == {"press/behind"}


@pytest.mark.parametrize(
    ("name", "value", "asked", "written"),
    [
        ("temperature", 20.0, "M 200 2", "c800"),
        ("flow", 12.25, "M 204 4", "00004441"),
        ("total", -5.0, "M 208 4", "fbffffff"),
        ("precise", 0.5, "M 216 8", "000000000000e03f"),
        ("byte", 9.0, "M 240 2", "0900"),
        ("data", 1.0, "D 20 2", "0100"),
        ("lamp", 0.0, "M 240 4", "07000004"),
        ("part", 0.0, "M 240 4", "17000000"),
    ],
)
@pytest.mark.parametrize("bits", ["decimal", "hex"])
def test_an_armed_write_reaches_the_cpu_and_is_read_back(server, xgt, *, bits, name, value, asked, written):
    started = server(hex=bits == "hex")

    async def visit(connector):
        signal = named(await connector.browse(100), name)
        await connector.write(signal, value, leave(signal.id, -10))
        return (await connector.read([signal]))[0]

    assert asyncio.run(used(xgt(started.port, bits=bits), visit)).value == pytest.approx(value)
    assert started.say(asked) == written


@pytest.mark.parametrize(
    ("name", "value", "arm", "refusal", "says"),
    [
        ("flow", 5.0, None, WriteNotArmed, "nobody armed it"),
        ("flow", 500.0, "press/flow", WriteNotArmed, "outside"),
        ("flag", 1.0, "press/flag", SourceOdd, "can only be read"),
        ("lamp", 0.0, "press/lamp", SourceOdd, "only when the setting bits says"),
        ("absent", 1.0, "press/absent", SourceOdd, "absent: the device has no such address"),
        ("data", -1.0, "press/data", ValueOutside, "does not fit"),
    ],
)
def test_a_write_is_refused_and_nothing_is_written(server, xgt, *, name, value, arm, refusal, says):
    started = server()
    before = started.say("M 0 1024")

    async def visit(connector):
        signal = named(await connector.browse(100), name)
        await connector.write(signal, value, arm and Arm(arm, -10, 100, "hana", time.time_ns() + 10**10))

    with pytest.raises(refusal, match=says):
        asyncio.run(used(xgt(started.port), visit))
    assert started.say("M 0 1024") == before


def test_a_killed_cpu_is_lost_and_the_gap_is_named(server, xgt, kept):
    started = server()
    connector = xgt(started.port)

    async def live(connector):
        polling = asyncio.create_task(connector.subscribe((), kept))
        await kept.holds(24)
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


def test_a_cpu_that_swallows_requests_is_silent(server, xgt, proxy, kept):
    link = proxy(server().port)
    link.blackhole()
    with pytest.raises(SourceSilent, match=r"press \(127\.0\.0\.1:\d+\) did not answer within 0\.2 s"):
        asyncio.run(used(xgt(link.port, timeout=0.2), lambda one: one.subscribe((), kept)))


def test_the_tests_cpu_is_read_alike_by_another_authors_client(server):
    sys.path.insert(0, foreign("xgtclient"))
    try:
        from pyXGTClient.client import XGTClient
    finally:
        sys.path.pop(0)
    theirs = XGTClient(host="127.0.0.1", port=server().port)
    theirs.open()
    try:
        assert theirs.readData(["%MW100", "%MW120"]) == [0x10000 - 55, 23]
        assert theirs.readData(["%DW10"]) == [4660]
    finally:
        theirs.close()
