"""A line of six presses as a real OPC UA server (asyncua), five readings a second; `fault 3` on stdin heats press 3.

python tests/machines/press_line.py PORT
"""

import asyncio
import contextlib
import logging
import math
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

PRESSES, PERIOD = 6, 0.2
logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)


def readings(press: int, at: float, hot_since: float | None, noise: random.Random) -> dict[str, float]:
    """What press `press` measures at `at` [s]; a hot one is 20 K above the others, its motor draws more."""
    beat = math.sin(2 * math.pi * (at / 20 + press / 7))
    extra = min(1.0, max(0.0, (at - hot_since) / 3)) if hot_since is not None else 0.0
    return {
        "Temperature": 62 + 1.5 * beat + noise.gauss(0, 0.15) + 20 * extra,
        "Pressure": 8 + 0.4 * beat + noise.gauss(0, 0.03),
        "Current": 11 + 0.8 * beat + noise.gauss(0, 0.05) + 0.6 * extra,
    }


async def main(port: int) -> None:
    """Serve until stdin ends."""
    from asyncua import Server, ua

    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    space = await server.register_namespace("urn:daon:presses")
    tags: dict[tuple[int, str], object] = {}
    for press in range(1, PRESSES + 1):
        folder = await server.nodes.objects.add_object(space, f"Press{press:02d}")
        for name in ("Temperature", "Pressure", "Current"):
            place = ua.NodeId(f"Press{press:02d}.{name}", space)
            tags[press, name] = await folder.add_variable(place, ua.QualifiedName(name, space), 0.0)
    hot: dict[int, float] = {}
    async with server:
        emitting = asyncio.create_task(emit(tags, hot, ua))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        loop = asyncio.get_running_loop()
        while words := (await loop.run_in_executor(None, sys.stdin.readline)).split():
            if words[0] == "fault":
                hot[int(words[1])] = time.time()
        emitting.cancel()


async def emit(tags, hot, ua) -> None:
    noise = random.Random(7)  # noqa: S311 - a seeded machine
    while True:
        began = time.time()
        now = datetime.now(UTC).replace(tzinfo=None)
        for press in range(1, PRESSES + 1):
            for name, value in readings(press, began, hot.get(press), noise).items():
                await tags[press, name].write_value(ua.DataValue(ua.Variant(value), SourceTimestamp=now))
        await asyncio.sleep(max(0.0, PERIOD - (time.time() - began)))


class Line:
    """The running server."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process, self.url = process, f"opc.tcp://127.0.0.1:{port}"

    def heat(self, press: int) -> None:
        """Let one press run hot from now on."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"fault {press}\n")
        self._process.stdin.flush()


@contextlib.contextmanager
def press_line(port: int) -> Iterator[Line]:
    """The line as a process of its own, ready to be connected."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__)), str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield Line(process, port)
    finally:
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait(5)
        process.stdout.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
