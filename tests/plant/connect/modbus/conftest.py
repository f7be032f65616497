"""Modbus devices of other makers, and a sink that keeps what it is given."""

import asyncio
import struct

import pytest

from dure.plant.connect import Place
from dure.plant.connect.modbus import Modbus, ModbusSettings
from peers.programs import Program

TABLE = """id,address,type,unit,scale,offset,words,every,deadband
temperature,40001,int16,°C,0.1,-10,,,
flow,40003,float32,L/min,,,,,
swapped,40005,float32,,,,CDAB,,
total,40007,uint64,,,,,,
counter,40011,bcd32,,,,,,
name,40021,string(8),,,,,,
ready,40031.3,bool,,,,,,
missing,40101,uint16,,,,,,
pressure,30001,uint16,bar,0.01,,,,
pump,00001,bool,,,,,,
door,10005,bool,,,,,,
"""


def registers(content, start=0):
    return {start + n: value for n, (value,) in enumerate(struct.iter_unpack(">H", content))}


CONTENT = {
    "registers": {
        **registers(struct.pack(">h", -55)),
        **registers(struct.pack(">h", -55) + b"\0\0", 0),
        **registers(struct.pack(">f", 12.5), 2),
        **registers(bytes.fromhex("0000 4148"), 4),
        **registers(struct.pack(">Q", 2**40 + 7), 6),
        **registers(bytes.fromhex("1234 5678"), 10),
        **registers("가동".encode("cp949").ljust(8, b"\0"), 20),
        **registers(struct.pack(">H", 0b1000), 30),
    },
    "inputs": {0: 250, 1: 3},
    "coils": {0: True, 1: False},
    "discretes": {4: True},
}


@pytest.fixture
def device():
    """Start a device: `device(units=[1, 2])`."""
    started = []

    def start(file="modbus_server.mjs", *, port=None, **options):
        one = Program(file, {**CONTENT, **options}, **({"port": port} if port else {}))
        started.append(one)
        return one.start()

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def modbus(home):
    """A connector: `modbus(port, period=0.1)`."""

    def make(at, **settings):
        url = at if isinstance(at, str) else f"modbus://127.0.0.1:{at}"
        return Modbus(Place("press", url, home), ModbusSettings(**{"tags": TABLE, "timeout": 1.0, "period": 0.1, **settings}))  # fmt: skip

    return make


class Kept:
    """A sink that remembers."""

    def __init__(self, latest=0):
        self.latest, self.rows, self.gaps, self.ups = latest, [], [], []

    def put(self, readings):
        for row in range(len(readings)):
            self.rows.append((readings.names[readings.index[row]], int(readings.time[row]), float(readings.value[row]), int(readings.quality[row]), readings.text.get(row)))  # fmt: skip
        return asyncio.get_running_loop().create_future()

    def gap(self, gap):
        self.gaps.append(gap)
        return asyncio.get_running_loop().create_future()

    async def holds(self, rows, seconds=20.0):
        """Wait until there are so many rows."""
        async with asyncio.timeout(seconds):
            while len(self.rows) < rows:  # noqa: ASYNC110 - a sink is looked at, it does not tell
                await asyncio.sleep(0.02)

    def hurry(self):
        pass

    async def room(self):
        pass

    def up(self, how):
        self.ups.append(how)


@pytest.fixture
def kept():
    return Kept()
