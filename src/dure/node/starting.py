"""Before a node starts: its home, its lock, its ports and its databases are tried, each refusal one sentence."""

import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dure.node.logs import without_secrets
from dure.node.options import Options
from dure.vocabulary import NodeProblem, Text


class PortTaken(NodeProblem):
    """Another process listens where the node would."""

    key = "port-taken"
    says = Text(
        "Port {where} is taken by another program.", "{where}번 포트는 다른 프로그램이 쓰고 있습니다."
    )
    remedy = Text("Choose another one with: dure up --port", "다른 포트를 고르세요: dure up --port")


class AddressRefused(NodeProblem):
    """The node cannot listen there at all."""

    key = "node-address-refused"
    says = Text("The node cannot listen on {where}: {why}.", "{where}에서 연결을 받을 수 없습니다: {why}.")
    remedy = Text("Correct DURE_HOST or DURE_PORT.", "DURE_HOST 또는 DURE_PORT를 고치세요.")


class HomeRefused(NodeProblem):
    """The home folder cannot be written."""

    key = "home-not-writable"
    says = Text("The folder {where} cannot be written: {why}.", "{where} 폴더에 쓸 수 없습니다: {why}.")
    remedy = Text("Choose another one with: dure up --home DIR", "다른 폴더를 고르세요: dure up --home DIR")


class AlreadyRunning(NodeProblem):
    """A node runs in this home."""

    key = "node-already-running"
    says = Text(
        "A node already runs in {where} (process {process}).",
        "{where}에서 노드가 이미 실행 중입니다(프로세스 {process}).",
    )
    remedy = Text(
        "Stop it first, or choose another home with --home.", "먼저 멈추거나 --home으로 다른 폴더를 고르세요."
    )


class NotPrepared(NodeProblem):
    """The databases could not be brought up to date."""

    key = "node-not-prepared"
    says = Text(
        "The databases of {where} could not be made ready: {why}.",
        "{where}의 데이터베이스를 준비하지 못했습니다: {why}.",
    )
    remedy = Text("See {log}.", "{log} 파일을 확인하세요.")


def require_writable(home: Path) -> None:
    """Raise `HomeRefused` unless `home` can be written; what is missing of it is made."""
    try:
        (home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / "run" / ".probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as refused:
        raise HomeRefused(str(home), why=refused.strerror) from refused


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the lock of `home`; raises `AlreadyRunning` if another node does. A killed node's lock is free."""
    with (home / "run" / "node.pid").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            file.seek(0)
            raise AlreadyRunning(str(home), process=file.read().strip() or "?") from held
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def require_free(host: str, port: int) -> None:
    """Raise `PortTaken` or `AddressRefused` unless `port` of `host` can be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refused:
            if refused.errno == errno.EADDRINUSE:
                raise PortTaken(str(port)) from refused
            raise AddressRefused(f"{host}:{port}", why=refused.strerror) from refused


def prepare(options: Options) -> dict[str, Any]:
    """Make the home and bring the databases up to date, in a process that ends; the facts it tells.

    Raises
    ------
    NotPrepared
        With the last line of what went wrong.
    """
    log = options.home / "logs" / "preparation.log"
    done = subprocess.run(
        [sys.executable, "-m", "dure.node.preparation"],
        env=environment(options),
        capture_output=True,
        check=False,
    )
    log.write_text(without_secrets(done.stderr.decode(errors="replace")))
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2] or "?"
        raise NotPrepared(str(options.home), why=without_secrets(last), log=log)
    facts: dict[str, Any] = json.loads(done.stdout.decode().strip().rpartition("\n")[2])
    return facts


def environment(options: Options) -> dict[str, str]:
    """What every process of the node finds in its environment."""
    ours = {
        "DURE_HOME": str(options.home),
        "DURE_PORT": str(options.port),
        "DJANGO_SETTINGS_MODULE": "dure.node.settings",
    }
    # Threads share two pools of memory and give back what they free: some 13 MB less for a node that mostly waits.
    lean = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "65536"}
    return {**lean, **os.environ, **ours, "PYTHONUNBUFFERED": "1"}
