"""A file to deliver, and the processes of both sides."""

import contextlib
import json
import os
import random
import socket
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TESTS = HERE.parents[1]


class Side:
    """One side's process."""

    def __init__(self, script: str, options: dict) -> None:
        environment = {**os.environ, "PYTHONPATH": str(TESTS)}
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / script), json.dumps(options)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def line(self) -> str:
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Sides:
    def __init__(self, folder: Path) -> None:
        self.folder, self.running = folder, []
        self.file = folder / "rows.parquet"
        self.content = random.Random(6).randbytes(40 * 65_536 + 777)  # noqa: S311 - rows, not keys
        self.file.write_bytes(self.content)
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/data/t1"
        self.token = ""

    def provider(self, **options) -> Side:
        side = Side(
            "provider.py",
            {"port": self.port, "file": str(self.file), "home": str(self.folder / "provider"), **options},
        )
        self.running.append(side)
        ready, _, facts = side.line().partition(" ")
        assert ready == "ready"
        self.token = self.token or json.loads(facts)["token"]
        return side

    def consumer(self, root: str) -> Side:
        side = Side(
            "consumer.py",
            {"url": self.url, "home": str(self.folder / "consumer"), "token": self.token, "root": root},
        )
        self.running.append(side)
        return side


@pytest.fixture
def sides(tmp_path):
    made = Sides(tmp_path)
    yield made
    for side in made.running:
        if not side.process.stdout.closed:
            side.kill()
