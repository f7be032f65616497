"""The tests' own XGT CPU, and the connector that reads it."""

import struct

import pytest

from dure.plant.connect import Place
from dure.plant.connect.xgt import Xgt, XgtSettings
from peers.programs import Program
from plant.connect.modbus.conftest import Kept

TABLE = """id,address,type,unit,scale
temperature,%MW100,int16,Cel,0.1
flow,%MD51,real,L/min,
total,%MD52,dint,,
precise,%ML27,lreal,,
name,%MB230,string(8),,
byte,%MB240,,,
lamp,%MX1924,,,
part,%MW121.A,,,
data,%DW10,,,
flag,%FX3,,,
absent,%MW5000,,,
nowhere,%RW0,,,
"""


def memory():
    held = bytearray(1024)
    struct.pack_into("<h", held, 200, -55)
    struct.pack_into("<f", held, 204, 12.5)
    struct.pack_into("<i", held, 208, -70_000)
    struct.pack_into("<d", held, 216, 2.25)
    held[230:234] = "가동".encode("cp949")
    held[240] = 0b10111  # bits 1920 to 1927; 1924 is set
    held[243] = 0b100
    return {"M": held.hex(), "D": bytes(20).hex() + "3412", "F": "08"}


@pytest.fixture
def server():
    """Start the CPU: `server(hex=True)`."""
    started = []

    def start(*, port=None, **options):
        one = Program("plc/xgt_controller.py", {"memory": memory(), **options}, **({"port": port} if port else {}))  # fmt: skip
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def xgt(home):
    """A connector: `xgt(port, bits="decimal")`."""

    def make(port, **settings):
        return Xgt(Place("press", f"xgt://127.0.0.1:{port}", home), XgtSettings(**{"tags": TABLE, "timeout": 2.0, "period": 0.1, **settings}))  # fmt: skip

    return make


@pytest.fixture
def kept():
    return Kept()
