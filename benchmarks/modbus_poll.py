"""Polling 5,000 float tags (10,000 registers) of a Modbus device: our reader beside pymodbus' own calls, interleaved.

Both use pymodbus' client and ask for the same 80 blocks of 125 registers; what differs is the way from registers to
values. A third column asks for each tag alone, as a program without a planner does.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from pymodbus.client import AsyncModbusTcpClient

from dure.plant.connect import Place
from dure.plant.connect.modbus import ModbusSettings
from dure.plant.connect.modbus.link import Link
from dure.plant.connect.modbus.reading import Reader
from dure.plant.connect.polling import Tag

SERVER = """
import asyncio, sys
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
async def main():
    device = SimDevice(1, SimData(0, count=int(sys.argv[2]), values=1.5, datatype=DataType.FLOAT32))
    await ModbusTcpServer(device, address=("127.0.0.1", int(sys.argv[1]))).serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
PORT = 15_502
ALONE = 250  # tags asked one by one; the figure is scaled up


async def measured(do: Callable[[], Awaitable[list[float]]]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    values = await do()
    assert set(values) == {1.5}
    return (time.process_time() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3


async def main(tags: int, repeats: int) -> None:
    link = Link(Place("press", f"modbus://127.0.0.1:{PORT}", Path()), ModbusSettings())
    await link.open()
    reader = Reader(link, link.settings)
    table = tuple(Tag(f"t{n}", f"holding:{2 * n}", "float32") for n in range(tags))
    client = AsyncModbusTcpClient("127.0.0.1", port=PORT)
    await client.connect()
    kind = client.DATATYPE.FLOAT32

    async def ours() -> list[float]:
        return (await reader.read(table)).values.tolist()

    async def blocks() -> list[float]:
        values = []
        for start in range(0, 2 * tags, 124):
            count = min(124, 2 * tags - start)
            found = (await client.read_holding_registers(start, count=count)).registers
            values += [client.convert_from_registers(found[n : n + 2], kind) for n in range(0, count, 2)]
        return values

    async def alone() -> list[float]:
        return [client.convert_from_registers((await client.read_holding_registers(2 * n, count=2)).registers, kind) for n in range(ALONE)]  # fmt: skip

    rows = {"dure": [], "pymodbus, blocks by hand": [], "pymodbus, tag by tag": []}
    await ours()
    for _ in range(repeats):
        for name, do in zip(rows, (ours, blocks, alone), strict=True):
            factor = tags / ALONE if do is alone else 1
            rows[name].append([figure * factor for figure in await measured(do)])
    base = [statistics.median(column) for column in zip(*rows["dure"], strict=True)]
    for name, found in rows.items():
        cpu, wall = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"{name:26} {cpu:8.1f} ms CPU  {wall:8.1f} ms wall  x{cpu / base[0]:.2f} CPU  x{wall / base[1]:.2f} wall")  # fmt: skip
    await link.close()
    client.close()


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--tags", type=int, default=5000)
    options.add_argument("--repeats", type=int, default=7)
    given = options.parse_args()
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(PORT), str(given.tags)], stdout=subprocess.PIPE
    )
    try:
        assert server.stdout.readline().startswith(b"ready")
        asyncio.run(main(given.tags, given.repeats))
    finally:
        server.kill()
        server.wait()
