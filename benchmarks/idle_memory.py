"""Memory of an idle node over all its processes, as the kernel shares it out (PSS): `python benchmarks/idle_memory.py`.

Starts a node in a new home, waits until it is quiet, and adds up every process below it.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

QUIET = 20.0
"""Time from the first answer to the measurement. [s]"""

BOUND = 400
"""What an idle node may take. [MB]"""


def free_port() -> int:
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def started(home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "dure", "up", "--home", str(home), "--port", str(free_port())]
    node = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "DURE_LANG": "en"})
    assert node.stderr is not None
    for line in node.stderr:
        if "is ready" in line:
            return node
    raise SystemExit("the node did not start")


def measure(pid: int) -> dict[str, float]:
    parent = psutil.Process(pid)
    family = [parent, *parent.children(recursive=True)]
    return {f"{one.pid} {_name(one)}": one.memory_full_info().pss / 1e6 for one in family}


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    return " ".join(words[words.index("-m") + 1 :]) if "-m" in words else " ".join(words)[-60:]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        node = started(Path(folder) / "home")
        try:
            time.sleep(QUIET)
            shares = measure(node.pid)
            seconds = [sum(one.cpu_times()[:2]) for one in psutil.Process(node.pid).children(recursive=True)]
            time.sleep(10)
            later = [sum(one.cpu_times()[:2]) for one in psutil.Process(node.pid).children(recursive=True)]
        finally:
            node.send_signal(signal.SIGTERM)
            node.wait()
    for name, megabytes in shares.items():
        print(f"{megabytes:8.1f} MB  {name}")
    total = sum(shares.values())
    print(f"{total:8.1f} MB  altogether (bound {BOUND}); idle CPU {100 * (sum(later) - sum(seconds)) / 10:.1f} % of one core")
    assert total < BOUND


if __name__ == "__main__":
    main()
