"""MELSEC simulators of two other authors, and the connector that reads them."""

import struct

import pytest

from dure.plant.connect import Place
from dure.plant.connect.slmp import Slmp, SlmpSettings
from peers.plcs import foreign
from peers.programs import Program
from plant.connect.modbus.conftest import Kept

TABLE = """id,address,type,unit,scale
temperature,D100,int16,Cel,0.1
flow,D102,real,L/min,
total,D104,dint,,
precise,D106,lreal,,
name,D110,string(8),,
low,D114,uint8,,
part,D115.A,,,
lamp,M20,,,
sixteen,M16,int16,,
input,X1F,,,
link,W1A,,,
timer,TN3,,,
absent,D7999990,,,
"""


def words(raw, start):
    return {start + n: value for n, (value,) in enumerate(struct.iter_unpack("<H", raw))}


MEMORY = {
    "words": {
        "D": {
            **words(struct.pack("<h", -55), 100),
            **words(struct.pack("<f", 12.5), 102),
            **words(struct.pack("<i", -70_000), 104),
            **words(struct.pack("<d", 2.25), 106),
            **words("가동".encode("cp949").ljust(8, b"\0"), 110),
            **words(bytes.fromhex("0704 0004"), 114),
        },
        "W": {0x1A: 4660},
        "TN": {3: 77},
    },
    "bits": {"M": {20: 1, 17: 1}, "X": {0x1F: 1}},
}


@pytest.fixture
def server():
    """Start a simulator: `server("aslmp", frame="4E")`, `server("virtualplc")`."""
    started = []

    def start(maker="aslmp", *, port=None, **options):
        given = {"path": foreign(maker), "maker": maker, "limits": {"D": [0, 12287]}, **MEMORY, **options}
        one = Program("plc/slmp_server.py", given, **({"port": port} if port else {}))
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def slmp(home):
    """A connector: `slmp(port, period=0.1)`."""

    def make(port, **settings):
        return Slmp(Place("press", f"slmp://127.0.0.1:{port}", home), SlmpSettings(**{"tags": TABLE, "timeout": 2.0, "period": 0.1, **settings}))  # fmt: skip

    return make


@pytest.fixture
def kept():
    return Kept()
