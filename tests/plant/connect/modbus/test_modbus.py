"""Modbus against the server of another maker: what is read, refused, split, written and lost."""

import asyncio
import json
import math
import time

import pytest

from dure.plant.connect import (
    Arm,
    Source,
    SourceLost,
    SourceOdd,
    SourceSilent,
    SourceUnreachable,
    WriteNotArmed,
    add_source,
    arm,
    write,
)
from dure.plant.connect.check import World, check
from dure.plant.connect.polling import ValueOutside
from dure.vocabulary import Quality, Sample
from plant.connect.modbus.conftest import TABLE

pytestmark = pytest.mark.peer

KNOWN = (
    Sample("press/temperature", 0, -55 * 0.1 - 10),
    Sample("press/flow", 0, 12.5),
    Sample("press/swapped", 0, 12.5),
    Sample("press/total", 0, 2.0**40 + 7),
    Sample("press/counter", 0, 12345678.0),
    Sample("press/name", 0, text="가동"),
    Sample("press/ready", 0, 1.0),
    Sample("press/missing", 0, quality=Quality.BAD),
    Sample("press/pressure", 0, 2.5),
    Sample("press/pump", 0, 1.0),
    Sample("press/door", 0, 1.0),
)


def leave(signal, low=0, high=100, seconds=60):
    return Arm(signal, low, high, "hana", time.time_ns() + seconds * 10**9)


async def used(connector, do):
    try:
        return await do(connector)
    finally:
        await connector.close()


async def polled(connector, kept, rows):
    """Subscribe until the sink has so many rows."""
    polling = asyncio.create_task(connector.subscribe((), kept))
    await kept.holds(rows)
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)


def test_modbus_keeps_the_promise(device, modbus, proxy, tmp_path):
    link = proxy(device().port)
    nothing = proxy(1)
    world = World(
        open=lambda: modbus(link.port),
        nowhere=lambda: modbus(nothing.port),
        known=KNOWN,
        units={"press/temperature": "Cel", "press/flow": "L/min", "press/total": ""},
        leave=link.cut,
        come_back=link.restore,
    )
    asyncio.run(check(world, tmp_path / "log"))


def test_the_device_says_who_it_is_and_shows_its_values(device, modbus):
    async def visit(connector):
        facts = await connector.identify()
        samples = await connector.read(await connector.browse(100))
        return facts, {sample.signal: sample for sample in samples}

    facts, present = asyncio.run(used(modbus(device().port), visit))
    assert facts == {"product": "Peer Works MB-7", "version": "1.4", "security": "none"}
    for known in KNOWN:
        found = present[known.signal]
        assert found.quality is known.quality
        assert found.text == known.text
        assert found.value == known.value or (math.isnan(found.value) and math.isnan(known.value))
        assert abs(found.time - time.time_ns()) < 60 * 10**9


def test_only_the_tag_that_the_device_lacks_is_bad_and_its_reason_is_noted(device, modbus, kept):
    connector = modbus(device().port)
    asyncio.run(used(connector, lambda one: polled(one, kept, 33)))
    bad = {row[0] for row in kept.rows if row[3]}
    assert bad == {"press/missing"}
    assert connector.notes == ["missing: the device has no such address (Modbus exception 2)"]


def test_several_units_are_read_through_one_link_and_a_silent_one_is_bad_alone(device, modbus):
    table = "id,address\none,1/40001\ntwo,2/40001\nnine,9/40001\n"
    server = device(units=[1, 2])

    async def read(connector):
        return await connector.read(await connector.browse(9))

    one, two, nine = asyncio.run(used(modbus(server.port, tags=table), read))
    assert (one.value, two.value) == (65481.0, 65482.0)
    assert nine.quality is Quality.BAD


