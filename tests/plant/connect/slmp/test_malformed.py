"""Malformed answers of a MELSEC CPU, and requests beside those of another author's client."""

import asyncio
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plant.connect.asking import Malformed, Refused
from dure.plant.connect.polling import Odd, Tag
from dure.plant.connect.slmp import codec
from dure.plant.connect.slmp.addresses import checked, parse
from peers.plcs import foreign
from plant.connect.assaults import Dialect, assaulted

TABLE = "id,address,type\na,D100,real\nb,D102,int\nc,D103.5,bool\n"


def cpu(frame):
    """A CPU whose words count."""
    before = 6 if frame == "4E" else 2
    answer_head = codec.HEADS[frame][1].to_bytes(2, "big")

    def answer(request):
        words = int.from_bytes(request[-2:], "little")
        body = b"\0\0" + bytes(n % 7 for n in range(2 * words))
        return answer_head + request[2 : before + 5] + len(body).to_bytes(2, "little") + body

    places = [n for n in range(before + 9) if n not in ((4, 5) if frame == "4E" else ())]
    return Dialect(
        head=before + 7,
        length_of=lambda head: before + 7 + int.from_bytes(head[-2:], "little"),
        answer=answer,
        is_read=lambda _: True,
        rigid=lambda _: dict.fromkeys(places, 0xFF),
    )


@pytest.mark.parametrize(("frame", "rounds"), [("3E", 2000), ("4E", 500)])
def test_malformed_answers_are_refused_or_bad(slmp, caplog, frame, rounds):
    with caplog.at_level(logging.WARNING, "asyncio"):
        outcomes = asyncio.run(
            assaulted(lambda port: slmp(port, tags=TABLE, frame=frame), cpu(frame), rounds, 1)
        )
    assert outcomes["refused"] > rounds / 2
    assert outcomes["read"] > rounds / 50
    assert [record for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_malformed_answers_are_refused_or_bad(slmp):
    outcomes = asyncio.run(assaulted(lambda port: slmp(port, tags=TABLE), cpu("3E"), 100_000, 2))
    assert sum(outcomes.values()) == 100_000


@given(st.binary(max_size=80), st.sampled_from(["3E", "4E"]))
def test_any_bytes_are_read_or_refused(noise, frame):
    framing = codec.framing(frame)
    try:
        framing.length_of(noise.ljust(framing.head, b"\0")[: framing.head])
        codec.answered(noise.ljust(framing.head, b"\0"), codec.Route(frame), 1)
        codec.model_of(noise)
    except (Malformed, Refused):
        pass


def theirs(frame):
    """pymcprotocol's client, which keeps what it would send."""
    sys.path.insert(0, foreign("pymcprotocol"))
    try:
        import pymcprotocol
    finally:
        sys.path.pop(0)
    client = pymcprotocol.Type4E("Q") if frame == "4E" else pymcprotocol.Type3E("Q")
    sent = []
    client._send = sent.append
    client._recv = lambda: (_ for _ in ()).throw(InterruptedError)
    return client, sent


def asked(client, sent, do):
    with pytest.raises(InterruptedError):
        do(client)
    return sent.pop()


@pytest.mark.parametrize("frame", ["3E", "4E"])
@pytest.mark.parametrize("device", ["D100", "M32", "X1F", "W1A", "R7", "ZR10", "TN3", "SD200", "B2F", "CN1"])
def test_a_request_is_byte_for_byte_that_of_pymcprotocol(frame, device):
    client, sent = theirs(frame)
    at = parse(device)
    route = codec.Route(frame, patience=1.0)  # its monitoring timer is four times 250 ms
    number = (
        int(device.lstrip("ZR"), 16) if device.startswith("ZR") else at.number
    )  # it counts ZR in hexadecimal
    head = codec.device(at.device.code, number, 12)
    assert asked(client, sent, lambda one: one.batchread_wordunits(device, 12)) == codec.request(route, 0, codec.READ, 0, head)  # fmt: skip
    values = [1, 2, 65_535]
    content = codec.device(at.device.code, number, 3) + b"\1\0\2\0\xff\xff"
    assert asked(client, sent, lambda one: one.batchwrite_wordunits(device, [1, 2, -1])) == codec.request(route, 0, codec.WRITE, 0, content), values  # fmt: skip


def test_a_bit_and_the_model_are_asked_as_pymcprotocol_asks():
    client, sent = theirs("3E")
    route = codec.Route(patience=1.0)
    bit = codec.device(0x90, 20, 1) + b"\x10"
    assert asked(client, sent, lambda one: one.batchwrite_bitunits("M20", [1])) == codec.request(route, 0, codec.WRITE, 1, bit)  # fmt: skip
    assert asked(client, sent, lambda one: one.read_cputype()) == codec.request(route, 0, codec.MODEL, 0)


@pytest.mark.parametrize(
    "written", ["D", "D1A", "Q5", "M10.1", "D100.G", "X", "D99999999", "40001", "", "D-1"]
)
def test_what_is_no_device_is_refused_with_what_to_write(written):
    with pytest.raises(Odd) as refusal:
        parse(written)
    assert "ZR0" in str(refusal.value.write)


@pytest.mark.parametrize(("address", "kind"), [("D1", "bool"), ("D1.3", "int16"), ("M5", "int32")])
def test_a_type_that_does_not_go_with_the_device_is_refused(address, kind):
    with pytest.raises(Odd):
        checked(Tag("t", address, kind), "hex")


@given(st.integers(0, 0xFFFFFF), st.sampled_from("DWXMBZ"))
def test_a_device_number_is_read_as_it_is_written(number, name):
    from dure.plant.connect.slmp.addresses import DEVICES

    base = DEVICES[name].base
    assert parse(f"{name}{number:{'X' if base == 16 else 'd'}}").number == number
