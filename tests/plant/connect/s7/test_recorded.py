"""Answers of real S7 CPUs, recorded on their networks, through our decoder; python-snap7's and tshark's are the others."""

import struct
import warnings

import pytest
from snap7.s7protocol import S7Protocol

from dure.plant.connect.polling import Tag, decode, plan
from dure.plant.connect.s7 import codec
from dure.plant.connect.s7.addresses import spot

CAPTURE = "wincc_s300_setup-alarm-read.pcapng"
PLUS = "V13_1200_TP1200sim_MW100_Int_SPS_5s_MW102_Int_SPS_10s_MW102_ab_1000_Timer_sync.pcapng"
BYTES = {1: 1, 2: 1, 4: 2, 6: 4, 8: 4, 28: 2, 29: 2}  # of a bit, byte, word, dword, real, counter, timer


@pytest.fixture
def frames(recorded):
    """ISO-on-TCP frames of a capture, each with the number that tshark gives it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scapy.all import TCP, rdpcap

    def of(name):
        packets = rdpcap(str(recorded / "ics-pcap" / name))
        raw = [(n, bytes(packet[TCP].payload)) for n, packet in enumerate(packets, 1) if TCP in packet]
        return [(n, frame) for n, frame in raw if frame[:1] == b"\x03"]

    return of


@pytest.fixture
def readings(frames):
    """[(number of the answer, its reference, items asked, answer)] of every read of the capture."""
    waiting, found = {}, []
    for number, frame in frames(CAPTURE):
        if len(frame) < 21 or frame[7] != 0x32:
            continue
        reference = int.from_bytes(frame[11:13], "big")
        if frame[8] == 1 and frame[17] == 4:
            anys = [frame[start : start + 12] for start in range(19, 19 + 12 * frame[18], 12)]
            waiting[reference] = [(a[3], codec.Item(a[8], int.from_bytes(a[6:8], "big"), int.from_bytes(a[9:], "big") // 8, BYTES[a[3]])) for a in anys]  # fmt: skip
        elif frame[8] == 3 and frame[19] == 4:
            found.append((number, reference, waiting.pop(reference), frame))
    return found


def test_every_recorded_answer_is_what_python_snap7_sees(readings):
    items = 0
    for _, reference, asked, frame in readings:
        ours = codec.contents(frame, reference, [item for _, item in asked])
        theirs = S7Protocol()
        parsed = theirs.parse_response(frame[7:])
        assert ours == [bytes(one) for one in theirs.extract_multi_read_data(parsed, len(asked))]
        items += len(ours)
    assert (len(readings), items) == (55, 645)


def test_two_answers_are_what_tshark_sees(readings):
    # tshark -Y 's7comm.param.func==4' -T fields -e s7comm.resp.data, looked at by hand
    facts = {
        7: ["aabbccdd", *["00000000"] * 18],
        11: ["00000000", "01", "aabbccdd", "feadbeef", "babe", "01", "01", "2000", "0017"],
        13: ["aabbccdd"],
    }
    for number, reference, asked, frame in readings:
        if number in facts:
            ours = codec.contents(frame, reference, [item for _, item in asked])
            assert [content.hex() for content in ours] == facts.pop(number)
    assert facts == {}


def test_recorded_bytes_become_the_values_of_tags(readings):
    kinds = {8: ("D", "float32", ">f"), 6: ("D", "int32", ">i"), 4: ("W", "uint16", ">H")}
    compared = 0
    for _, reference, asked, frame in readings:
        found = codec.contents(frame, reference, [item for _, item in asked])
        for (kind, item), content in zip(asked, found, strict=True):
            if item.area == 0x84 and kind in kinds:
                letter, name, form = kinds[kind]
                tag = Tag("t", f"DB{item.block}.DB{letter}{item.start}", name)
                (block,) = plan([tag], spot, limit=222, cell=8)
                assert (block.start, block.cells) == (item.start, item.count)
                assert decode(block, content).values[0] == struct.unpack(form, content)[0]
                compared += 1
    assert compared == 530


def test_recorded_handshakes_are_understood(frames):
    assert codec.agreed(frames(CAPTURE)[1][1], 1) == 240
    confirm = dict(frames(PLUS))[5]  # of an S7-1214C
    codec.confirmed(confirm)
