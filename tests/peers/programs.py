"""A peer that is one program: started with its options as JSON, told by lines, ended with the test."""

import json
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field

from peers.servers import HERE, free_port, need_node_opcua


@dataclass
class Program:
    """`file` is a .mjs or .py of this folder; it prints `ready` when it listens on `port`."""

    file: str
    options: dict
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None
    within: tuple = ()  # words before its own, as of networks.py and clocks.py

    def start(self):
        words = [sys.executable] if self.file.endswith(".py") else ["node"]
        if words == ["node"]:
            need_node_opcua()
        options = json.dumps({**self.options, "port": self.port})
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([*self.within, *words, self.file, options], cwd=HERE, stdin=pipe, stdout=pipe, text=True)  # fmt: skip
        assert self.process.stdout.readline().startswith("ready"), f"{self.file} did not start"
        return self

    def say(self, words):
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def kill(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                with suppress(OSError):
                    pipe.close()
            self.process = None
