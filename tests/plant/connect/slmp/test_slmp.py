"""SLMP against simulators of two other authors: what is read, refused, split, written and lost."""

import asyncio
import json
import math
import time

import pytest

from dure.plant.connect import Arm, SourceLost, SourceOdd, SourceSilent, SourceUnreachable, WriteNotArmed
from dure.plant.connect.check import World, check
from dure.plant.connect.polling import ValueOutside
from dure.vocabulary import Quality, Sample
from plant.connect.modbus.test_modbus import leave, polled, used
from plant.connect.s7.test_s7 import named

pytestmark = pytest.mark.peer

KNOWN = (
    Sample("press/temperature", 0, -55 * 0.1),
    Sample("press/flow", 0, 12.5),
    Sample("press/total", 0, -70_000.0),
    Sample("press/precise", 0, 2.25),
    Sample("press/name", 0, text="가동"),
    Sample("press/low", 0, 7.0),
    Sample("press/part", 0, 1.0),
    Sample("press/lamp", 0, 1.0),
    Sample("press/sixteen", 0, 18.0),
    Sample("press/input", 0, 1.0),
    Sample("press/link", 0, 4660.0),
    Sample("press/timer", 0, 77.0),
    Sample("press/absent", 0, quality=Quality.BAD),
)
PEERS = (("aslmp", "3E"), ("aslmp", "4E"), ("virtualplc", "3E"))


@pytest.mark.parametrize(("maker", "frame"), PEERS[1:])
def test_slmp_keeps_the_promise(server, slmp, proxy, tmp_path, *, maker, frame):
    link = proxy(server(maker, frame=frame).port)
    nothing = proxy(1)
    world = World(
        open=lambda: slmp(link.port, frame=frame),
        nowhere=lambda: slmp(nothing.port),
        known=KNOWN,
        units={"press/temperature": "Cel", "press/flow": "L/min", "press/total": ""},
        leave=link.cut,
        come_back=link.restore,
    )
    asyncio.run(check(world, tmp_path / "log"))


@pytest.mark.parametrize(
    ("maker", "target", "product"),
    [("aslmp", "r04cpu", "Mitsubishi R04CPU"), ("virtualplc", "", "Mitsubishi VirtualPLC-Q")],
)
def test_the_cpu_says_who_it_is_and_shows_its_values(server, slmp, maker, target, product):
    async def visit(connector):
        return await connector.identify(), await connector.read(await connector.browse(100))

    facts, samples = asyncio.run(used(slmp(server(maker, target=target).port), visit))
    assert facts == {"product": product, "version": "", "security": "none"}
    for known, found in zip(KNOWN, samples, strict=True):
        assert (found.signal, found.quality, found.text) == (known.signal, known.quality, known.text)
        assert found.value == known.value or (math.isnan(found.value) and math.isnan(known.value))


@pytest.mark.parametrize(
    ("maker", "behind", "says"),
    [
        ("aslmp", "D8000", "behind: the device number is beyond the range (C056h)"),
        ("virtualplc", "D12288", "behind: "),
    ],
)
def test_only_the_device_that_the_cpu_lacks_is_bad_and_its_reason_is_noted(
    server, slmp, kept, *, maker, behind, says
):
    last = f"D{int(behind[1:]) - 1}"
    table = f"id,address\na,D7990\nb,{last}\nbehind,{behind}\nc,D100\n"
    options = {"target": "fx5u-32mt-ds"} if maker == "aslmp" else {}
    connector = slmp(server(maker, **options).port, tags=table)
    asyncio.run(used(connector, lambda one: polled(one, kept, 16)))
    assert {row[0] for row in kept.rows if row[3]} == {"press/behind"}
    assert any(note.startswith(says) for note in connector.notes)


@pytest.mark.parametrize(("maker", "frame"), PEERS)
@pytest.mark.parametrize(
    ("name", "value", "asked", "written"),
    [
        ("temperature", 20.0, "D 100 2", [200, 0]),
        ("flow", 12.25, "D 102 2", [0x0000, 0x4144]),
        ("total", -5.0, "D 104 2", [0xFFFB, 0xFFFF]),
        ("precise", 0.5, "D 106 4", [0, 0, 0, 0x3FE0]),
        ("lamp", 0.0, "M 16 1", [0b10]),
        ("link", 1.0, "W 26 1", [1]),
    ],
)
def test_an_armed_write_reaches_the_cpu_and_is_read_back(
    server, slmp, *, maker, frame, name, value, asked, written
):
    started = server(maker, frame=frame)

    async def visit(connector):
        signal = named(await connector.browse(100), name)
        await connector.write(signal, value, leave(signal.id, -10))
        return (await connector.read([signal]))[0]

    assert asyncio.run(used(slmp(started.port, frame=frame), visit)).value == pytest.approx(value)
    assert json.loads(started.say(asked)) == written


@pytest.mark.parametrize(
    ("name", "value", "arm", "refusal", "says"),
    [
        ("flow", 5.0, None, WriteNotArmed, "nobody armed it"),
        ("flow", 500.0, "press/flow", WriteNotArmed, "outside"),
        ("part", 1.0, "press/part", SourceOdd, "can only be read"),
        ("low", 1.0, "press/low", SourceOdd, "can only be read"),
        (
            "absent",
            1.0,
            "press/absent",
            SourceOdd,
            r"absent: the device number is beyond the range \(C056h\)",
        ),
        ("link", -1.0, "press/link", ValueOutside, "does not fit"),
    ],
)
def test_a_write_is_refused_and_nothing_is_written(server, slmp, *, name, value, arm, refusal, says):
    started = server()

    async def visit(connector):
        signal = named(await connector.browse(100), name)
        await connector.write(signal, value, arm and Arm(arm, -10, 100, "hana", time.time_ns() + 10**10))

    with pytest.raises(refusal, match=says):
        asyncio.run(used(slmp(started.port), visit))
    assert json.loads(started.say("D 102 2")) == [0, 0x4148]


def test_octal_inputs_of_an_iq_f_are_read_where_they_are(server, slmp):
    started = server(target="fx5u-32mt-ds", words={}, bits={"X": {0o17: 1}})
    table = "id,address\nlast,X17\nnext,X20\n"

    async def visit(connector):
        return [sample.value for sample in await connector.read(await connector.browse(9))]

    assert asyncio.run(used(slmp(started.port, tags=table, xy="octal"), visit)) == [1.0, 0.0]
    assert asyncio.run(used(slmp(started.port, tags="id,address\nlast,XF\n"), visit)) == [1.0]


def test_a_killed_cpu_is_lost_and_the_gap_is_named(server, slmp, kept):
    started = server()
    connector = slmp(started.port)

    async def live(connector):
        polling = asyncio.create_task(connector.subscribe((), kept))
        await kept.holds(26)
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


def test_a_cpu_that_swallows_requests_is_silent(server, slmp, proxy, kept):
    link = proxy(server().port)
    link.blackhole()
    with pytest.raises(SourceSilent, match=r"press \(127\.0\.0\.1:\d+\) did not answer within 0\.2 s"):
        asyncio.run(used(slmp(link.port, timeout=0.2), lambda one: one.subscribe((), kept)))
