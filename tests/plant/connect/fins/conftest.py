"""The tests' own Omron CPU, and the connector that reads it."""

import struct

import pytest

from dure.plant.connect import Place
from dure.plant.connect.fins import Fins, FinsSettings
from peers.programs import Program
from plant.connect.modbus.conftest import Kept

TABLE = """id,address,type,unit,scale
temperature,D100,int16,Cel,0.1
flow,D102,real,L/min,
total,D104,dint,,
precise,D106,lreal,,
name,D110,string(8),,
count,D114,bcd,,
lamp,CIO 10.05,,,
work,W10,,,
hold,H5.15,,,
extended,E1_100,,,
timer,T5,,,
flag,T7,bool,,
counter,C3,,,
absent,D900,,,
nowhere,E7_0,,,
"""


def words(raw, start):
    return {start + n: value for n, (value,) in enumerate(struct.iter_unpack(">H", raw))}


def swapped(raw):
    """The less significant word first, as an Omron CPU keeps numbers of several words."""
    return b"".join(raw[start : start + 2] for start in range(len(raw) - 2, -1, -2))


MEMORY = {
    "82": {
        **words(struct.pack(">h", -55), 100),
        **words(swapped(struct.pack(">f", 12.5)), 102),
        **words(swapped(struct.pack(">i", -70_000)), 104),
        **words(swapped(struct.pack(">d", 2.25)), 106),
        **words("가동".encode("cp949").ljust(8, b"\0"), 110),
        **words(bytes.fromhex("1234"), 114),
    },
    "B0": {10: 1 << 5},
    "B1": {10: 4660},
    "B2": {5: 1 << 15},
    "A1": {100: 42},
    "89": {5: 0x77, 0x8003: 9},
}
SIZES = {"82": 800, "B0": 100, "B1": 512, "B2": 100, "B3": 500, "A1": 200, "89": 0x8010}


@pytest.fixture
def server():
    """Start the CPU: `server(lossy=3)`."""
    started = []

    def start(*, port=None, **options):
        one = Program("plc/fins_controller.py", {"memory": MEMORY, "sizes": SIZES, **options}, **({"port": port} if port else {}))  # fmt: skip
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def fins(home):
    """A connector: `fins(port, scheme="fins+udp")`."""

    def make(port, scheme="fins", **settings):
        return Fins(Place("press", f"{scheme}://127.0.0.1:{port}", home), FinsSettings(**{"tags": TABLE, "timeout": 2.0, "period": 0.1, **settings}))  # fmt: skip

    return make


@pytest.fixture
def kept():
    return Kept()
