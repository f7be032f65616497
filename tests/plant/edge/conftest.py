"""A node's intake and a box's forwarder, each a real process, joined by one invitation over TLS."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dure.plant.edge import invite, join
from dure.plant.edge.certificate import fingerprint_of, node_certificate
from peers.servers import free_port


class Pair:
    """Homes of a node and of a box, and the processes at both ends of their link."""

    def __init__(self, folder: Path):
        self.node, self.box, self.port = folder / "node", folder / "box", free_port()
        for home in (self.node, self.box):
            (home / "segments").mkdir(parents=True)
        certificate, _ = node_certificate(self.node)
        self.invitation = invite(
            self.node, "press-shop", f"https://127.0.0.1:{self.port}", fingerprint_of(certificate)
        )
        join(self.box, self.invitation.line)
        self.running = {}

    def start(self, end):
        words = ["intake", "127.0.0.1", str(self.port)] if end == "intake" else ["forward"]
        home = self.node if end == "intake" else self.box
        told = self.words(end).count("boxes are taken in")
        with (home / f"{end}.log").open("ab") as log:
            self.running[end] = subprocess.Popen(
                [sys.executable, "-m", "dure.plant.edge", *words],
                env={**os.environ, "DURE_HOME": str(home)},
                stderr=log,
            )
        if end == "intake":
            until(lambda: self.words("intake").count("boxes are taken in") > told, 20)

    def kill(self, end):
        process = self.running.pop(end)
        process.kill()
        process.wait(10)

    def words(self, end):
        home = self.node if end == "intake" else self.box
        log = home / f"{end}.log"
        return log.read_text() if log.exists() else ""

    def end(self):
        for end in list(self.running):
            self.kill(end)


def until(what, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


@pytest.fixture
def pair(tmp_path):
    made = Pair(tmp_path)
    yield made
    made.end()
