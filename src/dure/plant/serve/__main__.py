"""`python -m dure.plant.serve`: the faces of this node towards SCADA and PLCs, in a process of their own."""

import asyncio
import contextlib
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

from dure.plant.serve.settings import Serving
from dure.plant.serve.told import tell
from dure.plant.transport import Attempts, Backoff, at_end
from dure.vocabulary import DureError, SourceProblem, home

logger = logging.getLogger("dure.plant.serve")
SAY_EVERY = 0.5


async def serve(at: Path, serving: Serving) -> None:
    """Serve until SIGTERM."""
    from dure.plant.historian import Historian
    from dure.plant.serve.following import Follower

    ended = asyncio.Event()
    at_end(ended.set)
    follower = Follower(Historian(at, patience=1.0), serving, at)
    works = [asyncio.create_task(follower.run(lambda _: None), name="following")]
    if serving.opcua is not None:
        works.append(asyncio.create_task(_opcua(at, serving, follower), name="opcua"))
    if serving.sparkplug is not None:
        works.append(asyncio.create_task(_sparkplug(at, serving, follower), name="sparkplug"))
    works.append(asyncio.create_task(ended.wait(), name="end"))  # type: ignore[arg-type] # its result is of no use
    done, left = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
    for work in left:
        work.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    for work in done:
        work.result()


async def _opcua(at: Path, serving: Serving, follower: Any) -> None:
    from dure.plant.serve.opcua import OpcUaServer

    assert serving.opcua is not None  # noqa: S101 - for the type checker; the caller has looked
    server = OpcUaServer(at, serving.opcua, follower.fresh)
    await server.start()
    logger.info("OPC UA is served on port %d", serving.opcua.port)
    try:
        while True:
            follower.beat()
            await server.say(time.time())
            tell(at, time.time(), "opcua", {"state": "listening", "signals": len(follower.fresh.values)})
            await asyncio.sleep(SAY_EVERY)
    finally:
        await server.stop()


async def _sparkplug(at: Path, serving: Serving, follower: Any) -> None:
    """The edge node, connected again after every loss; one log line down, one up."""
    from dure.plant.serve.sparkplug import SparkplugNode

    assert serving.sparkplug is not None  # noqa: S101 - for the type checker; the caller has looked
    attempts, down = Attempts(Backoff(ceiling=10.0)), False
    while True:
        node = SparkplugNode(at, serving.sparkplug, follower.fresh, password=_password(at))
        follower.beat()
        try:
            await node.connect(time.time())
            attempts.connected(time.monotonic())
            logger.info("Sparkplug is served at %s", serving.sparkplug.broker)
            down = False
            while True:
                follower.beat()
                await node.say(time.time())
                tell(
                    at,
                    time.time(),
                    "sparkplug",
                    {"state": "listening", "signals": len(follower.fresh.values)},
                )
                await asyncio.sleep(SAY_EVERY)
        except SourceProblem as lost:
            if not down:
                logger.warning("%s", lost)
            down = True
            tell(at, time.time(), "sparkplug", {"state": "lost", "message": str(lost)[:500]})
        finally:
            await node.close()
        await asyncio.sleep(attempts.failed(time.monotonic()))


def _password(at: Path) -> str | None:
    """The edge node's password at its broker, if one is kept."""
    try:
        return (at / "secret" / "serve-broker.password").read_text()
    except OSError:
        return None


def main() -> int:
    """The exit code; without a face there is nothing to do."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    try:
        serving = Serving.read(home())
        if serving.opcua is None and serving.sparkplug is None:
            logger.info("nothing is to be served")
            return 0
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(serve(home(), serving))
    except DureError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    except OSError as refused:
        sys.stderr.write(f"serve: {refused.strerror or refused}\n")
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # a thread may wait for the historian: nothing is torn down under it
