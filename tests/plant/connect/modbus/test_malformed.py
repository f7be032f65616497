"""Answers that no sound device gives: each is a refusal of ours or a bad reading, never a wrong value, never a hang."""

import asyncio
import logging
import random
import struct

import pytest

from dure.plant.connect import SourceOdd, SourceSilent
from dure.vocabulary import DureError, Quality
from plant.connect.modbus.devices import answering, checked, framed
from plant.connect.modbus.test_modbus import used

TABLE = "id,address,type\na,40001,uint16\nb,40002,float32\nc,40010.2,bool\n"
COUNT = 10
SOUND = struct.pack(">BB10H", 3, 2 * COUNT, *range(COUNT))


def mutated(chance, request):  # noqa: PLR0911 - each is one way of being wrong
    """A frame that is wrong in one of the ways that the years have shown."""
    frame = bytearray(framed(request, SOUND))
    kind = chance.randrange(9)
    if kind == 0:
        return chance.randbytes(chance.randrange(1, 300))
    if kind == 1:
        return bytes(frame[: chance.randrange(len(frame))])
    if kind == 2:
        for _ in range(chance.randrange(1, 6)):
            frame[chance.randrange(len(frame))] = chance.randrange(256)
    elif kind == 3:
        return framed(request, bytes([3, chance.randrange(256), *chance.randbytes(chance.randrange(260))]))
    elif kind == 4:
        return framed(request, bytes([chance.randrange(256), *SOUND[1:]]))
    elif kind == 5:
        return framed(request, bytes([0x83, *chance.randbytes(chance.randrange(3))]))
    elif kind == 6:
        return framed(request, SOUND) + chance.randbytes(chance.randrange(1, 300))
    elif kind == 7:
        frame[4:6] = struct.pack(">H", chance.randrange(65_536))
    else:
        frame[chance.choice((0, 1, 2, 3, 6))] ^= 1 << chance.randrange(8)
    return bytes(frame)


def sound(request, frame):
    """Whether a frame, or what it begins with, answers the request as the specification has it."""
    length = struct.unpack(">H", frame[4:6])[0] if len(frame) > 6 else 0
    right_end = frame[6:9] == bytes([request[6], 3, 2 * COUNT]) and len(frame) >= 9 + 2 * COUNT
    return frame[2:4] == b"\0\0" and length >= 3 + 2 * COUNT and right_end


def garbled(chance, request):
    """An answer on a serial line that is wrong, its CRC right half of the time."""
    body = mutated(chance, b"\0\1\0\0\0\6" + request[:6])[6:]
    return checked(body) if chance.random() < 0.5 else body


def sound_on_a_line(request, frame):
    """Whether a frame of a serial line, or what it begins with, answers the request."""
    length = 3 + 2 * COUNT
    return frame[:3] == bytes([request[0], 3, 2 * COUNT]) and checked(frame[:length]) == frame[: length + 2]


async def assaulted(modbus, rounds, seed, *, rtu=False):
    chance, sent = random.Random(seed), []  # noqa: S311 - what is tried must be tried again

    def answer(request):
        sent.append((request, (garbled if rtu else mutated)(chance, request)))
        return sent[-1][1]

    outcomes = {"read": 0, "refused": 0}
    async with answering(answer, once=True, rtu=rtu) as port:
        scheme = "modbus+rtutcp" if rtu else "modbus"
        connector = modbus(f"{scheme}://127.0.0.1:{port}", tags=TABLE, timeout=2.0, retries=0)
        signals = [tag.signal("press") for tag in connector._tags()]
        for _ in range(rounds):
            try:
                samples = await asyncio.wait_for(connector.read(signals), 5.0)
            except DureError as refusal:
                assert "press" in refusal.where  # noqa: PT017 - one of two right outcomes
                outcomes["refused"] += 1
            else:
                outcomes["read"] += 1
                if any(sample.quality is Quality.GOOD for sample in samples):
                    assert (sound_on_a_line if rtu else sound)(*sent[-1]), sent[-1]
        await connector.close()
    return outcomes


def test_malformed_answers_are_refused_or_bad(modbus, caplog):
    with caplog.at_level(logging.WARNING, "asyncio"):
        outcomes = asyncio.run(assaulted(modbus, 2000, 1))
    assert outcomes["refused"] > 1000
    assert outcomes["read"] > 50
    assert [record for record in caplog.records if record.name == "asyncio"] == []


def test_malformed_answers_on_a_serial_line_are_refused_or_bad(modbus):
    outcomes = asyncio.run(assaulted(modbus, 1000, 3, rtu=True))
    assert outcomes["refused"] > 500
    assert outcomes["read"] > 5


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("rtu", [False, True])
def test_a_hundred_thousand_malformed_answers_are_refused_or_bad(modbus, rtu):
    outcomes = asyncio.run(assaulted(modbus, 100_000, 2, rtu=rtu))
    assert sum(outcomes.values()) == 100_000


@pytest.mark.parametrize(
    ("pdu", "says"),
    [
        (b"\x03\x02\x00\x01", "1 registers to a request of 10"),
        (b"\x04" + SOUND[1:], "function 4 to a request of 3"),
        (b"\x03\x15" + SOUND[2:] + b"\x00", "a malformed answer"),
    ],
)
def test_an_answer_to_another_question_is_odd(modbus, pdu, says):
    async def ask():
        async with answering(lambda request: framed(request, pdu)) as port:
            connector = modbus(port, tags=TABLE)
            signals = [tag.signal("press") for tag in connector._tags()]
            return await used(connector, lambda one: one.read(signals))

    with pytest.raises(SourceOdd, match=says):
        asyncio.run(ask())


@pytest.mark.parametrize("code", [10, 11])
def test_a_unit_that_a_gateway_cannot_reach_is_silent_in_a_scan(code, modbus):
    async def story():
        async with answering(lambda request: framed(request, bytes([request[7] | 0x80, code]))) as port:
            connector = modbus(port, tags="", scan="holding:0-63, coil:0-7", unit=3)
            with pytest.raises(SourceSilent):
                await connector.browse(10)
            await connector.close()

    asyncio.run(story())
