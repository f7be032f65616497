"""`dure up`: the processes of a node, started in order, watched, and ended together.

This process holds no data and imports no Django: it starts the historian, a collector a source, the worker, the
pages and the live stream, each from its own module, and starts again what ends. See `docs/explanation/processes.md`.
"""

import asyncio
import json
import signal
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from dure.node.collectors import Collectors, module
from dure.node.keeper import Keeper, Program, print_line
from dure.node.logs import log_file, without_secrets
from dure.node.options import Options, read
from dure.node.starting import environment, only_one, prepare, require_free, require_writable
from dure.vocabulary import Text

# How often invited boxes are looked for, and how long the pages may take to answer at first. [s]
LOOK, FIRST_ANSWER = 1.0, 60.0
# Addresses that a browser on this machine reaches as localhost.
EVERYWHERE = ("127.0.0.1", "0.0.0.0", "::", "::1")  # noqa: S104 - compared, not bound

READY = Text("dure is ready: {url}", "dure가 준비되었습니다: {url}")
SILENT = Text(
    "dure does not answer yet; see {logs}", "dure가 아직 응답하지 않습니다. {logs} 폴더를 확인하세요."
)
ENDED = Text(
    "{process} ended with {code} and starts again in {again_in_s} s; see {logs}/{process}.log",
    "{process} 프로세스가 {code} 코드로 끝나 {again_in_s}초 뒤에 다시 시작합니다. {logs}/{process}.log를 확인하세요.",
)
FIRST = Text("Make the owner's account, once: {link}", "처음 한 번, 소유자 계정을 만드세요: {link}")


def run(*, demo: bool = False) -> int:
    """Run the node until SIGINT or SIGTERM; the exit code.

    Raises
    ------
    NodeProblem
        A leaf of it from `starting`, before anything was started.
    """
    options = read()
    require_writable(options.home)
    with only_one(options.home):
        for port in (options.port, options.live_port):
            require_free(options.host, port)
        prepared = prepare(options)
        return asyncio.run(_Node(options, demo=demo).live(prepared))


def programs(*, demo: bool = False) -> list[Program]:
    """The processes that every node has, in the order of their start."""
    fixed = [
        module("dure.plant.historian"),
        module("dure.node.serving", "pages", called="pages"),
        module("dure.node.serving", "live", called="live"),
        module("dure.node.worker"),
    ]
    if demo:
        from dure.node.demo import PROGRAMS

        fixed += [module(path, called=name, once=True, aloud=True) for name, path in PROGRAMS.items()]
    return fixed


def tunnel(options: Options) -> Program | None:
    """The line to a hub, where one is named: visitors are handed to the pages, and outbound connections do."""
    if not (options.tunnel_hub and options.tunnel_name):
        return None
    where = f"{'127.0.0.1' if options.host in EVERYWHERE else options.host}:{options.port}"
    return module("dure.sharing.tunnel", options.tunnel_hub, options.tunnel_name, where, called="tunnel")


class _Node:
    def __init__(self, options: Options, *, demo: bool) -> None:
        self._options = options
        self._demo = demo
        self._keepers: dict[str, Keeper] = {}
        self._collectors = Collectors(options.home, self._keep)
        self._own_log = log_file(options.home / "logs", "node", options.log_size)

    async def live(self, prepared: Mapping[str, Any]) -> int:
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        for program in programs(demo=self._demo):
            self._keepers[program.name] = self._keep(program)
        if (line := tunnel(self._options)) is not None:
            self._keepers[line.name] = self._keep(line)
        watching = [
            asyncio.create_task(work)
            for work in (
                self._collectors.watch(),
                self._watch_boxes(),
                self._watch_serving(),
                self._welcome(prepared),
            )
        ]
        await ended.wait()
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        await self._end_all()
        return 0

    def _keep(self, program: Program) -> Keeper:
        log = log_file(self._options.home / "logs", program.name, self._options.log_size)
        keeper = Keeper(program, environment(self._options), log, self._say)
        keeper.start()
        self._say("process.started", process=program.name)
        return keeper

    async def _end_all(self) -> None:
        self._say("node.ending")
        await asyncio.gather(self._collectors.stop(), *(keeper.stop() for keeper in self._keepers.values()))
        self._say("node.ended")

    async def _watch_boxes(self) -> None:
        """The intake of edge boxes runs as soon as one is invited: before that nothing listens for them."""
        while not any((self._options.home / "secret" / "edges").glob("[!.]*.json")):  # noqa: ASYNC110 - an invitation is a file, and files send no events
            await asyncio.sleep(LOOK)
        where = (self._options.edge_host, str(self._options.edge_port))
        self._keepers["intake"] = self._keep(module("dure.plant.edge", "intake", *where, called="intake"))

    async def _watch_serving(self) -> None:
        """What is served to SCADA and PLCs is a file: its process starts with it, and anew when it changes."""
        mark: int | None = None
        while True:
            file = self._options.home / "serve" / "serve.toml"
            now = file.stat().st_mtime_ns if file.exists() else None
            if now != mark:
                if (running := self._keepers.pop("serve", None)) is not None:
                    await running.stop()
                if now is not None:
                    self._keepers["serve"] = self._keep(module("dure.plant.serve", called="serve", once=True))
                mark = now
            await asyncio.sleep(LOOK)

    async def _welcome(self, prepared: Mapping[str, Any]) -> None:
        here = self._options.host in EVERYWHERE
        url = f"http://{'localhost' if here else self._options.host}:{self._options.port}/"
        answered = await self._answers()
        self._say("node.ready" if answered else "node.silent", url=url)
        print_line((READY if answered else SILENT).format(url=url, logs=self._options.home / "logs"))
        # In the demo its people take the link themselves, and say how they sign in.
        if (token := prepared.get("token")) and not self._demo:
            print_line(FIRST.format(link=f"{url}people/first/?token={token}"))

    async def _answers(self) -> bool:
        # A whole page, and not only an open port: the port is open before the pages are loaded.
        deadline = asyncio.get_running_loop().time() + FIRST_ANSWER
        while asyncio.get_running_loop().time() < deadline:
            with suppress(OSError, TimeoutError):
                if b" 200 " in await asyncio.wait_for(self._status_line(), FIRST_ANSWER):
                    return True
            await asyncio.sleep(0.1)
        return False

    async def _status_line(self) -> bytes:
        reader, writer = await asyncio.open_connection(self._options.host, self._options.port)
        host = next((name for name in self._options.hosts if "*" not in name), "localhost")
        writer.write(f"GET /account/login/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        line = await reader.readline()
        writer.close()
        return line

    def _say(self, event: str, **facts: Any) -> None:
        line = {"timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **facts}
        self._own_log.info("%s", without_secrets(json.dumps(line, ensure_ascii=False)))
        if event == "process.ended":
            print_line(ENDED.format(logs=self._options.home / "logs", **facts))