def test_a_scan_finds_what_answers_and_nothing_else(device, modbus):
    connector = modbus(
        device().port, tags="", scan="holding:0-63, input:0-7, coil:0-7, discrete:0-7, 5/holding:0"
    )
    found = asyncio.run(used(connector, lambda one: one.browse(1000)))
    addresses = {signal.address for signal in found}
    assert {"1/holding:0", "1/holding:30", "1/input:1", "1/coil:1", "1/discrete:4"} <= addresses
    assert "1/holding:12" not in addresses
    assert len(found) == 17 + 2 + 2 + 1
    samples = asyncio.run(used(connector, lambda one: one.read(found[:2])))
    assert samples[0].value == 65481.0


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("temperature", 20.0, [["holding", 0, 300, 1]]),
        ("flow", 12.25, [["holding", 2, 0x4144, 1], ["holding", 3, 0, 1]]),
        ("swapped", 12.25, [["holding", 4, 0, 1], ["holding", 5, 0x4144, 1]]),
        ("counter", 42.0, [["holding", 10, 0, 1], ["holding", 11, 0x42, 1]]),
        ("pump", 0.0, [["coil", 0, 0, 1]]),
    ],
)
@pytest.mark.parametrize("many", [False, True])
def test_an_armed_write_reaches_the_device_and_is_read_back(
    device, modbus, tmp_path, *, name, value, written, many
):
    log = tmp_path / "written.jsonl"
    connector = modbus(device(log=str(log)).port, write_many=many)

    async def visit(connector):
        signal = next(s for s in await connector.browse(100) if s.id == f"press/{name}")
        await connector.write(signal, value, leave(signal.id))
        return (await connector.read([signal]))[0]

    assert asyncio.run(used(connector, visit)).value == pytest.approx(value)
    assert [json.loads(line) for line in log.read_text().splitlines()] == written


@pytest.mark.parametrize(
    ("name", "value", "arm", "refusal", "says"),
    [
        ("flow", 5.0, None, WriteNotArmed, "nobody armed it"),
        ("flow", 500.0, "press/flow", WriteNotArmed, "outside"),
        ("flow", 5.0, "press/temperature", WriteNotArmed, "nobody armed it"),
        ("door", 1.0, "press/door", SourceOdd, "can only be read"),
        ("missing", 1.0, "press/missing", SourceOdd, "no such address"),
        ("counter", -1.0, "press/counter", ValueOutside, "does not fit"),
    ],
)
def test_a_write_is_refused_and_nothing_is_written(
    device, modbus, tmp_path, *, name, value, arm, refusal, says
):
    log = tmp_path / "written.jsonl"
    connector = modbus(device(log=str(log)).port)

    async def visit(connector):
        signal = next(s for s in await connector.browse(100) if s.id == f"press/{name}")
        await connector.write(signal, value, arm and leave(arm, -10))

    with pytest.raises(refusal, match=says):
        asyncio.run(used(connector, visit))
    assert not log.exists()


def test_a_killed_device_is_lost_at_once_and_the_gap_is_named(device, modbus, kept):
    server = device()
    connector = modbus(server.port, timeout=5.0)

    async def live(connector):
        polling = asyncio.create_task(connector.subscribe((), kept))
        await kept.holds(22)
        server.kill()
        began = time.monotonic()
        with pytest.raises((SourceLost, SourceUnreachable)):
            await polling
        seconds = time.monotonic() - began
        last = max(row[1] for row in kept.rows)
        await asyncio.sleep(0.5)
        device(port=server.port)
        await polled(connector, kept, len(kept.rows) + 1)
        return seconds, last

    seconds, last = asyncio.run(used(connector, live))
    assert seconds < 2.0
    (gap,) = kept.gaps
    assert (gap.start, gap.filled_by, gap.cause) == (last, "permanent", "source-lost")


def test_a_device_that_swallows_requests_is_silent(device, modbus, proxy, kept):
    link = proxy(device().port)
    link.blackhole()
    connector = modbus(link.port, timeout=0.2, retries=1)
    with pytest.raises(SourceSilent, match=r"press \(127\.0\.0\.1:\d+\) did not answer within 0\.2 s"):
        asyncio.run(used(connector, lambda one: one.subscribe((), kept)))


def test_a_slow_device_costs_rounds_and_says_so(device, modbus, kept):
    connector = modbus(
        device(slow=15).port, tags="id,address\na,40001\nb,40003\nc,40005\n", period=0.01, hole=0
    )
    asyncio.run(used(connector, lambda one: polled(one, kept, 30)))
    assert any("rounds left out: the answers take longer than the period" in note for note in connector.notes)


def test_a_person_arms_a_signal_and_its_write_is_journalled(device, home):
    server = device()
    add_source(home, Source("press", f"modbus://127.0.0.1:{server.port}", {"tags": TABLE}))
    with pytest.raises(WriteNotArmed):
        write(home, "press", "press/temperature", 20.0)
    arm(home, "press/temperature", 0, 50, "hana", time.time_ns() + 60 * 10**9, reason="trial 7")
    done = write(home, "press", "press/temperature", 20.0)
    assert (done.before, done.after, done.by) == (pytest.approx(-15.5), pytest.approx(20.0), "hana")
