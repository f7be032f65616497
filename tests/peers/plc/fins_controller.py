"""An Omron CPU of the tests' own, over FINS/TCP and FINS/UDP on one port, after W342; see tests/peers/programs.py.

No simulator of another author could be had: this one is read by another author's client in the tests, so that it is
not only our own reading of the manual. Options: `memory` {"82": {word: value}}, `sizes` {"82": words}, `flags`
(upper bits of the sub code), `lossy` (every n-th datagram is not answered). `82 100 2` on the input tells words.
"""

import asyncio
import contextlib
import json
import struct
import sys

BITS = {0x02: 0x82, 0x30: 0xB0, 0x31: 0xB1, 0x32: 0xB2, 0x33: 0xB3, **{0x20 + n: 0xA0 + n for n in range(16)}}
OURS, THEIRS = 11, 1


class Cpu:
    def __init__(self, options):
        self.sizes = {int(area, 16): size for area, size in options["sizes"].items()}
        self.memory = {area: [0] * size for area, size in self.sizes.items()}
        for area, words in options["memory"].items():
            for word, value in words.items():
                self.memory[int(area, 16)][int(word)] = value
        self.upper, self.lossy, self.heard = options.get("flags", 0), options.get("lossy", 0), 0

    def answer(self, frame):
        code, data = self.done(frame[10:12], frame[12:])
        head = bytes([0xC0, 0, 2, frame[6], frame[7], frame[8], frame[3], frame[4], frame[5], frame[9]])
        return head + frame[10:12] + struct.pack(">H", code | self.upper) + data

    def done(self, command, content):
        if command == b"\x05\x01":
            return 0, b"CJ2M-CPU33".ljust(20) + b"02.01".ljust(20) + bytes(60)
        if command not in (b"\x01\x01", b"\x01\x02"):
            return 0x0401, b""
        area, word, bit, count = struct.unpack_from(">BHBH", content)
        of = BITS.get(area, area)
        if area == 0x09:
            return self.flags(command, word, count)
        if of not in self.memory:
            return 0x1101, b""
        if word + (1 if area in BITS else count) > self.sizes[of]:
            return 0x1103 if word >= self.sizes[of] else 0x1104, b""
        return self.bits(command, of, word, bit, count, content[6:]) if area in BITS else self.words(command, of, word, count, content[6:])  # fmt: skip

    def flags(self, command, number, count):
        return (0, bytes(n % 2 for n in range(number, number + count))) if command[1] == 1 else (0x2101, b"")

    def words(self, command, area, word, count, given):
        if command[1] == 1:
            return 0, struct.pack(f">{count}H", *self.memory[area][word : word + count])
        if len(given) != 2 * count:
            return 0x1003, b""
        self.memory[area][word : word + count] = struct.unpack(f">{count}H", given)
        return 0, b""

    def bits(self, command, area, word, bit, count, given):  # noqa: PLR0917 - what a request holds
        if count != 1:
            return 0x1003, b""
        if command[1] == 1:
            return 0, bytes([self.memory[area][word] >> bit & 1])
        cleared = self.memory[area][word] & ~(1 << bit)
        self.memory[area][word] = cleared | (given[0] << bit)
        return 0, b""


async def serve(cpu, reader, writer):
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readexactly(16)
            _, length, command, _ = struct.unpack(">4sIII", head)
            content = await reader.readexactly(length - 8)
            told, answer = (1, struct.pack(">II", OURS, THEIRS)) if command == 0 else (2, cpu.answer(content))
            writer.write(struct.pack(">4sIII", b"FINS", 8 + len(answer), told, 0) + answer)
            await writer.drain()
    writer.close()


class Udp(asyncio.DatagramProtocol):
    def __init__(self, cpu):
        self.cpu = cpu

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.cpu.heard += 1
        if not self.cpu.lossy or self.cpu.heard % self.cpu.lossy:
            self.transport.sendto(self.cpu.answer(data), addr)


def tell(words):
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def told(cpu):
    for line in sys.stdin:
        area, word, count = line.split()
        tell(json.dumps(cpu.memory[int(area, 16)][int(word) : int(word) + int(count)]))


async def main(options):
    cpu = Cpu(options)
    await asyncio.start_server(lambda *streams: serve(cpu, *streams), "127.0.0.1", options["port"])
    await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Udp(cpu), ("127.0.0.1", options["port"])
    )
    tell("ready")
    await asyncio.to_thread(told, cpu)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
