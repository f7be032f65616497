"""Starting `dure up` as people do, and looking at its processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from fresh_database import prepared_home

UP = [sys.executable, "-m", "dure", "up"]


def free_port() -> int:
    """A port whose next one is free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def until(what: Callable[[], object], within: float = 30.0) -> object:
    """The first true answer of `what`."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {within} s")


@dataclass
class Node:
    """A node that runs: its process, its port, what it has said."""

    process: subprocess.Popen[str]
    port: int
    lines: list[str] = field(default_factory=list)

    def family(self) -> list[psutil.Process]:
        """All processes below it."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def member(self, words: str) -> psutil.Process | None:
        """The process below it whose command line ends in `words`, outermost first."""
        for one in self.family():
            try:
                if " ".join(one.cmdline()).endswith(words):
                    return one
            except psutil.Error:
                continue
        return None

    def said(self, words: str) -> str | None:
        """The first line with `words` that it has said."""
        return next((line for line in self.lines if words in line), None)

    def listen(self) -> None:
        """Keep what it says."""
        for line in self.process.stderr or ():
            self.lines.append(line.rstrip())


@contextmanager
def running(home: Path, *arguments: str, within: float = 60.0, empty: bool = False) -> Iterator[Node]:
    """A node in `home` that answers; its first preparation is a copy, unless it shall begin in an `empty` folder itself."""
    port = free_port()
    if not empty and not home.exists():
        shutil.copytree(prepared_home(), home)
    process = subprocess.Popen(
        [*UP, "--port", str(port), *arguments],
        env={**os.environ, "DURE_HOME": str(home), "DURE_LANG": "en"},
        stderr=subprocess.PIPE,
        text=True,
    )
    node = Node(process, port)
    ear = threading.Thread(target=node.listen, daemon=True)
    ear.start()
    try:
        until(lambda: node.said("is ready") or process.poll() is not None, within)
        assert process.poll() is None, node.lines
        yield node
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(20)
        ear.join(5)
        if process.stderr is not None:
            process.stderr.close()
