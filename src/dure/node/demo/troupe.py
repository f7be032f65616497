"""Processes that the story starts for itself, and ends again however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from dure.node.lifeline import tied_to
from dure.vocabulary import NodeProblem, Text

# Time to end by itself before it is killed. [s]
GRACE = 5.0


class NotReady(NodeProblem):
    """A process of the story that did not come up, or fell silent."""

    key = "demo-not-ready"
    says = Text(
        "The demo waited in vain for {where}.", "데모가 {where}을(를) 기다렸지만 준비되지 않았습니다."
    )
    remedy = Text(
        "Try again with --home DIR and see {log}.", "--home DIR로 다시 실행하고 {log} 파일을 확인하세요."
    )


class Troupe:
    """The processes of one story, their lines in `home/logs`; ended in reverse order when the block is left."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._running: list[subprocess.Popen[bytes]] = []
        self._files = ExitStack()

    def __enter__(self) -> Self:
        """The troupe, with nobody in it yet."""
        (self._home / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """End every process: asked first, killed after a grace."""
        for process in reversed(self._running):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self._running):
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._files.close()

    def start(self, name: str, module: str, *words: str) -> None:
        """Start `python -m module words…`; it ends with us, also when we are killed."""
        log = self._files.enter_context(self.log(name).open("ab"))
        self._running.append(
            subprocess.Popen(  # noqa: S603 - our own program with our own words
                [sys.executable, "-m", module, *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "DURE_HOME": str(self._home)},
                start_new_session=True,  # Ctrl-C reaches us alone, and we end them in order
                preexec_fn=tied_to(os.getpid()),  # noqa: PLW1509 - it calls nothing but prctl
            )
        )

    def log(self, name: str) -> Path:
        """File of a process's lines."""
        return self._home / "logs" / f"{name}.log"

    def wait(self, name: str, ready: Callable[[], bool], patience: float = 60.0) -> None:
        """Wait until `ready`, which may take `patience` [s].

        Raises
        ------
        NotReady
            If it takes longer.
        """
        end = time.monotonic() + patience
        while not ready():
            if time.monotonic() > end:
                raise NotReady(name, log=self.log(name))
            time.sleep(0.1)
