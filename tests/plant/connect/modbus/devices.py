"""Devices that the tests invent: a server of Modbus TCP whose every answer is a function of the request."""

import asyncio
import struct
from contextlib import asynccontextmanager


@asynccontextmanager
async def answering(answer, *, once=False):
    """Port of a server that sends `answer(request)`, both whole frames; `once`: and then closes the connection."""

    async def serve(reader, writer):
        try:
            while True:
                head = await reader.readexactly(7)
                request = head + await reader.readexactly(struct.unpack(">H", head[4:6])[0] - 1)
                writer.write(answer(request))
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
