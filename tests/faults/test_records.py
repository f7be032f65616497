"""The node's records lie in a PostgreSQL that is restarted under load: collecting and the historian do not need it, the pages come back."""

import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from dure.plant.connect import Source, add_source
from dure.plant.historian import Historian
from dure.vocabulary import DureError
from peers.servers import HERE, free_port
from running_node import running, until


@pytest.fixture
def postgresql(monkeypatch):
    """Words that stop and start the server in which the node keeps its records."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user
        port, script = free_port(), HERE / "postgres"
        place = f"{folder}/records"

        def do(word):
            subprocess.run([script, word, place, str(port)], check=True, timeout=90)

        do("start")
        monkeypatch.setenv("DURE_DATABASE_URL", f"postgresql://op:geheim@127.0.0.1:{port}/plant")
        yield do
        with suppress(subprocess.CalledProcessError):
            do("stop")


def page(port):
    """Status of the page that asks who one is, which reads the records; 0 if nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/account/login/", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def counted(home):
    with suppress(DureError), Historian(home, patience=10) as historian:
        return sum(row["count"] for row in historian.signals())
    return 0


class Growing:
    """A machine's file that grows by a line each 50 ms."""

    def __init__(self, folder):
        folder.mkdir()
        self.file, self.count, self.ended = folder / "press.csv", 0, threading.Event()
        self.file.write_text("time,x\n")
        self.thread = threading.Thread(target=self._grow)
        self.thread.start()

    def _grow(self):
        while not self.ended.wait(0.05):
            self.count += 1
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_767_225_600 + self.count))
            with self.file.open("a") as file:
                file.write(f"{stamp},{self.count}\n")

    def end(self):
        self.ended.set()
        self.thread.join()


def test_records_that_restart_cost_no_sample_and_the_pages_come_back(home, tmp_path, postgresql, ending):
    machine = Growing(tmp_path / "machine")
    ending(machine.end)
    home.mkdir(mode=0o700, exist_ok=True)
    add_source(home, Source("press", f"file://{tmp_path / 'machine'}", {"look": 0.1, "settle": 0.1}))
    with running(home, within=150) as node:
        until(lambda: page(node.port) == 200, 60)
        until(lambda: counted(home) > 20, 60)
        for _ in range(2):
            postgresql("stop")
            before = counted(home)
            until(lambda before=before: counted(home) > before + 20, 60)
            assert page(node.port) in {0, 200, 500, 503}
            postgresql("start")
            until(lambda: page(node.port) == 200, 90)
        until(lambda: node.member("dure.node.worker"), 60)
        machine.end()
        until(lambda: counted(home) == machine.count, 60)
        with Historian(home) as historian:
            rows = historian.query(["press/x"], 0, 2**62 - 1)["value"].to_pylist()
        assert rows == [float(n) for n in range(1, machine.count + 1)]
