"""S7 servers of other authors, and the connector that reads them."""

import struct

import pytest

from dure.plant.connect import Place
from dure.plant.connect.s7 import S7, S7Settings
from peers.plcs import foreign
from peers.programs import Program
from plant.connect.modbus.conftest import Kept

TABLE = """id,address,type,unit,scale
temperature,DB1.DBW0,int16,Cel,0.1
flow,DB1.DBD4,real,L/min,
total,DB1.DBD8,dint,,
precise,DB1.DBB12,lreal,,
name,DB1.DBB20,string(8),,
ready,DB1.DBX30.3,,,
absent,DB1.DBW400,,,
nowhere,DB77.DBD0,real,,
marker,MW10,,,
byte,MB12,,,
input,I0.1,,,
output,Q4.0,,,
"""


def content():
    """Areas as the table reads them."""
    block = bytearray(64)
    struct.pack_into(">h", block, 0, -55)
    struct.pack_into(">f", block, 4, 12.5)
    struct.pack_into(">i", block, 8, -70_000)
    struct.pack_into(">d", block, 12, 2.25)
    block[20:24] = "가동".encode("cp949")
    block[30] = 0b1000
    marker = bytearray(32)
    marker[10:13] = b"\x01\x02\x07"
    areas = {"DB1": block, "MK": marker, "PE": b"\x02" + bytes(7), "PA": bytes(4) + b"\x01" + bytes(3)}
    return {name: bytes(held).hex() for name, held in areas.items()}


@pytest.fixture
def server():
    """Start a server: `server("snap7c")`, the C++ one, or `server("snap7")`, python-snap7's own."""
    started = []

    def start(maker="snap7c", *, port=None, **options):
        path = foreign("snap7c") if maker == "snap7c" else ""
        one = Program("plc/s7_server.py", {"path": path, "areas": content(), **options}, **({"port": port} if port else {}))  # fmt: skip
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def s7(home):
    """A connector: `s7(port, period=0.1)`."""

    def make(port, **settings):
        return S7(Place("press", f"s7://127.0.0.1:{port}", home), S7Settings(**{"tags": TABLE, "timeout": 2.0, "period": 0.1, **settings}))  # fmt: skip

    return make


@pytest.fixture
def kept():
    return Kept()
