"""`dure edge run`: a box beside the machines, its collectors and its forwarder kept running; no node, no pages."""

import asyncio
import json
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dure.node.collectors import Collectors, module
from dure.node.keeper import Keeper, Program, print_line
from dure.node.logs import log_file, without_secrets
from dure.node.options import Options, read
from dure.node.starting import environment, only_one, require_writable
from dure.vocabulary import Text

STARTED = Text("This box collects for {url}.", "이 장치는 {url} 노드를 위해 수집합니다.")


def run(url: str) -> int:
    """Run the box until SIGINT or SIGTERM; the exit code. `url` is the node's, for the line that says so.

    Raises
    ------
    NodeProblem
        If the home cannot be written, or a node or a box runs in it.
    """
    options = read()
    require_writable(options.home)
    with only_one(options.home):
        print_line(STARTED.format(url=url))
        return asyncio.run(_live(options))


async def _live(options: Options) -> int:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    forwarder = _keep(options, module("dure.plant.edge", "forward", called="forwarder"))
    collectors = Collectors(options.home, lambda program: _keep(options, program))
    watching = asyncio.create_task(collectors.watch())
    await ended.wait()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await collectors.stop()
    await forwarder.stop()
    return 0


def _keep(options: Options, program: Program) -> Keeper:
    log = log_file(options.home / "logs", program.name, options.log_size)
    keeper = Keeper(
        program, environment(options), log, lambda event, **facts: _say(options.home, event, facts)
    )
    keeper.start()
    return keeper


def _say(home: Path, event: str, facts: dict[str, Any]) -> None:
    line = {"timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **facts}
    log_file(home / "logs", "box", 10).info("%s", without_secrets(json.dumps(line, ensure_ascii=False)))
