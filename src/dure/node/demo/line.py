"""The formation line as machines on the network: real servers that a node knows nothing about.

    python -m dure.node.demo.line --port 4850 --seed 0

The cyclers speak OPC UA, the rooms' gateway MQTT, power meter and chiller Modbus TCP, each on a port of its own; with
`--mes FILE` the MES books trays and cycles in that SQLite file. They read once a second of line time until told to
stop. Where a usual port is taken a free one is found; where all of them are is said in one line, and in the file that
`--announce` names, in a node's home the one that the conductor looks at. `--speed` runs line time faster; source
timestamps advance with it. `--emitted FILE` keeps what was sent with a time, so that loss can be counted.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from dure.node.demo.formation import Faults, FormationLine
from dure.node.demo.hall import ROOMS
from dure.node.demo.machine import tags
from dure.node.demo.running import Pace, Plant, Ports, books, origin
from dure.vocabulary import NodeProblem, Text, home

PORTS = {"port": 4850, "mqtt_port": 4851, "modbus_port": 4852}
READY = Text(
    "demo: The line answers at {opcua} with {signals} signals, its rooms at {mqtt} with {rooms}, its meters at {modbus}.",
    "demo: 라인이 {opcua}에서 신호 {signals}개, 각 실이 {mqtt}에서 {rooms}개를 제공하고, 계측기는 {modbus}에 있습니다.",
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


def mes_file(home: Path) -> Path:
    """Where the line's MES of a node keeps its database."""
    return home / "daon" / "mes.sqlite3"


def _in_home(place: Callable[[Path], Path]) -> Path | None:
    """In a node's home, where there is one."""
    return place(home()) if "DURE_HOME" in os.environ else None


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Settings from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m dure.node.demo.line", description="A simulated formation line."
    )
    usual = Faults()
    for name, usual_port in PORTS.items():
        where = f"where to listen on 127.0.0.1; {usual_port} or a free one if left out"
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, help=where)
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
        default=_in_home(announcement),
        help="file that tells the addresses once the line is ready",
    )
    parser.add_argument(
        "--mes", type=Path, default=_in_home(mes_file), help="database in which the MES keeps its books"
    )
    parser.add_argument("--emitted", type=Path, help="file that keeps what was sent, as path,time_ns,value")
    return parser.parse_args(words)


def _announce(place: Path | None, facts: dict[str, object]) -> None:
    sys.stdout.write(READY.format(**facts) + "\n")
    sys.stdout.flush()
    if place is not None:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = place.with_suffix(".new")
        beside.write_text(json.dumps(facts), encoding="utf-8")
        beside.replace(place)


@contextmanager
def _written(path: Path | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        yield file


def _ports(given: argparse.Namespace) -> Ports:
    """The ports asked for, which must be free; where none was, the usual one or a free one."""
    found = []
    for name, usual in PORTS.items():
        asked = getattr(given, name)
        if asked:
            _require_free(asked)
        found.append(asked or _free_port(usual))
    return Ports(*found)


def _free_port(usual: int) -> int:
    for port in (usual, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise LinePortTaken(str(usual))


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as taken:
            raise LinePortTaken(str(port)) from taken


async def _until_stopped(given: argparse.Namespace, ports: Ports, emitted: TextIO | None) -> None:
    task = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel if task else sys.exit)
    faults = replace(
        Faults(), rises_after=given.rises_after, rises_over=given.rises_over, rises_by=given.rises_by
    )
    plant = Plant(FormationLine(seed=given.seed, cells=given.cells, faults=faults), emitted)
    pace = Pace(given.speed, given.ago)
    async with plant.listening(ports):
        begun = origin(pace)
        mes = books(given.mes, begun, given.cells)
        facts = {"signals": len(tags(given.cells)), "rooms": len(ROOMS), **ports.addresses()}
        _announce(given.announce, facts | ({"mes": f"sqlite://{given.mes.absolute()}"} if mes else {}))
        await plant.run(pace, begun, mes)


def main(words: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; the exit code."""
    given = options(words)
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    try:
        with _written(given.emitted) as emitted:
            asyncio.run(_until_stopped(given, _ports(given), emitted))
    except LinePortTaken as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    except asyncio.CancelledError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
