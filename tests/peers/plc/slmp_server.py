"""A MELSEC simulator: `aslmp` (after the manuals, and after a measured FX5U) or `virtualplc`; see tests/peers/programs.py.

Options: `path` of the package, `maker`, `frame`, `target` (aslmp), `words` and `bits` {"D": {number: value}}, `limits`
(virtualplc: {"D": [first, last]}). A line `D 100 2` on the standard input is answered by those words.
"""

import asyncio
import json
import sys


def tell(words):
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def filled(memory, options):
    for device, values in options.get("words", {}).items():
        for number, value in values.items():
            memory.write_words(device, int(number), [value])
    for device, values in options.get("bits", {}).items():
        for number, value in values.items():
            memory.write_bits(device, int(number), [bool(value)])


def told(memory):
    for line in sys.stdin:
        device, number, count = line.split()
        tell(json.dumps(list(memory.read_words(device, int(number), int(count)))))


async def aslmp(options):
    from aslmp.testing import HEALTHY, PlcSimulator, by_key
    from aslmp.testing.server import Entry
    from aslmp.wire.frames import FrameType

    frame = FrameType.FOUR_E if options.get("frame") == "4E" else FrameType.THREE_E
    target = by_key(options.get("target", "pedantic"))
    memory = target.memory()
    filled(memory, options)
    entry = Entry("tcp", "tcp", port=options["port"], frame=frame, max_connections=8)
    async with PlcSimulator(target=target, memory=memory, entries=(entry,), pathology=HEALTHY):
        tell("ready")
        await asyncio.to_thread(told, memory)


def virtualplc(options):
    from virtual_plc.memory import Memory
    from virtual_plc.server import Server

    memory = Memory("Q", {name: tuple(span) for name, span in options.get("limits", {}).items()})
    filled(memory, options)
    server = Server(port=options["port"], profile="Q", memory=memory)
    server.start()
    tell("ready")
    told(memory)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    sys.path.insert(0, given["path"])
    if given["maker"] == "aslmp":
        asyncio.run(aslmp(given))
    else:
        virtualplc(given)
