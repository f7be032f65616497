"""`python -m dure.plant.edge forward`, or `intake HOST PORT`: the two ends of the link, each a process of its own."""

import asyncio
import contextlib
import logging
import sys
from pathlib import Path

from dure.plant.transport import at_end
from dure.vocabulary import DureError, home


async def forward(at: Path) -> None:
    """Forward the logs of the box at `at` until SIGTERM."""
    from dure.plant.edge.forwarding import Forwarder
    from dure.plant.edge.pairing import invitation_of

    running = asyncio.create_task(Forwarder(at, invitation_of(at)).run())
    at_end(running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def take_in(at: Path, host: str, port: int) -> None:
    """Take in what boxes send until SIGTERM."""
    from aiohttp import web

    from dure.plant.edge.certificate import listening_context
    from dure.plant.edge.intake import Intake

    ended = asyncio.Event()
    at_end(ended.set)
    runner = web.AppRunner(Intake(at).application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=listening_context(at)).start()
    logging.getLogger("dure.plant.edge").info("boxes are taken in on %s port %d", host, port)
    await ended.wait()
    await runner.cleanup()


def main(words: list[str]) -> int:
    """The exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    try:
        if words == ["forward"]:
            asyncio.run(forward(home()))
        elif len(words) == 3 and words[0] == "intake" and words[2].isdecimal():
            asyncio.run(take_in(home(), words[1], int(words[2])))
        else:
            sys.stderr.write("python -m dure.plant.edge forward | intake HOST PORT\n")
            return 2
    except DureError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
