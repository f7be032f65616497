"""Malformed answers of an XGT CPU, and requests beside those of other authors' clients."""

import asyncio
import logging
import struct
import sys
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect.asking import Malformed, Refused
from dure.plant.connect.polling import Odd, Tag
from dure.plant.connect.xgt import codec
from dure.plant.connect.xgt.addresses import checked, parse
from peers.plcs import foreign
from plant.connect.assaults import Dialect, assaulted

TABLE = "id,address,type\na,%MD50,real\nb,%MW102,int\nc,%MW103.5,bool\n"


def answer(request):
    count = int.from_bytes(request[-2:], "little")
    body = struct.pack("<HHHHHH", 0x55, 0x14, 0, 0, 1, count) + bytes(n % 7 for n in range(count))
    return struct.pack("<10sHBB2sHBB", b"LSIS-XGT", 0x0101, 0xA0, 0x11, request[14:16], len(body), 0, 0) + body  # fmt: skip


CPU = Dialect(
    head=20,
    length_of=lambda head: 20 + int.from_bytes(head[16:18], "little"),
    answer=answer,
    is_read=lambda _: True,
    rigid=lambda _: dict.fromkeys([*range(8), *range(13, 18), *range(20, 24), *range(26, 32)], 0xFF),
)


def test_malformed_answers_are_refused_or_bad(xgt, caplog):
    with caplog.at_level(logging.WARNING, "asyncio"):
        outcomes = asyncio.run(assaulted(lambda port: xgt(port, tags=TABLE), CPU, 2000, 1))
    assert outcomes["refused"] > 1000
    assert outcomes["read"] > 50
    assert [record for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_malformed_answers_are_refused_or_bad(xgt):
    outcomes = asyncio.run(assaulted(lambda port: xgt(port, tags=TABLE), CPU, 100_000, 2))
    assert sum(outcomes.values()) == 100_000


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(noise):
    frame = noise.ljust(codec.HEAD, b"\0")
    for read in (
        lambda: codec.framing().length_of(frame[: codec.HEAD]),
        lambda: codec.answered(frame, 1, codec.READ, codec.BYTES),
        lambda: codec.bytes_of(noise, 4),
        lambda: codec.version_of(noise),
        lambda: codec.told(frame).product,
    ):
        try:
            read()
        except (Malformed, Refused):
            continue


def of_client(do):
    """A frame of pyXGTClient, which names the CPU in the header and begins at serial number 0."""
    sys.path.insert(0, foreign("xgtclient"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            from pyXGTClient.client import XGTClient
    finally:
        sys.path.pop(0)
    client, sent = XGTClient(), []
    client._sock.close()
    client._send = sent.append
    client._recv = lambda _: (_ for _ in ()).throw(InterruptedError)
    with pytest.raises(InterruptedError):
        do(client)
    return sent[0]


def plain(frame):
    """A frame without what clients say differently: CPU and the sum over it, which is checked."""
    assert sum(frame[:19]) % 256 == frame[19]
    return frame[:12] + frame[13:19] + frame[20:]


@pytest.mark.parametrize(("device", "start", "count"), [("M", 200, 4), ("D", 0, 1400), ("R", 1234, 17)])
def test_a_read_is_byte_for_byte_that_of_pyxgtclient(device, start, count):
    ours = codec.request(0, 0, codec.READ, codec.BYTES, codec.stretch(device, start, count))
    theirs = of_client(lambda client: client.readContinuousData(f"%{device}B{start}", count))
    assert plain(ours) == plain(theirs)


def test_a_write_is_byte_for_byte_that_of_pyxgtclient():
    ours = codec.request(0, 0, codec.WRITE, codec.BYTES, codec.stretch("M", 200, 3) + b"\1\2\3")
    assert plain(ours) == plain(of_client(lambda client: client.writeContinuousData("%MB200", [1, 2, 3])))


def test_a_bit_is_written_as_pyxgt_writes_it():
    sys.path.insert(0, foreign("pyxgt"))
    try:
        from PyXGT.LS import makeInstruction
    finally:
        sys.path.pop(0)
    theirs = bytes(makeInstruction("write", "bit", "M20", 1))
    body = codec.request(0, 0, codec.WRITE, codec.BIT, codec.bit("M", 20, hexadecimal=False, value=True))[20:]
    assert body == theirs
    assert codec.bit("M", 20, hexadecimal=True, value=True)[4:9] == b"%MX14"


@pytest.mark.parametrize("written", ["MW", "%M100", "%MW100.G", "%MD1.3", "%YW1", "%MW99999999", "D100", "", "%IX0.0.1"])  # fmt: skip
def test_what_is_no_address_is_refused_with_what_to_write(written):
    with pytest.raises(Odd) as refusal:
        parse(written)
    assert "%MW100" in str(refusal.value.write)


@pytest.mark.parametrize(("address", "kind"), [("%MW1", "bool"), ("%MX3", "int16"), ("%MW1", "float32"), ("%MD1", "int16")])  # fmt: skip
def test_a_type_of_another_size_than_the_address_is_refused(address, kind):
    with pytest.raises(Odd):
        checked(Tag("t", address, kind))


@given(st.integers(0, 8000), st.integers(0, 15))
def test_a_bit_of_a_word_is_the_bit_of_the_area(word, bit):
    assert parse(f"%MX{16 * word + bit}") == parse(f"%MW{word}.{bit}") == parse(f"%MW{word}.{bit:X}")
