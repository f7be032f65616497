"""A scan finds what answers, in a range of private addresses that a person named, and nothing else."""

import asyncio
import socket
import time

import pytest

from dure.plant.connect.scanning import DOORS, Door, RangeRefused, Scan, addresses, scan
from dure.vocabulary import Text
from peers.servers import Peer, free_port


@pytest.mark.parametrize(
    "words",
    [
        "",
        "machine",
        "10.0.0.0/8",
        "8.8.8.8",
        "192.168.0.9-192.168.0.1",
        "10.0.0.1-10.0.255.255",
        "::1",
        "100.64.0.0/20-x",
    ],
)
def test_a_range_that_is_none_or_too_large_or_not_private_is_refused(words):
    with pytest.raises(RangeRefused):
        addresses(words)


def doors(kind, *ports):
    return [Door(port, kind, f"{kind}://{{host}}:{{port}}", Text(kind, kind)) for port in ports]


def test_an_opc_ua_server_is_found_and_an_open_port_that_says_nothing_is_not_taken_for_one(tmp_path):
    peer = Peer("node-opcua", tmp_path / "peer", {"variables": 1, "period": 0}).start()
    progress = Scan()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes a connection and never speaks
        ports = (peer.port, silent.getsockname()[1], free_port())
        try:
            found = asyncio.run(scan(["127.0.0.1"], progress, doors=doors("opc.tcp", *ports)))
        finally:
            peer.kill()
    assert [(one.port, one.sure) for one in sorted(found, key=lambda one: not one.sure)] == [
        (ports[0], True),
        (ports[1], False),
    ]
    assert (progress.done, progress.total, progress.over) == (3, 3, True)


def test_a_modbus_device_names_itself():
    async def run():
        from pymodbus import ModbusDeviceIdentification
        from pymodbus.datastore import ModbusDeviceContext, ModbusServerContext
        from pymodbus.server import ModbusTcpServer

        identity = ModbusDeviceIdentification(info_name={"VendorName": "Hanil", "ProductCode": "HX-7"})
        port = free_port()
        server = ModbusTcpServer(
            ModbusServerContext(ModbusDeviceContext(), single=True),
            identity=identity,
            address=("127.0.0.1", port),
        )
        serving = asyncio.create_task(server.serve_forever())
        await asyncio.sleep(0.3)
        try:
            return await scan(["127.0.0.1"], Scan(), doors=doors("modbus", port))
        finally:
            await server.shutdown()
            serving.cancel()

    [device] = asyncio.run(run())
    assert device.sure
    assert "Hanil" in device.said


def test_a_scan_keeps_to_its_pace_and_ends_when_it_is_cancelled():
    async def run():
        progress = Scan()
        going = asyncio.create_task(
            scan(["127.0.0.1"] * 50, progress, doors=doors("x", free_port()), per_second=50)
        )
        await asyncio.sleep(0.3)
        early = progress.done
        progress.cancelled = True
        await going
        return progress, early

    began = time.monotonic()
    progress, early = asyncio.run(run())
    assert early <= 50 * 0.3 + 5
    assert progress.over
    assert progress.done < 50
    assert time.monotonic() - began < 5


def test_the_well_known_doors_are_those_of_the_protocols_that_dure_reads():
    assert {door.port for door in DOORS} == {
        4840,
        502,
        1883,
        8883,
        102,
        5007,
        9600,
        2004,
        5432,
        3306,
        1433,
        1521,
    }
