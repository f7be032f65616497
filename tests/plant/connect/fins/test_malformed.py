"""Malformed answers of an Omron CPU, over TCP and UDP, and requests beside those of another author's client."""

import asyncio
import logging
import random
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect.asking import Malformed, Refused
from dure.plant.connect.fins import codec
from dure.plant.connect.fins.addresses import checked, parse
from dure.plant.connect.polling import Odd, Tag
from dure.vocabulary import DureError, Quality
from peers.plcs import foreign
from plant.connect.assaults import Dialect, assaulted, believable, mutated

TABLE = "id,address,type\na,D100,real\nb,D102,int\nc,D103.05,bool\n"
NODES = struct.pack(">4sIIIII", b"FINS", 16, 1, 0, 11, 1)


def answered(frame):
    count = int.from_bytes(frame[16:18], "big")
    return bytes([0xC0, 0, 2, 0, frame[7], 0, 0, frame[4], 0, frame[9]]) + frame[10:12] + b"\0\0" + bytes(n % 7 for n in range(2 * count))  # fmt: skip


def answer(request):
    return NODES if request[11] == 0 else codec.over_tcp(answered(request[16:]))


def rigid(sound):
    if sound == NODES:
        return dict.fromkeys(range(16), 0xFF)
    return {**dict.fromkeys(range(16), 0xFF), **in_frame(16)}


def in_frame(start):
    """Kind of frame, our node, serial number, command, end code without what the CPU says of itself."""
    places = {0: 0x40, 4: 0xFF, 9: 0xFF, 10: 0xFF, 11: 0xFF, 12: 0xFF, 13: 0x3F}
    return {start + at: bits for at, bits in places.items()}


CPU = Dialect(
    head=8,
    length_of=lambda head: 8 + int.from_bytes(head[4:8], "big"),
    answer=answer,
    is_read=lambda request: request[11] != 0,
    rigid=rigid,
)
DATAGRAMS = Dialect(0, lambda _: 0, answered, lambda _: True, lambda _: in_frame(0))


def test_malformed_answers_are_refused_or_bad(fins, caplog):
    with caplog.at_level(logging.WARNING, "asyncio"):
        outcomes = asyncio.run(assaulted(lambda port: fins(port, tags=TABLE), CPU, 2000, 1))
    assert outcomes["refused"] > 1000
    assert outcomes["read"] > 50
    assert [record for record in caplog.records if record.name == "asyncio"] == []


class Hostile(asyncio.DatagramProtocol):
    """A CPU whose datagrams are mutated."""

    def __init__(self, chance):
        self.chance, self.sent = chance, (b"", b"")

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.sent = answered(data), mutated(self.chance, answered(data))
        self.transport.sendto(self.sent[1], addr)


async def assaulted_by_datagrams(make, rounds, seed):
    chance, good = random.Random(seed), 0  # noqa: S311 - what is tried must be tried again
    loop = asyncio.get_running_loop()
    transport, cpu = await loop.create_datagram_endpoint(lambda: Hostile(chance), ("127.0.0.1", 0))
    connector = make(transport.get_extra_info("sockname")[1])
    signals = [tag.signal("press") for tag in connector._tags()]
    for _ in range(rounds):
        try:
            samples = await asyncio.wait_for(connector.read(signals), 5.0)
        except DureError as refusal:
            assert "press" in refusal.where  # noqa: PT017 - one of two right outcomes
            continue
        if any(sample.quality is Quality.GOOD for sample in samples):
            good += 1
            assert believable(DATAGRAMS, *cpu.sent), [one.hex() for one in cpu.sent]
    await connector.close()
    transport.close()
    return good


def test_malformed_datagrams_are_refused_or_bad(fins):
    make = lambda port: fins(port, "fins+udp", tags=TABLE, timeout=0.05, retries=0)  # noqa: E731 - said once
    assert asyncio.run(assaulted_by_datagrams(make, 300, 3)) > 10


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_malformed_answers_are_refused_or_bad(fins):
    outcomes = asyncio.run(assaulted(lambda port: fins(port, tags=TABLE), CPU, 100_000, 2))
    assert sum(outcomes.values()) == 100_000


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(noise):
    for read in (
        lambda: codec.framing().length_of(noise),
        lambda: codec.nodes(noise),
        lambda: codec.from_tcp(noise, 2),
        lambda: codec.answered(noise, codec.Route(0, 1, 0, 11), 1, codec.READ),
        lambda: codec.data_of(noise),
    ):
        try:
            read()
        except (Malformed, Refused):
            continue


def their_frames(do):
    """Frames of PyPI's `fins`, without its hop count, which is 7 and ours 2."""
    sys.path.insert(0, foreign("fins"))
    try:
        from fins.udp import UDPFinsConnection
    finally:
        sys.path.pop(0)
    client, sent = UDPFinsConnection(), []
    client.dest_node_add, client.srce_node_add = 1, 11
    client.execute_fins_command_frame = lambda frame: sent.append(frame) or bytes(14)
    do(client)
    client.fins_socket.close()
    return [frame[:2] + frame[3:] for frame in sent]


@pytest.mark.parametrize(
    ("written", "area"),
    [("D100", "DATA_MEMORY_WORD"), ("CIO 100", "CIO_WORD"), ("W100", "WORK_WORD"), ("H100", "HOLDING_WORD"), ("A100", "AUXILIARY_WORD"), ("E5_100", "EM5_WORD"), ("E12_100", "EM12_WORD"), ("T100", "TIMER_WORD")],
)  # fmt: skip
def test_a_request_is_byte_for_byte_that_of_another_author(written, area):
    _, ours, word, _ = parse(written)
    route = codec.Route(0, 1, 0, 11)
    place = codec.place(ours.words, word)
    mine = [
        codec.request(route, 0x60, codec.READ, place + b"\0\x0c"),
        codec.request(route, 0x60, codec.WRITE, place + b"\0\x02" + b"\1\2\3\4"),
        codec.request(route, 0x60, codec.DATA),
    ]

    def theirs(client):
        code = getattr(type(client).__mro__[1].__init__.__globals__["FinsPLCMemoryAreas"](), area)
        begin = word.to_bytes(2, "big") + b"\0"
        client.memory_area_read(code, begin, 12)
        client.memory_area_write(code, begin, b"\1\2\3\4", 2)
        client.cpu_unit_data_read()

    assert [frame[:2] + frame[3:] for frame in mine] == their_frames(theirs)


@pytest.mark.parametrize(
    "written", ["D32768", "CIO 6144", "W512", "Q5", "D100.16", "E19_0", "T5.1", "D1A", "", "D"]
)
def test_what_is_no_address_is_refused_with_what_to_write(written):
    with pytest.raises(Odd) as refusal:
        parse(written)
    assert "CIO 10.05" in str(refusal.value.write)


@pytest.mark.parametrize(("address", "kind"), [("D1", "bool"), ("D1.03", "int16"), ("T5", "float32"), ("D32767", "float32")])  # fmt: skip
def test_a_type_that_does_not_go_with_the_address_is_refused(address, kind):
    with pytest.raises(Odd):
        checked(Tag("t", address, kind))
