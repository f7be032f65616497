"""A scan that finds a controller's port names it and leads to the connector that reads it."""

import asyncio
import dataclasses
import socket
import threading

import pytest

from dure.plant.connect import DOORS, Scan, connector_for, scan
from dure.plant.connect.fins import Fins
from dure.plant.connect.s7 import S7
from dure.plant.connect.slmp import Slmp
from dure.plant.connect.xgt import Xgt
from peers.plcs import foreign
from peers.programs import Program

MEMBERS = {"s7": S7, "xgt": Xgt, "slmp": Slmp, "fins": Fins}
CONTROLLERS = {
    "s7": ("plc/s7_server.py", "snap7c", {"areas": {"DB1": "00" * 8}}, "Siemens S7, ISO-on-TCP"),
    "slmp": ("plc/slmp_server.py", "virtualplc", {"maker": "virtualplc"}, "Mitsubishi VirtualPLC-Q"),
    "fins": ("plc/fins_controller.py", "", {"memory": {}, "sizes": {"82": 8}}, "Omron FINS/TCP"),
    "xgt": ("plc/xgt_controller.py", "", {"memory": {"M": "00"}}, "LS ELECTRIC XGT FEnet"),
}


def door(kind, port):
    return dataclasses.replace(next(one for one in DOORS if one.kind == kind), port=port)


@pytest.mark.parametrize("kind", MEMBERS)
def test_a_makers_door_leads_to_its_connector(kind):
    one = next(one for one in DOORS if one.kind == kind)
    assert connector_for(one.url.format(host="192.168.0.1", port=one.port)) is MEMBERS[kind]


@pytest.mark.peer
@pytest.mark.parametrize("kind", CONTROLLERS)
def test_a_controller_that_is_found_says_who_it_is_and_can_be_opened(kind, tmp_path):
    from dure.plant.connect import Place

    file, package, options, said = CONTROLLERS[kind]
    program = Program(file, {"path": foreign(package) if package else "", **options}).start()
    try:
        (found,) = asyncio.run(scan(["127.0.0.1"], Scan(), doors=[door(kind, program.port)]))
        assert (found.said, found.sure) == (said, True)
        member = connector_for(found.url)
        connector = member(Place("press", found.url, tmp_path), member.settings_type())

        async def visit():
            try:
                return await connector.identify()
            finally:
                await connector.close()

        assert asyncio.run(visit())["product"]
    finally:
        program.kill()


@pytest.mark.parametrize("kind", MEMBERS)
def test_a_port_that_talks_something_else_is_not_taken_for_a_controller(kind):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            near, _ = listening.accept()
            with near:
                near.recv(100)
                near.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        (found,) = asyncio.run(scan(["127.0.0.1"], Scan(), doors=[door(kind, listening.getsockname()[1])]))
        thread.join()
    assert (found.said, found.sure) == ("", False)
