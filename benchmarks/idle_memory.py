"""Memory of an idle node over all its processes, as the kernel shares it out (PSS): `python benchmarks/idle_memory.py`.

Starts a node in a new home, makes its owner, opens every place once, waits until it is quiet, and adds up every
process of it.
"""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

import psutil

QUIET = 75.0
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


def started(home: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "dure", "up", "--home", str(home), "--port", str(free_port())]
    node = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "DURE_LANG": "en"})
    assert node.stderr is not None
    for line in node.stderr:
        if "owner's account" in line:
            return node, line.split()[-1]
    raise SystemExit("the node did not start")


def use(link: str) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = browser.open(link).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    owner = {"organisation": "Daon", "name": "Kim", "username": "daon", "password": "honest machines 2026"}
    form = urllib.parse.urlencode({**owner, "csrfmiddlewaretoken": token[1]}).encode()
    assert "account/logout" in browser.open(link, form).read().decode()
    for place in ("line/", "data/", "models/", "people/"):
        assert browser.open(urllib.parse.urljoin(link, f"/{place}")).status == 200


def measure(pid: int) -> dict[str, float]:
    parent = psutil.Process(pid)
    family = [parent, *parent.children(recursive=True)]
    return {f"{one.pid} {_name(one)}": one.memory_full_info().pss / 1e6 for one in family}


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    return " ".join(words[words.index("-m") + 1 :]) if "-m" in words else " ".join(words)[-60:]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        node, link = started(Path(folder) / "home")
        try:
            use(link)
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
    print(
        f"{total:8.1f} MB  altogether (bound {BOUND}); idle CPU {100 * (sum(later) - sum(seconds)) / 10:.1f} % of one core"
    )
    assert total < BOUND


if __name__ == "__main__":
    main()
