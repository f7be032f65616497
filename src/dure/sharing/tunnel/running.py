"""The two processes: a hub, and a plant joined to one, each until SIGINT or SIGTERM."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from dure.sharing.tunnel.certificate import listening_context
from dure.sharing.tunnel.hub import Hub, Limits
from dure.sharing.tunnel.keys import admitted, host_name, signer, verifier
from dure.sharing.tunnel.plant import Plant
from dure.sharing.tunnel.telling import keep_telling
from dure.sharing.tunnel.wire import address


def serve(home: Path, name: str, host: str, port: int, limits: Limits | None = None) -> int:
    """Be a hub; the exit code."""
    hub = Hub(host_name(name), verifier(home), lambda one: one in admitted(home), limits or Limits())
    opened = hub.listen(host, port)
    _logging()
    logging.getLogger("dure.sharing.tunnel").info("listening on %s:%d as %s", host, opened, hub.name)
    return _until_ended(hub.run(), keep_telling(home, "hub", hub.health))


def join(home: Path, hub: str, name: str, to: str, *, passthrough: bool = False) -> int:
    """Be a plant of the hub at `hub`; visitors are handed to `to`. The exit code."""
    plant_name = host_name(name)
    tls = None if passthrough else listening_context(home, plant_name)
    plant = Plant(address(hub), plant_name, signer(home), address(to), tls)
    _logging()
    return _until_ended(plant.run(), keep_telling(home, "plant", plant.health))


def _logging() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)


def _until_ended(*works: Coroutine[Any, Any, None]) -> int:
    async def all_of_it() -> None:
        task = asyncio.ensure_future(asyncio.gather(*works))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(all_of_it())
    return 0
