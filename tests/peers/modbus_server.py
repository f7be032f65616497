"""A Modbus server by pymodbus: RTU frames over TCP, or TLS; options as JSON, see tests/peers/programs.py."""

import asyncio
import json
import ssl
import sys

from pymodbus.framer import FramerType
from pymodbus.server import ModbusTcpServer, ModbusTlsServer
from pymodbus.simulator import DataType, SimData, SimDevice


def cells(given, kind):
    return [SimData(int(number), values=[value], datatype=kind) for number, value in sorted(given.items(), key=lambda pair: int(pair[0]))]  # fmt: skip


async def main(options):
    data = (
        cells(options["coils"], DataType.BITS),
        cells(options["discretes"], DataType.BITS),
        cells(options["registers"], DataType.REGISTERS),
        cells(options["inputs"], DataType.REGISTERS),
    )
    devices = [SimDevice(unit, data) for unit in options.get("units", [1])]
    address = ("127.0.0.1", options["port"])
    if certificate := options.get("certificate"):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server = ModbusTlsServer(devices, address=address, sslctx=context)
    else:
        server = ModbusTcpServer(devices, address=address, framer=FramerType.RTU)
    await server.serve_forever(background=True)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
