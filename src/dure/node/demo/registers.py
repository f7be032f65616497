"""The power meter and the chiller of the line: one Modbus TCP device, by pymodbus's server.

`papers/utilities.csv` is its register list, as its maker would hand it out.
"""

from struct import pack, unpack
from typing import TYPE_CHECKING

from dure.node.demo.hall import Around

if TYPE_CHECKING:
    from pymodbus.server import ModbusTcpServer

UNIT = 1
HOLDING, INPUT, DISCRETE = (
    3,
    4,
    2,
)  # the function that reads each kind (Modbus application protocol 1.1b3, §6)


def words(around: Around) -> dict[int, list[int]]:
    """Registers of the device by the function that reads them, from address 0.

    Floats and long numbers lie low word first. The meter counts in W h; volts, hertz, °C and L/min are tenths or
    hundredths.

    >>> shown = Around(1, {}, 412.5, 3_600_000.0, 18.2, 18.4, 24.0, True)
    >>> words(shown)[INPUT]
    [182, 184, 240]
    """
    energy = round(around.joules / 3600.0)
    high, low = unpack(">HH", pack(">f", around.watts / 1000.0))
    meter = [low, high, energy & 0xFFFF, energy >> 16, 2203, 5999, 962]
    water = [round(10 * one) & 0xFFFF for one in (around.supply, around.back, around.flow)]
    return {HOLDING: meter, INPUT: water, DISCRETE: [int(around.running)]}


class Utilities:
    """The device on a port of 127.0.0.1; `show` sets what is read from now on."""

    def __init__(self) -> None:
        self._server: ModbusTcpServer | None = None

    async def start(self, port: int) -> None:
        """Listen; until the first `show` everything reads as zero."""
        from pymodbus.server import ModbusTcpServer
        from pymodbus.simulator import DataType, SimData, SimDevice

        bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        registers = [SimData(0, values=[0] * 16, datatype=DataType.REGISTERS)]
        device = SimDevice(UNIT, (bits, bits, registers, registers))
        self._server = ModbusTcpServer([device], address=("127.0.0.1", port))
        await self._server.serve_forever(background=True)

    async def show(self, around: Around) -> None:
        """Set what the device shows."""
        if self._server is None:
            return
        for function, values in words(around).items():
            given = [bool(value) for value in values] if function == DISCRETE else values
            await self._server.async_setValues(UNIT, function, 0, given)

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call] # pymodbus gives it no types
