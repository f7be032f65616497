"""An XGT CPU of the tests' own behind FEnet, after the manual's chapter 8; see tests/peers/programs.py.

No simulator of another author could be had: this one is read by other authors' clients in the tests, so that it is
not only our own reading of the manual. Options: `memory` {"M": hex of its first bytes}, `size` bytes of a device,
`hex` (how bits are named). A line `M 200 4` on the input tells bytes.
"""

import asyncio
import contextlib
import json
import re
import struct
import sys

HEADER = struct.Struct("<10sHBBHHBB")
WIDTHS = {0x00: 0, 0x01: 1, 0x02: 2, 0x03: 4, 0x04: 8}


class Refused(Exception):
    pass


class Cpu:
    def __init__(self, options):
        self.size, self.hexadecimal = options.get("size", 1024), options.get("hex", False)
        self.memory = {name: bytearray(bytes.fromhex(held).ljust(self.size, b"\0")) for name, held in options["memory"].items()}  # fmt: skip

    def answer(self, frame):
        _, _, _, _, serial, _, _, _ = HEADER.unpack_from(frame)
        command, kind = struct.unpack_from("<HH", frame, 20)
        if sum(frame[:19]) % 256 != frame[19]:
            body = struct.pack("<HHHHH", command + 1, kind, 0, 0xFFFF, 0x77)
        else:
            body = self.done(command, kind, frame[26:])
        head = HEADER.pack(b"LSIS-XGT", 0x0105, 0xA4, 0x11, serial, len(body), 0x03, 0)
        return head[:-1] + bytes([sum(head) % 256]) + body

    def done(self, command, kind, content):
        try:
            if command == 0xB0:
                status = struct.pack("<IHHIIIHH", 0, 5, 0, 1, 0, 0, 0x0203, 0)
                return struct.pack("<HHHHHH", 0xB1, kind, 0, 0, 0, 24) + status
            if command == 0x54:
                return struct.pack("<HHHH", 0x55, kind, 0, 0) + self.read(kind, content)
            if command == 0x58:
                self.write(kind, content)
                return struct.pack("<HHHHH", 0x59, kind, 0, 0, 1)
        except Refused as no:
            return struct.pack("<HHHHH", command + 1, kind, 0, 0xFFFF, no.args[0])
        return struct.pack("<HHHHH", command + 1, kind, 0, 0xFFFF, 0x78)

    def named(self, content, place):
        length = struct.unpack_from("<H", content, place)[0]
        found = re.fullmatch(r"%([A-Z])([XBWDL])([0-9A-F]+)", content[place + 2 : place + 2 + length].decode("ascii", "replace"))  # fmt: skip
        if not found:
            raise Refused(0x11)
        if found[1] not in self.memory:
            raise Refused(0x03)
        return self.memory[found[1]], found[2], found[3], place + 2 + length

    def span(self, start, count):
        if start + count > self.size:
            raise Refused(0x04)
        return slice(start, start + count)

    def read(self, kind, content):
        blocks = struct.unpack_from("<H", content)[0]
        if blocks > 16:
            raise Refused(0x01)
        given, place = struct.pack("<H", blocks), 2
        for _ in range(blocks):
            memory, letter, number, place = self.named(content, place)
            if kind == 0x14:
                count = struct.unpack_from("<H", content, place)[0]
                if letter != "B" or count > 1400:
                    raise Refused(0x05)
                start = int(number)
            else:
                count, start = WIDTHS[kind], int(number) * WIDTHS[kind]
            given += struct.pack("<H", count) + memory[self.span(start, count)]
        return given

    def write(self, kind, content):
        memory, _, number, place = self.named(content, 2)
        count = struct.unpack_from("<H", content, place)[0]
        given = content[place + 2 : place + 2 + count]
        if kind == 0:
            bit = int(number[:-1] or "0") * 16 + int(number[-1], 16) if self.hexadecimal else int(number)
            at = self.span(bit // 8, 1).start
            memory[at] = memory[at] & ~(1 << bit % 8) | (given[0] << bit % 8)
        else:
            start = int(number) * (1 if kind == 0x14 else WIDTHS[kind])
            memory[self.span(start, count)] = given


async def serve(cpu, reader, writer):
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readexactly(HEADER.size)
            writer.write(cpu.answer(head + await reader.readexactly(HEADER.unpack(head)[5])))
            await writer.drain()
    writer.close()


def tell(words):
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def told(cpu):
    for line in sys.stdin:
        device, start, count = line.split()
        tell(cpu.memory[device][int(start) : int(start) + int(count)].hex())


async def main(options):
    cpu = Cpu(options)
    await asyncio.start_server(lambda *streams: serve(cpu, *streams), "127.0.0.1", options["port"])
    tell("ready")
    await asyncio.to_thread(told, cpu)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
