"""Malformed answers of an S7 CPU, and what the codec makes of sound ones."""

import asyncio
import logging
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect import SourceOdd
from dure.plant.connect.asking import Malformed, Refused
from dure.plant.connect.polling import Odd
from dure.plant.connect.s7 import codec
from dure.plant.connect.s7.addresses import checked, parse
from dure.plant.connect.tags import Tag
from plant.connect.assaults import Dialect, assaulted
from plant.connect.modbus.test_modbus import used

TABLE = "id,address,type\na,DB1.DBD0,real\nb,DB1.DBW4,int\nc,DB1.DBX6.2,bool\nd,MB3,byte\n"
CONFIRM = bytes.fromhex("0300000b06d00001000100")


def acknowledged(request, parameters, data=b""):
    return codec.packed(struct.pack(">BBHHHHH", 0x32, 3, 0, int.from_bytes(request[11:13], "big"), len(parameters), len(data), 0) + parameters + data)  # fmt: skip


def answer(request):
    """What a sound CPU answers: bytes that count."""
    if request[5] == 0xE0:
        return CONFIRM
    if request[17] == 0xF0:
        return acknowledged(request, request[17:25])
    anys = [request[start : start + 12] for start in range(19, 19 + 12 * request[18], 12)]
    data = b""
    for one in anys:
        count = int.from_bytes(one[4:6], "big")
        data += b"\0" * (len(data) % 2) + struct.pack(">BBH", 0xFF, 4, 8 * count) + bytes(range(count))
    return acknowledged(request, bytes([4, len(anys)]), data)


def rigid(sound):
    """All but reserved bytes, the kind of acknowledgement, transport sizes, fill and content."""
    if sound == CONFIRM:
        return {0: 0xFF, 2: 0xFF, 3: 0xFF, 5: 0xF0}
    places = [0, 2, 3, 4, 5, 6, 7, *range(11, 21)]
    return dict.fromkeys([*places, *_codes(sound)], 0xFF)


def _codes(sound):
    place, codes = 21, []
    while sound[19] == 4 and place < len(sound):
        codes.append(place)
        size = int.from_bytes(sound[place + 2 : place + 4], "big") // 8
        place += 4 + size + size % 2
    return codes


CPU = Dialect(
    head=4,
    length_of=lambda head: int.from_bytes(head[2:4], "big"),
    answer=answer,
    is_read=lambda request: request[5] != 0xE0 and request[17] == 4,
    rigid=rigid,
)


def test_malformed_answers_are_refused_or_bad(s7, caplog):
    with caplog.at_level(logging.WARNING, "asyncio"):
        outcomes = asyncio.run(assaulted(lambda port: s7(port, tags=TABLE), CPU, 2000, 1))
    assert outcomes["refused"] > 1000
    assert outcomes["read"] > 50
    assert [record for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_malformed_answers_are_refused_or_bad(s7):
    outcomes = asyncio.run(assaulted(lambda port: s7(port, tags=TABLE), CPU, 100_000, 2))
    assert sum(outcomes.values()) == 100_000


def test_a_slot_that_the_rack_does_not_have_is_said(s7):
    async def ask():
        async def serve(reader, writer):
            await reader.readexactly(22)
            writer.write(bytes.fromhex("0300000b06800001000101"))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            return await used(s7(server.sockets[0].getsockname()[1]), lambda one: one.browse(1))

    with pytest.raises(SourceOdd, match="no such rack and slot"):
        asyncio.run(ask())


@given(st.lists(st.binary(min_size=1, max_size=40) | st.sampled_from([1, 3, 5, 6, 7, 10]), min_size=1, max_size=19))  # fmt: skip
def test_items_of_any_length_and_refused_ones_are_told_apart(given_items):
    items = [codec.Item(0x84, 1, 0, 4 if isinstance(one, int) else len(one)) for one in given_items]
    data = b""
    for one in given_items:
        data += b"\0" * (len(data) % 2)
        data += struct.pack(">BBH", one, 0, 0) if isinstance(one, int) else struct.pack(">BBH", 0xFF, 4, 8 * len(one)) + one  # fmt: skip
    request = codec.read(7, items)
    found = codec.contents(acknowledged(request, bytes([4, len(items)]), data), 7, items)
    for one, content in zip(given_items, found, strict=True):
        if isinstance(one, int):
            assert isinstance(content, Refused)
            assert f"S7 {one:02X}h" in content.why.en
        else:
            assert content == one


@given(st.binary(max_size=120))
def test_any_bytes_are_read_or_refused(noise):
    items = [codec.Item(0x84, 1, 0, 4)]
    for read in (
        lambda: codec.contents(noise, 1, items),
        lambda: codec.agreed(noise, 1),
        lambda: codec.modules(noise, 1),
        lambda: codec.written(noise, 1),
        lambda: codec.confirmed(noise),
    ):
        try:
            read()
        except (Malformed, Refused):
            continue


@pytest.mark.parametrize("written", ["DB1.DBX0", "DB1.DBX0.8", "DB0.DBW0", "DB1.DBW", "MW", "M10", "X1.0", "DB1.DBD70000", "40001", ""])  # fmt: skip
def test_what_is_no_address_is_refused_with_what_to_write(written):
    with pytest.raises(Odd) as refusal:
        parse(written)
    assert "DB1.DBD4" in str(refusal.value.write)


@pytest.mark.parametrize(("address", "kind"), [("DB1.DBW0", "float32"), ("DB1.DBX0.0", "int16"), ("MD4", "bool"), ("DB1.DBD0", "int16")])  # fmt: skip
def test_a_type_of_another_size_than_the_address_is_refused(address, kind):
    with pytest.raises(Odd):
        checked(Tag("t", address, kind))


@pytest.mark.parametrize(("address", "kind"), [("DB1.DBX0.0", "bool"), ("E0.7", "bool"), ("QB4", "uint8"), ("%MW4", "uint16"), ("DB9.DBD4", "uint32")])  # fmt: skip
def test_a_type_that_is_not_named_is_the_address(address, kind):
    assert checked(Tag("t", address)).type == kind
