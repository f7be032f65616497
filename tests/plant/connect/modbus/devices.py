"""Devices that the tests invent: a server of Modbus TCP, or of RTU over TCP, whose every answer is a function of the request."""

import asyncio
import struct
from contextlib import asynccontextmanager


@asynccontextmanager
async def answering(answer, *, once=False, rtu=False):
    """Port of a server that sends `answer(request)`, both whole frames; `once`: and then closes the connection."""

    async def heard(reader):
        if rtu:
            return await reader.readexactly(8)  # every read request is that long
        head = await reader.readexactly(7)
        return head + await reader.readexactly(struct.unpack(">H", head[4:6])[0] - 1)

    async def serve(reader, writer):
        try:
            while True:
                writer.write(answer(await heard(reader)))
                await writer.drain()
                if once:
                    break
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.sleep(0.01)  # the end of its last link is seen


def framed(request, pdu):
    """Frame of an answer to `request`."""
    return request[:2] + b"\0\0" + struct.pack(">H", len(pdu) + 1) + request[6:7] + pdu


def checked(frame):
    """A frame of a serial line with its CRC (Modbus over serial line 1.02 §6.2.2)."""
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return frame + struct.pack("<H", crc)
