"""Answers of real devices, recorded on their networks, through our connector; scapy's decoding is the second opinion."""

import asyncio
import warnings
from collections import defaultdict

import pytest

from dure.vocabulary import Quality
from plant.connect.modbus.devices import answering, framed
from plant.connect.modbus.test_modbus import used

READS = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}


@pytest.fixture(scope="module")
def scapy_modbus():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scapy.all import TCP, rdpcap
        from scapy.contrib import modbus
    return TCP, rdpcap, modbus


@pytest.fixture
def conversations(recorded, scapy_modbus):
    """{(unit, function, start, count): [(answer's bytes, scapy's answer)]} of a capture."""
    tcp, rdpcap, layers = scapy_modbus

    def of(name):
        waiting, found = {}, defaultdict(list)
        for packet in rdpcap(str(recorded / "ics-pcap" / name)):
            if layers.ModbusADURequest in packet:
                asked = packet[layers.ModbusADURequest]
                body = asked.payload
                if body.fields.get("funcCode") in READS and body.quantity:
                    key = (asked.unitId, body.funcCode, body.startAddr, body.quantity)
                    waiting[packet[tcp].sport, asked.transId] = key
            elif layers.ModbusADUResponse in packet:
                given = packet[layers.ModbusADUResponse]
                key = waiting.pop((packet[tcp].dport, given.transId), None)
                if key and given.payload.funcCode & 0x7F == key[1]:
                    raw = bytes(packet[tcp].payload)
                    found[key].append((raw[7 : 6 + int.from_bytes(raw[4:6], "big")], given.payload))
        return found

    return of


async def replayed(modbus, key, answers):
    """What our connector makes of the recorded answers to one request."""
    unit, function, start, count = key
    table = READS[function]
    rows = [f"t{n},{unit}/{table}:{n}" for n in range(start, start + count)]
    left = iter([raw for raw, _ in answers])

    def answer(request):
        assert request[6:] == bytes([unit, function, *start.to_bytes(2, "big"), *count.to_bytes(2, "big")])
        return framed(request, next(left))

    async with answering(answer) as port:
        connector = modbus(port, tags="id,address\n" + "\n".join(rows) + "\n")

        async def visit(connector):
            signals = [tag.signal("press") for tag in connector._tags()]
            return [await connector.read(signals) for _ in answers]

        return await used(connector, visit)


def test_registers_of_real_devices_become_the_values_that_scapy_sees(conversations, modbus):
    found = conversations("modbus_test.pcap")
    compared = 0
    for key, answers in found.items():
        for samples, (_, theirs) in zip(asyncio.run(replayed(modbus, key, answers)), answers, strict=True):
            assert [sample.value for sample in samples] == [float(value) for value in theirs.registerVal]
            assert {sample.quality for sample in samples} == {Quality.GOOD}
            compared += len(samples)
    assert compared == 7946  # all but the first answer's two: its question was asked before the capture began


def test_bits_and_refusals_of_a_real_device_become_what_scapy_sees(conversations, modbus):
    found = conversations("modbus_test_data_part2.pcap")
    bits = refusals = 0
    for key, answers in found.items():
        for samples, (_, theirs) in zip(asyncio.run(replayed(modbus, key, answers)), answers, strict=True):
            if theirs.funcCode & 0x80:
                assert theirs.exceptCode == 2
                assert {sample.quality for sample in samples} == {Quality.BAD}
                refusals += 1
            else:
                packed = sum(byte << (8 * place) for place, byte in enumerate(theirs.coilStatus))
                assert [sample.value for sample in samples] == [float(packed >> n & 1) for n in range(key[3])]
                bits += len(samples)
    assert (bits, refusals) == (11, 8)
