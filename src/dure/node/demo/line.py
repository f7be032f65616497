"""The formation line as a machine on the network: a real OPC UA server that a node knows nothing about.

    python -m dure.node.demo.line --port 4850 --seed 0

When it is ready it writes its readings once a second of line time until it is told to stop. Where its usual port is
taken it listens at a free one; it says where in one line, and in the file that `--announce` names, in a node's home
the one that the conductor looks at. `--speed` runs line time faster; source timestamps advance with it. `--emitted FILE`
keeps what was written, so that loss can be counted.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TextIO

from dure.node.demo.formation import Faults, FormationLine
from dure.node.demo.machine import Pace, serve
from dure.vocabulary import NodeProblem, Text, home

PORT = 4850
READY = Text(
    "demo: The line answers at {url} with {signals} signals.",
    "demo: 라인이 {url}에서 신호 {signals}개를 제공합니다.",
)


class LinePortTaken(NodeProblem):
    """Another program listens where the demo line should."""

    key = "demo-line-port-taken"
    says = Text(
        "Port {where} of the demo line is taken.", "데모 라인의 포트 {where}이(가) 이미 사용 중입니다."
    )
    remedy = Text("Stop the other program, or give --port.", "다른 프로그램을 멈추거나 --port를 지정하세요.")


def announcement(home: Path) -> Path:
    """File in which the line of a node tells its address."""
    return home / "run" / "demo-line.json"


def _announced() -> Path | None:
    """In a node's home, where there is one."""
    return announcement(home()) if "DURE_HOME" in os.environ else None


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Settings from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m dure.node.demo.line", description="A simulated formation line."
    )
    usual = Faults()
    parser.add_argument(
        "--port", type=int, help=f"where to listen on 127.0.0.1; {PORT} or a free one if left out"
    )
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same line")
    parser.add_argument("--cells", type=int, default=24)
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of line time in a second")
    parser.add_argument("--ago", type=float, default=0.0, help="seconds before now at which line time begins")
    parser.add_argument(
        "--rises-after", type=float, default=usual.rises_after, help="seconds until the fault begins"
    )
    parser.add_argument(
        "--rises-over", type=float, default=usual.rises_over, help="seconds that it takes to rise"
    )
    parser.add_argument(
        "--rises-by", type=float, default=usual.rises_by, help="share by which the resistance rises"
    )
    parser.add_argument(
        "--announce",
        type=Path,
        default=_announced(),
        help="file that tells the address once the line is ready",
    )
    parser.add_argument("--emitted", type=Path, help="file that keeps what was sent, as path,time_ns,value")
    return parser.parse_args(words)


def _announce(place: Path | None, url: str, signals: int) -> None:
    sys.stdout.write(READY.format(url=url, signals=signals) + "\n")
    sys.stdout.flush()
    if place is not None:
        words = json.dumps({"url": url, "signals": signals})
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = place.with_suffix(".new")
        beside.write_text(words, encoding="utf-8")
        beside.replace(place)


@contextmanager
def _written(path: Path | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        yield file


def _free_port() -> int:
    for port in (PORT, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise LinePortTaken(str(PORT))


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as taken:
            raise LinePortTaken(str(port)) from taken


async def _until_stopped(given: argparse.Namespace, emitted: TextIO | None) -> None:
    task = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel if task else sys.exit)
    faults = replace(
        Faults(), rises_after=given.rises_after, rises_over=given.rises_over, rises_by=given.rises_by
    )
    line = FormationLine(seed=given.seed, cells=given.cells, faults=faults)
    await serve(line, given.port, Pace(given.speed, given.ago), emitted, partial(_announce, given.announce))


def main(words: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; the exit code."""
    given = options(words)
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    try:
        given.port = given.port or _free_port()
        _require_free(given.port)
        with _written(given.emitted) as emitted:
            asyncio.run(_until_stopped(given, emitted))
    except LinePortTaken as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    except asyncio.CancelledError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
