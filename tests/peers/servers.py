"""Start, cut and stop the servers against which connectors are tested; each on a free port of the loopback."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def need_node_opcua():
    """node-opcua in `node_modules`, installed by `npm ci` if it is not there."""
    if shutil.which("node") is None:
        pytest.fail("node is not installed: run scripts/test-services", pytrace=False)
    if not (HERE / "node_modules" / "node-opcua").is_dir():
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.fail(f"npm ci in tests/peers failed: {done.stderr[-400:]}", pytrace=False)


@dataclass
class Peer:
    """One server: kind `node-opcua` or `asyncua`, and the options both know."""

    kind: str
    folder: Path
    options: dict = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None
    within: tuple = ()  # words before its own, as of networks.py and clocks.py

    def __post_init__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "emitted.jsonl"
        self.log.touch()

    @property
    def url(self):
        return f"opc.tcp://{self.options.get('host', '127.0.0.1')}:{self.port}"

    def start(self):
        options = json.dumps(
            {**self.options, "port": self.port, "log": str(self.log), "folder": str(self.folder)}
        )
        if self.kind == "node-opcua":
            need_node_opcua()
            words = ["node", "server.mjs", options]
        else:
            words = [sys.executable, "asyncua_server.py", options]
        self.process = subprocess.Popen(
            [*self.within, *words],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._line_that_begins("ready"), f"the {self.kind} server did not start"
        return self

    def say(self, word):
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return self._line_that_begins("paused" if word == "pause" else "going")

    def _line_that_begins(self, word):
        return next((line for line in self.process.stdout if line.startswith(word)), "")

    def kill(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                with suppress(OSError):
                    pipe.close()
            self.process = None

    def emitted(self):
        """Every reading that the server was given to emit: {(name, source time [ns], value)}."""
        scale = 10**6 if self.kind == "node-opcua" else 1
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.endswith("]")]
        return {(name, time * scale, float(value)) for name, time, value in lines}


class Proxy:
    """A TCP relay that can cut every link (RST), swallow what is sent (half-open), or let through again."""

    def __init__(self, target):
        self.target, self.pairs = target, []
        self.swallow, self.closed = threading.Event(), False
        self.guard = threading.Lock()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.refuse = threading.Event()
        self.relayed = 0
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _accept(self):
        while True:
            try:
                near, _ = self.listening.accept()
            except OSError:
                return
            if self.refuse.is_set():
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self.guard:
                self.pairs.append((near, far))
            for one, other in ((near, far), (far, near)):
                thread = threading.Thread(target=self._relay, args=(one, other), daemon=True)
                self.threads.append(thread)
                thread.start()

    def _relay(self, one, other):
        with suppress(OSError):
            while content := one.recv(65536):
                if not self.swallow.is_set():
                    other.sendall(content)
                    self.relayed += len(content)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """Break every link at once and refuse new ones."""
        self.refuse.set()
        with self.guard:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for end in pair:
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def blackhole(self):
        """Keep the links open and let nothing through."""
        self.swallow.set()

    def restore(self):
        """Let through again; links that were swallowed are broken by now or will be."""
        if self.swallow.is_set():
            self.cut()
        self.swallow.clear()
        self.refuse.clear()

    def close(self):
        self.cut()
        with suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for thread in self.threads:
            thread.join(5)


@dataclass
class Collector:
    """The collector process of one source, as the node starts it."""

    home: Path
    source: str
    process: subprocess.Popen | None = None
    within: tuple = ()  # words before its own, as of networks.py and clocks.py

    def start(self):
        environment = {**os.environ, "DURE_HOME": str(self.home), "DURE_LANG": "en"}
        self.errors = (self.home / f"{self.source}.log").open("a")
        self.process = subprocess.Popen(
            [*self.within, sys.executable, "-m", "dure.plant.connect", self.source],
            env=environment,
            stderr=self.errors,
        )
        return self

    def stop(self, number=signal.SIGTERM):
        if self.process is None:
            return None
        self.process.send_signal(number)
        code = self.process.wait(20)
        self.errors.close()
        self.process = None
        return code

    def status(self):
        try:
            return json.loads((self.home / "run" / f"collector-{self.source}.json").read_text())
        except (OSError, ValueError):
            return {"state": "", "samples": 0, "error": {}, "told": 0.0}

    def said(self):
        return (self.home / f"{self.source}.log").read_text().splitlines()
