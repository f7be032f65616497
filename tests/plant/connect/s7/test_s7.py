"""S7 against servers of two other authors: what is read, refused, split, written and lost."""

import asyncio
import math
import time

import pytest

from dure.plant.connect import Arm, SourceLost, SourceOdd, SourceSilent, SourceUnreachable, WriteNotArmed
from dure.plant.connect.check import World, check
from dure.plant.connect.polling import ValueOutside
from dure.vocabulary import Quality, Sample
from plant.connect.modbus.test_modbus import leave, polled, used

pytestmark = pytest.mark.peer

BAD = Quality.BAD
KNOWN = (
    Sample("press/temperature", 0, -55 * 0.1),
    Sample("press/flow", 0, 12.5),
    Sample("press/total", 0, -70_000.0),
    Sample("press/precise", 0, 2.25),
    Sample("press/name", 0, text="가동"),
    Sample("press/ready", 0, 1.0),
    Sample("press/absent", 0, quality=BAD),
    Sample("press/nowhere", 0, quality=BAD),
    Sample("press/marker", 0, 258.0),
    Sample("press/byte", 0, 7.0),
    Sample("press/input", 0, 1.0),
    Sample("press/output", 0, 1.0),
)
MAKERS = ("snap7c", "snap7")


def named(signals, name):
    return next(signal for signal in signals if signal.name == name)


@pytest.mark.parametrize("maker", MAKERS)
def test_s7_keeps_the_promise(server, s7, proxy, tmp_path, maker):
    link = proxy(server(maker).port)
    nothing = proxy(1)
    world = World(
        open=lambda: s7(link.port),
        nowhere=lambda: s7(nothing.port),
        known=KNOWN,
        units={"press/temperature": "Cel", "press/flow": "L/min", "press/total": ""},
        leave=link.cut,
        come_back=link.restore,
    )
    asyncio.run(check(world, tmp_path / "log"))


def test_the_cpu_says_who_it_is_and_shows_its_values(server, s7):
    async def visit(connector):
        return await connector.identify(), await connector.read(await connector.browse(100))

    facts, samples = asyncio.run(used(s7(server().port), visit))
    assert facts == {"product": "Siemens 6ES7 315-2EH14-0AB0", "version": "3.2.6", "security": "none"}
    for known, found in zip(KNOWN, samples, strict=True):
        assert (found.signal, found.quality, found.text) == (known.signal, known.quality, known.text)
        assert found.value == known.value or (math.isnan(found.value) and math.isnan(known.value))
        assert abs(found.time - time.time_ns()) < 60 * 10**9


@pytest.mark.parametrize("maker", MAKERS)
def test_only_what_the_cpu_lacks_is_bad_and_its_reason_is_noted(server, s7, kept, maker):
    connector = s7(server(maker).port, hole=200, tags=TABLE_IN_ONE_RUN)
    asyncio.run(used(connector, lambda one: polled(one, kept, 40)))
    assert {row[0] for row in kept.rows if row[3]} == {"press/behind", "press/nowhere"}
    assert any(note.startswith("behind: the area has no such address (S7 05h)") for note in connector.notes)
    assert any(note.startswith("nowhere: ") for note in connector.notes)


TABLE_IN_ONE_RUN = """id,address,type
a,DB1.DBD4,real
b,DB1.DBD8,dint
c,DB1.DBW62,int
behind,DB1.DBW64,int
nowhere,DB77.DBD0,real
"""


def test_many_blocks_travel_in_few_requests_and_an_odd_one_is_filled_up(server, s7):
    table = "id,address,type\n" + "".join(f"b{n},MB{n},\n" for n in range(32)) + "x,I0.1,\ny,Q4.0,\n"

    async def visit(connector):
        link, reader = await connector._open()
        asked = []
        plain = link._line.ask

        async def counted(request):
            asked.append(request)
            return await plain(request)

        link._line.ask = counted
        readout = await reader.read(connector._tags())
        return len(asked), readout

    asked, readout = asyncio.run(used(s7(server().port, tags=table, hole=0, pdu=112), visit))
    assert asked == 1
    assert readout.values[10:13].tolist() == [1.0, 2.0, 7.0]
    assert readout.values[-2:].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(
    ("name", "value", "place", "written"),
    [
        ("temperature", 20.0, 0, "00c8"),
        ("flow", 12.25, 4, "41440000"),
        ("total", -5.0, 8, "fffffffb"),
        ("precise", 0.5, 12, "3fe0000000000000"),
        ("ready", 0.0, 30, "00"),
    ],
)
def test_an_armed_write_reaches_the_cpu_and_is_read_back(server, s7, *, maker, name, value, place, written):
    started = server(maker)

    async def visit(connector):
        signal = named(await connector.browse(100), name)
        await connector.write(signal, value, leave(signal.id, -10))
        return (await connector.read([signal]))[0]

    assert asyncio.run(used(s7(started.port), visit)).value == pytest.approx(value)
    assert started.say("DB1")[2 * place :].startswith(written)


def test_a_bit_is_written_alone(server, s7):
    started = server(areas={"DB1": bytes.fromhex("55" * 40).hex()})

    async def visit(connector):
        signal = named(await connector.browse(100), "ready")
        await connector.write(signal, 1.0, leave(signal.id))

    table = "id,address\nready,DB1.DBX30.3\n"
    asyncio.run(used(s7(started.port, tags=table), visit))
    assert started.say("DB1") == "55" * 30 + "5d" + "55" * 9


@pytest.mark.parametrize(
    ("name", "value", "arm", "refusal", "says"),
    [
        ("flow", 5.0, None, WriteNotArmed, "nobody armed it"),
        ("flow", 500.0, "press/flow", WriteNotArmed, "outside"),
        ("input", 1.0, "press/input", SourceOdd, "can only be read"),
        ("absent", 1.0, "press/absent", SourceOdd, "absent: the area has no such address"),
        ("marker", -1.0, "press/marker", ValueOutside, "does not fit"),
    ],
)
def test_a_write_is_refused_and_nothing_is_written(server, s7, *, name, value, arm, refusal, says):
    started = server()
    before = started.say("DB1")

    async def visit(connector):
        signal = named(await connector.browse(100), name)
        await connector.write(signal, value, arm and Arm(arm, -10, 100, "hana", time.time_ns() + 10**10))

    with pytest.raises(refusal, match=says):
        asyncio.run(used(s7(started.port), visit))
    assert started.say("DB1") == before


def test_a_killed_cpu_is_lost_and_the_gap_is_named(server, s7, kept):
    started = server()
    connector = s7(started.port)

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


def test_a_cpu_that_swallows_requests_is_silent(server, s7, proxy, kept):
    link = proxy(server().port)
    link.blackhole()
    with pytest.raises(SourceSilent, match=r"press \(127\.0\.0\.1:\d+\) did not answer within 0\.2 s"):
        asyncio.run(used(s7(link.port, timeout=0.2), lambda one: one.subscribe((), kept)))


def test_without_a_table_the_cpu_answers_and_a_note_says_what_to_do(server, s7):
    connector = s7(server().port, tags="")
    assert asyncio.run(used(connector, lambda one: one.browse(10))) == []
    assert connector.notes == ["there is no tag table, so nothing is read: give one with tags"]
